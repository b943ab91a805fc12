"""One step of an optimiser on the flat parameters of one instance, in place."""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled
from numeric.kernels.spec import FIXED, SGD_MOMENTUM

__all__ = ["corrected", "corrections", "give", "state_of", "take", "update"]

APART = 16  # numbers between what two threads write: two cache lines, which are fetched together


@compiled()
def state_of(theta):  # type: ignore[no-untyped-def]
    """Room for one instance's parameters and moments: (3, parameters), apart from all else.

    Neighbours' rows of (instances, parameters) share cache lines. Two threads that write to them at
    every step wait for each other as often.
    """
    size = theta.shape[1]
    room = np.empty(3 * size + 2 * APART)
    return room[APART : APART + 3 * size].reshape(3, size)


@compiled(borrowing=True)
def take(state, theta, first, second):  # type: ignore[no-untyped-def]
    """Copy one instance's rows into its room."""
    for q in range(theta.size):
        state[0, q], state[1, q], state[2, q] = theta[q], first[q], second[q]


@compiled(borrowing=True)
def give(state, theta, first, second):  # type: ignore[no-untyped-def]
    """Copy them back."""
    for q in range(theta.size):
        theta[q], first[q], second[q] = state[0, q], state[1, q], state[2, q]


@compiled()
def corrections(spec, start, steps):  # type: ignore[no-untyped-def]
    """(steps, 2): what Adam's moments are multiplied by at the steps after `start`."""
    out = np.ones((steps, 2))
    if spec.optimiser != FIXED and spec.optimiser != SGD_MOMENTUM:
        for t in range(steps):
            out[t, 0] = 1.0 / (1.0 - spec.beta1 ** (start + t + 1))
            out[t, 1] = 1.0 / (1.0 - spec.beta2 ** (start + t + 1))
    return out


# Epsilon is positive: nothing asks at each parameter whether it is divided by zero.
@compiled(borrowing=True, error_model="numpy")
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
