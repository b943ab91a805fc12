r"""The exact loss of two features in one dimension as JavaScript, printed from theory by SymPy.

Output i sees z = b + own·x_i + other·x_j with own = w_i² and other = w₁w₂.  By pattern of active
features its cost E[(x_i − z₊)²] is a rational function in each cell of vertex signs of z, and
theory gives each of them exactly.  Nothing is retyped: costs, slopes, the rule of the chain, the
weights of the patterns and the vertices are all expressions that `jscode` prints.

A cell with most vertices positive is printed as the polynomial of the cell where all are, plus a
remainder that is factored; so no large terms cancel, however small a slope is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import sympy as sp

from theory.loss.exact import feature_costs

__all__ = ["Pattern", "Piece", "chain_rule", "javascript", "patterns"]

OWN, OTHER, BIAS, P = sp.symbols("own other b p", real=True)
VARIABLES = (OWN, OTHER, BIAS)
ACTIVE = ((0, 0), (1, 0), (0, 1), (1, 1))  # whether x_i and x_j are active
# Points in every cell of vertex signs, own > 0: (own, other, b).
SAMPLES = tuple(
    (sp.Rational(own), sp.Rational(other), sp.Rational(b, 6))
    for own, other, b in product((1, 3), (-5, -2, 1, 4), range(-35, 36, 3))
)


@dataclass(frozen=True)
class Piece:
    """One cell: the signs of z at the vertices, the cost and its slopes in own, other and b.

    Attributes
    ----------
    signs : str
        "1" for a positive vertex and "0" for another, a digit a vertex of the pattern.
    values : tuple of SymPy expressions (4,)
        Cost, ∂own, ∂other, ∂b.
    """

    signs: str
    values: tuple[sp.Expr, ...]


@dataclass(frozen=True)
class Pattern:
    """Which of the two features are active: its probability, z at its vertices, its cells."""

    active: tuple[int, int]
    probability: sp.Expr
    vertices: tuple[sp.Expr, ...]
    pieces: tuple[Piece, ...]


@cache
def patterns() -> tuple[Pattern, ...]:
    """The four patterns of active features, each with the exact cost in all its cells."""
    return tuple(_pattern(active) for active in ACTIVE)


def _pattern(active: tuple[int, int]) -> Pattern:
    i, j = active
    vertices = tuple(BIAS + v * OWN + u * OTHER for u in range(j + 1) for v in range(i + 1))
    places = {_signs(vertices, at): at for at in SAMPLES}
    found = {signs: _cost(active, at) for signs, at in places.items()}
    whole = found["1" * len(vertices)]
    pieces = []
    for signs in sorted(found):
        cost = sp.factor(found[signs] - found["0" * len(vertices)])
        if signs.count("1") > signs.count("0"):
            # The few vertices that are not positive are what is missing from the polynomial.
            cost = whole - found["0" * len(vertices)] + sp.factor(found[signs] - whole)
        cost += found["0" * len(vertices)]
        slopes = tuple(_tidy(sp.diff(cost, variable)) for variable in VARIABLES)
        pieces.append(Piece(signs, (cost, *slopes)))
    probability = sp.Mul(*(P if k else 1 - P for k in active))
    return Pattern(active, probability, vertices, tuple(pieces))


def _tidy(expression: sp.Expr) -> sp.Expr:
    """Factor each term that divides, and leave polynomials expanded."""
    terms = sp.Add.make_args(expression)
    whole = sp.Add(*(term for term in terms if term.is_polynomial(*VARIABLES)))
    rest = sp.Add(*(term for term in terms if not term.is_polynomial(*VARIABLES)))
    return sp.factor(whole) + sp.factor(rest)


def _signs(vertices: Sequence[sp.Expr], at: Sequence[sp.Rational]) -> str:
    place = dict(zip(VARIABLES, at, strict=True))
    values = [vertex.subs(place) for vertex in vertices]
    return "".join("1" if value > 0 else "0" for value in values)


def _cost(active: tuple[int, int], at: Sequence[sp.Rational]) -> sp.Expr:
    """E[(x_i − z₊)²] of one pattern in the cell of a point, by theory."""
    gram = sp.Matrix([[OWN, OTHER], [OTHER, 1]])
    place = dict(zip(VARIABLES, at, strict=True))
    (cost,) = feature_costs(
        gram, [BIAS, sp.Integer(0)], density=list(active), features=[0], at=place
    )
    return cost


W1, W2, B1, B2, R = sp.symbols("w1 w2 b1 b2 r", real=True)
# What each output sees of the weights, (own, other, b); the importances of both.
SEEN = ((W1**2, W1 * W2, B1), (W2**2, W1 * W2, B2))
IMPORTANCE = (sp.Integer(1), R)
COSTS = tuple(sp.symbols(f"cost{i} own{i} other{i} bias{i}") for i in (1, 2))


def chain_rule() -> tuple[sp.Expr, ...]:
    """The loss and its slopes in w₁, w₂, b₁, b₂, from cost and slopes of both outputs (5,)."""
    pairs = list(zip(IMPORTANCE, COSTS, SEEN, strict=True))
    loss = sp.Add(*(weight * cost[0] for weight, cost, _ in pairs))
    slopes = [
        sp.Add(
            *(
                weight * slope * sp.diff(inner, variable)
                for weight, cost, seen in pairs
                for slope, inner in zip(cost[1:], seen, strict=True)
            )
        )
        for variable in (W1, W2, B1, B2)
    ]
    return loss, *slopes


def javascript() -> str:
    """All of it as one constant, FORMULAS, for `loss.js`."""
    shown = ",\n".join(_pattern_script(pattern) for pattern in patterns())
    costs = ", ".join("[" + ", ".join(map(str, cost)) + "]" for cost in COSTS)
    seen = ", ".join("[" + ", ".join(map(_print, each)) + "]" for each in SEEN)
    return (
        "const FORMULAS = {\n"
        f"patterns: [\n{shown}\n],\n"
        f"seen: (w1, w2, b1, b2) => [{seen}],\n"
        f"chain: (w1, w2, r, {costs}) => [{', '.join(map(_print, chain_rule()))}],\n"
        "};\n"
    )


def _pattern_script(pattern: Pattern) -> str:
    vertices = ", ".join(map(_print, pattern.vertices))
    cells = ",\n".join(f'"{piece.signs}": {_piece_script(piece)}' for piece in pattern.pieces)
    return (
        f"{{probability: p => {_print(pattern.probability)},\n"
        f"vertices: (own, other, b) => [{vertices}],\n"
        f"cells: {{\n{cells}\n}}}}"
    )


def _piece_script(piece: Piece) -> str:
    """One cell as a function, what its four values share computed once."""
    shared, values = sp.cse(piece.values, optimizations=None)
    lines = "".join(f"const {name} = {_print(value)}; " for name, value in shared)
    return f"(own, other, b) => {{ {lines}return [{', '.join(map(_print, values))}]; }}"


def _print(expression: sp.Expr) -> str:
    return str(sp.jscode(sp.sympify(expression)))
