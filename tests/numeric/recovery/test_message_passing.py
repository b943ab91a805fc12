"""D40: message passing on sampled features, against state evolution."""

from __future__ import annotations

import numpy as np
import pytest

from numeric.recovery.message_passing import message_passing
from theory.ways_out.message_passing import state_evolution

pytestmark = pytest.mark.result("D40")


def errors(p, delta, n=1000, runs=4, noise=0.0):
    rng = np.random.default_rng([int(1000 * p), int(1000 * delta)])
    found = []
    for _ in range(runs):
        W = rng.standard_normal((n, round(delta * n)))
        W /= np.linalg.norm(W, axis=1, keepdims=True)
        x = np.where(rng.random(n) < p, rng.random(n), 0.0)
        h = x @ W + noise * rng.standard_normal(W.shape[1])
        found.append(np.mean((message_passing(h, W, density=p, steps=50) - x) ** 2))
    return np.array(found)


@pytest.mark.parametrize(
    ("p", "delta", "noise"), [(0.3, 0.1, 0.0), (0.06, 0.1, 0.0), (1.0, 0.5, 0.0), (0.1, 0.5, 0.1)]
)
def test_errors_are_those_of_state_evolution(p, delta, noise):
    found = errors(p, delta, noise=noise)
    wanted = state_evolution(p, delta, noise=noise).fast_error
    # Student's t with 3 degrees of freedom exceeds 10 once in 500; n = 1000 is off by some 1 %.
    assert abs(found.mean() - wanted) < 10 * found.std(ddof=1) / 2 + 0.02 * wanted


def test_everything_is_recovered_above_the_threshold():
    assert errors(0.1, 0.35, runs=2).max() < 1e-12
    assert state_evolution(0.1, 0.35).fast_error == 0.0


def test_scale_and_batches_do_not_matter():
    rng = np.random.default_rng(0)
    W = rng.standard_normal((60, 30))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    x = np.where(rng.random((5, 60)) < 0.1, rng.random((5, 60)), 0.0)
    together = message_passing(x @ W, W, density=0.1, steps=20)
    alone = np.stack([message_passing(row @ W, W, density=0.1, steps=20) for row in x])
    # Products of matrices sum in another order than those of vectors.
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-9)
    louder = message_passing(1e6 * x @ W, 1e6 * W, density=0.1, steps=20)
    np.testing.assert_allclose(louder, together, rtol=0, atol=1e-9)
    assert ((together >= 0) & (together <= 1)).all()


def test_refusals_name_the_argument():
    with pytest.raises(ValueError, match="density must be one number in"):
        message_passing([[1.0]], [[1.0]], density=0.0)
    with pytest.raises(ValueError, match="steps must be at most"):
        message_passing(np.ones((10, 50)), np.ones((100, 50)), density=0.1, steps=10**9)
