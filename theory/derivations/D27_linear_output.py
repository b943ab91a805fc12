"""D27 in formulas: what a linear output loses for each feature left out."""

from __future__ import annotations

import sympy as sp

from theory.computation.rectified import HALVES, halves, mean_of, product_of
from theory.conventions import p


def _moments(target: str) -> tuple[sp.Expr, sp.Expr]:
    each, t = halves(p, sp.Integer(-1), sp.Integer(1)), HALVES[target]
    return mean_of(each, t), sp.expand(product_of(each, t, t, centred=True))


def variance_of_relu() -> sp.Eq:
    """What the ReLU of one feature on [−1, 1] costs when it is answered by its mean [D27]."""
    return sp.Eq(sp.Symbol("v"), _moments("relu")[1], evaluate=False)


def variance_of_absolute() -> sp.Eq:
    """The same for |x| [D27]."""
    return sp.Eq(sp.Symbol("a"), _moments("absolute")[1], evaluate=False)


def left_without_bias() -> sp.Eq:
    """Least loss, without bias, of a feature left out beside m that are kept [D27]."""
    m = sp.Symbol("m", positive=True)
    mean, variance = _moments("relu")
    lost = variance + mean**2 / (1 + m * mean**2 / variance)
    return sp.Eq(sp.Symbol("L_out"), sp.factor(sp.simplify(lost)), evaluate=False)


def best_offset() -> sp.Eq:
    """The weight of each kept ReLU in an output left out, where there is no bias [D27]."""
    m = sp.Symbol("m", positive=True)
    mean, variance = _moments("relu")
    ratio = mean**2 / variance
    offset = sp.factor(sp.simplify(ratio / (1 + m * ratio)))
    return sp.Eq(sp.Symbol("delta"), offset, evaluate=False)
