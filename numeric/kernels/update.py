"""One step of an optimiser on the flat parameters of one instance, in place."""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled
from numeric.kernels.spec import FIXED, SGD_MOMENTUM

__all__ = ["corrected", "corrections", "update"]


@compiled()
def corrections(spec, start, steps):  # type: ignore[no-untyped-def]
    """(steps, 2): what Adam's moments are multiplied by at the steps after `start`."""
    out = np.ones((steps, 2))
    if spec.optimiser != FIXED and spec.optimiser != SGD_MOMENTUM:
        for t in range(steps):
            out[t, 0] = 1.0 / (1.0 - spec.beta1 ** (start + t + 1))
            out[t, 1] = 1.0 / (1.0 - spec.beta2 ** (start + t + 1))
    return out


@compiled(borrowing=True)
def corrected(spec, theta, first, second, gradient, rate, scales):  # type: ignore[no-untyped-def]
    """One optimiser step with a row of `corrections`; none at all where FIXED."""
    if spec.optimiser == FIXED:
        return
    if spec.optimiser == SGD_MOMENTUM:
        for q in range(theta.size):
            first[q] = spec.beta1 * first[q] + gradient[q]
            theta[q] -= rate * first[q]
        return
    first_scale, second_scale = scales[0], scales[1]
    shrink = 1.0 - rate * spec.decay
    for q in range(theta.size):
        g = gradient[q]
        first[q] = spec.beta1 * first[q] + (1.0 - spec.beta1) * g
        second[q] = spec.beta2 * second[q] + (1.0 - spec.beta2) * (g * g)
        denominator = np.sqrt(second[q] * second_scale) + spec.epsilon
        theta[q] = shrink * theta[q] - rate * (first[q] * first_scale) / denominator


@compiled()
def update(spec, theta, first, second, gradient, rate, step):  # type: ignore[no-untyped-def]
    """One optimiser step, number `step` counted from 1."""
    corrected(spec, theta, first, second, gradient, rate, corrections(spec, step - 1, 1)[0])
