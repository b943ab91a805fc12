"""The one-hot limit [D11]: potential against quadrature and sampling, and its k-gons."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from theory.loss.floats import loss_and_gradient
from theory.one_hot.curvature import second_order_form
from theory.one_hot.kgon_algebra import kgon_equation, kgon_polynomial
from theory.one_hot.kgons import kgon, kgon_levels
from theory.one_hot.potential import one_feature_moments, one_hot_loss, one_hot_loss_and_gradient

# Eighths, so that zero slopes, exact kinks and cancellations come up often.
eighths = st.integers(-16, 16).map(lambda number: number / 8)


@st.composite
def models(draw, biases=eighths):
    n = draw(st.integers(1, 6))
    m = draw(st.integers(1, min(n, 3)))
    W = draw(arrays(float, (m, n), elements=eighths))
    return W, draw(arrays(float, n, elements=biases))


def loss_by_quadrature(W, b, importance):
    """Send each feature through the model; three Gauss points a piece are exact for cubics."""
    nodes, weights = np.polynomial.legendre.leggauss(3)
    total = 0.0
    for j in range(W.shape[1]):
        slopes = W.T @ W[:, j]
        with np.errstate(divide="ignore", invalid="ignore"):
            kinks = -b / slopes
        edges = np.unique([0.0, 1.0, *kinks[(kinks > 0) & (kinks < 1)]])
        for low, high in pairwise(edges):
            t = (low + high) / 2 + (high - low) / 2 * nodes
            error = np.eye(W.shape[1])[j] * t[:, None] - np.maximum(t[:, None] * slopes + b, 0)
            total += (high - low) / 2 * weights @ (error**2 @ importance)
    return total


@pytest.mark.result("D11")
@given(models(), st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_loss_is_that_of_sending_each_feature_through_the_model(model, importance):
    W, b = model
    I = np.array(importance[: W.shape[1]], dtype=float)
    assert one_hot_loss(W, b, I) == pytest.approx(loss_by_quadrature(W, b, I), rel=1e-12, abs=1e-13)


@pytest.mark.result("D11")
@given(models())
def test_exact_and_float_agree(model):
    W, b = model
    exact = one_hot_loss(sp.Matrix(W).applyfunc(sp.nsimplify), [sp.nsimplify(x) for x in b])
    assert exact.is_Rational
    assert one_hot_loss(W, b) == pytest.approx(float(exact), rel=1e-13, abs=1e-14)


@pytest.mark.result("D11")
def test_exact_loss_of_symbols_is_a_formula():
    w, beta = sp.symbols("w beta", real=True)
    formula = one_hot_loss(sp.Matrix([[w, -w]]), [beta, beta])
    at = {w: sp.Rational(9, 8), beta: sp.Rational(-1, 4)}
    expected = one_hot_loss(np.array([[1.125, -1.125]]), np.array([-0.25, -0.25]))
    assert float(formula.subs(at)) == pytest.approx(float(expected), rel=1e-14)
    assert formula.subs({w: 0, beta: 0}) == sp.Rational(2, 3)


@pytest.mark.result("D11")
@given(models(), st.integers(0, 2**32 - 1))
def test_gradient_is_the_slope_of_the_loss(model, seed):
    W, b = model
    rng = np.random.default_rng(seed)
    I = rng.uniform(0, 2, b.size)
    W, b = W + rng.uniform(-0.01, 0.01, W.shape), b + rng.uniform(-0.01, 0.01, b.shape)
    _, dW, db = one_hot_loss_and_gradient(W, b, I)
    vW, vb = rng.normal(size=W.shape), rng.normal(size=b.shape)
    step = 1e-6
    up = one_hot_loss(W + step * vW, b + step * vb, I)
    down = one_hot_loss(W - step * vW, b - step * vb, I)
    # The potential is C¹ with bounded curvature: a central difference is off by at most
    # step × the jump of the second derivative where it meets a kink.
    slope = np.sum(dW * vW) + db @ vb
    assert (up - down) / (2 * step) == pytest.approx(slope, rel=1e-3, abs=2e-3)


@pytest.mark.result("D11")
def test_gradient_to_ten_digits_away_from_kinks():
    rng = np.random.default_rng(3)
    W, b = rng.normal(size=(20, 2, 5)), 0.4 * rng.normal(size=(20, 5))
    _, dW, db = one_hot_loss_and_gradient(W, b)
    step = 1e-5
    for axis in range(5):
        shift = step * np.eye(5)[axis]
        numeric = (one_hot_loss(W, b + shift) - one_hot_loss(W, b - shift)) / (2 * step)
        np.testing.assert_allclose(numeric, db[:, axis], atol=1e-8)
        for h in range(2):
            shift = step * np.outer(np.eye(2)[h], np.eye(5)[axis])
            numeric = (one_hot_loss(W + shift, b) - one_hot_loss(W - shift, b)) / (2 * step)
            np.testing.assert_allclose(numeric, dW[:, h, axis], atol=1e-7)


@pytest.mark.result("D11")
def test_sampling_gives_the_loss():
    rng = np.random.default_rng(11)
    n, samples = 5, 200_000
    W, b, I = rng.normal(size=(2, n)), 0.3 * rng.normal(size=n), rng.uniform(0.5, 2, n)
    x = np.zeros((samples, n))
    x[np.arange(samples), rng.integers(n, size=samples)] = rng.uniform(size=samples)
    losses = n * ((x - np.maximum(x @ (W.T @ W) + b, 0)) ** 2 @ I)
    z = (losses.mean() - one_hot_loss(W, b, I)) / (losses.std() / np.sqrt(samples))
    assert abs(z) < 4.5


@pytest.mark.result("D11")
@given(models(biases=eighths.map(lambda value: -abs(value))))
def test_limit_of_the_independent_loss(model):
    """With no positive bias, loss / p → H, and the correction is proportional to p."""
    W, b = model
    limit = one_hot_loss(W, b)
    scale = W.shape[1] ** 2 * (1 + np.sum(np.abs(W.T @ W))) ** 2  # bounds E over two active
    for p in (1e-4, 1e-7):
        loss, _, _ = loss_and_gradient(W, b, density=p)
        assert abs(loss / p - limit) <= p * scale + 1e-12 * limit


@given(models(), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_batches_rotations_and_permutations(model, size, seed):
    W, b = model
    rng = np.random.default_rng(seed)
    order = rng.permutation(b.size)
    Q = np.linalg.qr(rng.normal(size=(W.shape[0],) * 2))[0]
    alone = one_hot_loss(W, b)
    np.testing.assert_allclose(
        one_hot_loss(np.stack([W] * size), np.stack([b] * size)), alone, rtol=1e-15
    )
    np.testing.assert_allclose(one_hot_loss(W[:, order], b[order]), alone, rtol=1e-12)
    # A rotation perturbs G by rounding; the loss is Lipschitz in G.
    np.testing.assert_allclose(one_hot_loss(Q @ W, b), alone, rtol=1e-11, atol=1e-11)


@pytest.mark.result("D11")
@pytest.mark.parametrize("slope", [1e-12, -1e-12, 1e-200, -1e-200, 0.0])
@pytest.mark.parametrize("offset", [0.5, 0.0, -0.5])
def test_tiny_slopes_lose_no_digits(slope, offset):
    moments = one_feature_moments(np.array(slope), np.array(offset))
    above = float(offset > 0 or (offset == 0 and slope > 0))
    size = slope if offset == 0 else offset
    square = above * (size**2 / 3 if offset == 0 else size**2)
    np.testing.assert_allclose(moments.z2, square, rtol=1e-11)
    np.testing.assert_allclose(moments.one, above)
    np.testing.assert_allclose(moments.t, above / 2)


# --- polygons ---------------------------------------------------------------------------------


@pytest.mark.result("D11")
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 8])
def test_every_level_is_critical_in_all_its_parameters(n):
    for level in kgon_levels(n, dead=n <= 6):
        loss, dW, db = one_hot_loss_and_gradient(level.W, level.b)
        assert np.abs(dW).max() < 1e-10, level
        assert np.abs(db).max() < 1e-10, level
        assert loss == pytest.approx(level.loss, abs=1e-13), level


@pytest.mark.result("D11")
@pytest.mark.parametrize("k", [*range(13, 42, 4), 60])
def test_large_polygons_exist_and_are_critical(k):
    polygon = kgon(k)
    _, dW, db = one_hot_loss_and_gradient(polygon.W, polygon.b)
    assert max(np.abs(dW).max(), np.abs(db).max()) < 1e-10
    assert polygon.bias < 0
    assert polygon.loss < k / 3


@pytest.mark.result("D11")
@pytest.mark.parametrize("k", range(2, 13))
def test_polygon_is_the_only_root_of_its_equation(k):
    """Count sign changes of the exact condition on a fine grid, and evaluate it at the root."""
    _, _, condition = kgon_equation(k)
    (s,) = condition.free_symbols
    evaluate = sp.lambdify(s, condition, "numpy")
    grid = np.linspace(1e-6, 1 - 1e-3, 20_001)
    signs = np.sign(evaluate(grid))
    root = -kgon(k).bias / kgon(k).radius ** 2
    assert np.count_nonzero(signs[1:] != signs[:-1]) == (1 if k > 4 else 0)
    assert abs(evaluate(root)) < 1e-14
    polynomial = kgon_polynomial(k)
    assert polynomial.is_irreducible
    assert min(abs(complex(z) - root) for z in polynomial.nroots(n=20, maxsteps=500)) < 1e-14


@pytest.mark.result("D11")
@pytest.mark.parametrize("k", range(2, 13))
def test_the_potential_of_a_kgon_gives_its_radius_and_loss(k):
    """3h = 1 − R A + R² B is least over R at R = A/2B."""
    polygon = kgon(k)
    A, B, _ = kgon_equation(k)
    root = -polygon.bias / polygon.radius**2
    (s,) = A.free_symbols
    a, b = (float(part.subs(s, root)) for part in (A, B))
    assert polygon.radius**2 == pytest.approx(a / (2 * b), rel=1e-12)
    assert polygon.loss / k == pytest.approx((1 - a * a / (4 * b)) / 3, abs=1e-12)


@pytest.mark.result("D11")
@pytest.mark.parametrize("k", [2, 3, 4])
def test_up_to_four_features_cost_nothing(k):
    polygon = kgon(k)
    assert (polygon.radius, polygon.bias, polygon.loss) == (1.0, 0.0, 0.0)
    exact = sp.Matrix(
        2, k, lambda h, j: (sp.cos if h == 0 else sp.sin)(2 * sp.pi * sp.Integer(j) / k)
    )
    assert sp.simplify(one_hot_loss(exact)) == 0


@pytest.mark.result("D11")
def test_decagon_is_golden():
    golden = (1 + sp.sqrt(5)) / 2
    angles = [sp.pi * j / 5 for j in range(10)]
    W = golden * sp.Matrix([[sp.cos(x) for x in angles], [sp.sin(x) for x in angles]])
    assert kgon(10).radius == pytest.approx(float(golden), abs=1e-15)
    assert sp.N(one_hot_loss(W, [-golden] * 10), 40) == pytest.approx(sp.Rational(5, 3), abs=1e-35)


@pytest.mark.result("D11")
def test_ignored_features_output_half_their_mean():
    for n in (3, 6, 11):
        level = kgon(2, n)
        assert level.unused_bias == 1 / (2 * n)
        assert level.loss == pytest.approx((n - 2) * (1 / 3 - 1 / (4 * n)), rel=1e-14)
        # Any other common bias of the ignored ones is worse.
        for factor in (0.9, 1.1):
            b = level.b.copy()
            b[2:] *= factor
            assert one_hot_loss(level.W, b) > level.loss


@pytest.mark.result("D11")
@given(st.integers(2, 9), st.floats(0.05, 2), st.floats(1e-3, 1), st.integers(0, 4))
def test_no_polygon_has_a_positive_bias(k, radius, bias, ignored):
    """The inequality of D11: where ∂H/∂β vanishes, larger R still lowers the loss."""
    n = k + ignored
    level = kgon(k, n) if k > 1 else kgon(k)
    W, b = level.W.copy(), level.b.copy()
    W[:, :k] *= radius / level.radius
    b[:k] = bias
    _, dW, db = one_hot_loss_and_gradient(W, b)
    outward = np.sum(dW * W)
    assert db[0] > 1e-12 or outward < -1e-12


@pytest.mark.result("D11")
@pytest.mark.parametrize(
    ("n", "best"), [(2, "2"), (4, "4"), (5, "5"), (6, "6"), (7, "7"), (8, "7+"), (9, "7++")]
)
def test_best_polygon_and_when_to_drop_a_feature(n, best):
    assert kgon_levels(n)[0].name == best


@pytest.mark.result("D11")
@pytest.mark.parametrize("n", [5, 6])
def test_descent_never_gets_below_the_best_polygon_and_settles_on_levels(n):
    from scipy.optimize import minimize

    rng = np.random.default_rng(n)
    levels = np.array([level.loss for level in kgon_levels(n, dead=True)])

    def objective(theta):
        loss, dW, db = one_hot_loss_and_gradient(theta[: 2 * n].reshape(2, n), theta[2 * n :])
        return float(loss), np.concatenate([dW.ravel(), db])

    reached = []
    for _ in range(15):
        start = np.concatenate([rng.normal(scale=0.5, size=2 * n), np.zeros(n)])
        found = minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-9})
        reached.append(found.fun)
    reached = np.array(reached)
    assert reached.min() > levels.min() - 1e-12
    assert np.abs(reached[:, None] - levels).min(axis=1).max() < 1e-6


# --- minima and saddles -----------------------------------------------------------------------


@pytest.mark.result("D11")
@given(st.sampled_from([(5, 5), (4, 5), (4, 6), (6, 6), (3, 5), (8, 8)]), st.integers(0, 2**32 - 1))
def test_second_order_form_predicts_the_loss_nearby(case, seed):
    k, n = case
    level = kgon(k, n)
    S, kinks = second_order_form(level.W, level.b)
    rng = np.random.default_rng(seed)
    v = rng.normal(size=S.shape[0])
    v /= np.linalg.norm(v)
    bends = one_feature_moments(kinks[:, 0] @ v, kinks[:, 1] @ v).z2.sum()
    predicted = (v @ S @ v + 2 * bends) / 2
    step = 1e-4
    moved = one_hot_loss(level.W + step * v[: 2 * n].reshape(2, n), level.b + step * v[2 * n :])
    # third order: the form is off by about step relative to the largest curvature
    assert (moved - level.loss) / step**2 == pytest.approx(predicted, abs=100 * step)


@pytest.mark.result("D11")
@pytest.mark.parametrize(
    ("k", "n", "dead", "kind"),
    [
        (4, 4, 0, "minimum"),
        (5, 5, 0, "minimum"),
        (4, 5, 0, "minimum"),
        (6, 6, 0, "minimum"),
        (5, 6, 0, "minimum"),
        (9, 9, 0, "minimum"),
        (3, 3, 0, "valley"),  # angles may open freely while all are obtuse
        (5, 6, 1, "valley"),  # a dead feature may move
        (3, 5, 0, "saddle"),
        (2, 5, 0, "saddle"),
        (0, 5, 0, "saddle"),
        (10, 10, 0, "saddle"),
    ],
)
def test_kinds(k, n, dead, kind):
    assert kgon(k, n, dead=dead).kind == kind


@pytest.mark.parametrize(
    "call",
    [
        lambda: kgon(-1),
        lambda: kgon(5, 4),
        lambda: kgon(3, 5, dead=3),
        lambda: kgon(1, 3),
        lambda: kgon(2.5),
        lambda: kgon_levels(0),
        lambda: kgon_polynomial(13),
        lambda: one_hot_loss([[1.0, np.nan]]),
        lambda: one_hot_loss([[1.0, 0.0]], [0.0, 0.0, 0.0]),
        lambda: one_hot_loss(sp.Matrix([[1, 0]]), [0]),
    ],
)
def test_bad_arguments_are_named(call):
    with pytest.raises(ValueError, match="got"):
        call()
