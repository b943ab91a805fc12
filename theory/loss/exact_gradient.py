r"""The exact gradient of the expected loss: the same moments, one order lower.

With A_ij = ∂L/∂G_ij, where G_ij is the slope with which output i sees feature j,

.. math::
   \frac{\partial L}{\partial b_i} = 2 I_i \left( E[z_{i+}] - E[x_i \mathbf 1(z_i > 0)] \right),
   \quad
   A_{ij} = 2 I_i \left( E[x_j z_{i+}] - E[x_i x_j \mathbf 1(z_i > 0)] \right),
   \quad
   \frac{\partial L}{\partial W} = W (A + A^T).

The slow, exact side; floats in bulk belong to `theory.loss_and_gradient`.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from theory.loss.exact import gram, output_moments
from theory.numbers.arguments import exact_density, exact_importance, exact_model
from theory.numbers.arithmetic import Point


def expected_gradient(
    W: Any, b: Any = None, *, density: Any, importance: Any = None, at: Point | None = None
) -> tuple[sp.Matrix, sp.Matrix]:
    r"""Exact gradient of the expected loss with respect to W and b [D02].

    .. math:: \partial L / \partial W = W (A + A^T), \qquad
       A_{ij} = I_i \left( \partial M_i / \partial a_j
              - \partial^2 M_i / \partial a_i \partial a_j \right)

    Parameters
    ----------
    W, b, density, importance, at
        As for `theory.expected_loss`.

    Returns
    -------
    dW : SymPy Matrix (m, n)
    db : SymPy Matrix (n, 1)
        Expanded polynomials in the densities.  Where W_i = 0 and b_i = 0 the loss has a kink, and
        the derivative is that of the silent side, as everywhere in this project and in PyTorch.

    Raises
    ------
    ValueError
        Floats (use theory.loss_and_gradient), shapes that do not fit, values out of range.

    Examples
    --------
    >>> dW, db = expected_gradient([[1, -1]], density=sp.Symbol("p"))
    >>> dW
    Matrix([[-p**2/6, p**2/6]])
    >>> db[0]
    -p**2/3

    References
    ----------
    theory/derivations/D02_expected_loss.md
    """
    weights, biases = exact_model(W, b)
    n = weights.cols
    densities, importances = exact_density(density, n), exact_importance(importance, n)
    A, db = sp.zeros(n, n), sp.zeros(n, 1)
    for i, moments in enumerate(output_moments(gram(weights), biases, range(n), at)):
        twice = 2 * importances[i]
        db[i] = twice * (moments.moment(1, densities) - moments.cross_moment(i, densities, 0))
        for j in range(n):
            overlap = moments.pair_moment(i, j, densities)
            A[i, j] = twice * (moments.cross_moment(j, densities) - overlap)
    return (weights * (A + A.T)).applyfunc(sp.expand), db.applyfunc(sp.expand)
