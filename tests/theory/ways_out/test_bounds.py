"""D40: what no decoder recovers, Shannon's floor, and where isometry of sparse vectors ends."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.strategies import densities, orders, rotations, toy_models
from theory.geometry.library import block_at
from theory.geometry.packed_model import unit_vectors
from theory.ways_out.bounds import isometry_constant, recovery_bound, shannon_floor, support_bound

pytestmark = pytest.mark.result("D40")
DIGON = [[1.0, -1.0]]
FEW = settings(max_examples=20)  # each looks at all subsets


@FEW
@given(st.integers(1, 8), st.data())
def test_random_columns_are_independent_up_to_m(m, data):
    n = data.draw(st.integers(m, 10))
    density = data.draw(densities(1e-6))
    W = np.random.default_rng([n, m]).standard_normal((m, n))
    assert support_bound(W, density) == pytest.approx(recovery_bound(n, m, density), abs=1e-12)


@FEW
@given(toy_models(most_features=5), densities(1e-6))
def test_no_model_is_above_the_bound_of_its_size(model, density):
    m, n = model.W.shape
    assert support_bound(model.W, density) <= recovery_bound(n, m, density) + 1e-12


@FEW
@given(toy_models(most_features=5), densities(1e-6), st.data())
def test_order_rotation_and_length_do_not_matter(model, density, data):
    m, n = model.W.shape
    order = data.draw(orders(n))
    Q = data.draw(rotations(m))
    # Rank is decided by rounding where columns nearly coincide; whole numbers do not.
    W = np.round(model.W)
    turned = Q @ W[:, order] * 2.0
    assert support_bound(turned, density) == pytest.approx(support_bound(W, density), abs=1e-12)


@given(st.integers(1, 4), densities(1e-6))
def test_digons_have_their_closed_form(pairs, density):
    W = np.kron(np.eye(pairs), DIGON)
    assert support_bound(W, density) == pytest.approx((1 - density**2) ** pairs, rel=1e-12)


@given(densities(1e-6))
def test_blocks_multiply(density):
    triangle = unit_vectors("triangle", None)
    both = np.zeros((3, 5))
    both[:2, :3], both[2:, 3:] = triangle, DIGON
    product = support_bound(triangle, density) * support_bound(DIGON, density)
    assert support_bound(both, density) == pytest.approx(product, rel=1e-12)


@pytest.mark.parametrize("density", [0.05, 0.3, 0.7])
def test_a_decoder_of_few_entries_reaches_all_but_one_dimension(density):
    """The lower bound of step 1: the sparsest vector that gives h is x, for K ≤ m − 1."""
    rng = np.random.default_rng(40)
    n, m = 6, 3
    W = rng.standard_normal((m, n))
    for k in range(m):
        for A in combinations(range(n), k):
            x = np.zeros(n)
            x[list(A)] = rng.random(k)
            h = W @ x
            fits = [
                B
                for size in range(k + 1)
                for B in combinations(range(n), size)
                if np.linalg.norm(W[:, B] @ np.linalg.lstsq(W[:, B], h)[0] - h) < 1e-9
            ]
            assert fits == [A]
    reached = recovery_bound(n, m - 1, density)
    assert reached < recovery_bound(n, m, density)


@pytest.mark.parametrize("density", [0.1, 0.25])
def test_the_limit_is_the_information_dimension(density):
    n = 20_000
    assert recovery_bound(n, round((density + 0.02) * n), density) > 1 - 1e-6
    assert recovery_bound(n, round((density - 0.02) * n), density) < 1e-6


@given(st.floats(1e-3, 1.0), st.floats(1e-12, 1.0), st.floats(1e-2, 1e12))
def test_shannon_asks_for_less_than_one_dimension_a_bit(density, distortion, ratio):
    floor = shannon_floor(density, distortion, ratio)
    assert floor == pytest.approx(shannon_floor(density, distortion, ratio * (1 + 1e-12)), rel=1e-6)
    # Rises as either grows, at the other held.
    assert shannon_floor(density, distortion, 2 * ratio) <= floor
    assert shannon_floor(density, distortion / 2, ratio) >= floor


def test_shannon_is_vacuous_without_noise_and_exact_with_little():
    assert shannon_floor(0.1, 1e-4, 1e280) < 1e-3
    # D in proportion to the noise: the information dimension again, by one over a logarithm.
    for ratio, off in ((1e40, 0.06), (1e200, 0.012)):
        assert shannon_floor(0.1, 0.1 / ratio, ratio) == pytest.approx(0.1, rel=off)


def test_shannon_holds_for_features_stored_one_a_dimension():
    """Identity, p = 1: each feature with its own noise; the best error is at most the noise."""
    for ratio in (1e2, 1e4):
        noise = (1 / 3) / ratio  # of mean square 1/3
        assert shannon_floor(1.0, noise, ratio) <= 1.0


@pytest.mark.parametrize("lengths", [(1.0, 1.0), (1.0, 0.3), (0.2, 0.1)])
def test_a_digon_has_no_restricted_isometry(lengths):
    a, b = lengths
    W = [[a, -b]]
    assert isometry_constant(W, 1) == pytest.approx(max(1 - min(a, b) ** 2, max(a, b) ** 2 - 1))
    assert isometry_constant(W, 2) >= 1.0


@pytest.mark.parametrize("name", ["triangle", "tetrahedron", "pentagon", "square antiprism"])
def test_blocks_lose_it_at_one_more_than_their_dimension(name):
    vectors = unit_vectors(name, block_at(name, 0.1).shape)
    d = len(vectors)
    constants = [isometry_constant(vectors, k) for k in range(1, d + 2)]
    assert constants == sorted(constants)
    assert constants[0] < 1e-12
    assert constants[1] < 1
    assert constants[-1] >= 1


@FEW
@given(toy_models(most_features=5), st.data())
def test_isometry_is_what_sparse_vectors_see(model, data):
    m, n = model.W.shape
    k = data.draw(st.integers(1, n))
    constant = isometry_constant(model.W, k)
    rng = np.random.default_rng(0)
    x = np.zeros(n)
    x[rng.permutation(n)[:k]] = rng.standard_normal(k)
    stretched, length = np.sum((model.W @ x) ** 2), np.sum(x**2)
    assert (1 - constant) * length - 1e-12 <= stretched
    assert stretched <= (1 + constant) * length * (1 + 1e-12) + 1e-12
    assert constant >= 1 or k <= m


def test_refusals_name_the_argument():
    with pytest.raises(ValueError, match="n_hidden must not exceed n_features"):
        recovery_bound(2, 3, 0.1)
    with pytest.raises(ValueError, match="W's number of features must be at most 16"):
        support_bound(np.ones((2, 17)), 0.1)
    with pytest.raises(ValueError, match="order must be at most 2"):
        isometry_constant(DIGON, 3)
    with pytest.raises(ValueError, match="order=10: subsets must be at most 200000"):
        isometry_constant(np.ones((2, 30)), 10)
    with pytest.raises(ValueError, match="distortion must be"):
        shannon_floor(0.1, 0.0, 1.0)
