"""D11: regular polygons are the critical points of the one-hot loss in the plane."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.one_hot.kgon_algebra import kgon_equation, kgon_polynomial
from theory.one_hot.kgons import kgon, kgon_levels
from theory.one_hot.potential import one_hot_loss, one_hot_loss_and_gradient


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
    ],
)
def test_bad_arguments_are_named(call):
    with pytest.raises(ValueError, match="got"):
        call()
