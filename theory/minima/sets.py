"""Minima of the loss under a law of sets, from natural and from evenly spread starts [D16]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from ground.checks import (
    FloatArray,
    as_number,
    check_at_most,
    check_kind,
    check_positive_int,
    check_sizes,
)
from ground.points import halton
from theory.loss.sets import Sets, check_faces, sets_loss_and_gradient
from theory.minima.quasi_newton import quasi_newton
from theory.minima.set_starts import set_starts

SETTLED, ROUGH = 1e-9, 1e-3  # slopes at which descents end, the second to see who is lowest
WITHIN, APART = 0.05, 1e-3  # relative differences of losses after the rough descents


@dataclass(frozen=True, eq=False)
class SetMinimum:
    """A local minimum of the loss under a law of sets, and how many starts reach it [D16].

    Attributes
    ----------
    W : array (m, n)
    b : array (n,)
    loss : float
    reached : int
        How many starts ended here.
    """

    W: FloatArray
    b: FloatArray
    loss: float
    reached: int


def set_minima(
    n_hidden: int, law: Sets, *, starts: int = 32, tolerance: float = 1e-9
) -> tuple[SetMinimum, ...]:
    """Local minima under a law of sets, best first [D16].

    Parameters
    ----------
    n_hidden : int
    law : Sets
    starts : int
        Points of a Halton sequence, as normal variables, to descend from besides the natural
        starts of `theory.minima.set_starts`: no random numbers.
    tolerance : float
        Losses closer than this fraction of the loss of an empty model are one minimum.

    Returns
    -------
    tuple of SetMinimum

    Raises
    ------
    ValueError
        Sizes out of range, no starts or more than 10 000, a tolerance outside [0, 1), or sets whose
        exact loss has too many pieces.
    TypeError
        No law of sets.

    Examples
    --------
    >>> best = set_minima(1, Sets("anticorrelated", (2,), 0.25), starts=4)[0]
    >>> best.loss < 1e-12
    True
    """
    check_kind("law", law, Sets, "theory.Sets")
    tolerance = as_number("tolerance", tolerance, "a number of at least 0", lambda v: 0 <= v < 1)
    check_at_most("starts", check_positive_int("starts", starts), 10_000, "minutes")
    check_faces(law)
    n, m = check_sizes(law.n_features, n_hidden)
    check_positive_int("starts", starts)
    found = [descend_sets(W, np.zeros(n), law) for W in spread_starts(m, law, starts)]
    found.sort(key=lambda minimum: minimum.loss)
    unit = tolerance * n * law.density / 3
    kept: list[SetMinimum] = []
    for minimum in found:
        if kept and minimum.loss - kept[-1].loss <= unit:
            last = kept[-1]
            kept[-1] = SetMinimum(last.W, last.b, last.loss, last.reached + 1)
        else:
            kept.append(minimum)
    return tuple(kept)


def spread_starts(m: int, law: Sets, starts: int) -> FloatArray:
    """Natural starts, then points of the Halton sequence, (K, m, n)."""
    n = law.n_features
    points = ndtri(halton(starts, m * n)) * 0.7
    return np.concatenate([set_starts(law.sizes, m), points.reshape(-1, m, n)])


def least_set_minimum(
    n_hidden: int, law: Sets, starts: int, more: Sequence[tuple[FloatArray, FloatArray]] = ()
) -> SetMinimum:
    """The least minimum alone, from the starts of `set_minima` and more: checked values [D16]."""
    spread = [(W, np.zeros(law.n_features)) for W in spread_starts(n_hidden, law, starts)]
    return least_from([*spread, *more], law)


def least_from(begun: Iterable[tuple[FloatArray, FloatArray]], law: Sets) -> SetMinimum:
    """The least minimum below these starts [D16].

    All descend a part of the way; the few that are lowest there, and apart, go on to the end.
    """
    return finished([descend_sets(W, b, law, slope=ROUGH) for W, b in begun], law)[0]


def finished(rough: Sequence[SetMinimum], law: Sets) -> list[SetMinimum]:
    """Ends of the rough descents that are lowest, and apart, least first [D16]."""
    rough = sorted(rough, key=lambda minimum: minimum.loss)
    kept: list[SetMinimum] = []
    for end in rough:
        near = end.loss <= rough[0].loss * (1 + WITHIN) + 1e-12
        if near and all(end.loss > other.loss * (1 + APART) for other in kept):
            kept.append(end)
    ends = [descend_sets(end.W, end.b, law) for end in kept]
    return sorted(ends, key=lambda minimum: minimum.loss)


def descend_sets(W: FloatArray, b: FloatArray, law: Sets, *, slope: float = SETTLED) -> SetMinimum:
    """The local minimum below (W, b), to a slope relative to the loss of an empty model."""
    ones, patterns = np.ones(law.n_features), law.patterns()
    end = quasi_newton(
        lambda W, b: sets_loss_and_gradient(W, b, ones, patterns),
        W,
        b,
        method="BFGS",
        scale=law.n_features * law.density / 3,
        gtol=slope,
        maxiter=3000,
    )
    return SetMinimum(end.W, end.b, end.loss, 1)
