"""D41: codes that are sampled against their exact losses, and nets that learn one."""

from __future__ import annotations

import numpy as np
import pytest

from numeric.recovery.bottleneck import _forward, _gradient, sample_code, train_bottleneck
from theory.ways_out.compression import LINEAR_ERROR, compression_loss, noisy_compression_loss

pytestmark = pytest.mark.result("D41")


@pytest.mark.parametrize("setting", [{}, {"width": 0.1}, {"width": 0.25}, {"noise": 0.05}])
@pytest.mark.parametrize("levels", [1, 2, 4])
def test_sampled_codes_have_the_exact_loss(levels, setting):
    errors = sample_code(levels, 50_000, seed=[41, levels], **setting)
    exact = (
        noisy_compression_loss(levels, setting["noise"])
        if "noise" in setting
        else compression_loss(levels, setting.get("width", 0.0))
    )
    assert abs(errors.mean() - exact) < 4.5 * errors.std() / np.sqrt(errors.size)


def test_the_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(0)
    shapes = [(2, 5), (1, 5), (5, 1), (1, 1), (1, 5), (1, 5), (5, 2), (1, 2)]
    P = [rng.normal(size=(3, *shape)) for shape in shapes]
    x = rng.random((3, 40, 2))

    def losses(parameters):
        return np.sum((_forward(parameters, x)[-1] - x) ** 2, axis=-1).mean(axis=1)

    for k, slope in enumerate(_gradient(P, x)):
        direction = rng.normal(size=P[k].shape)
        step = 1e-6
        ends = [
            losses([each + sign * step * direction if j == k else each for j, each in enumerate(P)])
            for sign in (-1, 1)
        ]
        found = (ends[1] - ends[0]) / (2 * step)
        # Kinks between the two ends move a loss by the square of the step.
        np.testing.assert_allclose(
            found, np.sum(slope * direction, axis=(1, 2)), rtol=1e-5, atol=1e-6
        )


def test_nets_learn_what_no_linear_encoder_can():
    losses = train_bottleneck(12, instances=4, steps=600, seed=1)
    again = train_bottleneck(12, instances=4, steps=600, seed=1)
    np.testing.assert_array_equal(losses, again)
    assert losses.min() < float(LINEAR_ERROR)
    assert losses.shape == (4,)


def test_refusals_name_the_argument():
    with pytest.raises(ValueError, match=r"width must be in \[0, 1/levels\]"):
        sample_code(3, 10, width=0.5)
    with pytest.raises(ValueError, match="noise must be finite, ≥ 0, and 0 where width is not"):
        sample_code(3, 10, width=0.1, noise=0.1)
    with pytest.raises(ValueError, match="neurons must be a positive whole number"):
        train_bottleneck(0, instances=1, steps=1, seed=0)
