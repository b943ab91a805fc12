"""What SymPy prints for the page is the theory: exactly in rationals, stably in floats."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.pages.explorer.formulas import (
    B1,
    B2,
    COSTS,
    SEEN,
    VARIABLES,
    W1,
    W2,
    P,
    R,
    chain_rule,
    javascript,
    patterns,
)
from theory.loss.exact import expected_loss
from theory.loss.floats import loss_and_gradient

pytestmark = pytest.mark.result("D02")
small = st.fractions(min_value=-2, max_value=2, max_denominator=12)


@cache
def compiled():
    """The printed expressions as functions of floats, cell by cell."""
    vertices = [sp.lambdify(VARIABLES, pattern.vertices, "math") for pattern in patterns()]
    cells = [
        {piece.signs: sp.lambdify(VARIABLES, piece.values, "math") for piece in pattern.pieces}
        for pattern in patterns()
    ]
    return vertices, cells, sp.lambdify((W1, W2, R, *COSTS), chain_rule(), "math")


def evaluated(w1, w2, b1, b2, p, r):
    """Loss and gradient as the page computes them."""
    vertices, cells, chain = compiled()
    outputs = []
    for own, other, b in ((w1 * w1, w1 * w2, b1), (w2 * w2, w1 * w2, b2)):
        total = np.zeros(4)
        for k, pattern in enumerate(patterns()):
            signs = "".join("1" if z > 0 else "0" for z in vertices[k](own, other, b))
            weight = np.prod([p if active else 1 - p for active in pattern.active])
            total += weight * np.array(cells[k][signs](own, other, b))
        outputs.append(total.tolist())
    return np.array(chain(w1, w2, r, *outputs))


@settings(max_examples=6)
@given(
    w=st.tuples(small, small), b=st.tuples(small, small), p=st.fractions(0, 1, max_denominator=9)
)
def test_in_rationals_it_is_the_expected_loss(w, b, p):
    w, b, p = ([sp.Rational(v) for v in values] for values in (w, b, [p]))
    place = dict(zip((W1, W2, B1, B2), (*w, *b), strict=True))
    total = 0
    for weight, seen in zip((1, sp.Rational(2, 7)), SEEN, strict=True):
        at = dict(zip(VARIABLES, (value.subs(place) for value in seen), strict=True))
        for pattern in patterns():
            signs = "".join("1" if z.subs(at) > 0 else "0" for z in pattern.vertices)
            cost = next(piece.values[0] for piece in pattern.pieces if piece.signs == signs)
            total += weight * pattern.probability.subs(P, p[0]) * cost.subs(at)
    known = expected_loss([w], b, density=p[0], importance=[1, sp.Rational(2, 7)])
    assert total == known


@pytest.mark.parametrize("size", [1.0, 1e-4, 1e-9])
def test_in_floats_it_stays_exact_however_small_a_slope_is(size):
    """A hundred terms of size up to ten, each rounded: 1e-12 bounds what is lost."""
    rng = np.random.default_rng(20)
    for _ in range(60):
        w1, w2, b1, b2 = rng.uniform(-1.5, 1.5, 4)
        # Weights and biases small together and each alone.
        w2, b1, b2 = (v * rng.choice([1.0, size]) for v in (w2, b1, b2))
        p, r = rng.uniform(0.01, 1), 10 ** rng.uniform(-1, 1)
        loss, dW, db = loss_and_gradient([[w1, w2]], [b1, b2], density=p, importance=[1, r])
        known = np.array([loss, *dW[0], *db])
        found = evaluated(w1, w2, b1, b2, p, r)
        np.testing.assert_allclose(found, known, rtol=0, atol=1e-12 * (1 + r))


def test_every_cell_is_there_and_no_vertex_is_forgotten():
    counts = {pattern.active: len(pattern.pieces) for pattern in patterns()}
    assert counts == {(0, 0): 2, (1, 0): 3, (0, 1): 4, (1, 1): 9}
    script = javascript()
    assert script.count("=> { ") == sum(counts.values())
    assert "Piecewise" not in script
    assert "Not supported" not in script
    assert "1/3" in script, "rationals are printed as quotients"
