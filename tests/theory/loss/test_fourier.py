"""The Fourier evaluation [D04] against the recursion [D03] and against sampling."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.exact_loss import model, sample
from theory.loss.clipped_cube import faces
from theory.loss.floats import loss_and_gradient
from theory.loss.fourier import RTOL, UnsettledLoss, fourier_error, fourier_losses, row
from theory.loss.models import rows
from theory.loss.problem import as_problem

ACCURACY = 1e-6


def one_row(a, b, i, p, low):
    """Loss of one output, its slopes by a and by b, and its bound."""
    da, out = np.empty(len(a)), np.empty(4)
    row(a, b, i, p, low, 1.0, RTOL, da, out)
    return float(out[0]), da, float(out[1]), float(out[2])


@pytest.mark.result("D04")
@settings(max_examples=12)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(8, 9),
    st.sampled_from([1e-3, 0.03, 0.3, 1.0]),
    st.sampled_from([0.3, 1.0]),
    st.sampled_from([0.0, -1.0]),
)
def test_against_the_recursion(seed, n, p, size, low):
    """Loss and gradient to 1e-6; eight features under [−1, 1], where the recursion is 4ⁿ."""
    n = 8 if low else n
    rng = np.random.default_rng(seed)
    m = int(rng.integers(2, n))
    W = rng.normal(size=(m, n))
    W *= size / np.linalg.norm(W, axis=0)
    b = rng.normal(size=n) * 0.1 - 0.05
    importance = rng.uniform(0.1, 1.0, size=n)
    options = {"density": p * rng.uniform(0.5, 1.0, size=n), "importance": importance, "low": low}
    exact = loss_and_gradient(W, b, method="exact", **options)
    fourier = loss_and_gradient(W, b, method="fourier", **options)
    assert float(fourier[0]) == pytest.approx(float(exact[0]), rel=ACCURACY)
    for got, wanted in zip(fourier[1:], exact[1:], strict=True):
        assert abs(got - wanted).max() <= ACCURACY * abs(exact[1]).max()
    bound = fourier_error(as_problem(W, b, options["density"], importance, low, 1.0))[0]
    assert abs(fourier[0] - exact[0]) <= bound + 1e-13 * exact[0]


@pytest.mark.result("D04")
@pytest.mark.parametrize("slope", [0.0, 1e-9, 1e-4, 1e-2])
def test_digons_with_small_interference(slope):
    """Slopes that are zero or tiny leave the density rough; the taper copes."""
    n, m = 9, 4
    W = np.zeros((m, n))
    W[:, :m], W[:, m : 2 * m] = np.eye(m), -np.eye(m)
    W += slope * np.random.default_rng(1).normal(size=W.shape)
    b = np.where(np.arange(n) < 2 * m, -0.02, 0.1)
    exact = loss_and_gradient(W, b, density=0.2, method="exact")
    fourier = loss_and_gradient(W, b, density=0.2, method="fourier")
    assert float(fourier[0]) == pytest.approx(float(exact[0]), rel=ACCURACY)
    assert abs(fourier[1] - exact[1]).max() <= ACCURACY * abs(exact[1]).max()


@pytest.mark.result("D04")
@pytest.mark.parametrize("tiny", [7.8e-308, 2.3e-308, 1e-301, 1e-299])
def test_slopes_at_the_end_of_the_floats(tiny):
    """Their reciprocals overflow; the recursion takes them for none, and so does the sum."""
    W = np.array([[0, 0, 0, 0, 0, -1, 1 - 1e-9, 0.0625, tiny]])
    exact = loss_and_gradient(W, np.zeros(9), density=0.5, method="exact")
    fourier = loss_and_gradient(W, np.zeros(9), density=0.5, method="fourier")
    for got, wanted in zip(fourier, exact, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=ACCURACY * float(exact[0]))


@pytest.mark.result("D04")
@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 40.0, 50.0, 300.0, 1e6])
@pytest.mark.parametrize("n", [9, 11])
def test_any_scale_of_the_weights(scale, n):
    """The sum knows no scale of its own: large weights went wrong by 10⁷, and then were NaN."""
    rng = np.random.default_rng(n)
    W, b = scale * rng.normal(size=(3, n)), scale * rng.normal(size=n) * 0.1
    exact = loss_and_gradient(W, b, density=0.3, method="exact")
    fourier = loss_and_gradient(W, b, density=0.3, method="fourier")
    assert float(fourier[0]) == pytest.approx(float(exact[0]), rel=ACCURACY)
    for got, wanted in zip(fourier[1:], exact[1:], strict=True):
        assert abs(got - wanted).max() <= ACCURACY * abs(wanted).max()


@pytest.mark.result("D04")
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.2, 0.9]), st.booleans())
@settings(max_examples=25)
def test_a_kink_that_is_never_seen(seed, p, dead):
    """Linear or dead but for rare patterns: within the bound that is returned, loss and slopes."""
    rng = np.random.default_rng(seed)
    n = 9
    a = rng.normal(size=n) * 10.0 ** rng.uniform(-4, 0)
    swing = np.minimum(a, 0.0).sum() if not dead else np.maximum(a, 0.0).sum()
    b, density = -swing * rng.uniform(0.9, 1.0), np.full(n, p)
    problem = as_problem(np.eye(n), np.zeros(n), density, None)
    value, slopes, d, bound = one_row(a, float(b), 3, density, 0.0)
    table, out = faces(n, problem.base), np.empty((1, n + 2))
    order = np.roll(np.arange(n), -3)  # the output's own feature stands first
    rows(a[None, order], np.full(1, b), 0, density[None], 0.0, 1.0, table, problem.base, out)
    allowed = bound + 1e-12 * out[0, 0]
    assert abs(value - out[0, 0]) <= allowed
    if value in (p / 3, *_without_kink(a, b, density)):
        assert abs(slopes[order] - out[0, 1:-1]).max() <= allowed
        assert abs(d - out[0, -1]) <= allowed


def _without_kink(a, b, p):
    """The loss of output 3 as a linear one."""
    error = -a
    error[3] += 1.0
    u = error @ (p / 2) - b
    return (float(u * u + (error * error) @ (p / 3 - (p / 2) ** 2)),)


@pytest.mark.result("D04")
def test_models_of_every_kind():
    """A few dozen of those of `python -m benchmarks.exact_loss`, which compares 2000.

    Up to ten features all is exact to rounding; beyond, the loss is within 1e-8 and slopes within
    1e-6 of their natural size.  Errors beyond the bound are rounding's: 2¹² offsets of 1e-16.
    """
    for kind, found in sample(28, seed=1, most=12).items():
        assert found.loss < 1e-8, kind
        assert found.slopes < 1e-6, kind
        assert found.beyond < 2**12 * 1e-16, kind


@pytest.mark.result("D04")
@pytest.mark.parametrize("low", [0.0, -1.0])
@pytest.mark.parametrize("kind", ["random", "digons", "identity", "kinks", "graded"])
def test_sums_over_a_line_agree_with_offsets_one_by_one(kind, low):
    """n = 16 by Fourier sums; each feature by itself where so many offsets are allowed."""
    rng = np.random.default_rng(7)
    W, b = model(kind, 16, rng)
    fine = fourier_losses(as_problem(W, b, 0.2, None, low), 1e-8)
    coarse = fourier_losses(as_problem(W, b, 0.2, None, low), 1e-4)
    usual = fourier_losses(as_problem(W, b, 0.2, None, low))
    bound = fourier_error(as_problem(W, b, 0.2, None, low))
    assert abs(usual[0] - fine[0]) <= bound + 1e-12 * fine[0]
    assert abs(usual[0] - fine[0]) <= 1e-8 * fine[0]
    assert abs(coarse[0] - fine[0]) <= 1e-6 * fine[0]
    for got, wanted in zip(usual[1:], fine[1:], strict=True):
        assert abs(got - wanted).max() <= 1e-6 * abs(fine[1]).max()


@pytest.mark.result("D04")
def test_a_nearly_perfect_model_keeps_its_digits():
    """I + 1e-5 of noise: the loss, some 1e-10, is right to rounding and not to 1e-9 of one."""
    rng = np.random.default_rng(0)
    W = np.eye(9) + 1e-5 * rng.normal(size=(9, 9))
    exact = loss_and_gradient(W, np.zeros(9), density=0.3, method="exact")[0]
    found = loss_and_gradient(W, np.zeros(9), density=0.3)[0]
    # 1 − a_i and b + a·v keep 1e-16/1e-5 of their digits here, in double-double more.
    assert float(found) == pytest.approx(float(exact), rel=1e-10)


@pytest.mark.result("D04")
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.5, 1.0]), st.floats(0.0, 6.0))
@settings(max_examples=25)
def test_an_output_that_is_seldom_on_keeps_its_digits(seed, p, decades):
    """Large weights, on at a corner of the cube: the linear output is 10⁶ times its loss or more.

    Put together from that one, its loss had ten digits; 2¹⁰ offsets of rounding are allowed.
    """
    rng = np.random.default_rng(seed)
    n = 9
    a = -rng.uniform(0.1, 1.0, size=n)
    a[3] = 1.5
    a, b = a * 10.0**decades, -rng.uniform(0.3, 1.2) * 10.0**decades
    density, order = np.full(n, p), np.roll(np.arange(n), -3)
    problem = as_problem(np.eye(n), np.zeros(n), density, None)
    table, out = faces(n, problem.base), np.empty((1, n + 2))
    rows(a[None, order], np.full(1, b), 0, density[None], 0.0, 1.0, table, problem.base, out)
    value, _, _, bound = one_row(a, b, 3, density, 0.0)
    assert bound == 0.0
    assert value == pytest.approx(out[0, 0], rel=2**10 * 1e-16)


@pytest.mark.result("D04")
def test_a_sum_that_does_not_settle_says_so():
    rng = np.random.default_rng(5)
    W = rng.normal(size=(8, 16)) / np.sqrt(8)
    with pytest.warns(UnsettledLoss, match="to no more than"):
        loss_and_gradient(W, np.zeros(16), density=0.02, method="fourier", rtol=1e-15)


@pytest.mark.result("D04")
def test_the_unseen_kink_of_many_features():
    """Offsets of many small slopes: linear by Chernoff's bound, within the bound returned."""
    rng = np.random.default_rng(8)
    a = 0.02 * rng.normal(size=30)
    density = np.full(30, 0.05)
    value, _, _, bound = one_row(a, 0.25, 3, density, 0.0)
    linear = _without_kink(a, 0.25, density)[0]
    assert value == pytest.approx(linear, rel=1e-12)
    assert 0.0 < bound < 1e-9 * linear


@pytest.mark.result("D04")
def test_many_features_against_sampling():
    """n = 400, m = 30: within 4.5 standard errors of 20 000 sampled losses."""
    n, m, p = 400, 30, 0.05
    rng = np.random.default_rng(7)
    W = rng.normal(size=(m, n))
    W /= np.linalg.norm(W, axis=0)
    b = np.full(n, -0.2)
    loss = float(loss_and_gradient(W, b, density=p)[0])
    samples = []
    for _ in range(20):
        x = rng.uniform(size=(1000, n)) * (rng.uniform(size=(1000, n)) < p)
        samples.append(((x - np.maximum(x @ W.T @ W + b, 0.0)) ** 2).sum(-1))
    values = np.concatenate(samples)
    z = (values.mean() - loss) / (values.std(ddof=1) / np.sqrt(len(values)))
    assert abs(z) < 4.5


@pytest.mark.result("D04")
def test_gradient_at_many_features_is_the_derivative():
    """Central difference along a random direction, n = 60."""
    n, m = 60, 8
    rng = np.random.default_rng(5)
    W, b = rng.normal(size=(m, n)) / np.sqrt(m), rng.normal(size=n) * 0.1
    V, c = rng.normal(size=W.shape), rng.normal(size=n)
    h = 1e-4
    up, down = (
        loss_and_gradient(W + s * h * V, b + s * h * c, density=0.05)[0] for s in (1.0, -1.0)
    )
    _, dW, db = loss_and_gradient(W, b, density=0.05)
    assert float(up - down) / (2 * h) == pytest.approx(float((dW * V).sum() + db @ c), rel=1e-5)


@pytest.mark.result("D04")
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, -1.0]))
@settings(max_examples=10)
def test_outputs_without_a_kink_are_polynomials(seed, low):
    """Dead outputs cost E[x²]; linear ones a variance: both exact, whatever n."""
    rng = np.random.default_rng(seed)
    n = 30
    a, p = rng.normal(size=n), rng.uniform(size=n)
    square = (low * low + low + 1.0) / 3.0
    value, da, d, bound = one_row(a, -np.abs(a).sum() - 0.1, 3, p, low)
    assert value == pytest.approx(p[3] * square)
    assert not da.any()
    assert d == bound == 0.0
    mean, spread = p * (low + 1.0) / 2.0, p * square - (p * (low + 1.0) / 2.0) ** 2
    b = np.abs(a).sum() + 0.1
    error = -a
    error[3] += 1.0
    wanted = (error @ mean - b) ** 2 + (error**2) @ spread
    assert one_row(a, b, 3, p, low)[0] == pytest.approx(wanted)


def test_auto_chooses_by_size():
    rng = np.random.default_rng(2)
    W, b = rng.normal(size=(3, 12)) * 0.5, rng.normal(size=12) * 0.1
    auto = loss_and_gradient(W, b, density=0.1)
    fourier = loss_and_gradient(W, b, density=0.1, method="fourier")
    assert auto[0] == fourier[0]
    exact = loss_and_gradient(W[:, :4], b[:4], density=0.1, method="exact")
    assert loss_and_gradient(W[:, :4], b[:4], density=0.1)[0] == exact[0]


@pytest.mark.result("D04")
def test_threads_change_no_bit():
    """Outputs are shared among threads from a hundred features on; each is its own sum."""
    rng = np.random.default_rng(3)
    W, b = rng.normal(size=(20, 100)) / np.sqrt(20), rng.normal(size=100) * 0.1
    found = []
    before = numba.get_num_threads()
    for threads in (1, before):
        numba.set_num_threads(threads)
        found.append(loss_and_gradient(W, b, density=0.1))
    numba.set_num_threads(before)
    for alone, shared in zip(*found, strict=True):
        np.testing.assert_array_equal(alone, shared)
