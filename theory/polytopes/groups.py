r"""Finite groups as multiplication tables, and their real irreducible representations [D46].

A vertex-transitive block is an orbit: unit vectors g v for g in a finite group of orthogonal
matrices.  Here are the groups of small order that are made of cyclic ones, and a few that are not,
and what splits the group's own (regular) representation into its irreducible parts: a random
symmetric matrix that commutes with the group has one eigenspace for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray

__all__ = ["Group", "irreducible", "small_groups", "subgroups"]

Table = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Group:
    """A finite group; element 0 is the neutral one.

    Attributes
    ----------
    name : str
    table : (k, k) ints
        table[g, h] is the number of the product gh.
    """

    name: str
    table: Table

    @property
    def order(self) -> int:
        """How many elements."""
        return len(self.table)

    @property
    def orders(self) -> tuple[int, ...]:
        """The order of each element, sorted."""
        return tuple(sorted(self._order(g) for g in range(self.order)))

    @property
    def abelian(self) -> bool:
        """Whether all elements commute."""
        return bool(np.all(self.table == self.table.T))

    def _order(self, element: int) -> int:
        power, count = element, 1
        while power:
            power, count = int(self.table[power, element]), count + 1
        return count


def small_groups(most: int) -> Iterator[Group]:
    """Groups of up to that order, one of each kind (as far as orders of elements tell them apart).

    Metacyclic ones ⟨a, x : a^m = 1, x^n = a^s, x a x⁻¹ = a^r⟩, which cyclic, dihedral and
    dicyclic groups are; their products with cyclic groups; and permutation groups: alternating
    and symmetric ones, Z₂^j and Z₃² turned by a cycle, Heisenberg's of order 27, SL(2, 3).

    Examples
    --------
    >>> [group.name for group in small_groups(5)]
    ['Z1', 'Z2', 'Z3', 'Z4', 'Z2 × Z2', 'Z5']
    """
    found: dict[tuple[object, ...], Group] = {}
    for group in sorted(_candidates(most), key=lambda g: (g.order, len(g.name))):
        squares = np.bincount(group.table.diagonal(), minlength=group.order)
        commuting = int(np.sum(group.table == group.table.T))
        kind = (group.order, group.orders, tuple(sorted(squares.tolist())), commuting)
        found.setdefault(kind, group)
    yield from found.values()


def _candidates(most: int) -> Iterator[Group]:
    simple = list(_metacyclic(most)) + [g for g in _special() if g.order <= most]
    yield from simple
    for group in simple:
        for n in range(2, most // group.order + 1 if group.order > 1 else 0):
            yield _times(group, n)
            if group.order * n * n <= most:
                yield _times(_times(group, n), n)
            if group.order * n**3 <= most:
                yield _times(_times(_times(group, n), n), n)
    for n in range(2, 5):
        group = _cyclic(n)
        while group.order * n <= most:
            group = _times(group, n)
            yield group


def _cyclic(n: int) -> Group:
    k = np.arange(n)
    return Group(f"Z{n}", (k[:, None] + k) % n)


def _times(group: Group, n: int) -> Group:
    """Direct product with a cyclic group."""
    k = np.arange(group.order * n)
    g, c = k // n, k % n
    table = group.table[g[:, None], g] * n + (c[:, None] + c) % n
    return Group(f"{group.name} × Z{n}", table)


def _metacyclic(most: int) -> Iterator[Group]:
    for order in range(1, most + 1):
        yield _cyclic(order)
        for n in (n for n in range(2, order) if order % n == 0):
            m = order // n
            for r in (r for r in range(2, m) if gcd(r, m) == 1 and pow(r, n, m) == 1):
                for s in {0, *(m // f for f in range(2, m + 1) if m % f == 0)}:
                    if (r * s - s) % m == 0:
                        yield _semidirect(m, n, r, s)


def _semidirect(m: int, n: int, r: int, s: int) -> Group:
    """Elements a^i x^j, with x a = a^r x and x^n = a^s."""
    k = np.arange(m * n)
    i, j = k // n, k % n
    turn = np.array([pow(r, int(e), m) for e in j])
    total = j[:, None] + j
    first = (i[:, None] + turn[:, None] * i + s * (total >= n)) % m
    name = f"D{m}" if (n, r, s) == (2, m - 1, 0) else f"Z{m}:Z{n}({r},{s})"
    return Group(name, first * n + total % n)


def _special() -> Iterator[Group]:
    """Groups by permutations that generate them."""
    yield _generated("A4", [(1, 2, 0, 3), (1, 0, 3, 2)])
    yield _generated("S4", [(1, 2, 3, 0), (1, 0, 2, 3)])
    yield _generated("A5", [(1, 2, 3, 4, 0), (1, 2, 0, 3, 4)])
    yield _generated("SL(2,3)", [_linear(3, M) for M in (((1, 1), (0, 1)), ((1, 0), (1, 1)))])
    shifts = [tuple((np.arange(8) ^ bit).tolist()) for bit in (1, 2, 4)]
    yield _generated("Z2^3:Z7", [*shifts, _linear(2, ((0, 0, 1), (1, 0, 1), (0, 1, 0)))])
    grid = np.arange(9).reshape(3, 3)
    moves = [tuple(np.roll(grid, 1, axis).ravel().tolist()) for axis in (0, 1)]
    for name, M in {
        "Z3^2:Z2": ((2, 0), (0, 2)),
        "Z3^2:Z3": ((1, 1), (0, 1)),
        "Z3^2:Z4": ((0, 2), (1, 0)),
    }.items():
        yield _generated(name, [*moves, _linear(3, M)])


def _linear(q: int, matrix: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """What a matrix modulo q does to all vectors, as a permutation."""
    M = np.array(matrix)
    d = len(M)
    vectors = np.stack(np.unravel_index(np.arange(q**d), (q,) * d))
    image = np.ravel_multi_index(tuple(M @ vectors % q), (q,) * d)
    return tuple(int(to) for to in image)


def _generated(name: str, generators: Sequence[tuple[int, ...]]) -> Group:
    neutral = tuple(range(len(generators[0])))
    elements, place = [neutral], {neutral: 0}
    for element in elements:  # grows while it is walked
        for move in generators:
            image = tuple(element[to] for to in move)
            if image not in place:
                place[image] = len(elements)
                elements.append(image)
    table = [[place[tuple(g[to] for to in h)] for h in elements] for g in elements]
    return Group(name, np.array(table))


def irreducible(group: Group, seed: int = 0) -> list[FloatArray]:
    """Real irreducible representations, one of each kind, each (k, d, d): orthogonal matrices.

    Examples
    --------
    >>> [len(rho[0]) for rho in irreducible(next(g for g in small_groups(6) if g.name == "D3"))]
    [1, 1, 2]
    """
    k = group.order
    rng = np.random.default_rng(seed)
    left = np.zeros((k, k, k))
    g, h = np.meshgrid(np.arange(k), np.arange(k), indexing="ij")
    left[g, group.table, h] = 1.0  # L(g) e_h = e_gh
    weights = rng.standard_normal(k)
    right = np.zeros((k, k))
    right[h, group.table] = 0.0
    for x in range(k):  # R(x) e_h = e_hx commutes with every L(g)
        right[group.table[:, x], np.arange(k)] += weights[x]
    values, vectors = np.linalg.eigh(right + right.T)
    breaks = np.flatnonzero(np.diff(values) > 1e-8 * max(1.0, np.abs(values).max())) + 1
    found: list[FloatArray] = []
    characters: list[FloatArray] = []
    for part in np.split(np.arange(k), breaks):
        basis = vectors[:, part]
        rho = basis.T @ left @ basis
        character = np.trace(rho, axis1=1, axis2=2)
        if not any(np.allclose(character, known, atol=1e-6) for known in characters):
            characters.append(character)
            found.append(rho)
    return sorted(found, key=lambda rho: len(rho[0]))


def subgroups(group: Group) -> list[tuple[int, ...]]:
    """Subgroups that one or two elements generate, one for each size and orders of elements."""
    found: dict[tuple[object, ...], tuple[int, ...]] = {}
    orders = [group._order(g) for g in range(group.order)]
    for g in range(group.order):
        for h in range(g, group.order):
            members = {0}
            fresh = {g, h}
            while fresh:
                members |= fresh
                fresh = {int(group.table[a, b]) for a in members for b in (g, h)} - members
            kind = (len(members), tuple(sorted(orders[m] for m in members)))
            found.setdefault(kind, tuple(sorted(members)))
    return [found[kind] for kind in sorted(found, key=str)]
