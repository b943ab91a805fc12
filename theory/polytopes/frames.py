"""How features share dimensions: dimensionality, leverage, Welch bound, frame potential [D13].

All are functions of the Gram matrix G = WᵀW and are exact: SymPy in, SymPy out.
"""

from __future__ import annotations

import sympy as sp

from ground.checks import check_sizes

__all__ = ["dimensionality", "frame_potential", "leverage", "welch_bound"]


def dimensionality(gram: sp.MatrixBase) -> tuple[sp.Expr, ...]:
    r"""Feature dimensionality of each feature, exactly [D13].

    .. math:: D_i = \frac{\|W_i\|^2}{\sum_j (\hat W_i \cdot W_j)^2}
                  = \frac{G_{ii}^2}{(G^2)_{ii}}, \quad 0 < D_i \le 1.

    Parameters
    ----------
    gram : Matrix (n, n)
        G = WᵀW.  A feature with W_i = 0 has D_i = 0.

    Examples
    --------
    >>> dimensionality(sp.Matrix([[1, -1], [-1, 1]]))
    (1/2, 1/2)
    """
    rows = range(gram.rows)
    squares = [sp.Add(*(gram[i, j] ** 2 for j in rows)) for i in rows]
    return tuple(
        sp.simplify(gram[i, i] ** 2 / squares[i]) if gram[i, i] != 0 else sp.S.Zero for i in rows
    )


def leverage(W: sp.MatrixBase) -> tuple[sp.Expr, ...]:
    r"""Leverage score of each feature: how much of its direction only it explains [D13].

    .. math:: \ell_i = W_i^\top (W W^\top)^+ W_i, \quad D_i \le \ell_i \le 1,
              \quad \sum_i \ell_i = \operatorname{rank} W.

    Parameters
    ----------
    W : Matrix (m, n)
        Exact entries.

    Examples
    --------
    >>> leverage(sp.Matrix([[1, -1, 0], [0, 0, 3]]))
    (1/2, 1/2, 1)
    """
    # A row space's projector from independent rows needs no pseudo-inverse of a singular matrix.
    rows = sp.Matrix.vstack(*W.rowspace()) if W.rank() else sp.zeros(1, W.cols)
    if not W.rank():
        return tuple([sp.S.Zero] * W.cols)
    projector = rows.T * (rows * rows.T).inv() * rows
    return tuple(sp.simplify(projector[i, i]) for i in range(W.cols))


def welch_bound(n_vertices: int, dimension: int) -> sp.Expr:
    r"""Least largest |Ŵ_i·Ŵ_j| that n unit vectors in m dimensions can have [D13].

    .. math:: \max_{i \ne j} |\hat W_i \cdot \hat W_j| \ge \sqrt{\frac{n - m}{m (n - 1)}}

    Simplices attain it.

    Examples
    --------
    >>> welch_bound(3, 2)
    1/2
    """
    n, m = check_sizes(n_vertices, dimension)
    return sp.sqrt(sp.Rational(n - m, m * (n - 1))) if n > m else sp.S.Zero


def frame_potential(gram: sp.MatrixBase) -> sp.Expr:
    r"""Σ_ij G_ij²: at least (Σ_i G_ii)²/m, and equal to it for a tight frame [D13].

    References
    ----------
    Benedetto and Fickus 2003, Finite normalized tight frames.

    Examples
    --------
    >>> frame_potential(sp.Matrix([[1, -1], [-1, 1]]))  # a digon: two features, one dimension
    4
    """
    return sp.simplify(sp.Add(*(entry**2 for entry in gram)))
