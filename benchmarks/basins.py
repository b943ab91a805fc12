"""Basin probabilities of two features in one dimension, against as many flows as one likes.

    python -m benchmarks.basins [flows, 20000]
    python -m benchmarks.basins slow

At each point of a grid of densities, importances and scales the probability from bisected circles
stands beside the share of flows of fresh random starts, and their distance in binomial standard
errors.  A quarter of an hour on one core; prints a table, and exits with status 1 if the largest
distance is beyond what as many comparisons allow at a level of 1 %.

Slow: just past the density at which the antipodal pair ceases to be a minimum, training of a fixed
length ends in it all the same.  Is that the noise of SGD, or too short a time?  Beside trained runs
stands descent on the exact gradient with the same rate, stopped at the same times.  A minute.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from scipy.stats import norm

from agreement.comparison.basins import antipodal
from ground.checks import FloatArray
from ground.compiled import compiled
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.training.initialise import Gaussian
from numeric.training.optimisers import SGD
from numeric.training.train import train
from theory.dynamics.basin_probability import basin_probability
from theory.dynamics.circles import pair_fates
from theory.dynamics.fates import World
from theory.dynamics.many_flows import flow_ends
from theory.loss.two_features import SCRATCH, pair_gradient

DENSITIES, IMPORTANCES, SCALES = (0.1, 0.3, 0.6), (0.2, 0.5, 1.0), (0.1, 0.5, 2.0)
TOLERANCE = 3e-4
SEED = 50
SLOW, SLOW_IMPORTANCE, RATE = 0.5337612398, 0.5, 0.2  # a dot of the figure basins_n2_m1, σ = 1
TIMES, BATCHES = (28.1, 56.2, 112.4, 224.8), (256, 4096)


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


@compiled()
def _descend(points, steps, rate, p, importance):
    """Steps of descent on the exact gradient, in place."""
    slope, scratch = np.empty(4), np.empty(SCRATCH)
    for k in range(len(points)):
        for _ in range(steps):
            pair_gradient(points[k], p, importance, 0.0, slope, scratch)
            points[k] -= rate * slope


def last_pair(importance: FloatArray) -> float:
    """The density at which the antipodal pair ceases to be a minimum, by flows from the pair."""
    low, high, pair = 0.45, SLOW, np.array([[1.0, -0.8, 0.0, 0.1]])
    while high - low > 1e-6:
        p = (low + high) / 2
        end = flow_ends(pair, (1, 2), np.full(2, p), importance)[0]
        if antipodal(end[:, :2])[0]:
            low, pair = p, end
        else:
            high = p
    return low


def slow() -> int:
    """Print shares of pairs left at rising times; return the exit status."""
    p, importance, flows, runs = np.full(2, SLOW), np.array([1.0, SLOW_IMPORTANCE]), 20_000, 1200
    print(f"p {SLOW:.3f}; the pair ceases to be a minimum at p = {last_pair(importance):.4f}")
    points = np.zeros((flows, 4))
    points[:, :2] = np.random.default_rng(SEED).standard_normal((flows, 2))
    features = IndependentFeatures(SLOW, importance=importance.tolist(), n_features=2)
    before, worst = 0, 0.0
    for time_ in TIMES:
        steps = round(time_ / RATE)
        _descend(points, steps - before, RATE, p, importance)
        before, exact = steps, float(antipodal(points[:, :2]).mean())
        for batch in BATCHES:
            trained = train(
                ReluOutput(),
                features,
                n_hidden=1,
                seed=(SEED, batch),
                steps=steps,
                batch=batch,
                instances=runs,
                optimiser=SGD(),
                learning_rate=RATE,
                initial=Gaussian(1.0),
                held_out=2048,
            )
            share = float(antipodal(trained["W"].values[:, 0]).mean())
            spread = np.sqrt(max(exact * (1 - exact), 1 / runs) * (1 / flows + 1 / runs))
            z = (share - exact) / spread
            worst = max(worst, abs(z))
            print(
                f"time {time_:g}  exact descent {exact:.4f}  SGD, batch {batch} {share:.4f}  "
                f"z {z:+.2f}",
                flush=True,
            )
    return int(worst > norm.isf(0.01 / 2 / len(TIMES) / len(BATCHES)))


if __name__ == "__main__":
    if sys.argv[1:] == ["slow"]:
        sys.exit(slow())
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
