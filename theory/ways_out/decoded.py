r"""How near the toy's ReLU and basis pursuit come to x, exactly, group by group [D39].

Given who is active both decoders are linear piece by piece, and the x that one piece decodes to
within ε are a convex part of the cube:

$$ P(‖x' − x‖_∞ ≤ ε) = \prod_B \sum_{S} p^{|S|} (1 − p)^{n_B − |S|}\, Vol_S(ε). $$

The volumes are computed to about 1e-7 each, and do not depend on p.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from math import prod
from typing import Any

import numpy as np

from ground.checks import FloatArray, as_at_least_zero, as_model, check_at_most, check_choice
from theory.ways_out.direct_sum import (
    as_densities,
    as_dictionary,
    groups_of,
    in_own_space,
    unit_columns,
)
from theory.ways_out.faces import ON, facets_of, simplicial_faces
from theory.ways_out.polynomial import in_density
from theory.ways_out.sections import section

__all__ = ["pursuit_loss", "within_probability"]

LARGEST_GROUP = 7  # features; each more takes three times as long, and seven some seconds
DECODERS = ("toy", "pursuit")
Support = tuple[int, ...]


def within_probability(
    W: Any, b: Any = None, *, density: Any, within: float, decoder: str = "toy"
) -> FloatArray:
    r"""Probability that every feature is decoded to within ε, without noise [D39].

    .. math:: P(\max_i |x'_i - x_i| \le ε), \qquad x' = ReLU(W^\top W x + b) \ \text{or pursuit}

    Parameters
    ----------
    W : array_like (n_hidden, n_features)
        Its orthogonal groups may have up to 7 features.
    b : array_like (n_features,), optional
        Of the toy's ReLU; zero by default.
    density : array_like (...)
        p in [0, 1], common to all features.
    within : float
        ε ≥ 0.  Parts of the cube whose inner radius is below 1e-7 count as empty.
    decoder : str
        "toy", or "pursuit" for basis pursuit with codes ≥ 0, whose facets must be simplices, so
        that its answer is one.

    Returns
    -------
    array (...)

    Raises
    ------
    ValueError
        Arguments out of range, groups too large, a polytope with other facets.

    Examples
    --------
    The toy's digon at unit length, without bias, is basis pursuit (D39):

    >>> for decoder in ("toy", "pursuit"):
    ...     P = within_probability([[1, -1]], density=0.5, within=0.1, decoder=decoder)
    ...     print(P.round(12), round(1 - 0.5**2 * 0.9**2, 12))
    0.7975 0.7975
    0.7975 0.7975
    """
    within = as_at_least_zero("within", within)
    check_choice("decoder", decoder, DECODERS)
    columns, bias = _model(W, b, decoder)
    p = as_densities(density)

    def volumes(group: FloatArray, b: FloatArray) -> FloatArray:
        if decoder == "toy":
            return _by_size(len(b), lambda support: _toy_within(group, b, support, within))
        pursuit = _Pursuit.of(group)
        return _by_size(len(b), lambda support: pursuit.within(support, within))

    parts = _each_group(columns, bias, volumes)
    return np.asarray(prod((in_density(part, p) for part in parts), start=np.ones_like(p)))


def pursuit_loss(W: Any, *, density: Any) -> FloatArray:
    r"""Expected squared error of basis pursuit with codes ≥ 0, summed over features [D39].

    .. math:: E \sum_i (x_i - x'_i)^2

    Parameters
    ----------
    W : array_like (n_hidden, n_features)
        As of `within_probability` with "pursuit"; a feature of zeros is decoded as 0.
    density : array_like (...)
        p in [0, 1], common to all features.

    Returns
    -------
    array (...)

    Raises
    ------
    ValueError
        As `within_probability`.

    Examples
    --------
    Of a simplex of k features only all together are mistaken, 2k p^k / ((k+1)(k+2)):

    >>> pursuit_loss([[1.0, -1.0]], density=0.3).round(12).item()
    0.03
    """
    columns, bias = _model(W, None, "pursuit")
    p = as_densities(density)

    def squares(group: FloatArray, b: FloatArray) -> FloatArray:
        return _by_size(len(b), _Pursuit.of(group).square)

    parts = _each_group(columns, bias, squares)
    return np.asarray(sum((in_density(part, p) for part in parts), start=np.zeros_like(p)))


def _model(W: Any, b: Any, decoder: str) -> tuple[FloatArray, FloatArray]:
    if decoder == "toy":
        columns, bias = as_model(W, b)
        if columns.ndim != 2:
            raise ValueError(
                f"W must be a single model (n_hidden, n_features), got {columns.shape}"
            )
        return columns, bias
    if b is not None:
        raise ValueError("b must be left out unless decoder is 'toy': pursuit has none")
    columns = as_dictionary(W)
    return columns, np.zeros(columns.shape[1])


def _each_group(
    columns: FloatArray,
    bias: FloatArray,
    compute: Callable[[FloatArray, FloatArray], FloatArray],
) -> list[FloatArray]:
    """A polynomial of each orthogonal group; groups that are equal are computed once."""
    known: dict[tuple[bytes, bytes], FloatArray] = {}
    found = []
    for group in groups_of(columns):
        check_at_most("W", len(group), LARGEST_GROUP, "features in an orthogonal group")
        own, b = columns[:, group], bias[group]
        key = (np.round(own.T @ own + 0.0, 12).tobytes(), np.round(b + 0.0, 12).tobytes())
        if key not in known:
            known[key] = compute(own, b)
        found.append(known[key])
    return found


def _by_size(n: int, of_support: Callable[[Support], float]) -> FloatArray:
    """Sums over the supports of each size, (n + 1,)."""
    return np.array(
        [sum(of_support(support) for support in combinations(range(n), k)) for k in range(n + 1)]
    )


def _toy_within(columns: FloatArray, b: FloatArray, support: Support, within: float) -> float:
    r"""Volume of the x on a support that the ReLU decodes to within ε.

    (z)₊ ≤ x + ε wherever z ≤ x + ε; and (z)₊ ≥ x − ε where z ≥ x − ε, or where x ≤ ε: two
    kinds of part for each active feature, which do not overlap.
    """
    n, k = len(b), len(support)
    slopes = columns.T @ columns[:, list(support)]
    x = np.eye(n)[:, list(support)]
    above = (slopes - x, within - b)  # z − x ≤ ε
    volume = 0.0
    for small in chain.from_iterable(combinations(range(k), r) for r in range(k + 1)):
        rows, limits = [above[0]], [above[1]]
        for place, i in enumerate(support):
            unit = np.eye(k)[place]
            if place in small:
                rows.append(unit[None])
                limits.append(np.array([within]))
            else:
                rows += [-unit[None], (unit - slopes[i])[None]]
                limits += [np.array([-within]), np.array([within + b[i]])]
        volume += section(np.vstack(rows), np.concatenate(limits), k).volume
    return volume


@dataclass(frozen=True, eq=False)
class _Pursuit:
    """Basis pursuit in one group: unit vectors in their own space, lengths, and the faces."""

    own: FloatArray
    size: FloatArray
    faces: tuple[Support, ...]

    @classmethod
    def of(cls, columns: FloatArray) -> _Pursuit:
        """Of a group's columns; one of zeros is never used."""
        unit, size = unit_columns(columns), np.linalg.norm(columns, axis=0)
        if not unit.any():
            return cls(np.zeros((0, len(size))), np.ones_like(size), ((),))
        own = in_own_space(unit)
        for facet in facets_of(own).away:
            if len(facet) != len(own):
                raise ValueError(
                    "W must have a polytope whose facets are simplices, since pursuit has several "
                    f"answers elsewhere; got one of {len(facet)} features, {len(own)} dimensions"
                )
        return cls(own, size, simplicial_faces(own))

    def pieces(self, support: Support) -> Iterator[tuple[FloatArray, FloatArray]]:
        """For x on a support, face by face: codes there, and x' − x, both linear in x.

        A face takes part where h lies in its span for all x and no code is 0 for all of them:
        the parts where its codes are ≥ 0 then overlap in nothing, and fill the cube.
        """
        n, k = len(self.size), len(support)
        x = np.eye(n)[:, list(support)]
        h = self.own @ (self.size[:, None] * x)
        for face in self.faces:
            members = list(face)
            fit = np.linalg.lstsq(self.own[:, members], h, rcond=None)[0]
            codes = np.asarray(fit, dtype=np.float64).reshape(len(members), k)
            rest = np.abs(h - self.own[:, members] @ codes).max(initial=0.0)
            unused = (np.abs(codes) <= ON * self.size.max()).all(axis=1)
            if rest <= ON * self.size.max() and not (k and unused.any()) and (k or not face):
                error = -x
                error[members] += codes / self.size[members, None]
                yield codes, error

    def within(self, support: Support, within: float) -> float:
        """Volume of the x on a support that are decoded to within ε."""
        return sum(
            section(
                np.vstack([-codes, error, -error]),
                np.concatenate([np.zeros(len(codes)), np.full(2 * len(error), within)]),
                len(support),
            ).volume
            for codes, error in self.pieces(support)
        )

    def square(self, support: Support) -> float:
        """Mean squared error over the x on a support."""
        return sum(
            section(-codes, np.zeros(len(codes)), len(support)).mean_square(
                error, np.zeros(len(error))
            )
            for codes, error in self.pieces(support)
        )
