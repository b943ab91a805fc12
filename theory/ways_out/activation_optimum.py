"""The best pair of weights behind any output: a table of all, then a search from its valleys.

No gradient is used, since the loss of an output that jumps has none where it matters.  A table is
too coarse for sparse features, whose best pairs lie in narrow valleys near the linear optima: so
the search starts from there too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from ground.checks import FloatArray, as_density, as_density_axis, as_importance_axis
from ground.structure import structure_of
from theory.ways_out.activation_loss import output_cost
from theory.ways_out.output_activations import OutputActivation, as_output

__all__ = ["activation_phase_diagram", "activation_threshold"]

_WEIGHTS = np.linspace(-1.5, 1.5, 31)
_BIASES = np.linspace(-0.9, 0.9, 19)
# Of biases that cost the same but for rounding, as those of a dead output do, the least is taken:
# from far below no search finds back.
_TIE = 1e-12
_VALLEYS = 2  # of the table, that a search starts from
_NEAR = 3  # starts taken from the linear optima
_RATIOS = np.array([0.03, 0.1, 0.25, 0.45, 0.7, 1.0, 1.4, 2.2, 4.0, 10.0, 33.0])  # of −w₂/w₁
_FAINT = 1.5  # −w₂/w₁ over p where an absolute value begins to share (D37)
_STEP, _COARSE, _FINEST = 0.05, 2.0**-7, 2.0**-20  # first, where most are given up, and last
_KEPT = 2  # pairs of a cell that are searched to the end
_MOST_STEPS = 160
_MOST_ROUNDS = 12
_GAINED, _FAINTEST = 1e-7, 1e-4  # a relative gain and a weight that no search ends with by chance
_TIED = 1e-9
_SEARCHED = 8  # Gauss points a piece while searching
_STENCIL = np.array([[i, j] for i in (0, 1, -1) for j in (0, 1, -1)], dtype=float)
_SHIFTS = np.array([0.0, 1.0, -1.0, 2.0, -2.0])


def activation_phase_diagram(
    densities: FloatArray,
    importances: FloatArray,
    *,
    activation: str | OutputActivation = "relu",
) -> xr.Dataset:
    r"""The best model at each density and importance, (2, 1) behind an output f [D37].

    Numerical: the loss is exact, its least value over W and b found by a table of all weights and
    a search by halved steps from its lowest valleys, from the best models with one weight zero, and
    from pairs of opposite signs on the circle of linear optima.

    Parameters
    ----------
    densities : array_like (P,)
    importances : array_like (R,)
        p in (0, 1] and r > 0 of the second feature.
    activation : str or OutputActivation
        As for `activation_loss`.

    Returns
    -------
    Dataset
        ``loss`` (density, importance), ``W`` (…, hidden, feature), ``b`` (…, feature),
        ``structure``; ``alone``: the least loss with a feature's weight at zero.

    Raises
    ------
    ValueError
        A density outside (0, 1], an importance that is not positive, or an unknown activation.
    TypeError
        An activation that is neither a name nor an OutputActivation.

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
    found = [_row(quick, f, float(x), r, _table(quick, float(x))) for x in p]
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


def activation_threshold(density: float, *, activation: str | OutputActivation = "relu") -> float:
    r"""The least relative importance at which sharing the dimension is best, behind f [D37].

    Numerical: a pair of costs C₁, C₂ beats the best model with one weight zero, which costs
    c + r a, for r above (C₁ − c)/(a − C₂); the least such r is found by Dinkelbach's iteration.

    Parameters
    ----------
    density : float in (0, 1]
    activation : str or OutputActivation
        As for `activation_loss`.

    Returns
    -------
    float
        In (0, 1], and infinity if features do not share even when they count the same.

    Raises
    ------
    ValueError
        A density outside (0, 1], or an unknown activation.

    Examples
    --------
    >>> activation_threshold(0.1, activation="linear")
    inf
    """
    f = as_output(activation)
    p = float(as_density(density, 1)[0])
    quick = replace(f, nodes=min(f.nodes, _SEARCHED))
    costs = _table(quick, p)
    # A constant output and a lone feature's, whose other weight is zero.
    start, one = np.array([[1.0, 0.0]]), np.ones(1)
    free = np.array([[True, False]])
    w, b, _ = _descend(quick, p, one, start, np.zeros((1, 2)), free, _STEP, _FINEST)
    first, slope = output_cost(f, w, w[:, ::-1], b, np.array(p))[0]
    least, r = np.inf, 1.0
    for _ in range(_MOST_ROUNDS):
        row = _row(quick, f, p, np.array([r]), costs)
        w, b = row.weights, row.biases
        gained = bool(row.loss[0] < first + r * slope * (1 - _GAINED))
        if not gained or np.abs(w).min() < _FAINTEST:
            break
        # Follow this pair to where it ties, then see whether another one outlives it.
        for _ in range(_MOST_ROUNDS):
            pair = output_cost(f, w, w[:, ::-1], b, np.array(p))[0]
            if pair[1] >= slope * (1 - _GAINED):  # the search has left the pair
                break
            before, r = r, max(float((pair[0] - first) / (slope - pair[1])), 0.0)
            if r == 0.0:  # it costs the first feature nothing
                return 0.0
            if r >= before * (1 - _GAINED):
                r = min(r, before)
                break
            w, b, _ = _descend(quick, p, np.array([r]), w, b, w != 0, _COARSE, _FINEST)
        least = r
    return least


@dataclass(frozen=True)
class _Row:
    loss: FloatArray
    alone: FloatArray
    weights: FloatArray
    biases: FloatArray


def _table(f: OutputActivation, p: float) -> FloatArray:
    """Costs of an output (own weight, other weight, bias); a common sign changes nothing."""
    half = len(_WEIGHTS) // 2
    own = _WEIGHTS[half:, None, None]
    upper = output_cost(f, own, _WEIGHTS[None, :, None], _BIASES, np.array(p))
    return np.concatenate([upper[:0:-1, ::-1], upper])


def _row(
    f: OutputActivation, exact: OutputActivation, p: float, r: FloatArray, costs: FloatArray
) -> _Row:
    """All importances at one density."""
    least, bias = costs.min(-1), _BIASES[(costs + _TIE * np.abs(_BIASES)).argmin(-1)]
    table = least + r[:, None, None] * least.T
    starts, weights, biases = [], [], []
    zero = len(_WEIGHTS) // 2
    for k in range(len(r)):
        places = [*_valleys(table[k]), *_crossing(table[k], zero)]
        for i, j in places:
            starts.append(k)
            weights.append((_WEIGHTS[i], _WEIGHTS[j]))
            biases.append((bias[i, j], bias[j, i]))
        for pair, shift in zip(*_near_linear(f, p, float(r[k])), strict=True):
            starts.append(k)
            weights.append(tuple(pair))
            biases.append(tuple(shift))
    held = np.array([w != 0.0 for pair in weights for w in pair]).reshape(-1, 2)
    which = np.array(starts)
    w, b = np.array(weights), np.array(biases)
    w, b, loss = _descend(f, p, r[which], w, b, held, _STEP, _COARSE)
    pairs = np.asarray(held.all(axis=1))
    kept = np.concatenate(
        [
            mine[np.argsort(loss[mine], kind="stable")[:count]]
            for k in range(len(r))
            for mine, count in (
                (np.flatnonzero((which == k) & pairs), _KEPT),
                (np.flatnonzero((which == k) & ~pairs), 1),
            )
        ]
    )
    which, pairs = which[kept], pairs[kept]
    w, b, _ = _descend(f, p, r[which], w[kept], b[kept], held[kept], _COARSE, _FINEST)
    each = output_cost(exact, w, w[:, ::-1], b, np.array(p))
    loss = each[:, 0] + r[which] * each[:, 1]
    best = np.empty(len(r), dtype=int)
    alone = np.empty(len(r))
    for k in range(len(r)):
        mine = np.flatnonzero(which == k)
        single = mine[~pairs[mine]][loss[mine[~pairs[mine]]].argmin()]
        lowest = mine[loss[mine].argmin()]
        # Where pairs tie with a lone feature, as linear ones do, nothing is shared.
        best[k] = lowest if loss[lowest] < loss[single] * (1 - _TIED) else single
        alone[k] = loss[single]
    return _Row(loss[best], alone, w[best], b[best])


def _valleys(table: FloatArray) -> list[tuple[int, int]]:
    """The lowest entries below their neighbours with neither weight zero, up to the common sign."""
    padded = np.pad(table, 1, constant_values=np.inf)
    n = len(table)
    around = np.stack([padded[1 + i : 1 + i + n, 1 + j : 1 + j + n] for i, j in _steps()])
    low = (table <= around.min(0)) & (_WEIGHTS[:, None] > 0) & (_WEIGHTS != 0)
    places = np.argwhere(low)
    order = np.argsort(table[low], kind="stable")[:_VALLEYS]
    return [tuple(place) for place in places[order].tolist()]


def _near_linear(f: OutputActivation, p: float, r: float) -> tuple[FloatArray, FloatArray]:
    """Pairs (w₁, w₂) on the circle with the biases of the best linear model; the lowest few."""
    ratios = np.append(_RATIOS, [_FAINT * p, 1 / (_FAINT * p)])
    w = np.stack([np.ones_like(ratios), -ratios], axis=-1)
    w /= np.linalg.norm(w, axis=-1, keepdims=True)
    b = p / 2 * (1 - w**2 - (w[:, 0] * w[:, 1])[:, None])
    each = output_cost(f, w, w[:, ::-1], b, np.array(p))
    # Features that count unequally may pay for the circle; their search leads away from it.
    order = np.argsort(each @ [1.0, r], kind="stable")[:_NEAR]
    faint = np.array([len(ratios) - 2 + (r > 1)])
    chosen = np.unique(np.concatenate([order, faint]))
    return w[chosen], b[chosen]


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
    first: float,
    last: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Search around each start; the step is halved, from first to last, where nothing is better."""
    w, b = w.copy(), b.copy()
    step = np.full(len(w), first)
    each = output_cost(f, w, w[:, ::-1], b, np.array(p))
    loss = each[:, 0] + r * each[:, 1]
    going = np.arange(len(w))
    for _ in range(_MOST_STEPS):
        tried = w[going, None] + step[going, None, None] * _STENCIL * free[going, None]
        shifts = step[going, None, None, None] * _SHIFTS + b[going, None, :, None]
        costs = output_cost(f, tried[..., None], tried[..., ::-1, None], shifts, np.array(p))
        inner = (costs + _TIE * np.abs(shifts)).argmin(-1)
        each = np.take_along_axis(costs, inner[..., None], -1)[..., 0]
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
        going = going[step[going] > last]
        if not len(going):
            break
    return w, b, loss
