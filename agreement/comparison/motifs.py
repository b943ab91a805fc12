"""Motifs in trained two-layer nets: the typical one, what chance makes, a net as theory writes it.

What counts as one is in :mod:`agreement.description.motifs`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agreement.description.motifs import Criteria, Motifs, find_motifs, over
from ground.checks import FloatArray
from numeric.measure.neurons import match_neurons

Flags = NDArray[np.bool_]
Whole = NDArray[np.int_]
NULLS = ("random", "shuffled", "dealt")


@dataclass(frozen=True, eq=False)
class Aligned:
    """A net with a motif as the theory writes it: W1 (5, 3), W2 (3, 5), b (3,)."""

    W1: FloatArray
    W2: FloatArray
    b: FloatArray


def most_typical(motifs: Motifs) -> int:
    """The net whose motif has the median asymmetry, of mutual ones where there are any."""
    flags = motifs.mutual if motifs.mutual.any() else motifs.found
    runs = np.flatnonzero(flags.any(axis=-1))
    if not runs.size:
        return 0
    ratios = motifs.in_ratio[runs, best_neuron(motifs, flags)[runs]]
    return int(runs[np.argsort(ratios, kind="stable")[len(ratios) // 2]])


def best_neuron(motifs: Motifs, flags: Flags) -> Whole:
    """Of each net the neuron, among those of a kind, whose interference is repaired best."""
    return np.argmax(np.where(flags, motifs.repaired, -1), axis=-1)


def chance_of_motifs(
    W1: FloatArray, W2: FloatArray, *, draws: int, seed: int, criteria: Criteria | None = None
) -> dict[str, float]:
    """Share of nets with a motif where there is none but by chance, for trained nets (B, …).

    Neurons are balanced first, the norm of their in-weights that of their out-weights.  *random*
    draws all weights from normal laws with the deviations of each net; *shuffled* deals the entries
    of each matrix anew; *dealt* gives each neuron the out-weights of another.
    """
    rng = np.random.default_rng(seed)
    W1, W2 = balanced(W1, W2)
    counts = dict.fromkeys(NULLS, 0.0)
    for _ in range(draws):
        nets = {
            "random": [
                W.std(axis=(-1, -2), keepdims=True) * rng.standard_normal(W.shape) for W in (W1, W2)
            ],
            "shuffled": [
                rng.permuted(W.reshape(len(W), -1), axis=1).reshape(W.shape) for W in (W1, W2)
            ],
            "dealt": [W1, W2[..., _derangement(rng, W2.shape[-1])]],
        }  # fmt: skip
        for name, pair in nets.items():
            counts[name] += (
                find_motifs(pair[0], pair[1], criteria).found.any(axis=-1).mean() / draws
            )
    return counts


def balanced(W1: FloatArray, W2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The same nets, each neuron's in-weights as long as its out-weights; silent ones stay."""
    into, out = np.linalg.norm(W1, axis=-1), np.linalg.norm(W2, axis=-2)
    heard = (into > 0) & (out > 0)
    scale = np.sqrt(over(np.where(heard, out, 1.0), np.where(heard, into, 1.0)))
    return W1 * scale[..., None], W2 / scale[..., None, :]


def aligned(W1: FloatArray, W2: FloatArray, b: FloatArray) -> Aligned:
    """A net of three features and five neurons as the theory writes it; its motif comes first.

    Features are ordered and turned so that the shared neuron reads x_1 > 0 and x_2 < 0 and its
    inhibitor x_3 < 0.  Shared neurons get in-weights a and −1/a, the others 1 at most.
    """
    motifs = find_motifs(W1[None], W2[None])
    k = int(best_neuron(motifs, motifs.mutual if motifs.mutual.any() else motifs.found)[0])
    inhibitor, i, j = (int(x[0, k]) for x in (motifs.inhibitor, motifs.large, motifs.small))
    order = [i, j, 3 - i - j]
    signs = np.sign([W1[k, i], -W1[k, j], -W1[inhibitor, order[2]]])
    signs[signs == 0] = 1.0
    V1, V2 = W1[:, order] * signs, W2[order]
    rest = [q for q in range(5) if q not in (k, inhibitor)]
    alone = match_neurons(V1[rest], [[-1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]]).neuron
    rows = [k, inhibitor, *(rest[q] for q in alone)]
    V1, V2 = V1[rows], V2[:, rows]
    scale = np.abs(V1).max(axis=1)
    for q, small in ((0, 1), (1, 2)):
        scale[q] = np.sqrt(abs(V1[q, 0] * V1[q, small])) or scale[q]
    return Aligned(V1 / scale[:, None], V2 * scale, b[order])


def _derangement(rng: np.random.Generator, m: int) -> Whole:
    """A permutation that leaves nothing in its place."""
    while True:
        order = rng.permutation(m)
        if not (order == np.arange(m)).any():
            return order
