"""Which arrangements of features fill a hidden space best, at each density [D14].

All features are equally important.  A block of k features in d dimensions saves

$$ B(p) = k (ℓ_∅ − min_{c, b, shape} ℓ(c, b; p)),   ℓ_∅ = p/3 − p²/4, $$

against ignoring its features (ℓ_∅ is the variance of a feature, left by the bias p/2).  With
many more features than dimensions the block with the largest B/d wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ground.checks import (
    FloatArray,
    as_density_axis,
    as_list,
    as_positive_density,
    check_kind,
)
from theory.data_law import feature_variance
from theory.geometry.block_descent import FLAT, Point, descend
from theory.geometry.blocks import Block
from theory.loss.transitive import exact_faces, row_gradient, row_loss
from theory.polytopes.arrangements import SHAPES, Arrangement, arrangement, arrangements

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["best_block", "packing"]

# (scale, bias) to start from: dense features want neither shrinking nor bias, sparse ones a
# larger scale with a bias that silences small interference.
_STARTS = ((1.0, -0.02), (1.15, -0.15), (1.4, -0.4))
CLOSE = 1.5  # densities whose ratio is less have optima close enough to find one from the other
_DEAD = 1e-3  # scales below are an ignored block
_FLAT_OF_A_SUM = 1e-6  # its gradient is good to some 1e-7: the loss at a minimum to 1e-12
_BOUNDS = ((np.log(_DEAD), np.log(1e3)), (-50.0, 1.0), SHAPES)


def best_block(name: str, density: float, *, near: Block | None = None) -> Block:
    r"""Least exact loss of a family over scale, bias and shape [D14].

    .. math:: \min_{c, b, t} \ell(c, b; q(t), p)

    Parameters
    ----------
    name : str
        Of a family of :mod:`theory.polytopes.arrangements`.
    density : float
        p in (0, 1].
    near : Block, optional
        The best block at another density: where that is close, the only start.

    Returns
    -------
    Block

    Raises
    ------
    ValueError
        Unknown name, or a density outside (0, 1].

    Examples
    --------
    >>> best_block("point", 0.3).loss < 1e-15
    True
    >>> best_block("digon", 0.1).dimensionality
    0.5
    """
    if near is not None:
        check_kind("near", near, Block, "a Block, as best_block returns")
    check_kind("name", name, str, "the name of an arrangement")
    p = as_positive_density("density", density)
    family = arrangement(name)
    if near is not None and _close(p, near.density):
        return _block(family, p, _follow(family, p, _variables(near), None))
    shapes = [None] if family.tight is None else [family.tight, 0.5 * family.tight]
    starts = [_point(c, b, shape) for shape in shapes for c, b in _STARTS]
    if near is not None:
        starts.append(_variables(near))
    found = [_descend(family, p, start) for start in starts]
    return _block(family, p, min(found, key=lambda point: point.value))


def _close(p: float, other: float) -> bool:
    return bool(abs(np.log(p / other)) < np.log(CLOSE))


def _point(scale: float, bias: float, shape: float | None) -> FloatArray:
    """The variables of a descent: log c, b, and the shape if it is free."""
    return np.array([np.log(scale), bias] + ([] if shape is None else [shape]))


def _variables(block: Block) -> FloatArray:
    return _point(block.scale, block.bias, block.shape)


def _block(family: Arrangement, p: float, found: Point) -> Block:
    shape = None if family.tight is None else float(found.x[2])
    return Block(
        family.name,
        family.dimension,
        family.n_features,
        p,
        found.value * float(feature_variance(p)),
        float(np.exp(found.x[0])),
        float(found.x[1]),
        shape,
        family.dimensionality(shape),
    )


def _value(family: Arrangement, p: float) -> Callable[[FloatArray], tuple[float, FloatArray]]:
    """Loss of a feature and its gradient by log c, b and shape.

    In units of the loss at stake, so that one tolerance serves all densities.
    """
    unit = float(feature_variance(p))
    inner, sizes = family.row()
    turn = family.turn

    def value(point: FloatArray) -> tuple[float, FloatArray]:
        c, b = float(np.exp(point[0])), float(point[1])
        if len(point) == 2:
            loss, by_scale, by_bias = row_loss(inner, sizes, c, b, p)
            return loss / unit, np.array([c * by_scale, by_bias]) / unit
        at = family.row(float(point[2]))[0]
        loss, by_scale, by_bias, by_shape = row_gradient(at, sizes, c, b, p, turn)
        return loss / unit, np.array([c * by_scale, by_bias, by_shape]) / unit

    return value


def _follow(family: Arrangement, p: float, start: FloatArray, inverse: FloatArray | None) -> Point:
    """The minimum near a start that is close to it."""
    bounds = np.array(_BOUNDS[: len(start)])
    flat = FLAT if exact_faces(family.row()[1]) else _FLAT_OF_A_SUM
    found = descend(_value(family, p), start, bounds, inverse, flat=flat)
    return _descend(family, p, start) if found is None else found


def _descend(family: Arrangement, p: float, start: FloatArray) -> Point:
    """One local minimum from any start."""
    from scipy.optimize import minimize  # a fifth of a second that readers of tables do without

    result = minimize(
        _value(family, p),
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=_BOUNDS[: len(start)],
        options={"ftol": 1e-15, "gtol": 1e-11, "maxiter": 300},
    )
    return Point(result.x, float(result.fun), np.eye(len(start)))


def chosen_arrangements(names: Any) -> list[str]:
    """Names of arrangements: those given, or all."""
    if names is None:
        return [known.name for known in arrangements()]
    known = {family.name for family in arrangements()}
    chosen = [] if isinstance(names, str) or not np.iterable(names) else list(names)
    if not chosen or not all(isinstance(name, str) and name in known for name in chosen):
        raise ValueError(f"names must be some of {', '.join(sorted(known))}, got {names!r}")
    return chosen


def packing(
    densities: Sequence[float] | FloatArray, *, names: Sequence[str] | None = None
) -> xr.Dataset:
    """Benefit per dimension of each polytope at each density, and the winner [D14].

    Parameters
    ----------
    densities : sequence of float
        In (0, 1], in falling or rising order: each optimum starts from its neighbour's.
    names : sequence of str, optional
        Families to compare; all of :func:`theory.polytopes.arrangements.arrangements` by default.

    Returns
    -------
    Dataset (density, arrangement)
        ``loss`` of one feature, ``scale``, ``bias``, ``shape`` (NaN where none is free),
        ``dimensionality``, ``benefit`` per hidden dimension; ``dimension`` and ``n_features``
        of each family; and for each density ``winner`` and ``dimensions_per_feature``, the
        D* = m/‖W‖_F² of a space filled with the winner.

    Raises
    ------
    ValueError
        A density outside (0, 1], no name, or one that no family has.

    Examples
    --------
    >>> str(packing([0.3], names=["digon", "pentagon"])["winner"].item())
    'digon'
    """
    import xarray as xr

    p = as_density_axis(as_list("densities", densities))
    chosen = chosen_arrangements(names)
    blocks = along(chosen, p)
    fields = ("loss", "scale", "bias", "shape", "dimensionality", "benefit")
    grid = {
        field: (
            ("density", "arrangement"),
            np.array([[getattr(block, field) for block in row] for row in blocks], float).T,
        )
        for field in fields
    }
    best = grid["benefit"][1].argmax(axis=1)
    families = [arrangement(name) for name in chosen]
    d = np.array([family.dimension for family in families])
    k = np.array([family.n_features for family in families])
    scale = grid["scale"][1][np.arange(len(p)), best]
    return xr.Dataset(
        {
            **grid,
            "dimension": ("arrangement", d),
            "n_features": ("arrangement", k),
            "winner": ("density", np.array(chosen)[best]),
            "dimensions_per_feature": ("density", d[best] / (k[best] * scale)),
        },
        coords={"density": p, "arrangement": chosen},
    )


def along(names: Sequence[str], densities: FloatArray) -> list[list[Block]]:
    """Best blocks of each family along a line of densities, each from its neighbour."""
    return [_line(arrangement(name), densities) for name in names]


def _line(family: Arrangement, densities: FloatArray) -> list[Block]:
    """Each minimum from where the last two point to, with the last one's curvature."""
    line: list[Block] = []
    ends: list[FloatArray] = []
    inverse: FloatArray | None = None
    for p in densities.tolist():
        if not line or not _close(p, line[-1].density):
            line.append(best_block(family.name, p, near=line[-1] if line else None))
            ends, inverse = [*ends, _variables(line[-1])], None
            continue
        start = ends[-1]
        if len(line) > 1 and _close(line[-1].density, line[-2].density):
            before, last = np.log(line[-2].density), np.log(line[-1].density)
            if before != last:
                start = start + (start - ends[-2]) * (np.log(p) - last) / (last - before)
        found = _follow(family, p, start, inverse)
        inverse = found.inverse
        ends.append(found.x)
        line.append(_block(family, p, found))
    return line
