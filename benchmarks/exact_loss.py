"""The exact loss against the recursion over all faces, and its time.

``python -m benchmarks.exact_loss`` takes some ten minutes, ``--time`` alone one.

Models are random, near digons, near the identity, scaled by 1e-6 … 1e6, with outputs at their
kinks or slopes of all sizes, n = 9 … 14.  The recursion, 3ⁿ faces an output, is the slow part:
from n = 10 on one output of each model is compared,
and few models have 13 or 14 features.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray
from theory.loss.clipped_cube import faces
from theory.loss.floats import loss_and_gradient
from theory.loss.fourier import RTOL, grams, row
from theory.loss.models import rows

KINDS = ("random", "digons", "identity", "small", "large", "kinks", "graded")
SIZES = {9: 0.25, 10: 0.2, 11: 0.2, 12: 0.25, 13: 0.07, 14: 0.03}  # n and its share
DENSITIES = (0.01, 0.05, 0.2, 0.5, 0.9, 1.0)


@dataclass(frozen=True)
class Compared:
    """Errors of some outputs of one model, relative to their natural size.

    Attributes
    ----------
    loss : float
        Largest error of an output's loss over that loss.
    slopes : float
        Largest error of its slopes over p_i E|x_i| + E z_+, their natural size, or the largest.
    beyond : float
        Largest error less its bound, over the loss; rounding is all that may be left.
    """

    loss: float
    slopes: float
    beyond: float


def model(kind: str, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """W and b of one model of that kind."""
    m = int(rng.integers(2, n))
    W = rng.normal(size=(m, n)) / np.sqrt(m)
    b = 0.1 * rng.normal(size=n) - 0.05
    scale = 1.0
    if kind == "digons":
        half = n // 2
        W = np.zeros((half, n))
        W[:, :half], W[:, half : 2 * half] = np.eye(half), -np.eye(half)
        W += 10.0 ** rng.uniform(-8, -1) * rng.normal(size=W.shape)
        b = np.full(n, rng.choice([0.0, -0.02]))
    elif kind == "identity":
        off = 10.0 ** rng.uniform(-8, -2)
        W = np.eye(n) + off * rng.normal(size=(n, n))
        b = off * rng.normal(size=n) * rng.integers(0, 2)
    elif kind == "small":
        scale = 10.0 ** rng.uniform(-6, 0)
    elif kind == "large":
        scale = 10.0 ** rng.uniform(0, 6)
    elif kind == "kinks":
        b = np.zeros(n)
    elif kind == "graded":
        W *= 10.0 ** rng.uniform(-3, 0, size=n)
    return scale * W, scale**2 * b if scale != 1.0 else b


def compare(W: FloatArray, b: FloatArray, p: float, outputs: range) -> Compared:
    """These outputs of a model, scale by scale and by the recursion."""
    n = len(b)
    G, density, table = np.empty((1, n, n)), np.full(n, p), faces(n, 3)
    grams(W[None], G)
    worst = [0.0, 0.0, 0.0]
    for i in outputs:
        da, out, exact = np.empty(n), np.empty(4), np.empty((1, n + 2))
        row(G[0, i], b[i], i, density, 0.0, 1.0, RTOL, da, out)
        rows(G[0, i][None], b[i : i + 1], i, density[None], 0.0, 1.0, table, 3, exact)
        value, slopes = exact[0, 0], exact[0, 1:]
        off = abs(out[0] - value)
        size = max(abs(slopes).max(), p * (p + np.sqrt(value)), 1e-300)
        turned = abs(np.append(da, out[1]) - slopes).max()
        if value > 0.0:
            worst[0] = max(worst[0], off / value)
            worst[2] = max(worst[2], (off - out[2]) / value)
        worst[1] = max(worst[1], turned / size)
    return Compared(*worst)


def sample(count: int, seed: int, most: int = 14) -> dict[str, Compared]:
    """The worst of `count` models of each kind in turn."""
    rng = np.random.default_rng(seed)
    worst = {kind: Compared(0.0, 0.0, 0.0) for kind in KINDS}
    for k in range(count):
        kind = KINDS[k % len(KINDS)]
        share = np.array([SIZES[n] for n in SIZES if n <= most])
        n = 9 + int(rng.choice(len(share), p=share / share.sum()))
        W, b = model(kind, n, rng)
        first = int(rng.integers(0, n))
        outputs = range(n) if n < 10 else range(first, first + 1)
        found, so_far = compare(W, b, float(rng.choice(DENSITIES)), outputs), worst[kind]
        worst[kind] = Compared(
            max(found.loss, so_far.loss),
            max(found.slopes, so_far.slopes),
            max(found.beyond, so_far.beyond),
        )
    return worst


def seconds(n: int, m: int, density: float, rounds: int = 5) -> tuple[float, float]:
    """Median of wall and CPU seconds of one public call, unit columns at random, biases −0.1."""
    rng = np.random.default_rng(n)
    W = rng.normal(size=(m, n))
    W /= np.linalg.norm(W, axis=0)
    b = np.full(n, -0.1)
    loss_and_gradient(W, b, density=density)
    found = []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        loss_and_gradient(W, b, density=density)
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    return tuple(np.median(found, axis=0).tolist())


def main() -> None:
    """Print both tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--models", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--time", action="store_true", help="times only")
    chosen = arguments.parse_args()
    if not chosen.time:
        print(f"{chosen.models} models: worst error of loss, of slopes, loss beyond its bound")
        for kind, found in sample(chosen.models, chosen.seed).items():
            print(f"{kind:10s} {found.loss:9.1e} {found.slopes:9.1e} {found.beyond:9.1e}")
    print("ms of one call, wall and CPU, at p = .01, .1, .5")
    sizes = ((2, 1), (4, 2), (6, 3), (8, 4), (10, 5), (11, 5), (12, 6), (16, 8), (24, 12), (40, 12),
             (100, 20), (400, 30))  # fmt: skip
    for n, m in sizes:
        cells = [seconds(n, m, p) for p in (0.01, 0.1, 0.5)]
        print(f"{n:4d}", *(f"{1e3 * wall:9.3f} {1e3 * cpu:9.3f}" for wall, cpu in cells))


if __name__ == "__main__":
    main()
