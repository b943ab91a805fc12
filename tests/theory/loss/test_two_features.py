"""The quick gradient of (2, 1) is that of the recursion, penalty and all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from theory.loss.floats import loss_and_gradient
from theory.loss.two_features import SCRATCH, pair_gradient

points = arrays(float, 4, elements=st.floats(-2, 2))
densities = arrays(float, 2, elements=st.floats(0.001, 1))


@pytest.mark.result("D23")
@given(points, densities, st.floats(0.01, 3), st.floats(0, 5))
def test_the_gradient_is_that_of_the_recursion(theta, p, importance, interference):
    weights, out = np.array([1.0, importance]), np.empty(4)
    loss = pair_gradient(theta, p, weights, interference, out, np.empty(SCRATCH))
    w1, w2 = theta[:2]
    known, dW, db = loss_and_gradient([[w1, w2]], theta[2:], density=p, importance=weights)
    wanted = np.concatenate([dW[0], db])
    # Σ_{i≠j} (W_i·W_j)² = 2 w₁² w₂².
    wanted[:2] += 4 * interference * np.array([w1 * w2**2, w2 * w1**2])
    # Sums of a few dozen terms, none larger than the weights allow.
    size = 1e-14 * (1 + importance + interference) * (1 + np.abs(theta).max()) ** 7
    assert abs(loss - known - 2 * interference * (w1 * w2) ** 2) <= size
    np.testing.assert_allclose(out, wanted, atol=size, rtol=0)
