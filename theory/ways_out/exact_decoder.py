r"""The best decoder's error in exact numbers: rational functions of p and logarithms [D38]."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp

from ground.checks import check_at_most
from theory.numbers.arguments import exact_density, exact_importance, exact_matrix

__all__ = ["exact_decoder_error"]

MOST_FEATURES = 6
S = sp.Symbol("s", positive=True)


def exact_decoder_error(W: Any, *, density: Any, importance: Any = None) -> sp.Expr:
    r"""Least expected loss of any decoder of h = Wx, m = n − 1, exact [D38].

    .. math:: E = \prod p \sum_k I_k u_k^2 \left\{ \sum_i u_i \int_0^1 \tfrac{s^2}{4}
        (1 + \lambda_i)^2 \prod_{k \ne i} (1 - u_k s)\, ds + \dots \right\} ,
        \qquad \lambda_i = \frac{1 - p_i}{1 - p_i + p_i u_i s}

    The integral of :func:`theory.decoder_error`, by partial fractions.

    Parameters
    ----------
    W : exact matrix (n − 1, n)
        Whole numbers or fractions; n ≤ 6.
    density : exact number or symbol, or n of them
        Symbols should be declared positive; they stand for densities below 1.
    importance : exact numbers or symbols, () or (n,), optional

    Returns
    -------
    sympy.Expr

    Raises
    ------
    ValueError
        Naming the argument; if W is not (n − 1, n), has not full row rank or is not rational.

    Examples
    --------
    >>> p = sp.Symbol("p", positive=True)
    >>> sp.limit(exact_decoder_error([[1, -1]], density=p) / p**2, p, 0)
    1/3
    >>> exact_decoder_error([[3, -1]], density=1)
    25/324

    References
    ----------
    theory/derivations/D38_price_of_a_decoder.md
    """
    weights = exact_matrix("W", W)
    n = weights.cols
    if n < 2 or weights.rows != n - 1:
        raise ValueError(
            f"W must have one hidden dimension less than features, got {weights.shape}"
        )
    if not all(entry.is_rational for entry in weights):
        raise ValueError(f"W must hold rational numbers, got {W!r}")
    check_at_most("W's number of features", n, MOST_FEATURES, "as many partial fractions")
    directions = weights.nullspace()
    if len(directions) != 1:
        raise ValueError(f"W must have full row rank n - 1, got {W!r}")
    p, weight = exact_density(density, n), exact_importance(importance, n)
    return error_of(list(directions[0]), p, weight)


def error_of(v: list[sp.Expr], p: list[sp.Expr], weight: list[sp.Expr]) -> sp.Expr:
    """E for a rational null direction v; zeros of v are known features."""
    seen = [i for i, entry in enumerate(v) if entry != 0]
    if any(p[i] == 0 for i in seen):
        return sp.Integer(0)
    largest = max(abs(v[i]) for i in seen)
    u = {i: abs(v[i]) / largest for i in seen}
    # The length of chord that weighs as much as the atom on x_i = 0.
    atom = {i: sp.cancel((1 - p[i]) / (p[i] * u[i])) for i in seen}
    total = Integral()
    for i in seen:
        rest = _survive(u[k] for k in seen if k != i) * u[i] * _SQUARE
        total.add(rest)
        if atom[i] != 0:
            total.add(2 * atom[i] * rest, atom[i])
            total.add(atom[i] ** 2 * rest, atom[i], atom[i])
        for j in seen:
            if v[i] > 0 > v[j] and atom[i] != 0 and atom[j] != 0:
                rest = _survive(u[k] for k in seen if k not in (i, j)) * u[i] * u[j] * _SQUARE
                rest, both = rest * atom[i] * atom[j], sp.cancel(atom[i] + atom[j])
                total.add(2 * rest, both)
                total.add(atom[i] * rest, both, atom[i])
                total.add(atom[j] * rest, both, atom[j])
    scale = sp.prod(p[i] for i in seen) * sum(weight[i] * u[i] ** 2 for i in seen) / 4
    return total.value(scale)


_SQUARE = sp.Poly(S**2, S)


def _survive(sizes: Iterable[sp.Expr]) -> sp.Poly:
    return sp.prod((sp.Poly(1 - u * S, S) for u in sizes), start=sp.Poly(1, S))


class Integral:
    """A sum of ∫₀¹ of rational functions of s with at most two poles, at s = −r < 0."""

    def __init__(self) -> None:
        self.rational: sp.Expr = sp.Integer(0)
        self.logarithms: dict[sp.Expr, sp.Expr] = {}  # coefficient of ln((1 + r)/r)

    def add(self, top: sp.Poly, *poles: sp.Expr) -> None:
        """Add ∫₀¹ top(s) / ∏(s + r) ds."""
        if not poles:
            whole = top.integrate()
            self.rational += whole.eval(1) - whole.eval(0)
            return
        r, *others = poles
        quotient, rest = sp.div(top, sp.Poly(S + r, S))
        self.add(quotient, *others)
        rest = sp.cancel(rest.eval(0))
        if not others:
            self.logarithms[r] = self.logarithms.get(r, 0) + rest
        elif others == [r]:
            self.rational += rest / (r * (1 + r))
        else:  # 1/((s + r)(s + q)) = (1/(s + r) − 1/(s + q))/(q − r)
            (q,) = others
            for pole, sign in ((r, 1), (q, -1)):
                share = sign * rest / (q - r)
                self.logarithms[pole] = self.logarithms.get(pole, 0) + share

    def value(self, scale: sp.Expr) -> sp.Expr:
        """The sum times a factor."""
        return sp.cancel(sp.together(self.rational * scale)) + sum(
            sp.factor(coefficient * scale) * sp.log(sp.cancel((1 + r) / r))
            for r, coefficient in self.logarithms.items()
        )
