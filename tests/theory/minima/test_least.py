"""The least minimum alone is the one that the whole search finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.loss.floats import gradient_of
from theory.loss.problem import as_problem
from theory.minima.least import least_of
from theory.minima.optimum import optimum_of


@st.composite
def worlds(draw):
    n = draw(st.integers(2, 4))
    m = draw(st.integers(1, n - 1))
    few = st.floats(0.01, 1.0)
    density = draw(few | st.lists(few, min_size=n, max_size=n))
    importance = draw(st.none() | st.lists(st.floats(0.2, 1.0), min_size=n, max_size=n))
    return as_problem(np.zeros((m, n)), None, density, importance)


@pytest.mark.result("D03")
@settings(max_examples=8, deadline=None)
@given(worlds())
def test_it_is_as_low_as_the_optimum(problem):
    found = least_of(problem)
    assert found.loss <= optimum_of(problem).loss * (1 + 1e-9) + 1e-14
    own = gradient_of(problem.at(found.W[None], found.b[None]))[0][0]
    assert found.loss == pytest.approx(own, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("p", [0.02, 0.1, 0.3])
def test_of_equal_features_one_start_of_a_kind_will_do(p):
    problem = as_problem(np.zeros((2, 5)), None, p, None)
    assert least_of(problem).loss == pytest.approx(optimum_of(problem).loss, rel=1e-9)


def test_a_model_that_is_named_is_never_better_than_what_is_found():
    problem = as_problem([[1.0, -1.0, 0.0]], [0.0, 0.0, 0.1], [0.1, 0.2, 0.3], None)
    own = gradient_of(problem)[0][0]
    assert least_of(problem, also=problem[:2]).loss <= own
