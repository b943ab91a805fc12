"""Does any search beat the exact worst case, and how near does the paper's attack come to it?

A thousand random models of up to four features: on each input the exact worst attack
(``theory.worst_case``) against random attacks with refinement, and against projected gradient
ascent with restarts (``numeric.attack``, which shares no code with theory).  Then digon, triangle
and tetrahedron at their best scale and bias: what the best of the n analytic attacks adds to the
loss, over what the worst attacks add.  Writes ``build/tables/worst_case.md``.
``python -m benchmarks.worst_case [--models 1000] [--inputs 4] [--points 1024]``
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ground.checks import FloatArray
from ground.results import write_whole
from numeric.adversary.attack import attack
from theory.adversary.best_of import best_attack_vulnerability
from theory.adversary.mean_norm import mean_norm
from theory.adversary.packed_attack import weights_of
from theory.adversary.worst_case import worst_case
from theory.adversary.worst_case_loss import worst_case_loss
from theory.geometry.packing import best_block
from theory.loss.floats import loss_and_gradient

__all__ = ["Race", "race", "ratio", "shapes", "table"]

MOST_FEATURES = 4
SIZES = (0.01, 2.0)  # of attacks, drawn evenly by their logarithm
TRIES, ROUNDS, KEPT, CHILDREN = 256, 12, 8, 16  # of the random search
STEPS, RESTARTS = 60, 8  # of projected gradient
TIMED, OVER = 1000, 5  # inputs of a model, and models of each shape, that are timed
BLOCKS = ("digon", "triangle", "tetrahedron")
DENSITIES = (0.3, 0.1, 0.03)
STRENGTH = 0.1  # of an attack, over the mean length of an input


@dataclass(frozen=True)
class Race:
    """Searches against the exact worst case of one model, on each input.

    Attributes
    ----------
    random, gradient : array (inputs,)
        What each search finds beyond the exact worst case, over 1 plus that.
    """

    random: FloatArray
    gradient: FloatArray


def shapes() -> Iterator[tuple[int, int]]:
    """Every (n, m) with m ≤ n ≤ 4."""
    for n in range(1, MOST_FEATURES + 1):
        for m in range(1, n + 1):
            yield n, m


def race(n: int, m: int, inputs: int, rng: np.random.Generator) -> Race:
    """One random model, attack size and importance; each search on the same inputs."""
    W, b, x, size, importance = drawn(n, m, inputs, rng)
    exact = worst_case(W, b, x, size=size, importance=importance).loss
    ascended = attack(
        W, b, x, size=size, kind="gradient", importance=importance,
        steps=STEPS, restarts=RESTARTS, seed=int(rng.integers(2**32)),
    ).loss  # fmt: skip
    found = searched(W, b, x, size, importance, rng)
    return Race((found - exact) / (1 + exact), (np.asarray(ascended) - exact) / (1 + exact))


def drawn(
    n: int, m: int, inputs: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray, float, FloatArray]:
    """W, b, inputs, ε and importance; a third of the inputs' features are off."""
    W, b = rng.normal(size=(m, n)) * rng.uniform(0.3, 1.5), rng.normal(size=n) * 0.3
    x = rng.random((inputs, n)) * (rng.random((inputs, n)) < 2 / 3)
    low, high = np.log(SIZES)
    return W, b, x, float(np.exp(rng.uniform(low, high))), rng.uniform(0.2, 1.0, n)


def searched(
    W: FloatArray,
    b: FloatArray,
    x: FloatArray,
    size: float,
    importance: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """The largest losses that random attacks find, refined around the best in smaller steps."""
    count, n = x.shape
    delta = rng.normal(size=(count, TRIES, n))
    delta *= size / np.linalg.norm(delta, axis=-1, keepdims=True)
    delta[:, : TRIES // 2] *= rng.random((count, TRIES // 2, 1)) ** (1 / n)
    for k in range(ROUNDS):
        order = np.argsort(-_costs(W, b, x, delta, importance), axis=1)[:, :KEPT]
        best = np.take_along_axis(delta, order[..., None], axis=1)
        near = best[:, :, None] + size * 0.5**k * rng.normal(size=(count, KEPT, CHILDREN, n))
        length = np.linalg.norm(near, axis=-1, keepdims=True)
        near *= np.minimum(1.0, size / np.maximum(length, 1e-300))
        delta = np.concatenate([best, near.reshape(count, -1, n)], axis=1)
    return np.asarray(_costs(W, b, x, delta, importance).max(axis=1))


def ratio(name: str, p: float, points: int) -> tuple[float, float, float, float]:
    """ε, V of the worst attacks, and what the best analytic ones add over that, with its error."""
    W, b = weights_of(best_block(name, p))
    size = STRENGTH * mean_norm(len(b), p)
    analytic = best_attack_vulnerability(W, b, size=size, density=p, samples=8 * points)
    worst = worst_case_loss(W, b, size=size, density=p, points=points)
    added = worst.loss - float(loss_and_gradient(W, b, density=p)[0])
    value = analytic.increase / added
    error = value * np.hypot(
        analytic.error / analytic.vulnerability if analytic.vulnerability else 0.0,
        worst.error / added,
    )
    return size, added / size**2, value, float(error)


def cost(n: int, m: int, rng: np.random.Generator) -> float:
    """Processor seconds an input takes, of a thousand, making the model ready among them."""
    total = 0.0
    for _ in range(OVER):
        W, b, x, size, importance = drawn(n, m, TIMED, rng)
        start = time.process_time()
        worst_case(W, b, x, size=size, importance=importance)
        total += time.process_time() - start
    return total / (OVER * TIMED)


def table(models: int, inputs: int, points: int) -> str:
    """Both tables in Markdown."""
    every = list(shapes())
    each = -(-models // len(every))
    lines = [
        "# The exact worst case against searches",
        "",
        "Largest excess of a search over the exact worst case, over 1 + the latter: no search "
        "finds more than the exact one where it is rounding. Behind: share of inputs on which a "
        "search falls short by more than 1e-6.",
        "",
        "| n | m | models | inputs | random search | behind | projected gradient | behind | "
        "µs an input |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for n, m in every:
        rng = np.random.default_rng([19, n, m])
        races = [race(n, m, inputs, rng) for _ in range(each)]
        seconds = cost(n, m, rng)
        random, gradient = (
            np.concatenate([getattr(one, name) for one in races]) for name in ("random", "gradient")
        )
        lines.append(
            f"| {n} | {m} | {each} | {random.size} | {random.max():.1e} | "
            f"{np.mean(random < -1e-6):.1%} | {gradient.max():.1e} | "
            f"{np.mean(gradient < -1e-6):.1%} | {1e6 * seconds:.1f} |"
        )
    lines += [
        "",
        "# The best analytic attack over the worst",
        "",
        f"Increases of the loss at ε = {STRENGTH} E‖x‖, blocks at their best scale and bias.",
        "",
        "| block | p | ε | V, worst | analytic / worst |",
        "|---|---|---|---|---|",
    ]
    for name in BLOCKS:
        for p in DENSITIES:
            size, worst, value, error = ratio(name, p, points)
            lines.append(
                f"| {name} | {p:g} | {size:.4f} | {worst:.4f} | {value:.4f} ± {error:.0e} |"
            )
    return "\n".join(lines) + "\n"


def _costs(
    W: FloatArray, b: FloatArray, x: FloatArray, delta: FloatArray, importance: FloatArray
) -> FloatArray:
    """Losses (inputs, attacks) by their definition."""
    z = b + (x[:, None] + delta) @ W.T @ W
    return np.asarray((x[:, None] - np.maximum(z, 0.0)) ** 2 @ importance)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worst_case", description=__doc__)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--inputs", type=int, default=4)
    parser.add_argument("--points", type=int, default=1024)
    options = parser.parse_args()
    text = table(options.models, options.inputs, options.points)
    path = Path("build/tables/worst_case.md")
    write_whole(path, lambda temporary: Path(temporary).write_text(text, encoding="utf-8"))
    print(text)


if __name__ == "__main__":
    main()
