"""Many blocks under attack: the limit is that of finite numbers, and digons are kept."""

from __future__ import annotations

import numpy as np
import pytest

from theory.adversary.attacked_loss import attacked_loss
from theory.adversary.many_blocks import block_loss, block_thresholds, parabolas
from theory.data_law import feature_variance
from theory.loss.floats import loss_and_gradient


@pytest.mark.result("D20")
def test_the_limit_of_many_digons():
    """Each of n features attacks its own block only: a block is hit for 2/n of the inputs."""
    p, ratio, w, c = 0.1, 0.4, 0.9, -0.05
    W, b = [[w, -w]], [c, c]
    limit = loss_and_gradient(W, b, density=p)[0] + 4 / 3 * ratio**2 * p * w**4
    off = []
    for n in (1e4, 1e6, 1e8):
        size = ratio * np.sqrt(n * p / 3)
        delta = size / np.sqrt(2) * np.array([1.0, -1.0])
        hit = attacked_loss(W, b, delta, density=p)
        clean = loss_and_gradient(W, b, density=p)[0]
        off.append(abs((1 - 2 / n) * clean + 2 / n * hit - limit))
    np.testing.assert_allclose(np.array(off[:-1]) / off[1:], 10, rtol=0.1)  # as 1/√n


@pytest.mark.result("D20")
@pytest.mark.parametrize("features", [1, 2])
def test_losses_are_parabolas_at_biases_in_a_fixed_ratio(features):
    signs = np.array([1.0, -1.0])[:features]
    t = np.array([-0.2, 0.3, 2.0])
    beta, alpha = parabolas(0.3, t, features)
    for k, ratio in enumerate(t):
        for s in (0.3, 1.4):
            exact = loss_and_gradient(
                [np.sqrt(s) * signs], np.full(features, ratio * s), density=0.3
            )[0]
            known = features * 0.1 + beta[k] * s + alpha[k] * s * s
            assert known == pytest.approx(float(exact), rel=1e-11)


@pytest.mark.result("D20")
def test_digons_are_never_given_up_and_the_naive_count_is_wrong():
    for dead, naive in (("live", 0.5), ("silent", 1 / 3)):
        found = block_thresholds([0.001, 0.3], dead=dead)
        assert np.isnan(found.given_up).all()
        assert float(found.naive[0]) ** 2 == pytest.approx(naive, rel=0.01)


@pytest.mark.result("D20")
def test_faint_digons_tie_exactly_where_dead_features_do_nothing():
    p = 0.3
    tie = float(block_thresholds([p], dead="silent").tie[0])
    v = feature_variance(p)
    for ratio, equal in ((1.1 * tie, True), (0.7 * tie, False)):
        price = ratio**2 * p
        digon, single = block_loss(p, 4 / 3 * price, 2), block_loss(p, price / 3, 1)
        linear = 2 * v - v**2 / (v + price / 3)
        assert single == pytest.approx(linear, rel=1e-9) or not equal
        assert (abs(digon - single) < 1e-9) == equal
        assert digon <= single + 1e-9
