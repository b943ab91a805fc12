"""D28: which features a privileged basis holds one at a time, exactly and in the limit."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.integrate import quad

from theory.computation.antichains import (
    antichain_model,
    approached_limit,
    approaching_model,
    is_antichain,
    privileged_one_hot_loss,
    sperner_limit,
)

pytestmark = pytest.mark.result("D28")


def output(W, b, x):
    return np.maximum(np.maximum(x @ W.T, 0) @ W + b, 0)


def largest_clique(compatible):
    """Size of the largest set of things that are pairwise compatible, by search."""
    best = 0

    def grow(size, candidates):
        nonlocal best
        best = max(best, size)
        while candidates and size + candidates.bit_count() > best:
            last = candidates.bit_length() - 1
            grow(size + 1, candidates & compatible[last])
            candidates &= ~(1 << last)

    grow(0, (1 << len(compatible)) - 1)
    return best


def graph(things, fit):
    return [
        sum(1 << j for j, b in enumerate(things) if j != i and fit(a, b) and fit(b, a))
        for i, a in enumerate(things)
    ]


@st.composite
def families(draw, antichain):
    """Non-empty sets of m neurons of which none contains another, or at least one does."""
    m = draw(st.integers(1, 5))
    sets = st.frozensets(st.integers(0, m - 1), min_size=1)
    found = draw(st.lists(sets, min_size=1, max_size=8, unique=antichain))
    if antichain:
        found = [s for s in found if not any(s < other for other in found)]
    else:
        found.append(found[0] | draw(sets))
    return m, found


@given(families(antichain=True), st.data())
def test_every_antichain_is_held_exactly(case, data):
    """The weights of the proof, for sets of any sizes; every value of every feature comes back."""
    m, sets = case
    W = np.full((m, len(sets)), -(m**0.5))
    for i, s in enumerate(sets):
        W[list(s), i] = len(s) ** -0.5
    assert is_antichain(W)
    assert privileged_one_hot_loss(W) <= 1e-28
    values = data.draw(hnp.arrays(float, len(sets), elements=st.floats(0, 1)))
    x = np.diag(values)
    np.testing.assert_allclose(output(W, 0.0, x), x, atol=1e-14)


@given(families(antichain=False), st.data())
def test_nothing_else_is(case, data):
    """Any positive and negative weights on nested sets, and any bias, lose something."""
    m, sets = case
    n = len(sets)
    sizes = data.draw(hnp.arrays(float, (m, n), elements=st.floats(0.1, 2)))
    driven = np.array([[a in s for s in sets] for a in range(m)])
    W = np.where(driven, sizes, -sizes)
    if data.draw(st.booleans()):
        W /= np.linalg.norm(np.maximum(W, 0), axis=0)
    assert not is_antichain(W)
    b = data.draw(hnp.arrays(float, n, elements=st.just(0.0) | st.floats(-1, 1)))
    # A slope g ≥ 0.1² / 20, and at the best bias of its output a tenth of g² is left.
    assert privileged_one_hot_loss(W, b) > 1e-9


@given(
    hnp.arrays(float, (3, 4), elements=st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0])),
    hnp.arrays(float, 4, elements=st.just(0.0) | st.floats(-1, 1)),
    hnp.arrays(float, 4, elements=st.floats(0, 3)),
)
def test_loss_is_the_integral(W, b, importance):
    total = 0.0
    for j in range(4):
        for i in range(4):
            slope = W[:, i] @ np.maximum(W[:, j], 0)
            kink = -b[i] / slope if slope else 0.5

            def error(s, i=i, j=j, slope=slope):
                return (s * (i == j) - max(slope * s + b[i], 0.0)) ** 2

            points = [kink] if 0 < kink < 1 else None
            total += importance[i] * quad(error, 0, 1, points=points, epsabs=1e-13)[0]
    assert privileged_one_hot_loss(W, b, importance) == pytest.approx(total, abs=1e-11)


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 6])
def test_models_at_the_limit(m):
    n = sperner_limit(m)
    model = antichain_model(n, m)
    assert is_antichain(model.W)
    assert privileged_one_hot_loss(model.W, model.b) <= 1e-28 * n
    with pytest.raises(ValueError, match=f"n_features must be at most {n} "):
        antichain_model(n + 1, m)


def test_five_neurons_hold_the_papers_ten():
    assert sperner_limit(5) == 10
    assert {len(s) for s in antichain_model(10, 5).supports} == {2}
    assert np.array_equal(np.sign(antichain_model(5, 5).W), 2 * np.eye(5) - 1)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_exhaustive_search_over_small_weights(m):
    """Columns of few whole numbers, unit positive parts: the largest set without interference."""
    columns = [np.array(c, float) for c in product((-3, -1, 0, 1, 2), repeat=m) if max(c) > 0]
    columns = [c / np.linalg.norm(np.maximum(c, 0)) for c in columns]
    compatible = graph(columns, lambda a, b: a @ np.maximum(b, 0) <= 1e-12)
    assert largest_clique(compatible) == sperner_limit(m)


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_exhaustive_search_over_families(m):
    sets = [frozenset(s) for k in range(1, m + 1) for s in combinations(range(m), k)]
    assert largest_clique(graph(sets, lambda a, b: not a <= b)) == sperner_limit(m)
    led = [(s, t) for s in sets for t in s]
    assert largest_clique(graph(led, lambda a, b: a[1] != b[1] or not a[0] <= b[0])) == (
        approached_limit(m)
    )


@pytest.mark.parametrize("m", [2, 3, 4, 5])
def test_the_loss_approaches_zero_beyond_the_limit(m):
    """Like 4nr/3 over the square of the largest weight, and bounded when two features meet."""
    n, r = approached_limit(m), (m - 1) // 2
    for size in (100.0, 1000.0):
        model = approaching_model(n, m, size)
        assert np.abs(model.W).max() == size
        # Terms left out are of relative size m η.
        assert model.loss * size**2 == pytest.approx(4 * n * r / 3, rel=m / size)
    if m > 2:
        assert n > sperner_limit(m)
        assert not is_antichain(model.W)
    rng = np.random.default_rng(m)
    x = np.zeros((2000, n))
    for row, (i, j) in enumerate(rng.integers(n, size=(2000, 2))):
        x[row, [i, j]] = rng.random(2)
    assert output(model.W, model.b, x).max() <= 2 + 1e-9


def test_more_features_keep_a_loss_at_any_weights():
    """Three features in two neurons: weights of all sizes stay above 0.04."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        W = rng.normal(size=(2, 3)) * 10 ** rng.uniform(-1, 3, size=(2, 3))
        W /= np.maximum(np.linalg.norm(np.maximum(W, 0), axis=0), 1e-3)
        assert privileged_one_hot_loss(W, -rng.random(3) * rng.integers(0, 2)) > 0.04


def test_one_fixed_value_knows_no_limit():
    """Binary features: a threshold holds any number of them in two neurons."""
    angles = np.linspace(0, np.pi / 2, 9)
    R = (1 - np.cos(angles[1])) ** -0.5
    W = R * np.array([np.cos(angles), np.sin(angles)])
    np.testing.assert_allclose(output(W, 1 - R**2, np.eye(9)), np.eye(9), atol=1e-12)
    assert privileged_one_hot_loss(W, np.full(9, 1 - R**2)) > 0.1


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: sperner_limit(0), "n_hidden"),
        (lambda: sperner_limit(10**6), "n_hidden"),
        (lambda: approached_limit(1.5), "n_hidden"),
        (lambda: antichain_model(4, 3), "n_features"),
        (lambda: approaching_model(7, 3, 10.0), "n_features"),
        (lambda: approaching_model(6, 3, 1.0), "size"),
        (lambda: is_antichain([[np.nan]]), "W"),
        (lambda: privileged_one_hot_loss([[1e200]]), "W"),
        (lambda: privileged_one_hot_loss([[1.0]], [0.0, 1.0]), "b"),
        (lambda: privileged_one_hot_loss([[1.0]], None, [[1.0]]), "importance"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()
