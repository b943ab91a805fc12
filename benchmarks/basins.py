"""Basin probabilities of two features in one dimension, against as many flows as one likes.

    python -m benchmarks.basins [flows, 20000]

At each point of a grid of densities, importances and scales the probability from bisected circles
stands beside the share of flows of fresh random starts, and their distance in binomial standard
errors.  A quarter of an hour on one core; prints a table, and exits with status 1 if the largest
distance is beyond what as many comparisons allow at a level of 1 %.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from scipy.stats import norm

from theory.dynamics.basin_probability import basin_probability
from theory.dynamics.circles import pair_fates
from theory.dynamics.fates import World

DENSITIES, IMPORTANCES, SCALES = (0.1, 0.3, 0.6), (0.2, 0.5, 1.0), (0.1, 0.5, 2.0)
TOLERANCE = 3e-4
SEED = 50


def main(flows: int) -> int:
    """Print the table; return the exit status."""
    worst, compared, start = 0.0, 0, time.process_time()
    for p in DENSITIES:
        for importance in IMPORTANCES:
            weight = np.array([1.0, importance])
            exact = basin_probability(
                2, 1, density=p, importance=weight, scale=SCALES, tolerance=TOLERANCE
            )
            fates = pair_fates(World(1, np.full(2, p), weight))
            for s, sigma in enumerate(SCALES):
                rng = np.random.default_rng((SEED, compared))
                starts = np.zeros((flows, 4))
                starts[:, :2] = sigma * rng.standard_normal((flows, 2))
                fates, labels = fates.of(starts)
                names = np.array([ending.name for ending in fates.endings])[labels]
                for name in sorted({ending.name for ending in exact.endings} | set(names)):
                    theory = float(exact.named(name)[s])
                    error = sum(
                        float(exact.error[k, s])
                        for k, ending in enumerate(exact.endings)
                        if ending.name == name
                    )
                    share = float(np.mean(names == name))
                    # At least one flow is the unit of a share.
                    spread = np.sqrt(max(theory * (1 - theory), 1 / flows) / flows)
                    z = (share - theory) / (spread + error)
                    worst, compared = max(worst, abs(z)), compared + 1
                    print(
                        f"p {p:g}  I {importance:g}  σ {sigma:g}  {name:20s} "
                        f"{theory:.5f} ± {error:.0e}  flows {share:.5f}  z {z:+.2f}",
                        flush=True,
                    )
    bound = norm.isf(0.01 / 2 / compared)
    seconds = time.process_time() - start
    print(f"{compared} comparisons, largest |z| {worst:.2f}, bound {bound:.2f}, {seconds:.0f} s")
    return int(worst > bound)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
