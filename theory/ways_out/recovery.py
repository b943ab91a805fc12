r"""How often basis pursuit recovers the features from h = Wx, exactly [D39].

$$ P = \sum_{S} p^{|S|} (1 − p)^{n−|S|} $$

over the supports S whose directions span a face of conv(0, Ŵ_1, …, Ŵ_n) that is a simplex and
does not contain 0: whether x comes back depends on who is active, not on how much.  With codes of
any sign the polytope is conv(±Ŵ_1, …, ±Ŵ_n).  Groups of features in orthogonal subspaces are
decoded each by itself, so that P is a product over them.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from ground.checks import FloatArray, check_at_most, check_flag
from theory.ways_out.direct_sum import (
    as_densities,
    as_dictionary,
    groups_of,
    in_own_space,
    unit_columns,
)
from theory.ways_out.faces import simplicial_faces, supports_on_faces
from theory.ways_out.polynomial import in_density

__all__ = ["any_decoder_bound", "recovered_supports", "recovery_counts", "recovery_probability"]

MOST = 1_000_000  # supports that are listed
Support = tuple[int, ...]


def recovery_probability(
    W: Any, *, density: Any, signed: bool = False, unique: bool = True
) -> FloatArray:
    r"""Probability that basis pursuit recovers x from h = Wx, without noise [D39].

    .. math:: P = \prod_B \sum_k f_k^B\, p^k (1 - p)^{n_B - k}

    with :math:`f_k^B` the faces with k vertices of the polytope of group B.

    Parameters
    ----------
    W : array_like (n_hidden, n_features)
        A feature of zeros is never recovered where it is active.
    density : array_like (...)
        p in [0, 1], common to all features.
    signed : bool
        Codes of any sign, instead of codes ≥ 0.
    unique : bool
        Count supports of which x is the only minimiser.  False counts those, too, of which it is
        one of several: a solver is right as often as it is lucky, between the two probabilities.

    Returns
    -------
    array (...)

    Raises
    ------
    ValueError
        W not finite; a polytope that may have more than 100 000 facets, or, for all minimisers,
        more than 16 features on one of them.

    References
    ----------
    Donoho and Tanner 2005, *Sparse nonnegative solution of underdetermined linear equations by
    linear programming*: outwardly neighbourly polytopes.  Donoho 2004: the signed case.

    Examples
    --------
    A digon's two features come back unless both are active, and need codes ≥ 0:

    >>> digon = [[1.0, -1.0]]
    >>> recovery_probability(digon, density=0.1).round(12).item()
    0.99
    >>> recovery_probability(digon, density=0.1, signed=True).round(12).item()
    0.81
    """
    p = as_densities(density)
    columns, signed = as_dictionary(W), check_flag("signed", signed)
    counts = _counts(columns, signed=signed, unique=check_flag("unique", unique))
    return np.asarray(prod((in_density(one, p) for one in counts), start=np.ones_like(p)))


def recovery_counts(W: Any, *, signed: bool = False) -> tuple[int, ...]:
    """How many supports of each size basis pursuit recovers, from none active to all [D39].

    Parameters
    ----------
    W : array_like (n_hidden, n_features)
    signed : bool
        Codes of any sign, instead of codes ≥ 0.

    Returns
    -------
    tuple of int
        Of length n + 1: by how many features are active.

    Raises
    ------
    ValueError
        As `recovery_probability`.

    Examples
    --------
    >>> import numpy as np
    >>> turn = 2 * np.pi * np.arange(5) / 5
    >>> pentagon = [np.cos(turn), np.sin(turn)]
    >>> recovery_counts(pentagon)  # any lone feature, and two neighbours
    (1, 5, 5, 0, 0, 0)
    >>> recovery_counts(pentagon, signed=True)
    (1, 5, 0, 0, 0, 0)
    """
    total = [1]
    for counts in _counts(as_dictionary(W), signed=check_flag("signed", signed)):
        terms = [0] * (len(total) + len(counts) - 1)
        for i, first in enumerate(total):
            for j, second in enumerate(counts):
                terms[i + j] += first * int(second)
        total = terms
    return tuple(total)


def recovered_supports(W: Any, *, signed: bool = False) -> tuple[tuple[int, ...], ...]:
    """The supports that basis pursuit recovers, whatever the size of what is active [D39].

    Parameters
    ----------
    W : array_like (n_hidden, n_features)
    signed : bool
        Codes of any sign, instead of codes ≥ 0.

    Returns
    -------
    tuple of tuples of features
        Counted from 0, small supports first, the empty one among them.

    Raises
    ------
    ValueError
        As `recovery_probability`; more than a million supports.

    Examples
    --------
    >>> recovered_supports([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]])
    ((), (0,), (1,), (2,), (0, 2), (1, 2))
    """
    columns, signed = as_dictionary(W), check_flag("signed", signed)
    groups = groups_of(columns)
    each = [_supports(columns[:, group], signed=signed) for group in groups]
    check_at_most("W", prod(map(len, each)), MOST, "supports; ask for recovery_counts")
    whole = (
        tuple(
            sorted(int(group[i]) for group, part in zip(groups, chosen, strict=True) for i in part)
        )
        for chosen in product(*each)
    )
    return tuple(sorted(whole, key=lambda support: (len(support), support)))


def any_decoder_bound(W: Any, *, density: Any) -> FloatArray:
    r"""No decoder of h = Wx is right about x more often [D39].

    .. math:: P \le \prod_B P(\text{at most rank}_B \text{ features of group } B \text{ active})

    With more active ones than dimensions, the values that explain h fill a continuum.

    Parameters
    ----------
    W : array_like (n_hidden, n_features)
    density : array_like (...)
        p in [0, 1], common to all features.

    Returns
    -------
    array (...)

    Raises
    ------
    ValueError
        W is no matrix of finite numbers, or a density outside [0, 1].

    Examples
    --------
    Of a digon basis pursuit reaches it:

    >>> any_decoder_bound([[1.0, -1.0]], density=0.1).round(12).item()
    0.99
    """
    p, columns = as_densities(density), as_dictionary(W)
    bound = np.ones_like(p)
    for group in groups_of(columns):
        rank = len(in_own_space(columns[:, group]))
        chosen = [_choose(len(group), k) * (k <= rank) for k in range(len(group) + 1)]
        bound = bound * in_density(np.array(chosen), p)
    return np.asarray(bound)


def _choose(n: int, k: int) -> float:
    from scipy.special import comb

    return float(comb(n, k))


def _counts(columns: FloatArray, *, signed: bool, unique: bool = True) -> list[FloatArray]:
    """f_k of each group, groups with equal Gram matrices computed once."""
    known: dict[bytes, FloatArray] = {}
    found = []
    for group in groups_of(columns):
        unit = unit_columns(columns[:, group])
        key = np.round(unit.T @ unit + 0.0, 12).tobytes()
        if key not in known:
            supports = _supports(columns[:, group], signed=signed, unique=unique)
            sizes = [len(support) for support in supports]
            known[key] = np.bincount(sizes, minlength=len(group) + 1).astype(np.float64)
        found.append(known[key])
    return found


def _supports(columns: FloatArray, *, signed: bool, unique: bool = True) -> tuple[Support, ...]:
    """Of one group."""
    unit = unit_columns(columns)
    if not unit.any():
        return ((),)
    own = in_own_space(unit)
    find = simplicial_faces if unique else supports_on_faces
    return find(np.hstack([own, -own]), among=own.shape[1]) if signed else find(own)
