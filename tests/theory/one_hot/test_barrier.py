"""The pass from the 4-gon to the pentagon: a saddle of index one with the two at its feet."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from theory.one_hot.barrier import kgon_barrier
from theory.one_hot.curvature import classify, second_order_form
from theory.one_hot.kgons import kgon
from theory.one_hot.potential import one_hot_loss_and_gradient


@pytest.mark.result("D24")
@pytest.mark.parametrize("n", [5, 6])
def test_descent_from_the_saddle_leads_to_both(n):
    found = kgon_barrier(n)
    assert found.slope < 1e-10
    assert (found.index, classify(found.W, found.b)) == (1, "saddle")
    _, vectors = np.linalg.eigh(second_order_form(found.W, found.b)[0])
    theta = np.concatenate([found.W.ravel(), found.b])

    def loss(x):
        value, dW, db = one_hot_loss_and_gradient(x[: 2 * n].reshape(2, n), x[2 * n :])
        return float(value), np.concatenate([dW.ravel(), db])

    ends = sorted(
        minimize(loss, theta + side * 0.05 * vectors[:, 0], jac=True, method="BFGS").fun
        for side in (1, -1)
    )
    assert ends[1] == pytest.approx(kgon(4, n).loss, abs=1e-6)
    assert ends[0] == pytest.approx(kgon(5, n).loss, abs=1e-6)


@pytest.mark.result("D24")
def test_the_path_rises_to_the_saddle_and_falls_to_the_pentagon():
    found = kgon_barrier(5)
    start = kgon(4, 5).loss
    # Held points bound the saddle from below, as it is the highest of the path.
    assert start < found.path.max() <= found.loss + 1e-9
    assert found.path.max() == pytest.approx(found.loss, abs=1e-4)
    assert found.height == pytest.approx(found.loss - start)
    assert np.all(np.diff(np.sign(np.diff(found.path))) <= 0), found.path  # up, then down
    assert found.path[-1] == pytest.approx(kgon(5, 5).loss, abs=1e-3)


@pytest.mark.result("D24")
def test_the_saddle_is_its_own_mirror_image():
    """Two neighbours make room alike, and so do the two behind them."""
    found = kgon_barrier(5)
    norms = np.linalg.norm(found.W, axis=0)
    assert norms[0] == pytest.approx(norms[1], abs=1e-9)
    assert norms[2] == pytest.approx(norms[3], abs=1e-9)
    inner = found.W.T @ found.W
    assert inner[4, 0] == pytest.approx(inner[4, 1], abs=1e-9)


def test_there_must_be_a_fifth():
    with pytest.raises(ValueError, match="n_features must be at least 5"):
        kgon_barrier(4)
    with pytest.raises(ValueError, match="n_features must be at most 12"):
        kgon_barrier(13)
