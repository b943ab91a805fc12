"""Certificates for (2, 1) [D10]: bounds that no model may cross, checked by exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from ground.results import configuration_of, load, save
from ground.structure import structure_of
from theory.loss.exact import expected_loss
from theory.loss.floats import loss_and_gradient
from theory.minima.certificate import certify, certify_grid
from theory.minima.certificate_boxes import root_box, structures_in
from theory.minima.certificate_kernel import loss_bounds, moments
from theory.minima.certificate_narrowing import (
    explore,
    heard_at_corners,
    interval_costs,
    middle_of,
    reach_of_bias,
)
from theory.minima.optimum import optimum
from theory.one_hot.potential import one_feature_moments

densities = st.one_of(st.sampled_from([1.0, 0.5, 1e-6]), st.floats(1e-6, 1))
ratios = st.floats(0.1, 10)


def dyadic(bits, size):
    return st.integers(-size * 2**bits, size * 2**bits).map(lambda k: k / 2**bits)


points = st.tuples(dyadic(6, 2), dyadic(6, 2), dyadic(12, 2), dyadic(12, 2))


def rational(value):
    fraction = Fraction(value)
    return sp.Rational(fraction.numerator, fraction.denominator)


@pytest.mark.result("D10")
@given(points, densities, ratios)
def test_point_bounds_enclose_the_exact_rational_loss(point, p, r):
    w1, w2, b1, b2 = map(rational, point)
    exact = expected_loss(
        sp.Matrix([[w1, w2]]),
        sp.Matrix([b1, b2]),
        density=rational(p),
        importance=[sp.S.One, rational(r)],
    )
    lower, upper = loss_bounds(*point, p, 1.0, r)
    assert rational(lower) <= exact <= rational(upper)
    assert upper - lower <= 1e-12 * (1 + r) * (p + float(exact))


@pytest.mark.result("D10")
@given(dyadic(8, 2), dyadic(8, 2), dyadic(8, 2))
def test_moments_are_those_of_a_fine_grid_of_inputs(a, c, b):
    """Midpoint rule, off by at most the Lipschitz constant times half a cell."""
    a = abs(a)
    count = 300
    t = (np.arange(count) + 0.5) / count
    x, y = np.meshgrid(t, t, indexing="ij")
    z = np.maximum(a * x + c * y + b, 0)
    slope = (a + abs(c)) * max(z.max(), 1) * 2 + z.max()
    for found, sample in zip(moments(a, c, b, 1.0), (z * z, x * z, y * z, z), strict=True):
        assert found == pytest.approx(sample.mean(), abs=slope / count / 2 + 1e-12)


def bound_on(centre, half, p, r):
    """The least of the corners, both features together, and the loss at the centre."""
    costs, at_centre = [], 0.0
    for i, weight in enumerate((1.0, r)):
        w, other, b = centre[i], centre[1 - i], centre[2 + i]
        h, k, g = half[i], half[1 - i], half[2 + i]
        heard, out = np.empty((2, 2, 2)), np.empty((2, 2))
        for end, bias in enumerate((b - g, b + g)):
            heard_at_corners(w, h, other, k, bias, p, heard[end])
        at_centre += weight * interval_costs(w, h, other, k, b - g, b + g, p, heard, out)
        costs.append(weight * out)
    return (costs[0] + costs[1].T).min(), at_centre


@pytest.mark.result("D10")
@given(points, st.integers(0, 9), densities, ratios, st.integers(0, 2**32 - 1))
def test_no_point_of_a_box_lies_below_its_bound(centre, depth, p, r, seed):
    rng = np.random.default_rng(seed)
    half = 2.0**-depth * 2.0 ** -rng.integers(0, 3, 4)
    bound, at_centre = bound_on(centre, half, p, r)
    steps = np.concatenate([rng.uniform(-1, 1, (60, 4)), rng.choice([-1, 0, 1], (60, 4))])
    theta = np.array(centre) + half * steps
    loss, _, _ = loss_and_gradient(theta[:, None, :2], theta[:, 2:], density=p, importance=[1.0, r])
    assert np.all(loss >= bound)
    assert bound <= at_centre


@st.composite
def boxes_with_a_point(draw):
    """A box of (w₁, w₂, b₁, b₂) with a point on its rim: about to be ignored, or out of reach."""
    size = st.sampled_from([0.0999, 0.1001]) | st.floats(0, 2)
    w1, w2 = (draw(size) * draw(st.sampled_from([-1, 1])) for _ in range(2))
    low = [-(w * w + max(w1 * w2, 0)) for w in (w1, w2)]
    high = 1 + max(-w1 * w2, 0)
    shares = st.sampled_from([1e-9, 1 - 1e-9]) | st.floats(1e-9, 1 - 1e-9)
    theta = np.array([w1, w2, *(least + draw(shares) * (high - least) for least in low)])
    half = 2.0 ** -np.array(draw(st.tuples(*[st.integers(0, 6)] * 4)), dtype=float)
    side = np.array(draw(st.tuples(*[st.sampled_from([-1, 1])] * 4)))
    return theta - half * side * (1 - 1e-9), half, theta


@pytest.mark.result("D10")
@given(boxes_with_a_point(), ratios)
def test_a_box_names_the_structure_of_each_of_its_points(box, r):
    centre, half, theta = box
    name = str(structure_of(theta[None, :2]).canonical([1.0, r]))
    assert name in structures_in(np.array([[*centre[:2], *half[:2]]]), (1.0, r))


@pytest.mark.result("D10")
@given(boxes_with_a_point())
def test_no_bias_within_reach_is_dropped(box):
    """Below −(a + c₊) an output never fires, above 1 + c₋ it is too large everywhere."""
    centre, half, theta = box
    for i in (0, 1):
        low, high = reach_of_bias(centre[i], half[i], centre[1 - i], half[1 - i])
        assert low <= theta[2 + i] <= high


@pytest.mark.result("D10")
@given(points, st.integers(2, 6), densities, ratios, st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_a_step_of_the_search_loses_no_model_as_good_as_the_best(centre, depth, p, r, seed):
    """Of a box of weights: what is above `upper` may be dropped, every other bias is in a part."""
    rng = np.random.default_rng(seed)
    half, (w, b) = np.full(2, 2.0**-depth), (np.array(centre[:2]), np.array(centre[2:]))
    box = np.array([[*w, *half, -8.0, 8.0, -8.0, 8.0, -np.inf]])
    importance = np.array([1.0, r])
    upper = loss_bounds(*centre, p, 1.0, r)[1] * rng.choice([0.9, 1.0, 1.1])
    limits = 0.1, 2.0**-5, 2.0**-12, 2.0**-20
    program, children, leaves, best = explore(box, p, importance, 0.99 * upper, upper, *limits)
    assert len(program)
    theta = np.concatenate(
        [w + half * rng.uniform(-1, 1, (400, 2)), b + rng.normal(size=(400, 2))], axis=1
    )
    theta[:200, 2:] = b + 0.1 * rng.normal(size=(200, 2))
    theta[0] = centre
    loss, _, _ = loss_and_gradient(
        theta[:, None, :2], theta[:, 2:], density=p, importance=importance
    )
    reaches = [np.array([reach_of_bias(w[i], half[i], w[1 - i], half[1 - i])]) for i in (0, 1)]
    possible = loss <= upper * (1 - 1e-12)
    for i in (0, 1):
        possible &= (reaches[i][0, 0] <= theta[:, 2 + i]) & (theta[:, 2 + i] <= reaches[i][0, 1])
    parts = np.concatenate([children, leaves])
    for point in theta[possible]:
        inside = (np.abs(point[:2] - parts[:, :2]) <= parts[:, 2:4]).all(axis=1)
        inside &= (parts[:, 4:8:2] <= point[2:]).all(axis=1)
        assert (inside & (point[2:] <= parts[:, 5:8:2]).all(axis=1)).any()
    if np.isfinite(best[4]):
        found, _, _ = loss_and_gradient(best[None, :2], best[2:4], density=p, importance=importance)
        assert found == pytest.approx(best[4], rel=1e-9, abs=1e-14)


@given(st.floats(-8, 8), st.floats(1e-9, 8))
def test_an_interval_is_cut_near_its_middle_with_few_bits(low, length):
    low = np.round(low * 2**40) / 2**40
    high = low + np.ceil(length * 2**40) / 2**40
    middle = middle_of(low, high)
    assert abs(middle - (low + high) / 2) <= (high - low) / 16
    assert Fraction(middle).denominator <= 16 / (high - low)


def test_defect_of_a_bound_is_quadratic_in_the_size_of_the_box():
    centre = np.array([1.0, -0.875, -0.0625, 0.125])
    defects = []
    for depth in (8, 9, 10):
        half = np.full(4, 2.0**-depth)
        bound, at_centre = bound_on(centre, half, 0.25, 0.5)
        _, dW, db = loss_and_gradient(
            centre[None, :2], centre[2:], density=0.25, importance=[1.0, 0.5]
        )
        linear = np.abs([*dW.ravel(), *db]).sum() * 2.0**-depth
        defects.append(at_centre - linear - bound)
    assert defects[0] / defects[1] == pytest.approx(4, rel=0.1)
    assert defects[1] / defects[2] == pytest.approx(4, rel=0.1)


@pytest.mark.result("D10")
@given(st.floats(1, 200))
def test_a_steep_slope_has_a_price(a):
    """The lemma that bounds W: min over β of E[(x − (β + ax)₊)²] = (a−1)²/3(a+1)²."""
    beta = np.append(np.linspace(-a, 1, 2001), -a * (a - 1) / (a + 1))
    found = one_feature_moments(np.full_like(beta, a), beta)
    cost = 1 / 3 - 2 * found.tz + found.z2
    price = (a - 1) ** 2 / (3 * (a + 1) ** 2)
    assert cost.min() >= price - 1e-12 * (1 + a * a)
    assert cost[-1] == pytest.approx(price, abs=1e-12 * (1 + a * a))


@pytest.mark.result("D10")
@given(densities, ratios, st.floats(1e-6, 0.99))
def test_outside_the_root_box_no_model_is_as_good(p, r, share):
    """A larger weight has too high a price (see above), a larger bias is out of reach."""
    upper = share * min(1.0, r) * p / 3
    bits, box = root_box(p, (1.0, r), upper)
    centre, half, low, high = box[0, :2], box[0, 2:4], box[0, 4:8:2], box[0, 5:8:2]
    assert (centre[0] - half[0], centre[1]) == (0, 0)  # one sign of w₁ stands for both
    w1, w2 = centre[0] + half[0], half[1]
    for weight, a in ((1.0, w1**2), (r, w2**2)):
        assert weight * p * (a - 1) ** 2 / (3 * (a + 1) ** 2) >= upper
        assert (-low >= a + w1 * w2).all()
        assert (high >= 1 + w1 * w2).all()
    assert (w1**2 + w1 * w2 + high[0]) * 4.0**bits <= 2.0**53


@pytest.mark.result("D10")
@given(densities.filter(lambda p: p >= 0.003), ratios, st.integers(0, 2**32 - 1))
@settings(max_examples=12)
def test_no_model_is_below_a_certificate(p, r, seed):
    proof = certify(p, (1.0, r), tolerance=1e-3, budget=40_000)
    assert proof.lower <= proof.upper
    rng = np.random.default_rng(seed)
    near = rng.choice([1e-3, 1e-2, 0.1, 1.0], size=(3000, 1))
    W = proof.W[0] + near * rng.normal(size=(3000, 2))
    b = proof.b + near * rng.normal(size=(3000, 2))
    loss, _, _ = loss_and_gradient(W[:, None, :], b, density=p, importance=[1.0, r])
    assert loss.min() >= proof.lower
    at_point, _, _ = loss_and_gradient(proof.W, proof.b, density=p, importance=[1.0, r])
    assert at_point == pytest.approx(proof.upper, rel=1e-8)


@pytest.mark.result("D10")
@pytest.mark.parametrize(("p", "r"), [(0.2, 1.0), (0.1, 0.1), (0.05, 2.0)])
def test_the_point_of_a_proof_rounds_nowhere(p, r):
    """z at every corner is a sum of w², w₁w₂ and b: each sum of its floats is the exact one."""
    proof = certify(p, (1.0, r), tolerance=0.5)
    (w1, w2), b = proof.W[0], proof.b
    for w, intercept in ((w1, b[0]), (w2, b[1])):
        for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
            exact = Fraction(w) ** 2 * x + Fraction(w1) * Fraction(w2) * y + Fraction(intercept)
            assert Fraction(w * w * x + w1 * w2 * y + intercept) == exact


@pytest.mark.result("D10")
@pytest.mark.parametrize(("p", "r"), [(0.1, 1.0), (0.3, 0.5)])
def test_a_proof_does_not_hang_on_where_descent_starts(p, r, monkeypatch):
    """Started at the saddle that ignores feature 2, the search itself comes upon the pair."""
    wanted = certify(p, (1.0, r), tolerance=1e-4)
    saddle = np.array([[1.0, 0.0, 0.0, p / 2]])
    monkeypatch.setattr("theory.minima.certificate._starts", lambda _: saddle)
    proof = certify(p, (1.0, r), tolerance=1e-4)
    assert wanted.upper < 0.99 * r * (p / 3 - p**2 / 4)
    assert proof.status == "proved"
    assert proof.lower <= wanted.upper
    assert wanted.lower <= proof.upper
    assert proof.structures == wanted.structures == ("[1 2]",)


CELLS = [(0.5, 0.3), (0.2, 1.0), (0.1, 0.1), (0.03, 3.0), (0.01, 10.0)]


@pytest.mark.result("D10")
@pytest.mark.parametrize(("p", "r"), CELLS)
def test_gap_phase_and_enclosure_of_a_proof(p, r):
    from scipy.optimize import minimize

    proof = certify(p, (1.0, r))
    assert proof.status == "proved"
    assert proof.gap <= 1.001e-9
    assert np.all(np.ptp(proof.enclosure, axis=0) < 0.06)
    assert proof.structures == (str(structure_of(proof.W).canonical([1.0, r])),)

    def objective(theta):
        loss, dW, db = loss_and_gradient(theta[None, :2], theta[2:], density=p, importance=[1.0, r])
        return float(loss), np.concatenate([dW.ravel(), db])

    rng = np.random.default_rng(7)
    found = min(
        (minimize(objective, rng.normal(size=4), jac=True, method="BFGS") for _ in range(12)),
        key=lambda result: result.fun,
    )
    # An independent search neither beats the lower bound nor lands outside the enclosure.
    assert proof.lower <= found.fun
    if found.fun <= proof.upper * (1 + 1e-9):
        theta = np.concatenate([np.abs(found.x[:2]), found.x[2:]])
        if r == 1.0:
            theta = proof.enclosure.mean(axis=0)
        assert np.all(proof.enclosure[0] - 1e-4 <= theta)
        assert np.all(theta <= proof.enclosure[1] + 1e-4)


@pytest.mark.result("D10")
@pytest.mark.parametrize(("p", "r"), [(0.7, 0.5), (0.3, 1.0), (0.08, 0.2), (0.02, 4.0)])
def test_the_optimum_found_by_search_is_proved(p, r):
    best = optimum(2, 1, density=p, importance=[1.0, r], starts=8)
    proof = certify(p, (1.0, r), tolerance=1e-7)
    assert proof.status == "proved"
    assert proof.lower <= best.loss <= proof.upper * (1 + 1e-9)
    assert proof.structures == (str(best.structure.canonical([1.0, r])),)


@pytest.mark.result("D10")
def test_dense_and_unequal_is_dedicated_exactly():
    """At p = 1 and r = 0.1 ignoring feature 2 costs r/12: its variance."""
    proof = certify(1.0, (1.0, 0.1), tolerance=1e-9)
    assert proof.status == "proved"
    assert proof.lower <= 0.1 / 12 <= proof.upper
    assert proof.structures == ("[1] (2)",)


@pytest.mark.result("D10")
@given(st.floats(0.05, 1), st.floats(0.2, 5))
@settings(max_examples=5)
def test_exchanging_the_features_and_scaling_the_loss(p, r):
    one = certify(p, (1.0, r), tolerance=1e-3)
    two = certify(p, (4 * r, 4.0), tolerance=1e-3)
    # Both enclose the same minimum, scaled by 4.
    assert 4 * one.lower <= two.upper * (1 + 1e-12)
    assert two.lower <= 4 * one.upper * (1 + 1e-12)
    exchanged = {"[1] (2)": "[2] (1)", "[2] (1)": "[1] (2)"}
    names = {exchanged.get(name, name) for name in one.structures}
    if min(one.gap, two.gap) <= 1e-3 and len(names) == len(two.structures) == 1:
        assert names == set(two.structures)


@pytest.mark.result("D10")
def test_a_short_budget_says_open_and_still_bounds():
    proof = certify(0.2, (1.0, 0.5), tolerance=1e-6, budget=300)
    full = certify(0.2, (1.0, 0.5), tolerance=1e-6)
    assert proof.status == "open"
    assert proof.gap > 1e-6
    assert proof.lower <= full.lower
    assert set(full.structures) <= set(proof.structures)


def test_grid_holds_the_certificates_of_its_cells(tmp_path):
    grid = certify_grid([0.1, 0.5], [0.3, 1.0, 3.0], tolerance=1e-3)
    assert dict(grid.sizes) == {"density": 2, "importance": 3}
    assert bool(grid.proved.all())
    one = certify(0.5, (1.0, 3.0), tolerance=1e-3)
    cell = grid.sel(density=0.5, importance=3.0)
    assert (float(cell.lower), float(cell.upper)) == (one.lower, one.upper)
    assert str(grid.structure.sel(density=0.1, importance=1.0).item()) == "[1 2]"
    assert configuration_of(grid)["tolerance"] == 1e-3
    save(grid, tmp_path / "grid.nc")
    assert load(tmp_path / "grid.nc").identical(grid.load())


@pytest.mark.parametrize(
    "call",
    [
        lambda: certify(0.0),
        lambda: certify(1.5),
        lambda: certify([0.1, 0.2]),
        lambda: certify(0.1, (1.0, 0.0)),
        lambda: certify(0.1, (1.0, 1e4)),
        lambda: certify(0.1, (1.0, 1.0, 1.0)),
        lambda: certify(0.1, tolerance=0.0),
        lambda: certify(1e-5, tolerance=1e-8),
        lambda: certify(0.1, budget=0),
        lambda: certify_grid([[0.1]], [1.0]),
    ],
)
def test_bad_arguments_are_named(call):
    with pytest.raises(ValueError, match="got"):
        call()


@pytest.mark.parametrize(
    ("p", "importance", "tolerance"),
    [(1e-6, (1.0, 1.0), 0.5), (1.0, (1.0, 1e3), 0.5), (0.5, (1.0, 1e-3), 1e-9)],
)
def test_limits_of_the_range_belong_to_it(p, importance, tolerance):
    proof = certify(p, importance, tolerance=tolerance, budget=1)
    assert proof.status == "open"
    assert proof.lower <= proof.upper


def test_boxes_too_fine_for_exact_corners_are_not_halved():
    """With few bits the search stops and keeps the box, with its bound, instead of rounding."""
    box = np.array([[1.0, -1.0, 2.0**-10, 2.0**-9, -8.0, 8.0, -8.0, 8.0, -np.inf]])
    rest = 0.1, 1.0, 1.0
    _, children, leaves, _ = explore(box, 0.2, np.ones(2), 1.0, 2.0, *rest, 2.0**-12)
    assert (len(children), len(leaves)) == (2, 0)
    _, children, leaves, _ = explore(box, 0.2, np.ones(2), 1.0, 2.0, *rest, 2.0**-9)
    assert (len(children), len(leaves)) == (0, 1)
    assert leaves[0, 8] < 1.0
