"""A sparse autoencoder: affine encoder, ReLU, decoder of unit atoms, L1 on the code.

The whole training is one compiled loop in single precision, with the optimiser step of the other
kernels (`numeric.kernels.update`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from numeric.kernels.spec import ADAM, Spec
from numeric.kernels.update import update
from numeric.recovery.dictionary_learning import spread_directions, unit_rows

__all__ = ["Autoencoder", "train_autoencoder"]

REVIVE = (0.25, 0.5)  # of the steps, after which atoms that were silent start anew
DECAY_FROM = 0.5  # of the steps, from where the learning rate falls to 0


@dataclass(frozen=True, eq=False)
class Autoencoder:
    """h → ReLU(E (h − offset) + bias) → Dᵀ code + offset.

    Attributes
    ----------
    encoder, atoms : ndarray (n_atoms, n_hidden)
        E and D; rows of D have length one.
    bias : ndarray (n_atoms,)
    offset : ndarray (n_hidden,)
    """

    encoder: FloatArray
    atoms: FloatArray
    bias: FloatArray
    offset: FloatArray

    def encode(self, activations: FloatArray) -> FloatArray:
        """The codes of activations, (samples, n_atoms)."""
        inputs = (activations - self.offset) @ self.encoder.T + self.bias
        return np.maximum(inputs, 0.0)

    def objective(self, activations: FloatArray, l1: float) -> float:
        """Mean over samples of |h − h′|² + λ Σ code."""
        codes = self.encode(activations)
        error = codes @ self.atoms + self.offset - activations
        return float((np.sum(error**2) + l1 * codes.sum()) / len(activations))


@compiled()
def _normalise(theta, n, m):  # type: ignore[no-untyped-def]
    """Rows of the decoder, the second block of the parameters, to length one."""
    for j in range(n):
        total = 0.0
        for k in range(m):
            total += theta[n * m + j * m + k] ** 2
        if total > 0.0:
            scale = 1.0 / np.sqrt(total)
            for k in range(m):
                theta[n * m + j * m + k] *= scale


@compiled()
def _gradient(theta, h, l1, n, learn_offset, gradient, fired, room):  # type: ignore[no-untyped-def]
    """Mean objective of the batch h; its gradient and how often each atom fired are written."""
    encoder_t, encoder, decoder, decoder_t, inputs, codes, back, error, out, g_in, g_out = room
    count, m = h.shape
    zero, penalty = np.float32(0.0), np.float32(l1)
    offset = theta[2 * n * m + n :]
    for j in range(n):
        for k in range(m):
            e, d = np.float32(theta[j * m + k]), np.float32(theta[n * m + j * m + k])
            encoder_t[k, j], encoder[j, k], decoder[j, k], decoder_t[k, j] = e, e, d, d
    for s in range(count):
        for k in range(m):
            inputs[s, k] = h[s, k] - np.float32(offset[k])
    np.dot(inputs, encoder_t, codes)
    size = zero
    for s in range(count):
        for j in range(n):
            value = codes[s, j] + np.float32(theta[2 * n * m + j])
            value = value if value > zero else zero
            codes[s, j] = value
            size += value
    np.dot(codes, decoder, out)
    loss = zero
    for s in range(count):
        for k in range(m):
            value = out[s, k] - inputs[s, k]
            loss += value * value
            error[s, k] = value + value
    np.dot(error, decoder_t, back)
    scale = 1.0 / count
    for j in range(n):
        gradient[2 * n * m + j] = 0.0
    for s in range(count):
        for j in range(n):
            if codes[s, j] > zero:
                back[s, j] += penalty
                gradient[2 * n * m + j] += back[s, j] * scale
                fired[j] += 1
            else:
                back[s, j] = zero
    np.dot(back.T, inputs, g_in)
    np.dot(codes.T, error, g_out)
    for j in range(n):
        radial = 0.0
        for k in range(m):
            radial += g_out[j, k] * decoder[j, k]
        for k in range(m):
            gradient[j * m + k] = g_in[j, k] * scale
            # Along the sphere only: the length of an atom is not a parameter.
            gradient[n * m + j * m + k] = (g_out[j, k] - radial * decoder[j, k]) * scale
    for k in range(m):
        gradient[2 * n * m + n + k] = 0.0
        if learn_offset:
            # h′ − h holds the offset once, the encoder's inputs minus it.
            total = 0.0
            for s in range(count):
                total += error[s, k]
            for j in range(n):
                total -= encoder[j, k] * gradient[2 * n * m + j] * count
            gradient[2 * n * m + n + k] = total * scale
    return (loss + penalty * size) * scale


@compiled()
def _train(spec, h, order, theta, rates, revive, spare, l1, learn_offset, losses):  # type: ignore[no-untyped-def]
    """All steps; `order` holds the rows of each batch, `spare` directions for silent atoms."""
    n, m, batch, single = spec.m, spec.n, spec.batch, np.float32
    room = (
        np.empty((m, n), single), np.empty((n, m), single), np.empty((n, m), single),
        np.empty((m, n), single), np.empty((batch, m), single), np.empty((batch, n), single),
        np.empty((batch, n), single), np.empty((batch, m), single), np.empty((batch, m), single),
        np.empty((n, m), single), np.empty((n, m), single),
    )  # fmt: skip
    first, second, gradient = np.zeros(theta.size), np.zeros(theta.size), np.empty(theta.size)
    rows = np.empty((batch, m), single)
    fired = np.zeros(n, np.int64)
    for t in range(rates.size):
        for s in range(batch):
            for k in range(m):
                rows[s, k] = h[order[t, s], k]
        losses[t] = _gradient(theta, rows, l1, n, learn_offset, gradient, fired, room)
        update(spec, theta, first, second, gradient, rates[t], t + 1)
        _normalise(theta, n, m)
        for r in range(revive.size):
            if t + 1 == revive[r]:
                for j in range(n):
                    if fired[j] == 0:
                        for k in range(m):
                            for q in (j * m + k, n * m + j * m + k):
                                theta[q] = spare[r, j, k]
                                first[q] = second[q] = 0.0
                        theta[2 * n * m + j] = 0.0
                        first[2 * n * m + j] = second[2 * n * m + j] = 0.0
                fired[:] = 0


def train_autoencoder(
    activations: FloatArray,
    n_atoms: int,
    *,
    l1: float,
    steps: int,
    rng: np.random.Generator,
    batch: int = 128,
    learning_rate: float = 2e-2,
    offset: bool = False,
) -> tuple[Autoencoder, FloatArray]:
    r"""Train on rows drawn with replacement, by Adam, at a rate that falls to zero in the end.

    .. math:: \frac1B \sum_{h} |h - D^\top c(h) - a|^2 + \lambda \sum_j c_j(h),
              \qquad c(h) = \mathrm{ReLU}(E (h - a) + b), \quad |d_j| = 1

    Encoder and decoder start equal, at random directions, the bias at zero.  Atoms that never
    fired since the last time are started anew, after a quarter and half of the steps, at the
    directions of samples.

    Parameters
    ----------
    activations : ndarray (samples, n_hidden)
    n_atoms : int
    l1 : float
        λ, in units of the activations.
    steps, batch : int
    rng : Generator
        Start, batches and new starts.
    learning_rate : float
        Of Adam, for activations of size one; it is scaled with them.
    offset : bool
        Learn a; otherwise it stays at zero, which is what a toy model shows when nothing is
        active.

    Returns
    -------
    Autoencoder, objective of each step's batch (steps,)
    """
    samples, m = activations.shape
    unit = float(np.sqrt(np.mean(np.sum(activations**2, axis=1)[np.any(activations, axis=1)])))
    h = (activations / unit).astype(np.float32)
    atoms = spread_directions(unit_rows(activations[np.any(activations, axis=1)]), n_atoms, rng)
    theta = np.concatenate([atoms.ravel(), atoms.ravel(), np.zeros(n_atoms + m)])
    spec = Spec(
        n=m, m=n_atoms, low=np.float32(0), span=np.float32(1), batch=batch, block=batch,
        l1=0.0, optimiser=ADAM, beta1=0.9, beta2=0.999, epsilon=1e-8,
    )  # fmt: skip
    loud = np.flatnonzero(np.any(activations, axis=1))
    spare = h[rng.choice(loud, (len(REVIVE), n_atoms))].astype(np.float64)
    spare /= np.linalg.norm(spare, axis=-1, keepdims=True)
    when = np.array([int(part * steps) for part in REVIVE])
    left = 1 - np.arange(steps) / steps
    rates = learning_rate * np.minimum(1.0, left / (1 - DECAY_FROM))
    losses = np.empty(steps)
    order = rng.integers(samples, size=(steps, batch), dtype=np.int32)
    _train(spec, h, order, theta, rates, when, spare, l1 / unit, offset, losses)
    split = n_atoms * m
    found = Autoencoder(
        encoder=theta[:split].reshape(n_atoms, m),
        atoms=theta[split : 2 * split].reshape(n_atoms, m),
        bias=theta[2 * split : 2 * split + n_atoms] * unit,
        offset=theta[2 * split + n_atoms :] * unit,
    )
    return found, losses * unit**2
