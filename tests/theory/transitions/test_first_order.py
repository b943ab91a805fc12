"""Lines of first order of (2, 1): equal losses, different slopes [D09]."""

from __future__ import annotations

import numpy as np
import pytest

from theory.loss.floats import loss_and_gradient
from theory.minima.optimum import optimum
from theory.transitions import branches
from theory.transitions.first_order import _on, first_order_line


def test_losses_on_a_path_are_those_of_its_models():
    """The gaps that bracket an exchange, for I and for a branch on a path not its own."""
    p = np.array([0.1, 0.4, 0.8])
    path = np.geomspace(0.02, 1.0, 5)[:, None] * np.ones(3)
    for branch in (None, branches.superposed(p)):
        loss, W, b = _on(branch, path, p, bias=True)
        on = np.isfinite(loss)
        assert on.any()
        r = np.stack([np.ones_like(path), path], axis=-1)[on]
        again = loss_and_gradient(
            W[on], b[on], density=np.broadcast_to(p, path.shape)[on][:, None] * [1, 1], importance=r
        )[0]
        np.testing.assert_allclose(loss[on], again, rtol=1e-12)


@pytest.mark.result("D09")
def test_exchange_lines():
    """Equal losses, different slopes, both sides minima: first order."""
    densities = np.array([0.05, 0.3, 0.6])
    for pair, many in (("IS", 2), ("TS", 1), ("AS", 2)):
        line = first_order_line(densities, pair)
        on = np.flatnonzero(np.isfinite(line.importance))
        assert len(on) == many
        for j in on:
            r = float(line.importance[j])
            found = optimum(
                2, 1, density=densities[j], importance=[1.0, r], bias=pair != "AS", starts=16
            )
            best = [minimum.loss for minimum in found.minima[:2]]
            np.testing.assert_allclose(best, float(line.loss[j]), rtol=1e-8)
            weights = sorted(minimum.W[0, 1] for minimum in found.minima[:2])
            np.testing.assert_allclose(weights, sorted(line.weight[:, j]), atol=1e-5)
            slopes = line.slope_importance.values[:, j]
            assert slopes[0] > 1.2 * slopes[1]  # the superposed side minds r less
            # The slopes are those of the optimal loss on either side.
            h = 1e-5 * r
            around = [
                optimum(
                    2, 1, density=densities[j], importance=[1.0, r + s * h], bias=pair != "AS"
                ).loss
                for s in (-2, -1, 1, 2)
            ]
            assert (around[1] - around[0]) / h == pytest.approx(slopes[0], rel=1e-3)
            assert (around[3] - around[2]) / h == pytest.approx(slopes[1], rel=1e-3)


@pytest.mark.result("D09")
def test_without_bias_every_density_has_its_exchange():
    """S dies so soon after its exchange that a line may miss it; they do so up to r = 1."""
    p = np.append(np.geomspace(0.001, 0.58, 9), [0.003231724, 0.010907765])
    line = first_order_line(p, "AS").importance.values
    assert np.all(line < 1)
    assert np.all(np.diff(line[:9]) > 0)
    death = branches.superposed(p[-2:], bias=False, halvings=12).end
    assert np.all((death < line[-2:]) & (line[-2:] < 1.04 * death))


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: first_order_line([0.0]), "densities"),
        (lambda: first_order_line([0.5], "XY"), "pair"),
    ],
)
def test_bad_input_is_named(call, names):
    with pytest.raises(ValueError, match=names):
        call()
