r"""Nets that pass two scalars through one: a code of stairs, sampled, and nets that learn one.

The learned ones are 2 → H → 1 → H → 2 with ReLU hidden layers,

$$ t = w·ReLU(A x + a),   x' = B ReLU(C t + c) + d, $$

trained by Adam on fresh uniform samples, several at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_number, check_positive_int, check_seed

__all__ = ["sample_code", "train_bottleneck"]

_BETAS, _EPSILON = (0.9, 0.999), 1e-8


def sample_code(
    levels: int, samples: int, *, width: float = 0.0, noise: float = 0.0, seed: Any = 0
) -> FloatArray:
    r"""Squared errors of uniform pairs stored in one number by quantising.

    .. math:: t = (s(x) + y)/Z + \sigma g, \quad x' = (s(t) + \tfrac12)/Z, \quad y' = Z t - s(t)

    with s a staircase of Z − 1 ramps of width ε about k/Z; with ε = 0, ⌊Zt⌋ stands for s(t), also
    outside of [0, 1].

    Parameters
    ----------
    levels, samples : int
    width, noise : float
        ε ≤ 1/Z and σ ≥ 0, of which one is 0.
    seed : int or list of int

    Returns
    -------
    (samples,)
    """
    Z = check_positive_int("levels", levels)
    size = check_positive_int("samples", samples)
    e = as_number("width", width, "in [0, 1/levels]", lambda v: 0 <= v * Z <= 1)
    sigma = as_number("noise", noise, "finite, ≥ 0, and 0 where width is not",
                      lambda v: 0 <= v < 1e6 and (v == 0 or e == 0))  # fmt: skip
    rng = np.random.default_rng(check_seed(seed))
    x, y = rng.random((2, size))

    def stairs(v: FloatArray) -> FloatArray:
        if e == 0:
            return np.floor(Z * v)
        ramps = (np.clip((v - k / Z) / e + 0.5, 0, 1) for k in range(1, Z))
        return sum(ramps, np.zeros(size))

    t = (stairs(x) + y) / Z
    if sigma:
        t = t + sigma * rng.standard_normal(size)
    read = stairs(t)
    return np.asarray((x - (read + 0.5) / Z) ** 2 + (y - Z * t + read) ** 2)


def train_bottleneck(
    neurons: int,
    *,
    instances: int,
    steps: int,
    seed: Any,
    batch: int = 256,
    learning_rate: float = 2e-2,
    held_out: int = 20_000,
) -> FloatArray:
    """Held-out losses of nets with one number between two hidden layers.

    Parameters
    ----------
    neurons : int
        H of each hidden layer.
    instances, steps, batch, held_out : int
    seed : int or list of int
    learning_rate : float
        At the start; it falls to zero by a cosine.

    Returns
    -------
    (instances,)
        Mean over samples of the two squared errors' sum.
    """
    H = check_positive_int("neurons", neurons)
    R = check_positive_int("instances", instances)
    rng = np.random.default_rng(check_seed(seed))

    def weights(inputs: int, outputs: int) -> FloatArray:
        return rng.normal(size=(R, inputs, outputs)) * np.sqrt(2 / inputs)

    def biases(outputs: int, spread: float) -> FloatArray:
        return spread * rng.normal(size=(R, 1, outputs))

    # Kinks begin spread over the range of what they read.
    P = [weights(2, H), biases(H, 0.5), weights(H, 1), biases(1, 0.0),
         weights(1, H), biases(H, 0.5), weights(H, 2), biases(2, 0.0)]  # fmt: skip
    first, second = ([np.zeros_like(each) for each in P] for _ in range(2))
    for step in range(1, check_positive_int("steps", steps) + 1):
        gradient = _gradient(P, rng.random((R, batch, 2)))
        rate = learning_rate * 0.5 * (1 + np.cos(np.pi * step / steps))
        for k, slope in enumerate(gradient):
            first[k] = _BETAS[0] * first[k] + (1 - _BETAS[0]) * slope
            second[k] = _BETAS[1] * second[k] + (1 - _BETAS[1]) * slope**2
            size = np.sqrt(second[k] / (1 - _BETAS[1] ** step)) + _EPSILON
            P[k] -= rate * first[k] / (1 - _BETAS[0] ** step) / size
    x = rng.random((R, held_out, 2))
    return np.asarray(np.sum((_forward(P, x)[-1] - x) ** 2, axis=-1).mean(axis=1))


def _forward(P: list[FloatArray], x: FloatArray) -> tuple[FloatArray, ...]:
    """Hidden layer, the number between, hidden layer, output."""
    one = np.maximum(x @ P[0] + P[1], 0)
    t = one @ P[2] + P[3]
    two = np.maximum(t @ P[4] + P[5], 0)
    return one, t, two, two @ P[6] + P[7]


def _gradient(P: list[FloatArray], x: FloatArray) -> list[FloatArray]:
    """Of the mean loss of a batch, for each instance."""
    one, t, two, output = _forward(P, x)
    back = 2 * (output - x) / x.shape[1]
    into_two = back @ _turned(P[6]) * (two > 0)
    into_t = into_two @ _turned(P[4])
    into_one = into_t @ _turned(P[2]) * (one > 0)
    layers = ((x, into_one), (one, into_t), (t, into_two), (two, back))
    return [
        each
        for below, above in layers
        for each in (_turned(below) @ above, above.sum(axis=1, keepdims=True))
    ]


def _turned(matrices: FloatArray) -> FloatArray:
    return matrices.transpose(0, 2, 1)
