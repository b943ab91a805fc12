"""Wide models against the limit of large blocks: what a feature costs as dimensions are added.

``python -m benchmarks.scaling.width --features 10240 --widths 256,512,1024 --engine torch:cuda``

Liu, Liu and Gore 2025 (arXiv 2505.10465) train sparse features in ever more dimensions and find
loss ∝ 1/m where all features are kept: interference has the variance c² (n/m − 1) v.  The limit
of large blocks [D14] has the same variance, and besides it the bias and the scale that answer it,
how many features are best kept and how many ignored, and no free number.  At a fixed n/m it says
that a feature costs the same at any m; at a fixed n, how the loss falls, which depends on p.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

from benchmarks.scaling.cost import growth
from ground.results import write_text
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.training.arrays_engine import Arrays
from numeric.training.train import train
from theory.data_law import feature_variance
from theory.geometry.large_blocks import large_block

__all__ = ["Wide", "engine_of", "exponents", "feature_loss", "large_block_loss", "wide"]

DENSITY, STEPS, BATCH, RATE, SEED = 0.02, 1500, 256, 3e-3, 0


@dataclass(frozen=True)
class Wide:
    """One trained model, its loss a feature with standard error, and the limit's."""

    n: int
    m: int
    density: float
    loss: float
    error: float
    predicted: float


def engine_of(words: str) -> str | Arrays:
    """``auto``, or a library and its device as ``torch:cuda``; draws where it computes."""
    if words in ("auto", "fused", "array"):
        return words
    namespace, _, device = words.partition(":")
    draws = "device" if namespace in ("torch", "cupy") else "host"
    return Arrays(namespace, device or None, draws=draws)


def wide(
    n: int,
    m: int,
    *,
    density: float = DENSITY,
    steps: int = STEPS,
    batch: int = BATCH,
    engine: str | Arrays = "auto",
    held_out: int = 16_384,
) -> Wide:
    """Train one model of n features in m dimensions, and compute what large blocks lose."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # a diverged run is no measurement
        run = train(
            ReluOutput(), IndependentFeatures(density, n_features=n), n_hidden=m, seed=SEED,
            steps=steps, batch=batch, learning_rate=RATE, schedule="cosine", engine=engine,
            held_out=held_out,
        )  # fmt: skip
    predicted = large_block_loss(n, m, density)
    return Wide(n, m, density, float(run.loss[0]) / n, float(run.loss_error[0]) / n, predicted)


def large_block_loss(n: int, m: int, density: float) -> float:
    """Loss a feature, of n, of which the best number fills m dimensions as a large block."""
    saved = large_block(density, most=n / m).benefit * m / n
    return feature_loss(density) - saved


def feature_loss(density: float) -> float:
    """Of a feature that is ignored, its output at the mean: Var x = p/3 − p²/4."""
    return float(feature_variance(density))


def exponents(found: Sequence[Wide]) -> tuple[float, float]:
    """Of the loss a feature against m: trained, and of large blocks."""
    widths = [float(one.m) for one in found]
    return (
        growth(widths, [one.loss for one in found], "power"),
        growth(widths, [one.predicted for one in found], "power"),
    )


def main() -> None:
    """Parse, train, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling.width", description=__doc__.split("\n", 1)[0]
    )
    parser.add_argument("--features", type=int, default=640, help="n (%(default)s)")
    parser.add_argument("--per-dimension", type=int, help="n/m, instead of a fixed n")
    parser.add_argument("--widths", default="16,32,64,128", help="m (%(default)s)")
    parser.add_argument("--density", type=float, default=DENSITY, help="p (%(default)s)")
    parser.add_argument("--steps", type=int, default=STEPS, help="of training (%(default)s)")
    parser.add_argument("--batch", type=int, default=BATCH, help="(%(default)s)")
    parser.add_argument("--engine", default="auto", help="auto, or as torch:cuda, cupy, torch:cpu")
    options = parser.parse_args()
    found = []
    for m in tqdm([int(word) for word in options.widths.split(",")], unit="model"):
        n = m * options.per_dimension if options.per_dimension else options.features
        found.append(
            wide(n, m, density=options.density, steps=options.steps, batch=options.batch,
                 engine=engine_of(options.engine))
        )  # fmt: skip
    for one in found:
        print(
            f"n = {one.n}, m = {one.m}: {one.loss:.4g} ± {one.error:.1g} a feature, large block "
            f"{one.predicted:.4g}, ratio {one.loss / one.predicted:.3f}"
        )
    if len(found) > 1:
        trained, derived = exponents(found)
        print(f"loss a feature ∝ m^{trained:.2f}; large block ∝ m^{derived:.2f}")
    path = Path("build/tables/width.json")
    write_text(path, json.dumps([asdict(one) for one in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
