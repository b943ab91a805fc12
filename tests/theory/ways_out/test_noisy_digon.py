"""A digon under noise: the closed form against quadrature, sampling, and its limits."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr

from numeric import pursue
from numeric.recovery.pursuit import threshold
from tests.oracles import z_bound
from theory import digon_support_probability
from theory.derivations.D14_packing import NORMAL_DISTRIBUTION
from theory.derivations.D39_decoding import s as noise_symbol
from theory.derivations.D39_decoding import silent_probability
from theory.derivations.D39_decoding import tau as limit_symbol

SILENT = silent_probability().rhs.replace(
    NORMAL_DISTRIBUTION, lambda z: (1 + sp.erf(z / sp.sqrt(2))) / 2
)


@pytest.mark.result("D39")
@settings(max_examples=20)
@given(st.floats(0.0, 1.0), st.floats(1e-3, 2.0), st.floats(-1.5, 0.0), st.floats(0.3, 3.0))
def test_the_closed_form_is_the_integral(p, s, b, c):
    tau = -b / c
    step = np.clip([tau - 6 * s, tau, tau + 6 * s], 0.0, 1.0)  # where the integrand bends
    seen, error = quad(lambda x: ndtr((x - tau) / s), 0, 1, points=step, epsabs=1e-11)
    silent = float(SILENT.subs({noise_symbol: s, limit_symbol: tau}))
    expected = (1 - p) ** 2 * silent + 2 * p * (1 - p) * seen
    found = digon_support_probability(density=p, noise=s, bias=b, scale=c)
    assert found == pytest.approx(expected, abs=10 * error + 1e-10)


@pytest.mark.result("D39")
@pytest.mark.parametrize("method", ["toy", "nonnegative", "nonnegative matching"])
def test_samples_are_read_off_as_often(method):
    rng, w, sigma, p, samples = np.random.default_rng(12), 0.9, 0.05, 0.3, 20_000
    W = np.array([[w, -w]])
    x = rng.uniform(size=(samples, 2)) * (rng.uniform(size=(samples, 2)) < p)
    h = x @ W.T + sigma * rng.normal(size=(samples, 1))
    if method == "toy":
        b, c = -0.12, w**2
        codes = pursue(h, W.T, "toy", bias=[b, b])
    else:
        b, c = -threshold(2, sigma) / w, 1.0
        codes = pursue(h, W.T, method, noise=sigma)
    P = digon_support_probability(density=p, noise=sigma / w, bias=b, scale=c)
    share = ((codes > 0) == (x > 0)).all(axis=1).mean()
    assert abs(share - P) < z_bound(3) * np.sqrt(P * (1 - P) / samples)


@pytest.mark.result("D39")
@given(st.floats(0.0, 1.0), st.floats(0.0, 2.0))
def test_without_noise_what_is_below_the_threshold_is_missed(p, tau):
    clean = digon_support_probability(density=p, noise=0.0, bias=-tau)
    expected = (1 - p) ** 2 + 2 * p * (1 - p) * max(1 - tau, 0)
    assert clean == pytest.approx(expected, abs=1e-12)
    # Noise adds at most its own size where the threshold is far from both ends.
    near = digon_support_probability(density=p, noise=1e-9, bias=-tau)
    if tau > 1e-6:
        assert near == pytest.approx(float(clean), abs=1e-8)


def test_shapes_go_together():
    found = digon_support_probability(density=[0.1, 0.2], noise=[[0.0], [0.1], [0.2]], bias=-0.1)
    assert found.shape == (3, 2)
    with pytest.raises(ValueError, match="noise must fit density"):
        digon_support_probability(density=[0.1, 0.2], noise=[0.0, 0.1, 0.2], bias=-0.1)
    with pytest.raises(ValueError, match="bias must be finite and ≤ 0"):
        digon_support_probability(density=0.1, noise=0.1, bias=0.1)
    with pytest.raises(ValueError, match="noise must be finite and ≥ 0"):
        digon_support_probability(density=0.1, noise=-0.1, bias=0.0)
