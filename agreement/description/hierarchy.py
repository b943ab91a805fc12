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

import numpy as np

from agreement.description.directions import Directions, directions_of, principal, spanned
from agreement.description.judged import judged
from agreement.description.parts import Hierarchy, Part
from agreement.description.recognise import LARGEST, NAMED_WITHIN, Match
from agreement.description.trees import merges, trees
from ground.checks import FloatArray
from ground.structure import IGNORED_BELOW, ORTHOGONAL_BELOW
from theory.polytopes.shapes import named_shapes

__all__ = ["factors_of"]


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
    cloud = directions_of(directions, members)
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
        yield Part(left, spanned(cloud.columns), None, None, None, 0.0)


def _point() -> Match:
    return Match("point", 1, 0.0, (0,), named_shapes(1)[0])


def _best_cut(cloud: Directions, limits: tuple[float, float]) -> list[Part]:
    """The disjoint nodes of one tree that have most evidence together."""
    seen: dict[frozenset[int], Part | None] = {}
    best: tuple[float, list[Part]] = (0.0, [])
    overlaps = (cloud.inner.T @ cloud.inner) ** 2
    for tree in trees(cloud, limits[0]):
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
                seen[nodes[node]] = judged(cloud, members, limits[1]) if worth else None
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


def _leaning(directions: FloatArray, kept: Sequence[int], part: Part) -> Part:
    """With its leakage among all features that are kept."""
    others = [i for i in kept if i not in part.features]
    _, span = principal(directions[:, part.features])
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
