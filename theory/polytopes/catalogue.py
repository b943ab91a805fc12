"""Arrangements of features as polytopes: exact vertices, Gram matrices and dimensionalities.

A tegum factor of a weight matrix is, up to scale, one of a few polytopes with its centre at
the origin.  Here they are by name, as SymPy objects, one unit vertex a feature.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sympy as sp

from ground.checks import check_positive_int
from theory.polytopes.regular import POLYGONS, SIMPLICES, Polytope, polygon, simplex

__all__ = ["catalogue", "polytope", "square_antiprism", "tegum"]


def polytope(name: str, *, height: Any = None) -> Polytope:
    """The polytope of that name, with unit vertices.

    Parameters
    ----------
    name : str
        point, digon, triangle, square, pentagon, … octagon or "9-gon"; tetrahedron or
        "4-simplex"; octahedron or "4-cross-polytope"; cube, square antiprism, icosahedron.
    height : SymPy expression or rational, optional
        Of the square antiprism alone, h in [0, 1] or a symbol: its squares stand at ±h.

    Returns
    -------
    Polytope

    Raises
    ------
    ValueError
        No such name, or a height for a polytope that has none to choose.

    References
    ----------
    TMS, section "The Geometry of Superposition".

    Examples
    --------
    >>> polytope("pentagon").dimensionality[0], polytope("cube").dimensionality[0]
    (2/5, 3/8)
    """
    if not isinstance(name, str):
        raise ValueError(f"name must be text such as 'pentagon', got {name!r}")
    if height is None:
        return _polytope(name)
    if name != "square antiprism":
        raise ValueError(f"height must be left out: {name} has no free shape, got {height!r}")
    return square_antiprism(height)


def square_antiprism(height: Any = None) -> Polytope:
    r"""Two squares of unit vectors at heights ±h, one turned by 45° [D13].

    .. math:: D_i = \frac{1}{4 (1 - h^2)^2 + 8 h^4}, \quad \text{largest, } 3/8, \text{ at }
              h = 1 / \sqrt 3.

    Parameters
    ----------
    height : SymPy expression or rational, optional
        h in [0, 1], or a symbol; left out, the tight frame's 1/√3, the height of the cube.

    Raises
    ------
    ValueError
        A height beyond the unit sphere.

    Examples
    --------
    >>> square_antiprism(0).dimensionality[0]  # flat: an octagon
    1/4
    """
    h = 1 / sp.sqrt(3) if height is None else _exact(height)
    if h.is_number and not (h.is_real and 0 <= h <= 1):
        raise ValueError(f"height must lie in [0, 1], got {height!r}")
    r = sp.sqrt(1 - h**2)
    columns = [
        (r * sp.cos(turn * sp.pi / 4), r * sp.sin(turn * sp.pi / 4), side * h)
        for side, first in ((1, 0), (-1, 1))
        for turn in range(first, 8, 2)
    ]
    return _from_vertices("square antiprism", sp.Matrix(columns).T)


def _exact(height: Any) -> sp.Expr:
    """A number or symbol as SymPy has it; text is never evaluated."""
    try:
        found = sp.sympify(height, strict=True)
    except (sp.SympifyError, TypeError, ValueError, AttributeError, OverflowError):
        found = None
    if not isinstance(found, sp.Expr) or found.has(sp.nan, sp.zoo):
        raise ValueError(f"height must be a number in [0, 1] or a symbol, got {height!r}")
    return found


def tegum(*parts: Polytope) -> Polytope:
    """The parts in orthogonal subspaces; Gram matrices and dimensionalities lie side by side.

    Raises
    ------
    ValueError
        No part at all.

    Examples
    --------
    >>> tegum(polytope("triangle"), polytope("digon")).dimensionality
    (2/3, 2/3, 2/3, 1/2, 1/2)
    """
    if not parts:
        raise ValueError("parts must hold at least one polytope, got none")
    return Polytope(
        " + ".join(part.name for part in parts),
        sp.ImmutableMatrix(sp.diag(*(part.vertices for part in parts))),
        sp.ImmutableMatrix(sp.diag(*(part.gram for part in parts))),
        tuple(D for part in parts for D in part.dimensionality),
    )


@lru_cache
def catalogue(n_vertices: int) -> tuple[Polytope, ...]:
    """Every named polytope with that many vertices that is no tegum product of others.

    Squares and octahedra are missing: they split into digons.

    Examples
    --------
    >>> [known.name for known in catalogue(8)]
    ['7-simplex', 'octagon', 'cube', 'square antiprism']
    """
    k = check_positive_int("n_vertices", n_vertices)
    plane = [polygon(k)] if k >= 5 else []
    solids = [polytope(name) for name, (size, _) in _SOLIDS.items() if size == k]
    return (simplex(k), *plane, *solids)


def _from_vertices(name: str, vertices: sp.MatrixBase) -> Polytope:
    products = vertices.T * vertices
    # Of the products few are different, and what is dear is to simplify one.
    simplified = {entry: sp.radsimp(sp.simplify(entry)) for entry in set(products)}
    gram = products.applyfunc(simplified.__getitem__)
    columns = sp.ImmutableMatrix(vertices)
    # Vertices are alike under symmetry, so one D stands for all rows with the same entries.
    known: dict[tuple[sp.Expr, ...], sp.Expr] = {}
    D = []
    for i in range(gram.rows):
        profile = tuple(sorted(gram.row(i), key=sp.default_sort_key))
        if profile not in known:
            known[profile] = sp.simplify(1 / sp.expand(sp.Add(*(g**2 for g in profile))))
        D.append(known[profile])
    return Polytope(name, columns, sp.ImmutableMatrix(gram), tuple(D))


def _cross_polytope(dimension: int) -> Polytope:
    digons = tegum(*[simplex(2)] * dimension)
    name = {1: "digon", 2: "square", 3: "octahedron"}.get(dimension, f"{dimension}-cross-polytope")
    return Polytope(name, digons.vertices, digons.gram, digons.dimensionality)


def _cube() -> Polytope:
    signs = [(x, y, z) for x in (1, -1) for y in (1, -1) for z in (1, -1)]
    return _from_vertices("cube", sp.Matrix(signs).T / sp.sqrt(3))


def _icosahedron() -> Polytope:
    golden = (1 + sp.sqrt(5)) / 2
    corners = [(0, a, b * golden) for a in (1, -1) for b in (1, -1)]
    columns = [corner[turn:] + corner[:turn] for turn in range(3) for corner in corners]
    scale = sp.sqrt((5 + sp.sqrt(5)) / 2)  # √(1 + golden²)
    return _from_vertices("icosahedron", sp.Matrix(columns).T / scale)


_CROSSES = {2: "square", 3: "octahedron"}
_SOLIDS: dict[str, tuple[int, Callable[[], Polytope]]] = {
    "cube": (8, _cube),
    "square antiprism": (8, square_antiprism),
    "icosahedron": (12, _icosahedron),
}
_FAMILIES: tuple[tuple[str, dict[int, str], int, Callable[[int], Polytope]], ...] = (
    ("simplex", SIMPLICES, 1, lambda dimension: simplex(dimension + 1)),
    ("cross-polytope", _CROSSES, 1, _cross_polytope),
    ("gon", POLYGONS, 3, polygon),
)


@lru_cache
def _polytope(name: str) -> Polytope:
    if name in _SOLIDS:
        return _SOLIDS[name][1]()
    family = re.fullmatch(r"([1-9]\d{0,2})-(simplex|cross-polytope|gon)", name)
    for suffix, words, least, build in _FAMILIES:
        for size, word in words.items():
            if word == name:
                return build(size)
        if family and family[2] == suffix and int(family[1]) >= least:
            return build(int(family[1]))
    words_known = [word for _, words, _, _ in _FAMILIES for word in words.values()]
    known = ", ".join(dict.fromkeys([*words_known, *_SOLIDS]))
    raise ValueError(
        f"name must be one of {known}, or such as 4-simplex, 4-cross-polytope, 9-gon; got {name!r}"
    )
