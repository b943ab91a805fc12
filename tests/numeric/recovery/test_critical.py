"""D40: supports that linear programmes recover, sampled, against what is predicted and proved."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from numeric.recovery.critical import critical_supports
from theory.ways_out.bounds import recovery_bound
from theory.ways_out.linear_programmes import programme_success

pytestmark = pytest.mark.result("D40")


def digons(pairs):
    return np.kron(np.eye(pairs), [[1.0], [-1.0]])


@pytest.mark.parametrize(("n", "m", "nonnegative"), [(24, 12, True), (16, 8, False)])
def test_random_directions_succeed_as_predicted(n, m, nonnegative):
    """A new W for every sample; success at each k within its standard error."""
    drawn, each = 60, 1
    rng = np.random.default_rng([40, n])
    active = np.concatenate(
        [
            critical_supports(
                rng.standard_normal((n, m)), each, nonnegative=nonnegative, seed=[n, k]
            ).active
            for k in range(drawn)
        ]
    )
    assert active.max() <= m
    for k in range(n + 1):
        wanted = programme_success(n, m, k, nonnegative=nonnegative)
        found = np.mean(active >= k)
        # The prediction itself is off by a few hundredths at these sizes.
        error = np.sqrt(max(wanted * (1 - wanted), 1e-3) / drawn)
        assert abs(found - wanted) < 4 * error + 0.03


def test_digons_succeed_as_in_closed_form():
    found = critical_supports(digons(3), 100, seed=3)
    for density in (0.1, 0.2, 0.3, 0.5):
        wanted = (1 - density**2) ** 3
        error = np.sqrt(wanted * (1 - wanted) / 100)
        assert abs(found.success([density])[0] - wanted) < 4.5 * error


def test_signed_codes_cannot_tell_partners_apart():
    assert critical_supports(digons(3), 20, nonnegative=False).active.max() == 0


def test_no_support_beyond_the_dimensions_and_no_share_above_the_bound():
    W = np.random.default_rng(1).standard_normal((12, 5))
    found = critical_supports(W, 50, seed=5)
    assert found.active.max() <= 5
    for density in (0.1, 0.3, 0.5):
        bound = recovery_bound(12, 5, density)
        assert bound == pytest.approx(binom.cdf(5, 12, density))
        assert found.success(density)[0] < bound + 4.5 * np.sqrt(0.25 / 50)


def test_length_and_order_do_not_matter_and_a_seed_is_a_sample():
    rng = np.random.default_rng(2)
    W = rng.standard_normal((10, 4))
    first = critical_supports(W, 20, seed=1)
    again = critical_supports(W * rng.uniform(0.1, 9.0, (10, 1)), 20, seed=1)
    np.testing.assert_array_equal(first.active, again.active)
    np.testing.assert_array_equal(first.density, again.density)
    falling = first.success([0.1, 0.2, 0.4, 0.8])
    assert (np.diff(falling) <= 0).all()


def test_as_many_dimensions_as_features_recover_all():
    found = critical_supports(np.eye(4), 5)
    assert found.active.tolist() == [4] * 5
    assert found.success([1.0 - 1e-12]).tolist() == [1.0]


def test_refusals_name_the_argument():
    with pytest.raises(ValueError, match="dictionary must have no rows of zeros"):
        critical_supports([[1.0], [0.0]], 3)
    with pytest.raises(ValueError, match="samples must be at most"):
        critical_supports(np.ones((100, 50)), 10**6)
