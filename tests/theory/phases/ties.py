"""For tests of boundaries: models of candidates, and that two of them tie."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from tests.oracles import assert_compatible, assert_same, monte_carlo_loss, quadrature_loss
from theory.phases.lines import importance_vector

PAPER = [(2, 1), (3, 2)]
SMALL = [*PAPER, (3, 1), (4, 1), (4, 2), (4, 3)]
densities = st.fractions(Fraction(1, 50), 1, max_denominator=50)
ratios = st.fractions(Fraction(1, 20), 20, max_denominator=20)


def floats(values):
    return [float(value) for value in values]


def model(candidate, density, ratio):
    importance = floats(importance_vector(len(candidate.b), ratio))
    W = np.array(candidate.W.tolist(), dtype=float)
    return W, floats(candidate.bias(sp.sympify(density))), float(density), importance


def assert_tie(first, second, density, ratio, seed, comparisons):
    """Two models cost the same, by quadrature and by sampling from the definition."""
    scale = max(1.0, float(ratio))
    models = [model(candidate, density, ratio) for candidate in (first, second)]
    losses = [quadrature_loss(*each) for each in models]
    assert_same(losses[0], losses[1], scale=scale)
    for each in models:
        estimate = monte_carlo_loss(*each, seed=seed, samples=1 << 13)
        assert_compatible(estimate, losses[0], per_example=comparisons)
