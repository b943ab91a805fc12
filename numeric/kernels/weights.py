"""Penalties on the weights of one instance: they need no data, and cost one pass a step."""

from __future__ import annotations

from ground.compiled import compiled

__all__ = ["add_of_weights"]


@compiled(borrowing=True)
def add_of_weights(spec, theta, gradient):  # type: ignore[no-untyped-def]
    """Decay·‖W‖² + interference·Σ_{i≠j}(W_i·W_j)²; their gradient is added to `gradient`.

    The sum over pairs is that of a tied model's W.
    """
    n, m = spec.n, spec.m
    value = 0.0
    if spec.weight_decay > 0.0:
        for q in range(theta.size - n):
            value += spec.weight_decay * theta[q] * theta[q]
            gradient[q] += 2.0 * spec.weight_decay * theta[q]
    if spec.interference > 0.0:
        for i in range(n):
            for j in range(i):
                product = 0.0
                for k in range(m):
                    product += theta[k * n + i] * theta[k * n + j]
                value += 2.0 * spec.interference * product * product
                back = 4.0 * spec.interference * product
                for k in range(m):
                    gradient[k * n + i] += back * theta[k * n + j]
                    gradient[k * n + j] += back * theta[k * n + i]
    return value
