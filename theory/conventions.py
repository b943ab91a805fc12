r"""The symbols, the data law, and the one loss normalisation.

Every derivation in this package starts here.  Feature i is zero with probability 1 − p_i and
otherwise uniform on [0, 1]; features are independent; the loss is the expectation over data of
the **sum** over features, weighted by importance, of squared errors.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

p = sp.Symbol("p", positive=True)
"""Density: the probability that a feature is active, p = 1 − S, in (0, 1]."""

r = sp.Symbol("r", positive=True)
"""Importance of the last feature, relative to the others."""


def importance_symbols(n_features: int) -> tuple[sp.Symbol, ...]:
    """Return the symbols I_1 … I_n, none negative."""
    return tuple(sp.symbols(f"I_1:{n_features + 1}", nonnegative=True))


def density_symbols(n_features: int) -> tuple[sp.Symbol, ...]:
    """Return the symbols p_1 … p_n, for features that differ in density."""
    return tuple(sp.symbols(f"p_1:{n_features + 1}", positive=True))


def feature_moment(order: int, density: sp.Expr = p) -> sp.Expr:
    r"""Exact moment of one feature, E[x^k] = p / (k + 1) for k ≥ 1 [D01].

    >>> feature_moment(2)
    p/3
    """
    return sp.Integer(1) if order == 0 else sp.sympify(density) / (order + 1)


def feature_variance(density: sp.Expr = p) -> sp.Expr:
    """Variance of one feature, p/3 − p²/4: what ignoring it costs at the best bias [D01].

    >>> feature_variance()
    -p**2/4 + p/3
    """
    return feature_moment(2, density) - feature_moment(1, density) ** 2


def weighted_sum(costs: Sequence[sp.Expr], importance: Sequence[sp.Expr]) -> sp.Expr:
    r"""The one loss normalisation, L = Σ_i I_i E[(x_i − x'_i)²] [D02].

    A sum over features, never a mean: the only place in `theory` that says so.
    """
    return sp.Add(*(weight * cost for weight, cost in zip(importance, costs, strict=True)))
