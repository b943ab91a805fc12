"""The sum over a line in lanes and pairs [D04], against its formula with complex numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.loss.line_sum import line_sum
from theory.loss.scales import alone_of


def plainly(y, C, a, p, n_large, low, span, c, h, count, taper_from):
    """Moments E[(y + t)_+^m] and slopes, one product for each feature."""
    s = c + 1j * h * np.arange(count)
    fall = (np.arange(count) / count - taper_from) / (1.0 - taper_from)
    weight = [1.0 if f < 0 else 0.5 * math.erfc(7.0 * (f - 0.5)) for f in fall]
    weight = h / math.pi * np.array(weight) * np.where(np.arange(count), 1.0, 0.5)
    # p E[e^{sax}] and p E[x e^{sax}] by 30 nodes of Gauss: |sa| stays below 20.
    nodes, share = np.polynomial.legendre.leggauss(30)
    x = low + span * 0.5 * (nodes + 1.0)
    waves = np.exp(np.multiply.outer(np.multiply.outer(a, s), x)) * share / 2.0
    once, turned = p[:, None] * waves.sum(-1), p[:, None] * (waves * x).sum(-1)
    f, q = (1.0 - p)[:, None] + once, 1.0 - p

    def two_or_more(of, large):
        """Product, less what none and one of the large features give."""
        none = np.prod(q[large])
        one = sum(once[j] * np.prod(q[[l for l in large if l != j]]) for j in large)
        return np.prod(f[large], axis=0) * of - (none + one) * of

    large, small = list(range(n_large)), list(range(n_large, len(a)))
    rest = np.prod(f[small], axis=0)
    moments = np.zeros(C.shape[2])
    front = np.zeros(count, complex)
    for m in range(C.shape[2]):
        kernel = math.factorial(m) / s ** (m + 1) * np.exp(s * y)
        moments[m] = (kernel * weight * two_or_more(rest, large)).real.sum()
        if m:
            front += C[0, 0, m] * kernel * s * weight
    slopes = []
    for j in range(len(a)):
        others = [l for l in small if l != j]
        if j < n_large:
            without = [l for l in large if l != j]
            left = np.prod(f[without], axis=0) - np.prod(q[without])
            slopes.append((front * turned[j] * left * np.prod(f[others], axis=0)).real.sum())
        else:
            left = two_or_more(np.prod(f[others], axis=0), large)
            slopes.append((front * turned[j] * left).real.sum())
    return moments, np.array(slopes)


@pytest.mark.result("D04")
@settings(max_examples=10)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([(5, 5), (6, 4), (9, 9), (8, 1)]),
    st.sampled_from([(0.0, 1.0), (0.0, 0.7), (-1.0, 2.0)]),
)
def test_moments_and_slopes(seed, sizes, ends):
    """To rounding of E[e^{cz}]: pairs, single ones, series, small features."""
    n, large = sizes
    low, span = ends
    rng = np.random.default_rng(seed)
    a = np.sort(10.0 ** rng.uniform(-3.0, 0.0, size=n))[::-1] * rng.choice([-1.0, 1.0], size=n)
    p, c, h, count = rng.uniform(0.01, 0.6, size=n), 2.0, 0.15, 96
    y, C = 0.1, np.zeros((1, 3, 3))
    C[0, 0, 1:] = -0.7, 1.3
    alone, none = alone_of(p[:large])
    T, D = np.zeros((1, 3, 3)), np.zeros(n)
    line_sum(
        np.array([y]), C, a, p, large, False, 0.0, 0.0, low, span, c, h, count, 0.6, alone, none,
        T, D,
    )  # fmt: skip
    moments, slopes = plainly(y, C, a, p, large, low, span, c, h, count, 0.6)
    size = math.exp(c * (y + np.maximum(a * low, a * (low + span)).sum()))
    np.testing.assert_allclose(T[0, 0], moments, rtol=0, atol=1e-14 * size)
    np.testing.assert_allclose(D, slopes, rtol=0, atol=1e-14 * size)
