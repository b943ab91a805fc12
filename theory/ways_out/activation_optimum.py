"""The best pair of weights behind any output: a table of all, then a search from its valleys.

No gradient is used, since the loss of an output that jumps has none where it matters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from ground.checks import FloatArray, as_density_axis, as_importance_axis
from ground.structure import structure_of
from theory.ways_out.activation_loss import output_cost
from theory.ways_out.output_activations import OutputActivation, as_output

__all__ = ["activation_phase_diagram"]

_WEIGHTS = np.linspace(-1.5, 1.5, 31)
_BIASES = np.linspace(-0.9, 0.9, 19)
_VALLEYS = 3  # of the table, that a search starts from
_FINEST = 2.0**-22  # step at which a search ends
_MOST_STEPS = 160
_SEARCHED = 8  # Gauss points a piece while searching
_STENCIL = np.array([[i, j] for i in (-1, 0, 1) for j in (-1, 0, 1)], dtype=float)
_SHIFTS = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


def activation_phase_diagram(
    densities: FloatArray,
    importances: FloatArray,
    *,
    activation: str | OutputActivation = "relu",
) -> xr.Dataset:
    r"""The best model at each density and importance, (2, 1) behind an output f [D37].

    Numerical: the loss is exact, its least value over W and b found by a table of all weights and
    a search by halved steps from its three lowest valleys, one of them where a feature is ignored.

    Parameters
    ----------
    densities, importances : array_like, one-dimensional
        p in (0, 1] and r > 0 of the second feature.
    activation : str or OutputActivation
        As for `activation_loss`.

    Returns
    -------
    Dataset
        ``loss`` (density, importance), ``W`` (…, hidden, feature), ``b`` (…, feature),
        ``structure``; ``alone``: the least loss with a feature's weight at zero.

    Examples
    --------
    >>> found = activation_phase_diagram([0.1], [1.0], activation="linear")
    >>> bool(abs(found["loss"] - found["alone"]) < 1e-9)  # nothing is gained by sharing
    True
    """
    f = as_output(activation)
    p, r = as_density_axis(densities), as_importance_axis(importances)
    # A search needs fewer points of a smooth output than a loss that is reported.
    quick = replace(f, nodes=min(f.nodes, _SEARCHED))
    found = [_row(quick, f, float(density), r) for density in p]
    W = np.stack([row.weights for row in found])[:, :, None]
    names = [[str(structure_of(w)) for w in row] for row in W]
    axes = ("density", "importance")
    return xr.Dataset(
        {
            "loss": (axes, np.stack([row.loss for row in found])),
            "alone": (axes, np.stack([row.alone for row in found])),
            "W": ((*axes, "hidden", "feature"), W),
            "b": ((*axes, "feature"), np.stack([row.biases for row in found])),
            "structure": (axes, np.array(names, dtype=str)),
        },
        {"density": p, "importance": r},
        {"activation": f.name},
    )


@dataclass(frozen=True)
class _Row:
    loss: FloatArray
    alone: FloatArray
    weights: FloatArray
    biases: FloatArray


def _row(f: OutputActivation, exact: OutputActivation, p: float, r: FloatArray) -> _Row:
    """All importances at one density."""
    costs = output_cost(f, _WEIGHTS[:, None, None], _WEIGHTS[None, :, None], _BIASES, np.array(p))
    least, bias = costs.min(-1), _BIASES[costs.argmin(-1)]
    table = least + r[:, None, None] * least.T
    starts, weights, biases = [], [], []
    zero = len(_WEIGHTS) // 2
    for k in range(len(r)):
        places = [*_valleys(table[k]), *_crossing(table[k], zero)]
        for i, j in places:
            starts.append(k)
            weights.append((_WEIGHTS[i], _WEIGHTS[j]))
            biases.append((bias[i, j], bias[j, i]))
    held = np.array([w != 0.0 for pair in weights for w in pair]).reshape(-1, 2)
    which = np.array(starts)
    w, b = _descend(f, p, r[which], np.array(weights), np.array(biases), held)
    each = output_cost(exact, w, w[:, ::-1], b, np.array(p))
    loss = each[:, 0] + r[which] * each[:, 1]
    free = held.all(axis=1)
    best = np.empty(len(r), dtype=int)
    alone = np.empty(len(r))
    for k in range(len(r)):
        mine = np.flatnonzero(which == k)
        best[k] = mine[loss[mine].argmin()]
        single = mine[~free[mine]]
        alone[k] = loss[single].min()
    return _Row(loss[best], alone, w[best], b[best])


def _valleys(table: FloatArray) -> list[tuple[int, int]]:
    """The lowest entries below their neighbours with neither weight zero, up to the common sign."""
    padded = np.pad(table, 1, constant_values=np.inf)
    n = len(table)
    around = np.stack([padded[1 + i : 1 + i + n, 1 + j : 1 + j + n] for i, j in _steps()])
    low = (table <= around.min(0)) & (_WEIGHTS[:, None] > 0) & (_WEIGHTS != 0)
    places = np.argwhere(low)
    order = np.argsort(table[low], kind="stable")[: _VALLEYS - 1]
    return [tuple(place) for place in places[order].tolist()]


def _steps() -> list[tuple[int, int]]:
    return [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]


def _crossing(table: FloatArray, zero: int) -> list[tuple[int, int]]:
    """The lowest entries with the second weight zero, and with the first."""
    return [(int(table[:, zero].argmin()), zero), (zero, int(table[zero].argmin()))]


def _descend(
    f: OutputActivation,
    p: float,
    r: FloatArray,
    w: FloatArray,
    b: FloatArray,
    free: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Search around each start; the step is halved where nothing is better."""
    step = np.full(len(w), (_WEIGHTS[1] - _WEIGHTS[0]) / 2)
    loss = np.full(len(w), np.inf)
    going = np.arange(len(w))
    for _ in range(_MOST_STEPS):
        tried = w[going, None] + step[going, None, None] * _STENCIL * free[going, None]
        shifts = step[going, None, None, None] * _SHIFTS + b[going, None, :, None]
        costs = output_cost(f, tried[..., None], tried[..., ::-1, None], shifts, np.array(p))
        inner = costs.argmin(-1)
        each = costs.min(-1)
        total = each[..., 0] + r[going, None] * each[..., 1]
        best = total.argmin(-1)
        rows = np.arange(len(going))
        better = total[rows, best] < loss[going] - 1e-15
        moved = going[better]
        loss[moved] = total[rows, best][better]
        w[moved] = tried[rows, best][better]
        for feature in range(2):
            picked = inner[rows, best, feature]
            b[moved, feature] = shifts[rows, 0, feature, picked][better]
        step[going[~better]] /= 2
        going = going[step[going] > _FINEST]
        if not len(going):
            break
    return w, b
