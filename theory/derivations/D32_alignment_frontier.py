"""D32 in formulas: the nested pair, where it beats an aligned neuron, and the slope of tilting."""

from __future__ import annotations

import sympy as sp

from theory.computation.impure_codes import nested_pair_loss
from theory.conventions import feature_moment, feature_variance, p

_ε, _β = sp.symbols("varepsilon beta", positive=True)


def nested_loss() -> sp.Eq:
    """Loss of the nested pair by the ratio of its weights [D32]."""
    return sp.Eq(sp.Symbol("L"), sp.expand(nested_pair_loss(p, _ε)), evaluate=False)


def nested_best() -> sp.Eq:
    """Its best ratio [D32]."""
    roots = sp.solve(sp.diff(nested_pair_loss(p, _ε), _ε), _ε)
    least = min(roots, key=lambda root: nested_pair_loss(sp.Integer(1), root))
    return sp.Eq(_ε, least, evaluate=False)


def jump_density() -> sp.Eq:
    """Below this density the frontier of two features jumps at δ = 0 [D32]."""
    (density,) = sp.solve(feature_variance() - nested_pair_loss(p, sp.Integer(0)), p)
    return sp.Eq(p, density, evaluate=False)


def tilted_cost() -> sp.Eq:
    """Loss of a tilted neuron in units of δ, beside what tilting gains, by its bias εβ [D32]."""
    x = sp.Symbol("x")
    μ = feature_moment(1)
    shut = (1 - p) * _β**2 + p * sp.integrate((_β - x) ** 2, (x, 0, _β))
    cost = p * feature_variance() + p * (μ - _β) ** 2 / 4 + (1 - p) * shut
    return sp.Eq(sp.Symbol("q"), sp.collect(sp.expand(cost), _β), evaluate=False)
