"""What an exact loss of a two-layer net costs, by how many features are active at most.

``python -m benchmarks.two_layers [--rounds 3]``
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from math import comb
from pathlib import Path

import numpy as np

from ground.checks import FloatArray
from ground.results import write_whole
from theory.computation.patterns import patterns_loss_and_gradient
from theory.computation.two_layers import two_layer_loss_and_gradient

SHAPES = ((10, 5), (100, 40))
PATTERNS = 5  # of three active features, timed one by one
TASKS = {-1.0: "absolute", 0.0: "identity"}


def net(n: int, m: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Random weights, so that every neuron reads every feature: the dearest case."""
    rng = np.random.default_rng([26, n, m])
    return rng.normal(size=(m, n)), rng.normal(size=(n, m)) / m, 0.1 * rng.normal(size=n)


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Least processor time of some rounds, after one that may compile."""
    work()
    found = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def row(n: int, m: int, low: float, rounds: int) -> str:
    """One row of the table."""
    W1, W2, b = net(n, m)
    target = TASKS[low]
    times = []
    for most, points in ((1, 0), (2, 0), (2, 512)):

        def whole(most: int = most, points: int = points) -> object:
            return two_layer_loss_and_gradient(
                W1, W2, b, 0.05, target=target, low=low, most_active=most, points=points
            )

        times.append(seconds(whole, rounds))
    rng = np.random.default_rng(3)
    patterns = np.array([rng.choice(n, 3, replace=False) for _ in range(PATTERNS)])
    how = {"low": low, "high": 1.0, "target": target, "output": "relu"}
    three = seconds(lambda: patterns_loss_and_gradient(W1, W2, b, patterns, **how), rounds)
    each = three / PATTERNS
    cells = [f"{1e3 * value:.3g}" for value in (*times, each)]
    return f"| {n} | {m} | {target} | {' | '.join(cells)} | {each * comb(n, 3):.3g} |"


def table(rounds: int) -> str:
    """The table in Markdown."""
    lines = [
        "# The exact loss of two-layer nets",
        "",
        "Milliseconds of one core for loss and gradient, ReLU output, every neuron reading every "
        "feature; k is the number of active features that are integrated, 4096 sampled inputs for "
        "the others. Last: seconds for all patterns of three.",
        "",
        "| n | m | target | k ≤ 1 | k ≤ 2 | k ≤ 2 and sample | one pattern of 3 | all of 3, s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [row(n, m, low, rounds) for n, m in SHAPES for low in TASKS]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.two_layers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    text = table(parser.parse_args().rounds)
    path = Path("build/tables/two_layers.md")
    write_whole(path, lambda temporary: Path(temporary).write_text(text, encoding="utf-8"))
    print(text)


if __name__ == "__main__":
    main()
