"""What a Fourier sum of many features leaves behind [D04, step 7], against the frequencies left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.exact_loss import model
from theory.loss.fourier import RTOL, fourier_error, fourier_losses
from theory.loss.line_plan import beyond, tilted
from theory.loss.problem import as_problem
from theory.loss.tail import BETA, mean_square, tail, waves_of

FURTHER = 12  # times Ω: beyond it 1/12⁴ of the sums are left
STEP = 2.0 * np.pi / 9.0


def transforms(a, s, low):
    """E[e^{sax}] and E[x e^{sax}] of one active feature on [low, 1], (features, frequencies)."""
    x = np.multiply.outer(a, s)
    span = 1.0 - low
    once = (np.exp(x) - np.exp(low * x)) / (span * x)
    return once, (np.exp(x) - low * np.exp(low * x)) / (span * x) - once / x


def many(seed, p, low):
    """Slopes and densities of ninety features, and the line they are summed over."""
    rng = np.random.default_rng(seed)
    a = 0.2 * rng.normal(size=90)
    return a, p * rng.uniform(0.5, 1.0, size=90), 2.0 if low == 0.0 else 1.0


@pytest.mark.result("D04")
@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, -1.0]), st.integers(60, 300))
def test_the_mean_square_of_the_waves(seed, low, first):
    """No less than the frequencies' own sum; 2.5 times it where |S| is even, never ten times."""
    a, p, c = many(seed, 0.02, low)
    omega = STEP * np.arange(first, FURTHER * first)
    s = c + 1j * omega
    S = (p / (1 - p)) @ transforms(a, s, low)[0]
    left = STEP * (np.abs(S) ** 2 / omega**2).sum()
    bound = mean_square(*waves_of(a, p, c, low, 1.0 - low, 0.0), STEP * first)
    assert left <= bound <= 10.0 * left


def test_the_weight_is_a_majorant_and_its_transform_right():
    """W(x) ≥ x⁻⁴ from one on; two waves of size one, by quadrature over W."""
    x = np.linspace(0.0, 400.0, 400_001)
    W = (1.0 + BETA) * x**4 / (x**8 + BETA)
    beyond_one = x >= 1.0
    assert (W[beyond_one] >= x[beyond_one] ** -4.0 * (1.0 - 1e-12)).all()
    for gap in (0.0, 0.7, 3.0, 9.0):
        # Half of ∫ W |1 + e^{iux}|² over the whole line; what lies beyond 400 is below 4e-8.
        wanted = np.trapezoid(W * (2.0 + 2.0 * np.cos(gap * x)), x)
        found = mean_square(np.array([0.0, gap]), np.ones(2), 1.0)
        assert found == pytest.approx(wanted, abs=2e-7)


@pytest.mark.result("D04")
@settings(max_examples=10)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.005, 0.02, 0.05]),
    st.sampled_from([0.0, -1.0]),
    st.sampled_from([90, 70]),
)
def test_no_less_than_what_is_left(seed, p, low, large):
    """Loss and every slope: the sizes of all frequencies from Ω on, with their phases in G."""
    a, p, c = many(seed, p, low)
    order = np.argsort(-np.abs(a))
    a, p, own, p_own = a[order], p[order], 0.9, 0.03
    first = 200
    omega = STEP * np.arange(first, FURTHER * first)
    s = c + 1j * omega
    E, turned = transforms(a, s, low)
    f, q = (1 - p)[:, None] + p[:, None] * E, 1 - p[:large]
    none, r = np.prod(q), (p[:large] / q)[:, None] * E[:large]
    small = np.prod(f[large:], axis=0)
    G = np.prod(f[:large], axis=0) - none * (1.0 + r.sum(axis=0))
    own_E, own_turned = (part[0] for part in transforms(np.array([own]), s, low))
    # 1 · E[z_+²] − 2 E[x z_+], as an output's loss is.
    CE = np.array([[0.0, 0.0, 2.0], [0.0, 2.0, 0.0]])
    factors = 2.0 * (1 - p_own + p_own * own_E), 2.0 * p_own * own_turned
    front = np.abs(factors[0]) / np.abs(s) ** 3 + np.abs(factors[1]) / np.abs(s) ** 2
    left = STEP / np.pi * (front * np.abs(small * G)).sum()
    front = np.abs(factors[0]) / np.abs(s) ** 2 + np.abs(factors[1]) / np.abs(s)
    others = np.prod(f[:large], axis=0) / f[:large] - (none / q)[:, None]
    each = STEP / np.pi * (front * np.abs(p[:large, None] * turned[:large] * others * small))
    span, Omega = 1.0 - low, STEP * first
    of, of_own = (
        tilted(a, p, low, span, c),
        tilted(np.array([own]), np.array([p_own]), low, span, c),
    )
    waves = waves_of(a[:large], p[:large], c, low, span, 1e-9)
    arguments = p_own, low, span
    value, slope = tail(
        Omega, STEP, *waves, 1e-9, CE, of, a, p, large, of_own[0], *arguments, c
    )  # fmt: skip
    assert left <= value
    assert each.sum(axis=1).max() <= slope
    assert value < beyond(Omega, CE, of, p, large, of_own[0], *arguments)[0]


@pytest.mark.result("D04")
@pytest.mark.filterwarnings("ignore::theory.loss.fourier.UnsettledLoss")
@pytest.mark.parametrize(
    ("kind", "p", "low"),
    [("random", 0.01, 0.0), ("random", 0.05, -1.0), ("digons", 0.2, 0.0), ("graded", 0.02, -1.0)],
)
def test_sums_of_many_features_are_within_their_bound(kind, p, low):
    """n = 66 against sums asked to be a hundred times better, or to their last frequency."""
    n = 66
    W, b = model(kind, n, np.random.default_rng(11))
    importance = np.where(np.arange(n) % 11 == 0, 1.0, 0.0)  # six outputs count
    problem = as_problem(W, b, p, importance, low)
    usual = fourier_losses(problem)
    fine = fourier_losses(problem, 1e-2 * RTOL)
    assert abs(usual[0] - fine[0]) <= fourier_error(problem) + 1e-12 * fine[0]
    assert abs(usual[0] - fine[0]) <= 1e-8 * fine[0]
    for got, wanted in zip(usual[1:], fine[1:], strict=True):
        assert abs(got - wanted).max() <= 1e-6 * abs(fine[1]).max()
