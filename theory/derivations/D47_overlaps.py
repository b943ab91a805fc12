"""D47 in formulas: the two overlaps of a tight, centred row with cubes −1, and what a hub saves."""

from __future__ import annotations

import sympy as sp

k, d, u = sp.symbols("k d u")
a, s = sp.symbols("a s", positive=True)
r = sp.Symbol("r", positive=True)


def quadratic() -> sp.Expr:
    """The polynomial of which both overlaps are roots, from the three power sums [D47]."""
    sums = [k - 1, sp.Integer(-1), k / d - 1, sp.Integer(-1)]
    alpha, beta = sp.symbols("alpha beta")
    # (u − u₊)(u − u₋) is orthogonal to 1 and u in the measure of the row.
    orthogonal = [sums[j + 2] + alpha * sums[j + 1] + beta * sums[j] for j in (0, 1)]
    solved = sp.solve(orthogonal, [alpha, beta], dict=True)[0]
    monic = u**2 + alpha * u + beta
    return sp.expand(sp.cancel(monic.subs(solved) * d * (k - d - 1)))


def overlap_equation() -> sp.Eq:
    """`quadratic`, as an equation [D47]."""
    left = sp.Poly(quadratic(), u)
    constant = left.coeff_monomial(1)
    square, linear = (
        d * sp.expand(sp.cancel(left.coeff_monomial(power) / d)) * power for power in (u**2, u)
    )
    terms = sp.Add(square, linear, evaluate=False)
    return sp.Eq(terms, -constant, evaluate=False)


def limit_overlap() -> sp.Eq:
    """The overlap that does not vanish as d → ∞ at k = r d [D47]."""
    leading = sp.limit(sp.expand(quadratic().subs(k, r * d)) / d**2, d, sp.oo)
    root = next(value for value in sp.solve(leading, u) if value != 0)
    return sp.Eq(sp.Symbol("u_-"), sp.factor(root), evaluate=False)


def limit_count() -> sp.Eq:
    """How many neighbours have it, from the squares, in which the others vanish [D47]."""
    return sp.Eq(sp.Symbol("q_-"), sp.factor((r - 1) / limit_overlap().rhs ** 2), evaluate=False)


def rest_saved() -> sp.Expr:
    """What the features left over save per dimension with linear outputs [D47]."""
    v = sp.Symbol("v", positive=True)
    # d eigenvalues s of EᵀE, of those of 1 − EᵀE; and a E to the hubs.
    return sp.factor(v * (1 - (1 - s) ** 2 - a**2 * s))


def rest_equation() -> sp.Eq:
    """`rest_saved`, as an equation [D47]."""
    return sp.Eq(sp.Symbol("B_rest"), rest_saved(), evaluate=False)
