"""Motifs in two-layer nets: one neuron shared by two features, another that inhibits [D31].

A net does not change when a neuron's row of W1 is multiplied by c > 0 and its column of W2 divided
by it, nor when the sign of a feature is turned; nothing here depends on either, so the two
in-weights of a motif may have one sign or two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray

__all__ = ["Criteria", "Motifs", "find_motifs", "over"]

Flags = NDArray[np.bool_]
Whole = NDArray[np.int_]


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
    in_ratio, out_ratio = over(np.abs(w_i), w_j), over(v_j, v_i)
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
    repaired = over(at(taken, inhibitor), v_j * np.abs(w_i))
    found = asymmetric & (repaired >= asked.repaired)
    back = np.take_along_axis(inhibitor, inhibitor, axis=-1) == own
    same = np.take_along_axis(large, inhibitor, axis=-1) == large
    other = np.take_along_axis(small, inhibitor, axis=-1) != small
    mutual = found & np.take_along_axis(found, inhibitor, axis=-1) & back & same & other
    return Motifs(
        large, small, in_ratio, out_ratio, asymmetric, inhibitor, repaired, found, mutual
    )  # fmt: skip


def over(value: FloatArray, by: FloatArray) -> FloatArray:
    """A ratio of what is positive; 0 where one of the two is not."""
    positive = (value > 0) & (by > 0)
    return np.divide(value, by, out=np.zeros(np.shape(value)), where=positive)
