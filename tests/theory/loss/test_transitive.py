"""The loss of one of many equivalent features, by groups of neighbours [D14]."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import assert_compatible, assert_same, monte_carlo_loss
from theory.loss.floats import loss_and_gradient
from theory.loss.transitive import SUMMED, _summed, row_gradient, row_loss
from theory.polytopes.arrangements import SHAPES, arrangement, arrangements

ALL = arrangements()
SMALL = [family for family in ALL if family.n_features <= 6]
densities = st.floats(0.001, 1.0)
scales = st.floats(0.2, 3.0)
biases = st.floats(-1.5, 0.6)


def vectors(family, shape):
    """Unit vectors with that Gram matrix, as columns."""
    values, basis = np.linalg.eigh(family.gram_of(shape))
    top = slice(-family.dimension, None)
    return (basis[:, top] * np.sqrt(np.maximum(values[top], 0))).T


@pytest.mark.result("D14")
@given(st.sampled_from(SMALL), st.floats(*SHAPES), scales, biases, densities)
def test_a_row_by_groups_is_the_row_by_faces(family, shape, scale, bias, density):
    inner, sizes = family.row(shape)
    W = np.sqrt(scale) * vectors(family, shape)
    n = family.n_features
    loss, dW, db = loss_and_gradient(W, np.full(n, bias), density=density)
    ours, by_scale, by_bias = row_loss(inner, sizes, scale, bias, density)
    size = (1 + n * scale) ** 2
    assert_same(ours, float(loss) / n, scale=size)
    assert_same(by_bias, db.mean(), scale=size)
    # W scales as √c: dL/dc = ⟨W, dL/dW⟩ / (2c).
    assert_same(by_scale, np.sum(W * dW) / (2 * scale * n), scale=size)


@pytest.mark.result("D14")
@given(st.sampled_from([f for f in ALL if f.tight and f.n_features <= 8]), biases, densities)
def test_the_slope_of_the_shape_is_that_of_the_loss(family, bias, density):
    """By a central difference: its error is the third derivative's, rounding over the step's."""

    def loss(shape):
        return row_loss(family.row(shape)[0], family.row()[1], 1.1, bias, density)[0]

    inner, sizes = family.row(0.4)
    *_, slope = row_gradient(inner, sizes, 1.1, bias, density, family.turn)
    difference = (loss(0.4 + 1e-4) - loss(0.4 - 1e-4)) / 2e-4
    assert slope == pytest.approx(difference, abs=1e-6)


@pytest.mark.result("D14")
@pytest.mark.parametrize("density", [1.0, 0.2, 0.01])
def test_the_sum_that_takes_over_is_as_good_as_it_says(density):
    """Where both can be had: the 5-demicube's row over faces, and as a sum."""
    inner, sizes = arrangement("5-demicube").row()
    arguments = inner, sizes, 1.1, -0.25, density
    unit = density / 3 - density**2 / 4
    exact, summed = row_gradient(*arguments, inner), _summed(*arguments, inner)
    assert abs(summed[0] - exact[0]) <= SUMMED * unit
    assert np.array(summed[1:]) == pytest.approx(np.array(exact[1:]), abs=1e-6 * unit)


@pytest.mark.result("D14")
@pytest.mark.parametrize("name", ["icosahedron", "5-demicube", "2_21 polytope", "24-cell"])
def test_large_polytopes_against_sampling(name):
    family = arrangement(name)
    W, bias = np.sqrt(1.2) * vectors(family, 0.5), -0.3
    n = family.n_features
    inner, sizes = family.row()
    estimate = monte_carlo_loss(W, np.full(n, bias), 0.15, seed=7)
    assert_compatible(estimate, n * row_loss(inner, sizes, 1.2, bias, 0.15)[0])
