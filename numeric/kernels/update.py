"""One step of an optimiser on the flat parameters of one instance, in place."""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled
from numeric.kernels.spec import FIXED, SGD_MOMENTUM


@compiled()
def update(spec, theta, first, second, gradient, rate, step):  # type: ignore[no-untyped-def]
    """One optimiser step, number `step` counted from 1; none at all where FIXED."""
    if spec.optimiser == FIXED:
        return
    if spec.optimiser == SGD_MOMENTUM:
        for q in range(theta.size):
            first[q] = spec.beta1 * first[q] + gradient[q]
            theta[q] -= rate * first[q]
        return
    first_scale = 1.0 / (1.0 - spec.beta1**step)
    second_scale = 1.0 / (1.0 - spec.beta2**step)
    shrink = 1.0 - rate * spec.decay
    for q in range(theta.size):
        g = gradient[q]
        first[q] = spec.beta1 * first[q] + (1.0 - spec.beta1) * g
        second[q] = spec.beta2 * second[q] + (1.0 - spec.beta2) * (g * g)
        denominator = np.sqrt(second[q] * second_scale) + spec.epsilon
        theta[q] = shrink * theta[q] - rate * (first[q] * first_scale) / denominator
