r"""Where two features stop sharing a dimension, as the attack grows [D20].

At equal importance the even digon and the dedicated model are followed in ε, and the sizes at which
they cost the same are found as roots.  A digon may be given up and taken up again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from scipy.optimize import brentq

from ground.checks import (
    FloatArray,
    as_density_axis,
    as_floats,
    as_positive_density,
    check_choice,
)
from theory.adversary.mean_norm import mean_norm
from theory.adversary.pair_families import (
    DEAD,
    Member,
    Value,
    best_member,
    random_dedicated,
    random_digon,
    worst_dedicated,
    worst_digon,
)
from theory.adversary.robust_pair import LARGEST, OBJECTIVES
from theory.data_law import feature_variance
from theory.loss.floats import loss_and_gradient

__all__ = ["digon_defence", "digon_thresholds", "faint_digon_death"]

# ε is scanned up to where nothing changes any more; between two places a change of sign counts.
SIZES = {"worst": np.linspace(0.025, 0.6, 24), "random": np.linspace(0.025, 1.2, 48)}
FAINT = 1e-3  # weight² below which a digon is none
ROOT = 1e-10  # of ε
COARSE, FINE = 1e-6, 1e-9  # tolerances of the integral in the scan, and at a root
UNITS = (float(np.sqrt(2.0)), 1.0)  # what ε = 1 moves an output by: of a digon, of a dedicated one
AFRESH = 3  # every which size is searched from all starts, not from its neighbour alone

Family = Callable[[float], Value]


def digon_thresholds(densities: Any, *, objective: str = "worst", dead: str = "live") -> xr.Dataset:
    r"""Attacks at which a digon of two equal features is given up, and taken up again [D20].

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 1].
    objective : {"worst", "random"}
        Each input meets its own worst attack, or that of a feature drawn at random.
    dead : {"live", "silent", "behind"}
        For "random": what the ignored feature of the dedicated model does.  It is not drawn; it is
        drawn and does nothing; or it attacks at full strength as w₂ → 0 from the digon's side.

    Returns
    -------
    xarray.Dataset
        By `density`: `given_up`, the least ε at which the dedicated model is as good as the best
        even digon; `taken_up`, the ε beyond at which a digon is again (NaN where none is);
        `weight` and `bias` of the digon and `dedicated_weight`, `dedicated_bias` at the first,
        `loss` of both; `masking`, minus the digon's bias over what the attack moves its outputs by;
        `mean_norm`, E‖x‖, the usual unit of ε.  Thresholds are good to 1e-8; a stretch of ε
        shorter than 0.025 may be missed.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> found = digon_thresholds([0.1], objective="random")
    >>> round(float(found.given_up[0]), 4), round(float(found.masking[0]), 2)
    (0.2756, 0.96)
    """
    p = as_density_axis(densities)
    check_choice("objective", objective, OBJECTIVES)
    check_choice("dead", dead, DEAD)
    rows = [_row(float(density), objective, dead) for density in p]
    variables = {name: ("density", np.array([row[name] for row in rows])) for name in rows[0]}
    variables["mean_norm"] = ("density", np.array([float(mean_norm(2, x)) for x in p]))
    return xr.Dataset(variables, coords={"density": p})


def faint_digon_death(density: FloatArray) -> FloatArray:
    r"""The attack from which on a faint digon is worse than none, where its inputs stay on [D20].

    .. math:: \varepsilon = \frac{\sqrt 2\, v}{E|x_1 - x_2|}
              = \frac{\sqrt 2\, (4 - 3 p)}{4 (3 - 2 p)}

    >>> round(float(faint_digon_death(1.0)), 6)
    0.353553
    """
    return np.sqrt(2.0) * (4.0 - 3.0 * density) / (4.0 * (3.0 - 2.0 * density))


def _row(p: float, objective: str, dead: str) -> dict[str, float]:
    def digon(size: float, tolerance: float) -> Value:
        return worst_digon(p, size, tolerance) if objective == "worst" else random_digon(p, size)

    def dedicated(size: float, tolerance: float) -> Value:
        if objective == "worst":
            return worst_dedicated(p, size, tolerance)
        return random_dedicated(p, size, dead)

    pairs: list[tuple[Member, Member]] = []
    # The faint digon lives for short before it dies; elsewhere nothing is that quick.
    last = [0.985 * float(faint_digon_death(np.array(p)))] if objective == "worst" else []
    sizes = np.unique([*SIZES[objective], *last])
    for k, size in enumerate(sizes):
        step = float(size - sizes[k - 1])
        near = [((pairs[-1][i], UNITS[i] * step),) if k else () for i in range(2)]
        push = 0.0 if k % AFRESH else float(size)
        values = digon(size, COARSE), dedicated(size, COARSE)
        pairs.append(
            (
                best_member(values[0], p, UNITS[0] * push, *near[0], gradient=1e-5),
                best_member(values[1], p, UNITS[1] * push, *near[1], gradient=1e-5),
            )
        )
        # Where nothing is learned by either the rest is the same.
        if all(member.weight**2 < FAINT for member in pairs[-1]):
            break
    gap = np.array([first.loss - second.loss for first, second in pairs])
    row = dict.fromkeys(
        ("given_up", "taken_up", "loss", "weight", "bias", "dedicated_weight", "dedicated_bias"),
        np.nan,
    )
    row["masking"] = np.nan
    begin = np.flatnonzero((gap[:-1] < 0) & (gap[1:] >= 0))
    if not len(begin):
        return row
    k = int(begin[0])
    row["given_up"], first, second = _root(digon, dedicated, p, sizes[k : k + 2], pairs[k : k + 2])
    row["loss"], row["weight"], row["bias"] = first.loss, first.weight, first.bias
    row["dedicated_weight"], row["dedicated_bias"] = second.weight, second.bias
    row["masking"] = -first.bias / (np.sqrt(2.0) * row["given_up"] * first.weight**2)
    smaller = 1e-5 * feature_variance(p)  # a gain that is more than what descents leave
    again = np.flatnonzero((gap[k + 1 : -1] >= 0) & (gap[k + 2 :] < -smaller))
    if len(again):
        j = k + 1 + int(again[0])
        row["taken_up"] = _root(digon, dedicated, p, sizes[j : j + 2], pairs[j : j + 2])[0]
    return row


def _root(
    digon: Callable[[float, float], Value],
    dedicated: Callable[[float, float], Value],
    p: float,
    between: FloatArray,
    near: list[tuple[Member, Member]],
) -> tuple[float, Member, Member]:
    """Where both families cost the same, to rounding."""

    def both(size: float) -> tuple[Member, Member]:
        digons, others = (
            [(pair[i], UNITS[i] * (size - at)) for pair, at in zip(near, between, strict=True)]
            for i in range(2)
        )
        return (
            best_member(digon(size, FINE), p, 0.0, *digons),
            best_member(dedicated(size, FINE), p, 0.0, *others),
        )

    def gap(size: float) -> float:
        first, second = both(size)
        return (first.loss - second.loss) / p

    size = float(brentq(gap, float(between[0]), float(between[1]), xtol=ROOT, rtol=1e-12))
    return size, *both(size)


def digon_defence(density: Any, sizes: Any, *, objective: str = "worst") -> xr.Dataset:
    r"""How the best even digon of two equal features changes as the attack grows [D20].

    Parameters
    ----------
    density : float
        p in (0, 1].
    sizes : array_like (S,)
        ε, rising, in (0, 10].
    objective : {"worst", "random"}

    Returns
    -------
    xarray.Dataset
        By `size`: `loss` under attack, `clean` without, `weight`, `bias`; `masking`, minus the bias
        over what the attack moves the outputs by; `blind`, the share of values x at which the
        output of the only active feature is off, so that the input has no gradient at all.

    Raises
    ------
    ValueError
        A density outside (0, 1], sizes that do not rise in (0, 10], or another objective.

    Examples
    --------
    >>> path = digon_defence(0.05, [0.1, 0.2])
    >>> path.masking.round(2).values.tolist(), path.blind.round(2).values.tolist()
    ([0.94, 0.96], [0.13, 0.27])
    """
    p = as_positive_density("density", density)
    size = as_floats("sizes", sizes)
    if size.ndim != 1 or not size.size or not ((size > 0) & (size <= LARGEST)).all():
        raise ValueError(f"sizes must be a list of numbers in (0, {LARGEST:g}], got {sizes!r}")
    if (np.diff(size) <= 0).any():
        raise ValueError(f"sizes must rise, got {sizes!r}")
    check_choice("objective", objective, OBJECTIVES)
    members: list[Member] = []
    for k, epsilon in enumerate(size):
        value = worst_digon(p, epsilon, 1e-9) if objective == "worst" else random_digon(p, epsilon)
        near = [(members[-1], UNITS[0] * float(epsilon - size[k - 1]))] if members else []
        members.append(best_member(value, p, UNITS[0] * float(epsilon), *near, gradient=1e-8))
    w, c = (np.array([getattr(member, name) for member in members]) for name in ("weight", "bias"))
    clean = loss_and_gradient(np.stack([w, -w], -1)[:, None], np.stack([c, c], -1), density=p)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        masking = -c / (UNITS[0] * size * w * w)
        blind = np.clip(-c / (w * w), 0.0, 1.0)
    return xr.Dataset(
        {
            "loss": ("size", np.array([member.loss for member in members])),
            "clean": ("size", clean),
            "weight": ("size", w),
            "bias": ("size", c),
            "masking": ("size", masking),
            "blind": ("size", blind),
        },
        coords={"size": size},
    )
