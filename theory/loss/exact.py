r"""The expected loss of any W and b, exact: a sum over features of M and its derivatives.

With z_i = b_i + (WᵀW x)_i the ReLU-output model costs

.. math::
   L = \sum_i I_i \left( E[x_i^2] - 2 E[x_i z_{i+}] + E[z_{i+}^2] \right),
   \qquad E[x_i z_{i+}] = \tfrac12\, \partial M / \partial a_i .

This is the slow, exact side; floats in bulk belong to `theory.loss_and_gradient`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sympy as sp

from theory.conventions import feature_moment, weighted_sum
from theory.loss.moments import RampMoments
from theory.numbers.arguments import (
    exact_density,
    exact_importance,
    exact_matrix,
    exact_model,
    exact_vector,
)
from theory.numbers.arithmetic import Point, arithmetic_of, plain


def gram(W: sp.Matrix) -> sp.Matrix:
    """Return WᵀW exactly, its entries without nested radicals where they are quadratic."""
    entries = list(W)
    if any(entry.free_symbols for entry in entries):
        return (W.T * W).applyfunc(sp.expand)
    arithmetic = arithmetic_of(entries)
    columns = [[arithmetic.number(entry) for entry in W.col(i)] for i in range(W.cols)]
    zero = arithmetic.domain.zero
    product = sp.zeros(W.cols, W.cols)
    for i in range(W.cols):
        for j in range(i, W.cols):
            total = sum((x * y for x, y in zip(columns[i], columns[j], strict=True)), zero)
            product[i, j] = product[j, i] = plain(arithmetic, total)
    return product


def expected_loss(
    W: Any, b: Any = None, *, density: Any, importance: Any = None, at: Point | None = None
) -> sp.Expr:
    r"""Exact expected loss of the ReLU-output model x' = ReLU(WᵀW x + b) [D02].

    .. math:: L = \sum_i I_i \left( E[x_i^2] - \partial M_i / \partial a_{ii} + M_i \right),
       \qquad M_i = M(b_i, (W^T W)_{i\cdot}; p)

    Parameters
    ----------
    W : SymPy Matrix or nested lists, (m, n)
        Rational or algebraic entries, hidden × features.  Symbols are allowed where the sign of
        every z_i at every vertex of the cube follows from assumptions or from `at`.
    b : sequence of n exact numbers, optional
        Biases; None means zero.
    density : exact number or symbol, one or n of them
        Probability p = 1 − S that a feature is active; numbers in [0, 1].
    importance : exact numbers or symbols, one or n of them, optional
        Weights I_i ≥ 0; None means all one.
    at : mapping of symbols to numbers, optional
        A point inside the cell of vertex signs that is meant.

    Returns
    -------
    sympy.Expr
        Σ_i I_i c_i(p), each c_i an expanded polynomial in the densities.

    Raises
    ------
    ValueError
        Floats (use theory.loss_and_gradient), shapes that do not fit, values out of range.

    Examples
    --------
    >>> expected_loss([[1, -1]], density=sp.Symbol("p"))
    p**2/3

    References
    ----------
    theory/derivations/D02_expected_loss.md
    """
    weights, biases = exact_model(W, b)
    return expected_loss_of_gram(
        gram(weights), biases, density=density, importance=importance, at=at
    )


def expected_loss_of_gram(
    G: Any, b: Any, *, density: Any, importance: Any = None, at: Point | None = None
) -> sp.Expr:
    """Exact expected loss from the Gram matrix G = WᵀW, all that the loss knows of W [D02].

    Parameters are those of `expected_loss`, with G (n, n) symmetric in place of W.
    """
    costs = feature_costs(G, b, density=density, at=at)
    weights = exact_importance(importance, len(costs))
    total = weighted_sum(costs, weights)
    # Only numbers are multiplied out: with symbolic importances I_i c_i(p) reads better.
    return sp.expand(total) if all(weight.is_number for weight in weights) else total


def feature_costs(
    G: Any,
    b: Any,
    *,
    density: Any,
    features: Sequence[int] | None = None,
    at: Point | None = None,
) -> list[sp.Expr]:
    """Return E[(x_i − ReLU(z_i))²] exactly, at importance one, for all or some features [D02]."""
    scalar_products = exact_matrix("G", G)
    n = scalar_products.cols
    if scalar_products.rows != n or scalar_products != scalar_products.T:
        raise ValueError(f"G must be a symmetric matrix, got {scalar_products}")
    biases = exact_vector("b", b, n)
    densities = exact_density(density, n)
    chosen = range(n) if features is None else features
    costs = []
    for i, moments in zip(chosen, output_moments(scalar_products, biases, chosen, at), strict=True):
        cost = feature_moment(2, densities[i]) - 2 * moments.cross_moment(i, densities)
        costs.append(sp.expand(cost + moments.moment(2, densities)))
    return costs


def output_moments(
    G: sp.Matrix, b: Sequence[sp.Expr], features: Iterable[int], at: Point | None = None
) -> Iterator[RampMoments]:
    """Yield the moments of z_i = b_i + G_i·x for each of the features."""
    rows = [[b[i], *G.row(i)] for i in range(G.rows)]
    # Rows of numbers share one number field; a row with symbols has an arithmetic of its own,
    # so that a bias p/2 of an ignored feature does not slow down all the others.
    numeric = [row for row in rows if not any(entry.free_symbols for entry in row)]
    field = arithmetic_of([entry for row in numeric for entry in row])
    for i in features:
        arithmetic = field if rows[i] in numeric else arithmetic_of(rows[i], at)
        bias, *slopes = (arithmetic.number(entry) for entry in rows[i])
        yield RampMoments(bias, slopes, arithmetic)
