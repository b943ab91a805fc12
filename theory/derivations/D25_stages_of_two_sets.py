"""D25 in formulas: losses of clusters, prism and twist, and the rates at which they are left."""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_moment, p
from theory.loss.moments import RampMoments
from theory.numbers.arithmetic import arithmetic_of

s, delta, epsilon = sp.symbols("s delta epsilon", positive=True)
ON = sp.Integer(1)  # density of a feature whose set is active


def covariance() -> tuple[sp.Expr, sp.Expr]:
    """Variance of a feature and covariance of two of one set, whatever set is active [D25]."""
    mean = p * feature_moment(1, ON)
    variance = p * feature_moment(2, ON) - mean**2
    return sp.expand(variance), sp.expand(p * feature_moment(1, ON) ** 2 - mean**2)


def cluster_loss() -> sp.Eq:
    """Loss of a set of s features on its principal component [D25]."""
    second, first = feature_moment(2, ON), feature_moment(1, ON)
    of_sum = s * second + s * (s - 1) * first**2
    return sp.Eq(sp.Symbol("L_s"), sp.factor(p * (s * second - of_sum / s)), evaluate=False)


def first_rate() -> sp.Eq:
    """Rate at which the sum of a set of s features grows from nothing [D25]."""
    variance, together = covariance()
    rate = sp.expand(4 * (variance + (s - 1) * together))
    return sp.Eq(sp.Symbol("r_1"), sp.collect(rate, s), evaluate=False)


def second_rate() -> sp.Eq:
    """Rate at which a set that is one cluster comes apart in a free dimension [D25]."""
    second, first = feature_moment(2, ON), feature_moment(1, ON)
    slope = second + (s - 1) * first**2  # E[S x_j]
    like, unlike = second - slope / s, first**2 - slope / s
    # On a with Σ a_i = 0 the matrix −2p E[(x_i − S/s) x_j] acts as −2p (like − unlike).
    return sp.Eq(sp.Symbol("r_2"), sp.simplify(4 * p * (like - unlike)), evaluate=False)


def one_sided() -> sp.Eq:
    """Change of loss as one of three features steps by ε against the other cluster [D25]."""
    second, first = feature_moment(2, ON), feature_moment(1, ON)
    sum_squared = 3 * second + 6 * first**2
    gain = -2 * p * (second - (second + 2 * first**2) / 3)
    cost = p**2 * (sum_squared / 3 + second)
    value = sp.expand(gain + cost) * epsilon**2
    return sp.Eq(sp.Symbol("L") - sp.Symbol("L_0"), value, evaluate=False)


def prism_leak() -> sp.Eq:
    """What a prism's triangles leak to each other, over p as p → 0 [D25]."""
    row = [sp.Rational(-2, 3), sp.Rational(-2, 3), sp.Rational(1, 3)]
    moments = RampMoments(sp.Integer(0), row, arithmetic_of([*row, sp.Integer(0)]))
    each = moments.arithmetic.expression(moments.power(0b111, 2))
    return sp.Eq(sp.Function("f")(0), 6 * each, evaluate=False)


def twist() -> sp.Eq:
    """The same, twisted by δ from the prism [D25]."""
    c = (2 * sp.cos(delta) - 1) / 3
    product = 2 * (2 * sp.cos(delta) - 1) * (1 + sp.cos(delta)) / 9  # a b
    value = sp.factor(sp.cancel(c**4 / (10 * product)))
    return sp.Eq(sp.Function("f")(delta), value, evaluate=False)


def twist_curvature() -> sp.Eq:
    """Curvature of the twist at the prism [D25]."""
    curvature = sp.diff(twist().rhs, delta, 2).subs(delta, 0)
    return sp.Eq(sp.Derivative(sp.Function("f")(0), (delta, 2)), curvature, evaluate=False)
