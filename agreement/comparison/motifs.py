"""Motifs in trained two-layer nets: one neuron shared by two features, another that inhibits.

A net does not change when a neuron's row of W1 is multiplied by c > 0 and its column of W2 divided
by it, nor when the sign of a feature is turned; nothing here depends on either, so the two
in-weights of a motif may have one sign or two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from numeric.measure.neurons import match_neurons

Flags = NDArray[np.bool_]
Whole = NDArray[np.int_]
NULLS = ("random", "shuffled", "dealt")


@dataclass(frozen=True)
class Criteria:
    """What counts as the motif.

    Attributes
    ----------
    ratio : float
        Least ratio of in-weights, large over small, and of out-weights, small over large.
    carried : (float, float)
        Range of v_j|w_j|, what the neuron alone answers to a unit of its small feature.
    shared : float
        Least v_i|w_i|, the same of its large one.
    repaired : float
        Least part of the interference v_j|w_i| that one other neuron takes off.
    """

    ratio: float = 1.5
    carried: tuple[float, float] = (0.5, 1.5)
    shared: float = 0.2
    repaired: float = 0.5


@dataclass(frozen=True, eq=False)
class Motifs:
    """What each neuron looks like as one that two features share, (B, m) all.

    Attributes
    ----------
    large, small : int
        The features with the largest and the second in-weight.
    in_ratio, out_ratio : float
        Of their in-weights, and of their out-weights the other way; 0 where one is not positive.
    asymmetric : bool
        Whether ratios and products of weights are those of a motif.
    inhibitor : int
        The neuron that takes off most of the interference, and
    repaired : float
        how much of it.
    found : bool
        Asymmetric, and repaired enough.
    mutual : bool
        Two such neurons inhibit each other: they share one large feature and have two small ones.
    """

    large: Whole
    small: Whole
    in_ratio: FloatArray
    out_ratio: FloatArray
    asymmetric: Flags
    inhibitor: Whole
    repaired: FloatArray
    found: Flags
    mutual: Flags


@dataclass(frozen=True, eq=False)
class Aligned:
    """A net with a motif as the theory writes it: W1 (5, 3), W2 (3, 5), b (3,)."""

    W1: FloatArray
    W2: FloatArray
    b: FloatArray


def find_motifs(W1: FloatArray, W2: FloatArray, criteria: Criteria | None = None) -> Motifs:
    """Look at every neuron of nets W1 (B, m, n), W2 (B, n, m), with n and m at least 2.

    Examples
    --------
    >>> from theory.computation.asymmetric_motif import asymmetric_motif
    >>> net = asymmetric_motif(2.0)
    >>> found = find_motifs(net.W1[None], net.W2[None])
    >>> found.found[0].tolist(), found.inhibitor[0, :2].tolist(), found.in_ratio[0, 0].item()
    ([True, True, False, False, False], [1, 0], 4.0)
    >>> net = asymmetric_motif(2.0, inhibition=False)
    >>> find_motifs(net.W1[None], net.W2[None]).found.any().item()
    False
    """
    asked = criteria or Criteria()
    order = np.argsort(-np.abs(W1), axis=-1, kind="stable")
    large, small = order[..., 0], order[..., 1]

    def at(W: FloatArray, feature: Whole) -> FloatArray:
        return np.take_along_axis(W, feature[..., None], axis=-1)[..., 0]

    out = np.swapaxes(W2, -1, -2)
    w_i, w_j, v_i, v_j = at(W1, large), np.abs(at(W1, small)), at(out, large), at(out, small)
    in_ratio, out_ratio = _over(np.abs(w_i), w_j), _over(v_j, v_i)
    low, high = asked.carried
    asymmetric = (
        (np.minimum(in_ratio, out_ratio) >= asked.ratio)
        & (v_j * w_j >= low)
        & (v_j * w_j <= high)
        & (v_i * np.abs(w_i) >= asked.shared)
    )
    # What neuron l puts on the small feature's output when the large one is alone, (B, k, l).
    beside = np.take_along_axis(np.swapaxes(W1, -1, -2), large[..., None], axis=-2)
    listens = np.take_along_axis(W2, small[..., None], axis=-2)
    taken = -listens * np.maximum(np.sign(w_i)[..., None] * beside, 0)
    own = np.arange(W1.shape[-2])
    taken[..., own, own] = 0
    inhibitor = np.argmax(taken, axis=-1)
    repaired = _over(at(taken, inhibitor), v_j * np.abs(w_i))
    found = asymmetric & (repaired >= asked.repaired)
    back = np.take_along_axis(inhibitor, inhibitor, axis=-1) == own
    same = np.take_along_axis(large, inhibitor, axis=-1) == large
    other = np.take_along_axis(small, inhibitor, axis=-1) != small
    mutual = found & np.take_along_axis(found, inhibitor, axis=-1) & back & same & other
    return Motifs(
        large, small, in_ratio, out_ratio, asymmetric, inhibitor, repaired, found, mutual
    )  # fmt: skip


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
    scale = np.sqrt(_over(np.where(heard, out, 1.0), np.where(heard, into, 1.0)))
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


def _over(value: FloatArray, by: FloatArray) -> FloatArray:
    """A ratio of what is positive; 0 where one of the two is not."""
    positive = (value > 0) & (by > 0)
    return np.divide(value, by, out=np.zeros(np.shape(value)), where=positive)


def _derangement(rng: np.random.Generator, m: int) -> Whole:
    """A permutation that leaves nothing in its place."""
    while True:
        order = rng.permutation(m)
        if not (order == np.arange(m)).any():
            return order
