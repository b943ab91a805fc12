r"""Minima of two features in one dimension with a penalty on their weights, all of them [D35].

The objective is L + 2λ w₁² w₂² + μ (w₁² + w₂²).  Best biases are unique and pairs of opposite
signs are never the worse, so that what is left is a plane of pairs W = (w, −u): a table of it,
whose least entries Newton's method on the exact loss takes to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from theory.loss.floats import hessian_of
from theory.loss.problem import as_problem
from theory.ways_out.best_bias import pair_table

NEWTON = 60
LONGEST = 0.1  # step of Newton's method
# Its last step: where it ends, and what will do, since λ at a tie is wrong by the square of that.
SETTLED, NEAR = 1e-13, 1e-6
FLAT, TINY = 1e-12, 1e-300  # scaled curvatures that are none
FAINT = 1e-4  # second weights below this are none


class Grid(NamedTuple):
    """Pairs W = (w, −u) on a net of any shape, flattened, and its shape."""

    w: FloatArray
    u: FloatArray
    shape: tuple[int, int]

    def table(self, p: float) -> FloatArray:
        """Φ₁, Φ₂, b₁, b₂ (4, K)."""
        return pair_table((tuple(self.w), tuple(self.u)), p)


@lru_cache(maxsize=1)
def near_one_feature() -> Grid:
    """Pairs w = 1 + δ u, with faint second features seen as sharply as strong ones."""
    u = np.concatenate([np.geomspace(0.0005, 0.1, 28), np.linspace(0.115, 1.15, 64)])
    tilt = np.linspace(-1.1, 0.6, 69)
    second, slope = (part.ravel() for part in np.meshgrid(u, tilt, indexing="ij"))
    return Grid(np.maximum(1.0 + slope * second, 1e-3), second, (len(u), len(tilt)))


@lru_cache(maxsize=1)
def faint_pairs() -> Grid:
    """Pairs by the first weight and the ratio of both, for penalties that shrink both."""
    first = np.concatenate([np.geomspace(0.01, 0.1, 10), np.linspace(0.115, 1.15, 64)])
    ratio = np.concatenate([np.geomspace(0.01, 0.1, 14), np.linspace(0.12, 1.0, 56)])
    w, share = (part.ravel() for part in np.meshgrid(first, ratio, indexing="ij"))
    return Grid(w, w * share, (len(first), len(ratio)))


def lowest(values: FloatArray, shape: tuple[int, int]) -> NDArray[np.intp]:
    """Places of a net that none of their neighbours is below, best first."""
    plane = values.reshape(shape)
    padded = np.pad(plane, 1, constant_values=np.inf)
    least = np.isfinite(plane)
    for i, j in product(range(3), range(3)):
        least &= plane <= padded[i : i + shape[0], j : j + shape[1]]
    places = np.flatnonzero(least)
    return places[np.argsort(values[places], kind="stable")]


def starts(grid: Grid, table: FloatArray, places: NDArray[np.intp]) -> FloatArray:
    """(w, −u, b₁, b₂) at places of a net, (B, 4)."""
    return np.stack([grid.w[places], -grid.u[places], table[2, places], table[3, places]], 1)


class Ends(NamedTuple):
    """Where Newton's method ended: θ = (w₁, w₂, b₁, b₂) (B, 4), L (B,), λ and μ (B,), and how."""

    theta: FloatArray
    loss: FloatArray
    interference: FloatArray
    decay: FloatArray
    converged: NDArray[np.bool_]


Strength = Callable[[FloatArray, FloatArray, NDArray[np.intp]], FloatArray]


def settle(
    theta: FloatArray,
    p: FloatArray,
    ratio: FloatArray,
    *,
    interference: FloatArray | Strength | float = 0.0,
    decay: FloatArray | Strength | float = 0.0,
) -> Ends:
    """Go to the stationary point near each θ, by Newton's method on the exact loss.

    Parameters
    ----------
    theta : (B, 4)
    p, ratio : (B,)
        Densities and r.
    interference, decay : (B,) or callable
        λ and μ; or what they are at (θ, loss, places in the batch): Dinkelbach's method, which
        puts the penalty where this very point ties with its rival, and moves on from there.
    """
    theta = theta.copy()
    count = len(theta)
    world = as_problem(
        np.zeros((count, 1, 2)),
        None,
        np.repeat(p[:, None], 2, 1),
        np.stack([np.ones(count), ratio], 1),
    )
    loss, moved = np.empty(count), np.full(count, np.inf)
    strengths = np.zeros((2, count))
    bad = np.zeros(count, dtype=bool)
    active = np.arange(count)
    for _ in range(NEWTON):
        if not len(active):
            break
        at = theta[active]
        value, gradient, second = hessian_of(world.at(at[:, None, :2], at[:, 2:], active))
        loss[active] = value
        for row, strength in enumerate((interference, decay)):
            if callable(strength):
                strengths[row, active] = strength(at, value, active)
            else:
                strengths[row, active] = np.broadcast_to(strength, (count,))[active]
        add_penalty(at, strengths[0, active], strengths[1, active], gradient, second)
        # Biases are stiff, weights soft by p, and pairs of one length softer still.
        unit = 1.0 / np.sqrt(np.maximum(np.abs(np.einsum("bii->bi", second)), TINY))
        values, vectors = np.linalg.eigh(second * unit[:, :, None] * unit[:, None, :])
        along = np.einsum("bij,bi->bj", vectors, gradient * unit)
        along /= np.maximum(np.abs(values), FLAT)
        step = -np.einsum("bij,bj->bi", vectors, along) * unit
        size = np.abs(step).max(1)
        theta[active] = at + step * np.minimum(1.0, LONGEST / np.maximum(size, 1e-300))[:, None]
        moved[active] = size
        bad[active] = values[:, 0] < -FLAT
        lost = (np.abs(theta[active, :2]).min(1) < FAINT) | ~np.isfinite(theta[active]).all(1)
        bad[active[lost]] = True
        active = active[(size > SETTLED) & ~lost]
    return Ends(theta, loss, strengths[0], strengths[1], (moved < NEAR) & ~bad)


def add_penalty(
    theta: FloatArray,
    interference: FloatArray,
    decay: FloatArray,
    gradient: FloatArray,
    second: FloatArray,
) -> None:
    """Add gradient and Hessian of 2λ w₁² w₂² + μ (w₁² + w₂²) to those of the loss, in place."""
    w1, w2 = theta[:, 0], theta[:, 1]
    gradient[:, 0] += 4 * interference * w1 * w2 * w2 + 2 * decay * w1
    gradient[:, 1] += 4 * interference * w1 * w1 * w2 + 2 * decay * w2
    second[:, 0, 0] += 4 * interference * w2 * w2 + 2 * decay
    second[:, 1, 1] += 4 * interference * w1 * w1 + 2 * decay
    across = 8 * interference * w1 * w2
    second[:, 0, 1] += across
    second[:, 1, 0] += across
