"""What noise leaves of directions with known codes: least squares on seeded samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.ways_out.known_codes import known_codes_density, known_codes_error

pytestmark = pytest.mark.result("D42")


@pytest.mark.parametrize("density", [0.05, 0.3, 0.8])
def test_least_squares_is_above_the_bound_and_near_its_factor(density):
    n, m, samples, noise, runs = 6, 4, 600, 0.3, 60
    rng = np.random.default_rng(int(1000 * density))
    W = rng.standard_normal((m, n))
    W /= np.linalg.norm(W, axis=0)
    squares = []
    for _ in range(runs):
        x = rng.random((samples, n)) * (rng.random((samples, n)) < density)
        h = x @ W.T + noise * rng.standard_normal((samples, m))
        error = np.linalg.lstsq(x, h, rcond=None)[0].T - W
        across = error - W * np.sum(W * error, axis=0)
        squares.append(np.mean(np.sum(across**2, axis=0)))
    found, error = np.mean(squares), np.std(squares, ddof=1) / np.sqrt(runs)
    bound = known_codes_error(m, samples=samples, density=density, noise=noise)
    mean, v = density / 2, density / 3 - density**2 / 4
    factor = (v + (n - 1) * mean**2) * (v + mean**2) / (v * (v + n * mean**2))
    assert 1 <= factor <= 1 / (1 - 0.75 * density)
    assert found > bound - 5 * error
    # Samples are many but not infinite: an inverse of so many degrees of freedom is larger by
    # n + 1 in N p of them.
    finite = 1 / (1 - (n + 1) / (samples * density))
    assert factor * bound - 5 * error < found < factor * bound * finite + 5 * error


@given(
    m=st.integers(1, 50), samples=st.integers(1, 10**6), noise=st.just(0.0) | st.floats(1e-6, 10),
    cosine=st.floats(0.01, 0.999), length=st.floats(0.01, 10),
)  # fmt: skip
def test_at_the_density_the_error_is_the_angles(m, samples, noise, cosine, length):
    p = known_codes_density(m, samples=samples, noise=noise, cosine=cosine, length=length)
    assert (p == 0) == (noise == 0 or m == 1)
    if 1e-30 < p <= 1:
        error = known_codes_error(m, samples=samples, density=p, noise=noise, length=length)
        assert error == pytest.approx(1 / cosine**2 - 1, rel=1e-9)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="cosine must be"):
        known_codes_density(3, samples=10, noise=0.1, cosine=1.0)
    with pytest.raises(ValueError, match="length must be"):
        known_codes_error(3, samples=10, density=0.1, noise=0.1, length=0.0)
