"""Rays and their counts: seeded samples, inclusion and exclusion, bounds."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.ways_out.lone_features import all_counts_probability, lone_rays, ray_probability

pytestmark = pytest.mark.result("D42")


@pytest.mark.parametrize(
    ("W", "p"),
    [
        ([[1.0, -0.5, 2.0, 0.0], [0.0, 0.0, 0.0, 1.0]], [0.3, 0.5, 0.2, 0.4]),
        ([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.7, -0.7]], [0.5] * 4),
        ([[1.0, 0.6, 0.0], [0.0, 0.8, 0.0]], [0.4, 0.3, 0.9]),  # a feature without a column
    ],
)
def test_rays_are_hit_as_often_as_said(W, p):
    W, p, N = np.array(W), np.array(p), 200_000
    rng = np.random.default_rng(5)
    x = rng.random((N, len(p))) * (rng.random((N, len(p))) < p)
    h = x @ W.T
    size = np.linalg.norm(h, axis=1)
    for i, rho in enumerate(ray_probability(W, density=p)):
        length = np.linalg.norm(W[:, i])
        if length == 0:
            assert rho == 0
            continue
        along = h @ W[:, i] / length
        hits = ((along > 0) & (along >= (1 - 1e-12) * size)).sum()
        assert abs(hits - N * rho) < 5 * np.sqrt(N * rho * (1 - rho))


def inclusion_exclusion(rho, n, N, s):
    """Σ_j (−1)^j C(n, j) P(j given rays have fewer than s), in 60 digits."""
    with mp.workdps(60):
        rho, total, short = mp.mpf(rho), mp.mpf(0), [mp.mpf(1)]
        for j in range(n + 1):
            if j:
                short = [
                    sum(short[t - k] / mp.factorial(k) for k in range(s) if 0 <= t - k < len(short))
                    for t in range(len(short) + s - 1)
                ]
            few = sum(
                a * mp.ff(N, t) * rho**t * (1 - j * rho) ** (N - t)
                for t, a in enumerate(short)
                if t <= N
            )
            total += (-1) ** j * mp.binomial(n, j) * few
        return float(total)


@pytest.mark.parametrize(
    ("rho", "n", "N", "s"),
    [(0.02, 16, 400, 2), (0.0005, 16, 2048, 2), (0.01, 16, 50, 2), (0.0625, 16, 60, 3),
     (0.001, 16, 4096, 1), (0.3, 3, 7, 2), (0.5, 2, 3, 1), (0.25, 4, 8, 2)],
)  # fmt: skip
def test_counts_are_those_of_inclusion_and_exclusion(rho, n, N, s):
    # Down to 1e-21 right relative to themselves: some 1e4 terms, each to rounding.
    expected = inclusion_exclusion(rho, n, N, s)
    assert abs(all_counts_probability([rho] * n, samples=N, least=s) / expected - 1) < 1e-10


@settings(max_examples=25)
@given(
    weights=st.lists(st.floats(0.01, 1.0), min_size=2, max_size=5),
    share=st.floats(0.05, 1.0),
    N=st.integers(2, 60),
    s=st.integers(1, 3),
)
def test_unequal_counts_against_all_outcomes_one_by_one(weights, share, N, s):
    rho = share * np.array(weights) / sum(weights)
    # Features one after the other: P(all) by the number of samples left.
    from scipy.stats import binom

    left = np.zeros(N + 1)
    left[N] = 1.0
    gone = 0.0
    for q in rho:
        new = np.zeros(N + 1)
        for have in range(N + 1):
            counts = np.arange(s, have + 1)
            chance = binom.pmf(counts, have, min(1.0, q / (1 - gone)))
            new[have - counts] += left[have] * chance
        left, gone = new, gone + q
    found = all_counts_probability(rho, samples=N, least=s)
    assert abs(found - left.sum()) < 1e-10


@settings(max_examples=20)
@given(p=st.floats(0.001, 0.9), N=st.integers(1, 3000), s=st.integers(1, 4), m=st.integers(1, 4))
def test_all_lies_between_its_bounds_and_grows_with_samples(p, N, s, m):
    W = np.kron(np.eye(m), [[1.0, -1.0]])
    found = lone_rays(W, density=p, samples=N, least=s)
    low, high = found.bounds
    assert low - 1e-9 <= found.all_found <= high + 1e-9
    more = lone_rays(W, density=p, samples=N + 50, least=s)
    assert more.all_found >= found.all_found - 1e-9
    rho = p * (1 - p / 2) * (1 - p) ** (2 * m - 2)
    assert np.allclose(found.ray, rho)


def test_a_feature_without_a_column_is_never_found():
    found = lone_rays([[1.0, 0.0], [0.0, 0.0]], density=0.3, samples=1000)
    assert found.all_found == 0.0
    assert found.found[0] > 0.999
    assert found.found[1] == 0.0
