r"""The loss sorted by the number of active features, and what each order says.

With equal densities L = Σ_k p^k (1 − p)^(n−k) L_k, where L_k collects the inputs with k active
features.  L_1 has two parts, how well a feature represents itself and what it leaks to others;
negative scalar products leak nothing as long as one feature is active at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from theory.conventions import feature_moment
from theory.loss.exact import gram
from theory.loss.moments import RampMoments
from theory.numbers.arguments import exact_importance, exact_matrix, exact_vector
from theory.numbers.arithmetic import arithmetic_of


@dataclass(frozen=True)
class SingleFeatureTerms:
    """The parts of L_1, the loss when exactly one feature is active [D12].

    Attributes
    ----------
    benefit : tuple of n expressions
        I_i E[(x − ReLU(G_ii x + b_i))²]: what feature i still costs when it is active; I_i/3
        would be paid if it were ignored without bias.
    interference : sympy.ImmutableMatrix (n, n)
        Entry (i, j): I_i E[ReLU(G_ij x + b_i)²], what output i gives when only j is active;
        zero on the diagonal.
    """

    benefit: tuple[sp.Expr, ...]
    interference: sp.ImmutableMatrix

    @property
    def total(self) -> sp.Expr:
        """Return L_1."""
        return sp.expand(sp.Add(*self.benefit, *self.interference))


def loss_by_active_count(W: Any, b: Any = None, *, importance: Any = None) -> tuple[sp.Expr, ...]:
    r"""Exact (L_0, …, L_n), the loss sorted by how many features are active [D12].

    .. math:: L = \sum_{k=0}^n p^k (1-p)^{n-k} L_k, \qquad
       L_k = \sum_{|A| = k} \sum_i I_i\, E[(x_i - \mathrm{ReLU}(z_i))^2 \mid A]

    Parameters
    ----------
    W : SymPy Matrix or nested lists, (m, n)
        Rational or algebraic.
    b : sequence of n exact numbers, optional
    importance : exact numbers or symbols, one or n of them, optional

    Returns
    -------
    tuple of n + 1 expressions

    Raises
    ------
    ValueError
        As `theory.expected_loss`.

    Examples
    --------
    The digon is lossless on one active feature:

    >>> loss_by_active_count([[1, -1]])
    (0, 0, 1/3)

    References
    ----------
    theory/derivations/D12_sparse_expansion.md
    """
    n, biases, weights, rows, arithmetic = _prepared(W, b, importance)
    totals = [sp.Integer(0)] * (n + 1)
    for i in range(n):
        moments = RampMoments(biases[i], rows[i], arithmetic)
        for k, cost in enumerate(_costs_by_count(moments, i, n)):
            totals[k] += weights[i] * cost
    return tuple(sp.expand(total) for total in totals)


def _costs_by_count(moments: RampMoments, i: int, n: int) -> list[sp.Expr]:
    """Row i's squared error, summed over the patterns of each size."""
    arithmetic = moments.arithmetic
    second = arithmetic.number(feature_moment(2, sp.Integer(1)))
    costs = [arithmetic.domain.zero] * (n + 1)
    for active in range(1 << n):
        pattern = sum(
            1 << bit for bit, feature in enumerate(moments.support) if active >> feature & 1
        )
        cost = moments.power(pattern, 2)
        if active >> i & 1:
            cost = cost + second - 2 * moments.cross(pattern, i)
        costs[active.bit_count()] += cost
    return [arithmetic.expression(cost) for cost in costs]


def single_feature_terms(W: Any, b: Any = None, *, importance: Any = None) -> SingleFeatureTerms:
    r"""Exact feature benefit and interference, the two parts of L_1 [D12].

    .. math:: L_1 = \sum_i I_i E[(x - \mathrm{ReLU}(G_{ii} x + b_i))^2]
       + \sum_{i \ne j} I_i E[\mathrm{ReLU}(G_{ij} x + b_i)^2]

    Parameters
    ----------
    W, b, importance
        As of `loss_by_active_count`.

    Returns
    -------
    SingleFeatureTerms
        `benefit` of each feature, and `interference`, (n, n).

    Raises
    ------
    ValueError
        Floats, shapes that do not fit, or a sign that its symbols leave open.

    Examples
    --------
    >>> single_feature_terms([[1, -1]]).interference
    Matrix([
    [0, 0],
    [0, 0]])
    >>> single_feature_terms([[1, sp.Rational(1, 2)]]).interference
    Matrix([
    [   0, 1/12],
    [1/12,    0]])
    """
    n, biases, weights, rows, arithmetic = _prepared(W, b, importance)
    benefit = []
    interference = sp.zeros(n, n)
    for i in range(n):
        for j in range(n):
            moments = RampMoments(biases[i], [rows[i][j]], arithmetic)
            pattern = len(moments.support)  # bit 0 when the slope is not zero, else empty
            cost = arithmetic.expression(moments.power(pattern, 2))
            if i == j:
                cross = arithmetic.expression(moments.cross(pattern, 0))
                own = feature_moment(2, sp.Integer(1)) - 2 * cross + cost
                benefit.append(sp.expand(weights[i] * own))
            else:
                interference[i, j] = sp.expand(weights[i] * cost)
    return SingleFeatureTerms(tuple(benefit), sp.ImmutableMatrix(interference))


def free_interference(W: Any, b: Any = None) -> np.ndarray:
    r"""Whether feature j alone leaves output i at zero, (n, n) booleans, decided exactly [D12].

    .. math:: \max(b_i,\; b_i + G_{ij}) \le 0

    Without bias: whenever the scalar product is not positive.  The diagonal is false unless
    feature i never comes through.

    Parameters
    ----------
    W : (m, n)
    b : (n,), optional
        Rational or symbolic entries; no bias means zero.

    Returns
    -------
    ndarray of bool (n, n)

    Raises
    ------
    ValueError
        Floats, shapes that do not fit, or a sign that its symbols leave open.

    Examples
    --------
    >>> free_interference([[1, -1]]).tolist()
    [[False, True], [True, False]]
    """
    n, biases, _, rows, arithmetic = _prepared(W, b, None)
    return np.array(
        [
            [
                arithmetic.sign(biases[i]) <= 0 and arithmetic.sign(biases[i] + rows[i][j]) <= 0
                for j in range(n)
            ]
            for i in range(n)
        ]
    )


def _prepared(W: Any, b: Any, importance: Any) -> tuple[int, list, list, list, Any]:
    """Check the arguments and return n, biases, importances, rows of G, and their arithmetic."""
    matrix = exact_matrix("W", W)
    n = matrix.cols
    G = gram(matrix)
    biases = exact_vector("b", [0] * n if b is None else b, n)
    arithmetic = arithmetic_of([*G, *biases])
    rows = [[arithmetic.number(G[i, j]) for j in range(n)] for i in range(n)]
    numbers = [arithmetic.number(value) for value in biases]
    return n, numbers, exact_importance(importance, n), rows, arithmetic
