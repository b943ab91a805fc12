"""Proof of the optimum of two features in one dimension, by branch and bound [D10].

The search space is compact for reasons a page long (D10); a box of parameters has a lower
bound whose defect is quadratic in its size; and boxes are halved until each is either above
the best loss known or within the tolerance of it.  Arithmetic is that of floats, on dyadic
boxes, with a slack for rounding (`theory.minima.certificate_kernel`): interval arithmetic of
arbitrary precision would cost a hundredfold and gain nothing at gaps above 1e-9.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from joblib import Parallel, delayed

from ground.checks import (
    FloatArray,
    as_density,
    as_density_axis,
    as_importance,
    as_importance_axis,
    check_positive_int,
)
from ground.results import configured
from ground.structure import IGNORED_BELOW, Structure
from ground.workers import worker_processes
from theory.loss.problem import as_problem
from theory.minima.certificate_kernel import box_bounds, loss_bounds
from theory.minima.quasi_newton import quasi_newton, value_in

_WIDEST_LEAF = 2.0**-5  # what survives is cut at least this fine, so that the enclosure is useful
_FEW_BITS = 16  # enough for a first upper bound, before the size of the search space is known
_FINEST_LEAF = 2.0**-12  # and no finer, where a weight may or may not count as ignored


@dataclass(frozen=True, eq=False)
class Certificate:
    """What is proved about the global minimum of the (2, 1) loss [D10].

    Attributes
    ----------
    lower, upper : float
        The least loss over all W and b lies between them.
    gap : float
        (upper − lower) / upper.
    status : str
        "proved" if the gap is within the tolerance, "open" if the budget ran out before.
    structures : tuple of str
        Every structure (as `ground.structure`, equal features exchanged) that a global
        minimiser may have; one if the phase is proved.
    enclosure : array (2, 4)
        Least and largest |w1|, |w2|, b1, b2 of any global minimiser.
    boxes : int
        How many boxes were bounded.
    W, b : arrays (1, 2), (2,)
        The point whose loss is `upper`.
    """

    lower: float
    upper: float
    gap: float
    status: str
    structures: tuple[str, ...]
    enclosure: FloatArray
    boxes: int
    W: FloatArray
    b: FloatArray


def certify(
    density: float,
    importance: Any = None,
    *,
    tolerance: float | None = None,
    budget: int = 2_000_000,
) -> Certificate:
    r"""Prove lower and upper bounds of the least loss over all W (1, 2) and b (2) [D10].

    .. math:: \min_{W, b} L \in [\text{lower}, \text{upper}]

    Parameters
    ----------
    density : float
        p in [1e-6, 1].
    importance : array_like (2,), optional
        I > 0, ratio between 1e-3 and 1e3; one when left out.
    tolerance : float, optional
        Relative gap to reach, from max(1e-9, 1e-11/p), the default, to 1/2.  The slack for
        rounding is about 1e-13 of p/3, and the least loss falls like p².
    budget : int
        Boxes to bound at most; a thousand take a few milliseconds.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> certificate = certify(0.1, tolerance=1e-3)
    >>> certificate.status, certificate.structures
    ('proved', ('[1 2]',))
    """
    p, weights, tolerance = _check(density, importance, tolerance)
    budget = check_positive_int("budget", budget)
    point, upper = _best_of(_starts(p), p, weights, _FEW_BITS)
    bits, root = _root(p, weights, upper)
    point, upper = _best_of(point[None], p, weights, bits)
    leaves: list[FloatArray] = []
    boxes, bound, bounded = root, np.full(1, -math.inf), 0
    target, children = upper * (1 - tolerance), root
    while len(children) and bounded < budget and _exact(children, bits):
        boxes = children
        bound, centre = box_bounds(boxes, p, *weights).T
        bounded += len(boxes)
        if centre.min() < upper * (1 - 1e-12):
            better, value = _best_of(boxes[[centre.argmin()], :4], p, weights, bits)
            if value < upper:
                point, upper = better, value
        target = upper * (1 - tolerance)
        alive = bound <= upper
        boxes, bound = boxes[alive], bound[alive]
        settled = (bound >= target) & _fine(boxes)
        leaves.append(np.column_stack([boxes[settled], bound[settled]]))
        boxes, bound = boxes[~settled], bound[~settled]
        children = _within_reach(_halves(boxes, p, weights))
    if len(children) == 0:
        boxes, bound = boxes[:0], bound[:0]  # none of them can hold a minimiser
    # A leaf may have been set aside when `upper` was not yet what it is now.
    lower = min([target, *bound, *(leaf[:, 8].min() for leaf in leaves if len(leaf))])
    lower = max(lower, 0.0)  # a bound of large boxes may be below what no loss can be
    left = np.concatenate([*(leaf[leaf[:, 8] <= upper, :8] for leaf in leaves), boxes])
    gap = (upper - lower) / upper
    return Certificate(
        lower=float(lower),
        upper=float(upper),
        gap=float(gap),
        status="proved" if lower >= target else "open",
        structures=_structures(left, weights),
        enclosure=_enclosure(left),
        boxes=bounded,
        W=point[None, :2].copy(),
        b=point[2:].copy(),
    )


def certify_grid(
    densities: Any,
    importances: Any,
    *,
    tolerance: float | None = None,
    budget: int = 2_000_000,
    jobs: int = 1,
) -> xr.Dataset:
    """Certificates over a diagram of (2, 1): which cells are proved, not only found [D10].

    Parameters
    ----------
    densities, importances : array_like, 1-D
        p, and the importance of feature 2 relative to feature 1.
    tolerance, budget
        As for `certify`, for each cell.
    jobs : int
        Processes; the result does not depend on it.

    Returns
    -------
    Dataset over (density, importance)
        lower, upper, gap, boxes; `proved` (the gap is within the tolerance);
        `structure` (the proved phase, or "" where more than one is possible).
    """
    p, r = as_density_axis(densities), as_importance_axis(importances)
    with worker_processes(jobs):
        found = Parallel()(
            delayed(certify)(density, (1.0, ratio), tolerance=tolerance, budget=budget)
            for density in p
            for ratio in r
        )
    axes, shape = ("density", "importance"), (p.size, r.size)

    def grid(values: list[Any]) -> tuple[tuple[str, str], Any]:
        return axes, np.array(values).reshape(shape)

    dataset = xr.Dataset(
        {
            "lower": grid([each.lower for each in found]),
            "upper": grid([each.upper for each in found]),
            "gap": grid([each.gap for each in found]),
            "boxes": grid([each.boxes for each in found]),
            "proved": grid([each.status == "proved" for each in found]),
            "structure": grid([_only(each.structures) for each in found]),
        },
        coords={"density": p, "importance": r},
    )
    return configured(
        dataset,
        {
            "what": "theory.certify_grid",
            "densities": p.tolist(),
            "importances": r.tolist(),
            "tolerance": tolerance,
            "budget": budget,
        },
    )


def _only(structures: tuple[str, ...]) -> str:
    return structures[0] if len(structures) == 1 else ""


def _check(
    density: Any, importance: Any, tolerance: Any
) -> tuple[float, tuple[float, float], float]:
    p = as_density(density)
    if p.ndim or p < 1e-6:
        raise ValueError(f"density must be one number in [1e-6, 1], got {density!r}")
    I = as_importance(importance, 2)
    if I.shape != (2,) or I.min() <= 0 or I.max() > 1e3 * I.min():
        raise ValueError(
            f"importance must be two positive numbers within a factor 1000, got {importance!r}"
        )
    finest = max(1e-9, 1e-11 / float(p))
    if tolerance is None:
        tolerance = finest
    if not finest <= tolerance <= 0.5:
        raise ValueError(f"tolerance must lie in [{finest:.3g}, 0.5] at p = {p}, got {tolerance!r}")
    return float(p), (float(I[0]), float(I[1])), float(tolerance)


def _starts(p: float) -> FloatArray:
    """Points to descend from: one feature alone, an antipodal pair, both the same way."""
    alone, pair, same = (1.0, 0.0, 0.0, p / 2), (1.0, -1.0, 0.0, 0.0), (0.7, 0.7, 0.0, 0.0)
    return np.array([alone, (0.0, 1.0, p / 2, 0.0), pair, same])


def _best_of(
    starts: FloatArray, p: float, weights: tuple[float, float], bits: int
) -> tuple[FloatArray, float]:
    """Descend, round to the dyadic grid, and bound the loss there from above."""
    value = value_in(as_problem(starts[:1, None, :2], None, p, weights), "exact")
    best, upper = starts[0], math.inf
    for start in starts:
        end = quasi_newton(value, start[None, :2], start[2:], method="BFGS", gtol=1e-11)
        for W, b in ((start[:2], start[2:]), (end.W[0], end.b)):
            point = np.concatenate([_dyadic(W, bits), _dyadic(b, 2 * bits)])
            loss = loss_bounds(*point, p, *weights)[1]
            if loss < upper:
                best, upper = point, loss
    return best, upper


def _dyadic(values: FloatArray, bits: int) -> FloatArray:
    return np.round(values * 2.0**bits) / 2.0**bits


def _root(p: float, weights: tuple[float, float], upper: float) -> tuple[int, FloatArray]:
    r"""One box that holds a global minimiser, and the bits its parts may have [D10].

    With U no less than the least loss and q = 3U/(I p) < 1, a = w² ≤ (1 + √q)/(1 − √q).
    """
    reach = []
    for weight in weights:
        root = math.sqrt(3 * upper / (weight * p))
        w = math.sqrt((1 + root) / (1 - root))
        reach.append(2.0 ** math.ceil(math.log2(w * (1 + 1e-6))))
    bias = 2.0 * max(reach) ** 2
    # a + c + b, with their steps, stays below 8 · bias: leave room for that in 53 bits.
    bits = (53 - round(math.log2(8 * bias))) // 2
    w1, w2 = reach
    # (w1, w2) and (−w1, −w2) are the same model.
    return bits, np.array([[w1 / 2, 0, 0, 0, w1 / 2, w2, bias, bias]])


def _halves(boxes: FloatArray, p: float, weights: tuple[float, float]) -> FloatArray:
    """Cut each box across the axis that contributes most to the defect of its bound."""
    centres, halves = boxes[:, :4], boxes[:, 4:]
    reach = np.abs(centres[:, :2]) + halves[:, :2]
    total, q = sum(weights), 1 - p
    contribution = np.empty((len(boxes), 4))
    for i in (0, 1):
        w, other = reach[:, i], reach[:, 1 - i]
        contribution[:, i] = total * p * (4 * w * w + other * other + 1) * halves[:, i] ** 2
        # The cost of a positive bias when nothing is active has curvature (1 − p)², not p.
        positive = centres[:, 2 + i] + halves[:, 2 + i] > 0
        contribution[:, 2 + i] = weights[i] * (q * q * positive + 2 * p) * halves[:, 2 + i] ** 2
    rows, axis = np.arange(len(boxes)), contribution.argmax(axis=1)
    below, above = boxes.copy(), boxes.copy()
    step = halves[rows, axis] / 2
    below[rows, 4 + axis] = above[rows, 4 + axis] = step
    below[rows, axis] -= step
    above[rows, axis] += step
    return np.concatenate([below, above])


def _exact(boxes: FloatArray, bits: int) -> bool:
    """Whether all centres and corners still have few enough bits for exact corner values."""
    finest_w, finest_b = boxes[:, 4:6].min(), boxes[:, 6:].min()
    return bool(finest_w >= 2.0**-bits and finest_b >= 4.0**-bits)


def _within_reach(boxes: FloatArray) -> FloatArray:
    """Drop boxes in which a bias is outside −(a + c₊) … 1 + c₋, where no minimiser is."""
    w1, w2, _, _, h1, h2, _, _ = boxes.T
    product, spread = w1 * w2, h1 * np.abs(w2) + h2 * np.abs(w1) + h1 * h2
    above, below = np.maximum(product + spread, 0), np.maximum(spread - product, 0)
    keep = np.ones(len(boxes), dtype=bool)
    for i in (0, 1):
        a = (np.abs(boxes[:, i]) + boxes[:, 4 + i]) ** 2
        b, half = boxes[:, 2 + i], boxes[:, 6 + i]
        keep &= (b + half >= -(a + above)) & (b - half <= 1 + below)
    return boxes[keep]


def _roles(boxes: FloatArray) -> tuple[Any, Any]:
    """Whether each weight may count as ignored, and whether it may count as represented."""
    size, half = np.abs(boxes[:, :2]), boxes[:, 4:6]
    return size - half < IGNORED_BELOW, size + half >= IGNORED_BELOW


def _fine(boxes: FloatArray) -> Any:
    """Boxes to leave as they are: small, and of one structure unless very small."""
    ignored, represented = _roles(boxes)
    doubtful = ignored & represented & (boxes[:, 4:6] > _FINEST_LEAF)
    return (boxes[:, 4:].max(axis=1) <= _WIDEST_LEAF) & ~doubtful.any(axis=1)


def _structures(boxes: FloatArray, weights: tuple[float, float]) -> tuple[str, ...]:
    ignored, represented = _roles(boxes)
    names = set()
    for first in (False, True):
        for second in (False, True):
            possible = np.where([first, second], represented, ignored).all(axis=1)
            if possible.any():
                kept = [i for i, here in enumerate((first, second)) if here]
                lost = [i for i in (0, 1) if i not in kept]
                structure = Structure((tuple(kept),) if kept else (), tuple(lost))
                names.add(str(structure.canonical(weights)))
    return tuple(sorted(names))


def _enclosure(boxes: FloatArray) -> FloatArray:
    low, high = boxes[:, :4] - boxes[:, 4:], boxes[:, :4] + boxes[:, 4:]
    across = (low[:, :2] <= 0) & (high[:, :2] >= 0)
    small = np.where(across, 0.0, np.minimum(np.abs(low[:, :2]), np.abs(high[:, :2])))
    large = np.maximum(np.abs(low[:, :2]), np.abs(high[:, :2]))
    return np.array(
        [
            [*small.min(axis=0), *low[:, 2:].min(axis=0)],
            [*large.max(axis=0), *high[:, 2:].max(axis=0)],
        ]
    )
