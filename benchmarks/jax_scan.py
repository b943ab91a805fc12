"""JAX's side: `jax.jit` of a `jax.lax.scan` over steps, with `jax.grad` and Adam by hand.

The batch is the last axis and the generator JAX's own (threefry): of two layouts, two generators
and products or sums the fastest on the CPU for all works but one, where it is the second.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.works import Setting, Work

__all__ = ["Jax"]

CHUNK = 5  # steps of one call
MOMENTS, SMALL = (0.9, 0.999), 1e-8  # Adam's usual settings


class Jax:
    """Steps in chunks: the scan's length is compiled in."""

    def __init__(self, work: Work, setting: Setting) -> None:
        W = jnp.asarray(work.start(), dtype=jnp.float32)
        parameters = (W, jnp.zeros((work.instances, work.n), jnp.float32))
        nothing = jax.tree.map(jnp.zeros_like, parameters)
        density = jnp.asarray(work.densities(setting.dense), dtype=jnp.float32)
        key = jax.random.key(setting.seed)
        # Each its own arrays, since they are given away to be written over.
        self.state = (parameters, nothing, jax.tree.map(jnp.copy, nothing), jnp.float32(0), key)
        step = partial(_step, density[:, None, None], setting.rate, work.batch)
        self.steps = jax.jit(
            lambda state: jax.lax.scan(step, state, None, length=CHUNK)[0], donate_argnums=0
        )

    def advance(self, steps: int) -> int:
        """Take at least so many steps; returns how many were taken."""
        chunks = -(-steps // CHUNK)
        for _ in range(chunks):
            self.state = self.steps(self.state)
        jax.block_until_ready(self.state[0])
        return chunks * CHUNK

    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """W (instances, m, n) and b (instances, n)."""
        W, b = self.state[0]
        return np.asarray(W), np.asarray(b)


def _loss(parameters: Any, x: Any) -> Any:
    """Summed over instances: each has its own parameters, and so its own gradient."""
    W, b = parameters
    h = jnp.einsum("inb,imn->imb", x, W)
    out = jax.nn.relu(jnp.einsum("imb,imn->inb", h, W) + b[:, :, None])
    return jnp.sum((x - out) ** 2) / x.shape[2]


def _step(density: Any, rate: float, batch: int, state: Any, _: None) -> tuple[Any, None]:
    """Fresh batch, forward, backward, Adam."""
    parameters, first, second, count, key = state
    key, now = jax.random.split(key)
    u = jax.random.uniform(now, (*parameters[1].shape, batch))
    gradient = jax.grad(_loss)(parameters, jnp.where(u < density, u / density, 0.0))
    count = count + 1
    a, c = MOMENTS
    first = jax.tree.map(lambda mean, g: a * mean + (1 - a) * g, first, gradient)
    second = jax.tree.map(lambda mean, g: c * mean + (1 - c) * g * g, second, gradient)

    def moved(value: Any, mean: Any, square: Any) -> Any:
        return value - rate * (mean / (1 - a**count)) / (jnp.sqrt(square / (1 - c**count)) + SMALL)

    return (jax.tree.map(moved, parameters, first, second), first, second, count, key), None
