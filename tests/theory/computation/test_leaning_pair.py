"""The leaning pair: its loss against the exact loss of the net it stands for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.computation.leaning_pair import lean_of_loss, leaning_pair, leaning_pair_loss
from theory.computation.two_layers import two_layer_loss

pytestmark = pytest.mark.result("D29")


@given(st.floats(1e-3, 1), st.floats(0.01, 1))
def test_it_is_the_loss_of_the_net(lean, p):
    """Two features, so that pairs are all there is and nothing is sampled."""
    W1, W2 = leaning_pair(lean)
    found = two_layer_loss(W1, W2, None, p, points=0).loss
    assert found == pytest.approx(float(leaning_pair_loss(lean, density=p)), rel=1e-9)


@given(st.floats(1e-6, 1), st.floats(0.01, 1))
def test_a_lean_is_told_from_its_loss(lean, p):
    loss = float(leaning_pair_loss(lean, density=p))
    assert lean_of_loss(loss, density=p) == pytest.approx(lean, rel=1e-12)


def test_a_dense_circuit_is_soft():
    ratio = leaning_pair_loss([1e-4, 1e-5], density=1.0)
    assert ratio[0] / ratio[1] == pytest.approx(1000)
    ratio = leaning_pair_loss([1e-4, 1e-5], density=0.5)
    assert ratio[0] / ratio[1] == pytest.approx(100, rel=1e-4)
    with pytest.raises(ValueError, match="lean must lie in"):
        leaning_pair_loss(np.array([0.5, 1.5]), density=0.5)
