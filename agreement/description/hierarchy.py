"""Factors under noise and leakage: which groups of features a cloud without structure lacks.

Groups are proposed by hierarchies and accepted by chance.  Three trees propose: single and average
linkage on the overlaps, and average linkage on the overlaps after whitening, where parts whose
spans lean against each other are orthogonal again (the projector on the rows of W has a block for
each part whenever their spans are independent, whatever their angles).  A group is a finding when
a cloud of as many random directions is expected to hold fewer than a small number of groups as
near to a polytope, or to a flat, and as far from all other features
(:mod:`theory.polytopes.chance`); that bound holds whatever proposed the group.  Of all ways to cut
a tree the one with most evidence is taken, and what it left over, or found flat and without a
name, is looked at again as a cloud of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from agreement.description.recognise import (
    FLAT_BELOW,
    LARGEST,
    NAMED_WITHIN,
    Match,
    matches,
)
from ground.checks import FloatArray
from ground.structure import IGNORED_BELOW, ORTHOGONAL_BELOW, Structure, structure_of
from theory.polytopes.chance import log_apart, log_both, log_choices, log_flat, log_near
from theory.polytopes.shapes import named_shapes

__all__ = ["Hierarchy", "Part", "factors_of"]

LEVELS = (0.05, 0.1, 0.2, 0.3, 0.5)  # of |cos|, for the partitions that `levels` lists
# Expected number of groups in a random cloud up to which a group is a finding; for few features
# it is one over the number of their subsets.
CHANCE = 1e-4
# Features of a trained cloud are no random directions either.  A group is a factor where nobody
# leans into its span by more than 30°, and its name has at most as much noise as leaves a reader
# the picture; where others share the span, it must be as clean as the noise that names survive.
MOST_LEAN, MOST_NOISE, CLEAN = 0.5, 0.4, 0.12
RANK_BELOW = 0.4  # singular values of unit columns below are noise: a tight part has at least 1


@dataclass(frozen=True)
class Part:
    """A group of features that share a factor.

    Attributes
    ----------
    features : tuple of int
        At the vertices in their order, where there is a name.
    dimensions : int
    match : Match or None
        The polytope; None for a flat, or a cloud, without a name.
    log_expected : float or None
        Log of the expected number of such groups in a random cloud; None for what is left over.
    noise : float or None
        Size of the noise, relative to the length of a feature, that explains the distance from
        the polytope: η √(r / ν), as of an error of size ε in r dimensions each takes its share.
    leakage : float
        Largest projection of another feature's direction on the part's span: the sine of the
        angle by which it leans.
    """

    features: tuple[int, ...]
    dimensions: int
    match: Match | None
    log_expected: float | None
    noise: float | None
    leakage: float

    @property
    def confidence(self) -> float | None:
        """1 − the chance that a random cloud holds such a group; None for what is left over."""
        return None if self.log_expected is None else -float(np.expm1(min(0.0, self.log_expected)))


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Parts, and what they came from.

    Attributes
    ----------
    parts : tuple of Part
        Each feature that is not ignored is in one.
    ignored : tuple of int
    order : tuple of int
        All features, neighbours in the trees side by side, part by part, the ignored ones last.
    W : array (m, n)
    """

    parts: tuple[Part, ...]
    ignored: tuple[int, ...]
    order: tuple[int, ...]
    W: FloatArray

    @property
    def structure(self) -> Structure:
        """The partition alone."""
        return Structure(tuple(part.features for part in self.parts), self.ignored)

    def levels(self, thresholds: Sequence[float] = LEVELS) -> tuple[tuple[float, Structure], ...]:
        """Single linkage: the partition by chains with |cos| of at least each threshold."""
        return tuple((level, structure_of(self.W, orthogonal_below=level)) for level in thresholds)


@dataclass(frozen=True, eq=False)
class _Cloud:
    """The directions of some features, and what chance is reckoned against."""

    features: tuple[int, ...]
    columns: FloatArray  # unit columns
    inner: FloatArray  # unit columns in the r dimensions that are not noise
    whitened: FloatArray

    @property
    def rank(self) -> int:
        return len(self.inner)


def factors_of(
    W: FloatArray,
    *,
    ignored_below: float = IGNORED_BELOW,
    orthogonal_below: float = ORTHOGONAL_BELOW,
    named_within: float = NAMED_WITHIN,
) -> Hierarchy:
    """Split the features into named parts, unnamed flats and what is left: a cloud.

    Parameters
    ----------
    W : array (m, n)
    ignored_below, orthogonal_below, named_within : float
        See `Thresholds`.

    Examples
    --------
    Two digons, 6° off right angles:

    >>> t = np.radians(84)
    >>> W = np.array([[1, -1, np.cos(t), -np.cos(t)], [0, 0, np.sin(t), -np.sin(t)]])
    >>> [part.match.name for part in factors_of(W).parts]
    ['digon', 'digon']
    """
    norms = np.linalg.norm(W, axis=0)
    kept = np.flatnonzero(norms >= ignored_below)
    directions = np.zeros_like(W)
    directions[:, kept] = W[:, kept] / norms[kept]
    limits = orthogonal_below, named_within
    members = tuple(int(i) for i in kept)
    found = list(_explained(directions, members, limits)) if members else []
    parts = tuple(_leaning(directions, members, part) for part in found)
    parts = tuple(sorted(parts, key=lambda part: min(part.features)))
    ignored = tuple(int(i) for i in np.flatnonzero(norms < ignored_below))
    order = tuple(i for part in parts for i in _in_order(directions, part)) + ignored
    return Hierarchy(parts, ignored, order, W)


def _explained(
    directions: FloatArray, members: tuple[int, ...], limits: tuple[float, float]
) -> Iterator[Part]:
    """Parts of a cloud; what is left is a cloud of its own, and so is a flat without a name."""
    if len(members) == 1:
        yield Part(members, 1, _point(), None, None, 0.0)
        return
    cloud = _cloud(directions, members)
    best = _best_cut(cloud, limits)
    taken = {i for part in best for i in part.features}
    for part in best:
        if part.match is None and 1 < len(part.features) < len(members):
            inside = list(_explained(directions, part.features, limits))
            yield from inside if len(inside) > 1 or inside[0].match else [part]
        else:
            yield part
    left = tuple(i for i in members if i not in taken)
    if left and best:
        yield from _explained(directions, left, limits)
    elif left:
        yield Part(left, _spanned(cloud.columns), None, None, None, 0.0)


def _point() -> Match:
    return Match("point", 1, 0.0, (0,), named_shapes(1)[0])


def _cloud(directions: FloatArray, members: tuple[int, ...]) -> _Cloud:
    columns = directions[:, members]
    sizes, span = _principal(columns)
    r = max(1, int(np.sum(sizes >= RANK_BELOW**2)))
    inner = span[:, :r].T @ columns
    return _Cloud(members, columns, _unit(inner), _unit(inner / np.sqrt(sizes[:r, None])))


def _spanned(columns: FloatArray) -> int:
    """Dimensions of a cloud: singular values above those of noise of 10 % (Marchenko–Pastur)."""
    m, k = columns.shape
    sizes, _ = _principal(columns)
    return max(1, int(np.sum(sizes >= (0.1 * (1 + np.sqrt(k / m))) ** 2)))


def _unit(columns: FloatArray) -> FloatArray:
    return columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-12)


def _best_cut(cloud: _Cloud, limits: tuple[float, float]) -> list[Part]:
    """The disjoint nodes of one tree that have most evidence together."""
    seen: dict[frozenset[int], Part | None] = {}
    best: tuple[float, list[Part]] = (0.0, [])
    overlaps = (cloud.inner.T @ cloud.inner) ** 2
    for tree in _trees(cloud, limits[0]):
        n = len(cloud.features)
        nodes: list[frozenset[int]] = [frozenset([i]) for i in range(n)]
        nodes += [frozenset()] * len(tree)
        values: list[tuple[float, list[Part]]] = []
        for node in range(n + len(tree)):
            if node >= n:
                one, other = tree[node - n]
                nodes[node] = nodes[one] | nodes[other]
                value = (
                    values[one][0] + values[other][0],
                    [*values[one][1], *values[other][1]],
                )
            else:
                value = (0.0, [])
            if nodes[node] not in seen:
                found = sum(len(part.features) for part in value[1])
                worth = len(nodes[node]) <= LARGEST or (
                    found < len(nodes[node]) and _is_apart(overlaps, nodes[node], cloud.rank)
                )
                members = sorted(nodes[node])
                seen[nodes[node]] = _judged(cloud, members, limits[1]) if worth else None
            part = seen[nodes[node]]
            if part is not None:
                evidence = max(1e-9, -(part.log_expected or 0.0))
                if evidence >= value[0]:
                    value = (evidence, [part])
            values.append(value)
        best = max(best, values[-1], key=lambda value: value[0])
    return best[1]


def _is_apart(overlaps: FloatArray, group: frozenset[int], rank: int) -> bool:
    """Whether a large group overlaps with the others clearly less than random directions do."""
    members = np.array(sorted(group))
    outside = np.setdiff1d(np.arange(len(overlaps)), members)
    return bool(overlaps[np.ix_(members, outside)].sum() < 0.5 * len(members) * len(outside) / rank)


def _trees(cloud: _Cloud, orthogonal_below: float) -> Iterator[list[tuple[int, int]]]:
    """Merges that propose groups."""
    overlaps = np.abs(cloud.columns.T @ cloud.columns)
    yield merges((cloud.whitened.T @ cloud.whitened) ** 2)
    yield merges(overlaps**2)
    # Below the user's threshold there is no link: the last merges are those of factors.
    yield merges(np.where(overlaps < orthogonal_below, 0, overlaps), single=True)


def merges(likeness: FloatArray, *, single: bool = False) -> list[tuple[int, int]]:
    """Merge what is most alike, again and again: the n − 1 pairs of nodes.

    Nodes 0 … n − 1 are the features, n + k is what merge k made.  Likeness of two nodes is the
    mean over pairs of their features, or with `single` the largest.
    """
    n = len(likeness)
    alike = np.array(likeness, dtype=np.float64)
    np.fill_diagonal(alike, -np.inf)
    node, size, found = np.arange(n), np.ones(n), []
    for made in range(n, 2 * n - 1):
        i, j = divmod(int(alike.argmax()), n)
        found.append((int(node[i]), int(node[j])))
        with np.errstate(invalid="ignore"):
            mean = (size[i] * alike[i] + size[j] * alike[j]) / (size[i] + size[j])
        row = np.maximum(alike[i], alike[j]) if single else mean
        row[[i, j]] = -np.inf
        row[size == 0] = -np.inf
        alike[i], alike[:, i] = row, row
        alike[j], alike[:, j] = -np.inf, -np.inf
        node[i], size[i], size[j] = made, size[i] + size[j], 0
    return found


def _judged(cloud: _Cloud, members: list[int], named_within: float) -> Part | None:
    """The group as the polytope, or the flat, that a random cloud is least expected to hold."""
    n, k, r = len(cloud.features), len(members), cloud.rank
    inner = cloud.inner[:, members]
    if k == 1:
        sizes, span = np.ones(1), inner
    else:
        sizes, span = _principal(inner)
    d = int(np.sum(sizes >= FLAT_BELOW**2 * sizes[0]))
    if d == r and k < n and k > LARGEST:
        return None
    shares = np.sum((span[:, :d].T @ cloud.inner) ** 2, axis=0)
    shares[members] = 0
    lean = float(shares.max())
    apart = log_apart(lean, d, r, n - k)
    limit = log(max(CHANCE, 0.5**n))
    features = tuple(cloud.features[i] for i in members)
    found: list[Part] = []
    # A name takes its dimension from the singular values: most groups have none to be held against.
    fitting = any(shape.dimension == d for shape in named_shapes(k))
    columns = cloud.columns[:, members]
    for match in matches(columns, named_within=named_within, sure=True) if fitting else ():
        if match.order is None or match.shape is None or match.dimension != d:
            continue
        near, noise = _nearness(inner[:, match.order], match, r)
        if (noise or 0.0) > (MOST_NOISE if lean <= MOST_LEAN**2 else CLEAN):
            continue
        count = log_choices(n, k, match.shape.symmetries) + log(len(named_shapes(k)))
        expected = count + log_both(near, apart)
        # A free shape must be a finding beside what has no free shape.
        if match.free is not None and found:
            expected -= log(CHANCE)
        if expected <= limit or (k == n and noise is None):
            order = tuple(features[i] for i in match.order)
            found.append(Part(order, d, match, min(0.0, expected), noise, 0.0))
    if not found and 1 < k < n and lean <= MOST_LEAN**2:
        off = float(np.sqrt(max(0.0, np.sum(sizes[d:]))))
        expected = log_choices(n, k) + log(r) + log_both(log_flat(sizes[:d], k, r, off), apart)
        if expected <= limit:
            found.append(Part(features, d, None, expected, None, 0.0))
    return min(found, key=lambda part: part.log_expected or 0.0, default=None)


def _principal(columns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Squared singular values, falling, and directions of the columns' span.

    From the smaller Gram matrix: where processors are shared, a decomposition of the columns
    themselves takes a hundred times as long.
    """
    r, k = columns.shape
    if r <= k:
        sizes, span = np.linalg.eigh(columns @ columns.T)
        return np.maximum(sizes[::-1], 0), span[:, ::-1]
    sizes, rows = np.linalg.eigh(columns.T @ columns)
    sizes, rows = np.maximum(sizes[::-1], 0), rows[:, ::-1]
    return sizes, columns @ rows / np.sqrt(np.maximum(sizes, 1e-18))


def _nearness(ordered: FloatArray, match: Match, rank: int) -> tuple[float, float | None]:
    """Log chance to be this near to the match, and the noise that explains the distance."""
    shape, r, k = match.shape, rank, ordered.shape[1]
    assert shape is not None
    free = match.free is not None
    vertices = shape.vertices_of(shape.gram if match.free is None else shape.gram_of(match.free))
    d = len(vertices)
    agreement = _nuclear(ordered @ vertices.T)
    distance = float(np.sqrt(max(0.0, 2 * k - 2 * agreement)))
    near = log_near(np.sum(vertices**2, axis=1), k, r, distance, free=free)
    freedom = k * (r - 1) - (r * d - d * (d + 1) // 2) - free
    return near, distance * np.sqrt(r / freedom) if freedom else None


def _nuclear(matrix: FloatArray) -> float:
    """Sum of the singular values; the matrix has few columns."""
    sizes = np.linalg.eigvalsh(matrix.T @ matrix)
    return float(np.sqrt(np.maximum(sizes, 0)).sum())


def _leaning(directions: FloatArray, kept: Sequence[int], part: Part) -> Part:
    """With its leakage among all features that are kept."""
    others = [i for i in kept if i not in part.features]
    _, span = _principal(directions[:, part.features])
    inside = span[:, : part.dimensions].T @ directions[:, others]
    lean = float(np.sqrt(np.max(np.sum(inside**2, axis=0), initial=0.0)))
    return Part(
        part.features, part.dimensions, part.match, part.log_expected, part.noise, min(1.0, lean)
    )


def _in_order(directions: FloatArray, part: Part) -> tuple[int, ...]:
    """Vertices in their order; without a name, neighbours side by side."""
    if part.match is not None or len(part.features) < 3:
        return part.features
    columns = directions[:, part.features]
    nodes: list[tuple[int, ...]] = [(feature,) for feature in part.features]
    for one, other in merges((columns.T @ columns) ** 2):
        nodes.append(nodes[one] + nodes[other])
    return nodes[-1]
