"""Proof of the optimum of two features in one dimension, by branch and bound [D10].

The search space is compact for reasons a page long (D10); a box of weights has a lower bound
whose defect is quadratic in its size and in the intervals that either bias is cut into; and boxes
are halved until each is either above the best loss known or within the tolerance of it.
Arithmetic is that of floats, on dyadic boxes, with a slack for rounding
(`theory.minima.certificate_kernel`): ball arithmetic costs twentyfold.
`theory.minima.certificate_replay` pays that, once the boxes are known, and needs no slack.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from joblib import Parallel, delayed
from numpy.typing import NDArray

from ground.checks import (
    FloatArray,
    as_density,
    as_density_axis,
    as_importance,
    as_importance_axis,
    as_number,
    check_at_most,
    check_positive_int,
)
from ground.results import configured
from ground.structure import IGNORED_BELOW
from ground.workers import worker_processes
from theory.loss.problem import as_problem
from theory.minima.certificate_boxes import (
    enclosure_of,
    roles_in,
    root_box,
    structures_in,
)
from theory.minima.certificate_kernel import loss_bounds
from theory.minima.certificate_narrowing import explore
from theory.minima.quasi_newton import quasi_newton, value_in

_WIDEST_LEAF = 2.0**-5  # weights left are cut at least this fine, so that the enclosure is useful
_FINEST_LEAF = 2.0**-12  # and no finer, where a weight may or may not count as ignored
_FEW_BITS = 16  # enough for a first upper bound, before the size of the search space is known


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
        How many boxes of weights were bounded.
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
    budget: int = 200_000,
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
        Boxes of weights to bound at most; a thousand take some twenty milliseconds.

    Returns
    -------
    Certificate

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
    return searched(density, importance, tolerance=tolerance, budget=budget).certificate


@dataclass(frozen=True, eq=False)
class Search:
    """A certificate, and what was done with each box on the way to it.

    Attributes
    ----------
    certificate : Certificate
        What is proved.
    reach : array (2,)
        Largest w1 and |w2| of the first box.
    program : uint8 array
        Level by level, as `theory.minima.certificate_replay` reads it; a budget may end it early.
    roles : bool array (2, 2)
        Whether a minimiser may represent feature 1 (first axis: no, yes) and feature 2.
    """

    certificate: Certificate
    reach: FloatArray
    program: NDArray[np.uint8]
    roles: NDArray[np.bool_]


def searched(
    density: float,
    importance: Any = None,
    *,
    tolerance: float | None = None,
    budget: int = 200_000,
) -> Search:
    """Search as `certify` does, and keep what was done with the boxes."""
    p, weights, tolerance = _check(density, importance, tolerance)
    budget = check_positive_int("budget", budget)
    point, upper = _best_of(_starts(p), p, weights, _FEW_BITS)
    bits, root = root_box(p, weights, upper)
    point, upper = _best_of(point[None], p, weights, bits)
    limits = IGNORED_BELOW, _WIDEST_LEAF, _FINEST_LEAF, 2.0**-bits
    boxes, bounded = root, 0
    leaves, programs = [root[:0]], []
    while len(boxes) and bounded < budget:
        now, later = np.split(boxes, [budget - bounded])
        program, children, left, centre = explore(
            now, p, np.array(weights), upper * (1 - tolerance), upper, *limits
        )
        bounded += len(now)
        if centre[4] < upper * (1 - 1e-12):
            better, value = _best_of(centre[None, :4], p, weights, bits)
            if value < upper:
                point, upper = better, value
        leaves.append(left)
        programs.append(program)
        boxes = np.concatenate([later, children])
    # A leaf may have been set aside when `upper` was not yet what it is now.
    left = np.concatenate([*leaves, boxes])
    left = left[left[:, 8] <= upper]
    target = upper * (1 - tolerance)
    # A bound of large boxes may be below what no loss can be.
    lower = max(min([target, *left[:, 8]]), 0.0)
    certificate = Certificate(
        lower=float(lower),
        upper=float(upper),
        gap=float((upper - lower) / upper),
        status="proved" if lower >= target else "open",
        structures=structures_in(left, weights),
        enclosure=enclosure_of(left),
        boxes=bounded,
        W=point[None, :2].copy(),
        b=point[2:].copy(),
    )
    reach = root[0, :2] + root[0, 2:4]
    return Search(certificate, reach, np.concatenate(programs), roles_in(left))


def certify_grid(
    densities: Any,
    importances: Any,
    *,
    tolerance: float | None = None,
    budget: int = 200_000,
    jobs: int = 1,
) -> xr.Dataset:
    """Certificates over a diagram of (2, 1): which cells are proved, not only found [D10].

    Parameters
    ----------
    densities : array_like (P,)
    importances : array_like (R,)
        p, and the importance of feature 2 relative to feature 1.
    tolerance : float, optional
    budget : int
        As for `certify`, for each cell.
    jobs : int
        Processes; the result does not depend on it.

    Returns
    -------
    Dataset over (density, importance)
        lower, upper, gap, boxes; `proved` (the gap is within the tolerance);
        `structure` (the proved phase, or "" where more than one is possible).

    Raises
    ------
    ValueError
        What `certify` refuses, axes that are no lists, or a number of jobs outside 1 to 4096.

    Examples
    --------
    >>> grid = certify_grid([0.3], [1.0], tolerance=1e-3)
    >>> bool(grid.proved.item()), grid.structure.item()
    (True, '[1 2]')
    """
    if not (type(jobs) is int and jobs == -1):
        check_at_most("jobs", check_positive_int("jobs", jobs), 4096, "processes")
    if tolerance is not None:
        tolerance = as_number("tolerance", tolerance, "a number")
    check_positive_int("budget", budget)
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
    if I.shape != (2,) or not 1e-100 < I.min() <= I.max() < 1e100 or I.max() > 1e3 * I.min():
        raise ValueError(
            f"importance must be two positive numbers within a factor 1000, got {importance!r}"
        )
    finest = max(1e-9, 1e-11 / float(p))
    if tolerance is None:
        tolerance = finest
    tolerance = as_number("tolerance", tolerance, f"a number in [{finest:.3g}, 0.5]")
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
            point = np.concatenate([dyadic(W, bits), dyadic(b, 2 * bits)])
            loss = loss_bounds(*point, p, *weights)[1]
            if loss < upper:
                best, upper = point, loss
    return best, upper


def dyadic(values: FloatArray, bits: int) -> FloatArray:
    return np.round(values * 2.0**bits) / 2.0**bits
