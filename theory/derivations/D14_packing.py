"""What the float code evaluates, worked out by SymPy from its definition: formulas for the texts.

Where a result is computed in floats only, its text would have to print formulas by hand.  These
are derived anew whenever the texts are refreshed, and the tests hold the float code to them.
"""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_variance, p
from theory.loss.exact import expected_loss
from theory.phases.antipodal import best_antipodal_pair

_a, _s, _x = sp.symbols("a s x", positive=True)
_tau = sp.Symbol("tau", positive=True)
_u = sp.Symbol("u", real=True)
_sigma = sp.Symbol("sigma", positive=True)
_q = sp.Symbol("q", positive=True)

NORMAL_DISTRIBUTION, NORMAL_DENSITY = sp.Function("Phi"), sp.Function("varphi")


def one_active_output() -> sp.Eq:
    r"""Loss of an output that sees its own active feature alone, by the recursion [D03].

    .. math:: \int_0^1 (x - a (x - \tau)_+)^2 dx = \tfrac13 \tau^3
       + \tfrac13 (1 - \tau) (\tau^2 + \tau u + u^2), \qquad u = 1 - a (1 - \tau)

    The kink is at τ in (0, 1), where x − z is τ; at x = 1 it is u.
    """
    probability = 1 - _tau
    first = (probability * _u + _tau * probability) / 2
    second = (probability * _u**2 + 2 * _tau * first) / 3
    silent = _tau**3 / 3  # the same recursion on the other side, where x' = 0
    loss = sp.Integral((_x - _a * sp.Max(0, _x - _tau)) ** 2, (_x, 0, 1))
    heard = sp.Mul(probability, sp.cancel(second / probability), evaluate=False)
    return sp.Eq(loss, silent + heard, evaluate=False)


def feature_transform() -> sp.Eq:
    """E[e^{s a x}] of an active feature, the factor of every Fourier integrand [D04]."""
    integral = sp.Integral(sp.exp(_s * _a * _x), (_x, 0, 1))
    return sp.Eq(integral, sp.factor(integral.doit()), evaluate=False)


def price_of_a_steep_slope() -> sp.Eq:
    """κ(a), the least loss of an active feature whose output has a slope a ≥ 1 [D10]."""
    length = sp.Symbol("ell", positive=True)
    start = 1 - length
    output = _a * (_x - start)
    loss = sp.integrate(_x**2, (_x, 0, start)) + sp.integrate((_x - output) ** 2, (_x, start, 1))
    best = next(root for root in sp.solve(sp.diff(loss, length), length) if root != 0)
    price = sp.factor(loss.subs(length, best))
    return sp.Eq(sp.Function("kappa")(_a), price, evaluate=False)


def gaussian_ramp(power: int) -> sp.Expr:
    """E[(u + σ g)_+^power] for a standard normal g, power 1 or 2 [D14].

    In SymPy's functions Phi and varphi of u/σ, distribution and density of g.
    """
    if power not in (1, 2):
        raise ValueError(f"power must be 1 or 2, got {power!r}")
    g = sp.Symbol("g", real=True)
    normal = sp.exp(-(g**2) / 2) / sp.sqrt(2 * sp.pi)
    mean = sp.integrate((_u + _sigma * g) ** power * normal, (g, -_u / _sigma, sp.oo))
    # In the statistician's functions: Φ and φ of u/σ.
    tail = sp.erfc(_u / (sp.sqrt(2) * _sigma))
    below, at = NORMAL_DISTRIBUTION(_u / _sigma), NORMAL_DENSITY(_u / _sigma)
    mean = sp.expand(mean).subs(tail, 2 * (1 - below))
    mean = mean.subs(sp.exp(-(_u**2) / (2 * _sigma**2)), sp.sqrt(2 * sp.pi) * at)
    return sp.collect(sp.expand(mean), below)


def gaussian_ramp_mean() -> sp.Eq:
    """The first of `gaussian_ramp`, as an equation."""
    return _gaussian_equation(1)


def gaussian_ramp_square() -> sp.Eq:
    """The second of `gaussian_ramp`, as an equation."""
    return _gaussian_equation(2)


def digon_benefit() -> sp.Eq:
    """What a digon without bias saves in its one dimension [D14]."""
    saved = 2 * feature_variance() - best_antipodal_pair().loss
    return sp.Eq(sp.Symbol("B_digon"), sp.factor(saved), evaluate=False)


def digons_slope() -> sp.Eq:
    """Slope of the two digons in the density q of the feature they leave out [D15]."""
    slope = sp.diff(feature_variance(_q), _q)
    return sp.Eq(sp.Derivative(sp.Function("L_4")(p, _q), _q), slope, evaluate=False)


def collapsed_pair_loss() -> sp.Eq:
    """Loss of a correlated pair on its principal component, W_1 = W_2 = 1/√2 [D16]."""
    together = expected_loss([[1 / sp.sqrt(2), 1 / sp.sqrt(2)]], density=1)
    return sp.Eq(sp.Symbol("L_pair"), p * together, evaluate=False)


def _gaussian_equation(power: int) -> sp.Eq:
    g = sp.Symbol("g")
    mean = sp.Function("E")(sp.Max(0, _u + _sigma * g) ** power)
    return sp.Eq(mean, gaussian_ramp(power), evaluate=False)
