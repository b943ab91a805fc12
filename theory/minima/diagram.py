"""The best known model over a whole phase diagram, by continuation [D03].

Many starts are tried on a coarse grid only.  Every cell then starts from the minima of the
nearest coarse cell, and after that from the best solution of each neighbour, in sweeps, until
no cell improves: minima are few and move smoothly between the lines where they exchange.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ground.checks import (
    FloatArray,
    as_density_axis,
    as_importance_axis,
    check_flag,
    check_positive_int,
    check_sizes,
)
from ground.results import configured
from theory.loss.problem import as_problem
from theory.minima.cost import check_cost
from theory.minima.descent import Descent, descend
from theory.minima.kinks import displaced
from theory.minima.orbits import canonical, canonical_name, groups, structure
from theory.minima.starts import all_starts

AT_ONCE = 20_000  # instances in one batch of descents, for memory
MOST_SWEEPS = 100


def optimum_phase_diagram(
    n_features: int,
    n_hidden: int,
    densities: Any,
    importances: Any,
    *,
    bias: bool = True,
    starts: int = 16,
    coarse: int = 12,
) -> xr.Dataset:
    """Best W and b over a grid of density and relative importance (1, …, 1, r) [D03].

    Parameters
    ----------
    n_features, n_hidden : int
        n ≥ m ≥ 1.
    densities : array_like (P,)
        p in (0, 1].
    importances : array_like (R,)
        r > 0, the importance of the last feature.
    bias : bool
        False holds b at zero.
    starts : int
        Spread starts in each coarse cell, besides the natural solutions.
    coarse : int
        At most this many coarse cells along each axis.

    Returns
    -------
    xarray.Dataset
        `loss` (density, importance); `structure`, its canonical name; `W` (density, importance,
        hidden, feature) and `b` (density, importance, feature).

    Raises
    ------
    ValueError
        Sizes, densities or importances out of range, or starts that would take too long; the
        message says how long.

    Examples
    --------
    >>> optimum_phase_diagram(2, 1, [0.1], [1.0]).structure.item()
    '[1 2]'
    """
    check_flag("bias", bias)
    n, m = check_sizes(n_features, n_hidden)
    density, importance = as_density_axis(densities), as_importance_axis(importances)
    check_positive_int("starts", starts)
    check_positive_int("coarse", coarse)
    check_cost(n, m, starts * min(coarse, len(density)) * min(coarse, len(importance)))

    p = np.repeat(density, len(importance))
    weights = np.ones((len(p), n))
    weights[:, -1] = np.tile(importance, len(density))
    grid = _Grid(n, m, (len(density), len(importance)), p, weights, bias)
    grid.explore(starts, coarse)
    grid.sweep()
    if grid.displace():
        grid.sweep()

    W, b, names = np.empty_like(grid.W), np.empty_like(grid.b), []
    labels = {
        ratio: groups(np.ones(n), np.array([1.0] * (n - 1) + [ratio])) for ratio in importance
    }
    for cell, ratio in enumerate(weights[:, -1]):
        label = labels[ratio]
        W[cell], b[cell] = canonical(grid.W[cell], grid.b[cell], label)
        names.append(str(canonical_name(structure(W[cell]), tuple(label.tolist()))))
    shape = grid.shape
    dataset = xr.Dataset(
        {
            "structure": (("density", "importance"), np.array(names).reshape(shape)),
            "loss": (("density", "importance"), grid.loss.reshape(shape)),
            "W": (("density", "importance", "hidden", "feature"), W.reshape(*shape, m, n)),
            "b": (("density", "importance", "feature"), b.reshape(*shape, n)),
        },
        coords={"density": density, "importance": importance},
    )
    return configured(
        dataset,
        {
            "kind": "theory.phase_diagram",
            "n_features": n,
            "n_hidden": m,
            "densities": density.tolist(),
            "importances": importance.tolist(),
            "against": "optimum",
            "bias": bool(bias),
            "starts": starts,
            "coarse": coarse,
        },
    )


class _Grid:
    """The best solution known for each cell, flattened; improved in place."""

    def __init__(
        self, n: int, m: int, shape: tuple[int, int], p: FloatArray, weights: FloatArray, bias: bool
    ) -> None:
        self.n, self.m, self.shape, self.bias = n, m, shape, bias
        cells = len(p)
        self.W = np.zeros((cells, m, n))
        self.b = np.zeros((cells, n))
        self.world = as_problem(self.W, self.b, p[:, None], weights)
        self.loss = np.full(cells, np.inf)

    def explore(self, starts: int, coarse: int) -> None:
        """All starts in coarse cells; the minima found there as starts of the cells around."""
        rows, columns = (np.unique(_spaced(size, coarse)) for size in self.shape)
        places = (rows[:, None] * self.shape[1] + columns).ravel()
        X, c = all_starts(self.n, self.m, starts, np.zeros(self.n))
        count = len(X)
        cells = np.repeat(places, count)
        rest = np.where(np.abs(X).max(1) > 0, c, 0.5)  # an ignored feature has bias p/2
        biases = np.tile(rest, (len(places), 1)) * np.where(
            np.tile(rest, (len(places), 1)) == 0.5, self.world.density[cells], 1.0
        )
        ended = self._descend(cells, np.tile(X, (len(places), 1, 1)), biases)
        minima = []
        for k in range(len(places)):
            mine = np.arange(k * count, (k + 1) * count)
            mine = mine[ended.converged[mine]]
            order = mine[np.argsort(ended.loss[mine])]
            gap = np.diff(ended.loss[order], prepend=-np.inf)
            minima.append(order[gap > 1e-7 * ended.loss[order] + 1e-15][:6])
        nearest_row = np.abs(np.arange(self.shape[0])[:, None] - rows).argmin(1)
        nearest_column = np.abs(np.arange(self.shape[1])[:, None] - columns).argmin(1)
        nearest = (nearest_row[:, None] * len(columns) + nearest_column).ravel()
        pairs = [(cell, k) for cell, home in enumerate(nearest) for k in minima[home]]
        where, source = (np.array(values, dtype=int) for values in zip(*pairs, strict=True))
        self._take(where, self._descend(where, ended.W[source], ended.b[source]))

    def sweep(self) -> None:
        """Each cell from its neighbours' best, until nothing improves."""
        index = np.arange(len(self.loss)).reshape(self.shape)
        pairs = np.concatenate(
            [
                np.stack([a.ravel(), c.ravel()], 1)
                for a, c in (
                    (index[1:], index[:-1]),
                    (index[:-1], index[1:]),
                    (index[:, 1:], index[:, :-1]),
                    (index[:, :-1], index[:, 1:]),
                )
            ]
        )
        changed = np.ones(len(self.loss), dtype=bool)
        for _ in range(MOST_SWEEPS):
            where, source = pairs[changed[pairs[:, 1]]].T
            G = np.einsum("...ai,...aj->...ij", self.W, self.W)
            apart = np.abs(G[where] - G[source]).max((-1, -2)) > 0.05
            apart |= np.abs(self.b[where] - self.b[source]).max(-1) > 0.05
            where, source = where[apart], source[apart]
            if not len(where):
                break
            changed = self._take(where, self._descend(where, self.W[source], self.b[source]))
            if not changed.any():
                break

    def displace(self) -> bool:
        """Push solutions at a kink off it, every way: only a true minimum comes back [D09].

        Without bias there is nothing to do: descents themselves wake an ignored feature.
        """
        if not self.bias:
            return False
        starts, where = displaced(self.world.at(self.W, self.b))
        if not len(where):
            return False
        return bool(self._take(where, self._descend(where, starts.W, starts.b)).any())

    def _descend(self, cells: np.ndarray, W: FloatArray, b: FloatArray) -> Descent:
        parts = []
        for at in range(0, len(cells), AT_ONCE):
            some = slice(at, at + AT_ONCE)
            problem = self.world.at(W[some], b[some] * self.bias, cells[some])
            parts.append(descend(problem, bias=self.bias))
        if not parts:
            raise RuntimeError("no descent to make; this is a bug")
        return Descent(
            *(np.concatenate(values) for values in zip(*map(_fields, parts), strict=True))
        )

    def _take(self, cells: np.ndarray, ended: Descent) -> np.ndarray:
        """Keep what is better; return which cells changed."""
        changed = np.zeros(len(self.loss), dtype=bool)
        order = np.argsort(ended.loss, kind="stable")[::-1]  # the best of a cell comes last
        best = np.full(len(self.loss), -1)
        order = order[ended.converged[order]]
        best[cells[order]] = order
        reached = best >= 0
        new = np.where(reached, ended.loss[best], np.inf)
        changed = new < self.loss - 1e-9 * np.minimum(np.abs(self.loss), 1e300)
        changed |= reached & ~np.isfinite(self.loss)
        self.W[changed] = ended.W[best[changed]]
        self.b[changed] = ended.b[best[changed]]
        self.loss[changed] = new[changed]
        return changed


def _fields(ended: Descent) -> tuple[Any, ...]:
    return tuple(getattr(ended, name) for name in Descent.__dataclass_fields__)


def _spaced(size: int, most: int) -> np.ndarray:
    return np.round(np.linspace(0, size - 1, min(size, most))).astype(int)
