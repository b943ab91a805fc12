r"""Loss and gradient of one two-layer net, put together from what is integrated and sampled [D26].

$$ L = \sum_{k ≤ κ} \sum_{|A| = k} P(A) L_A + \sum_{k > κ} P(k) E[… | k] $$

Patterns A of up to two active features by their sectors, of three and more one by one, the rest by
a fixed sample.  A `World` holds what does not depend on the net, so that a descent makes it once.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from theory.computation.nets import TARGETS, TwoLayerNets
from theory.computation.pair_terms import pair_terms
from theory.computation.pattern_chances import few_active, pattern_chances
from theory.computation.pattern_sample import PatternSample, pattern_sample, sampled_terms
from theory.computation.patterns import patterns_loss_and_gradient

__all__ = ["NetTerms", "World", "net_terms", "world_of"]

Net = tuple[FloatArray, FloatArray, FloatArray]
"""W1 (m, n), W2 (n, m), b (n,), or a gradient by them."""


class World(NamedTuple):
    """What a net meets: chances, importances, target and output, and a sample.

    Attributes
    ----------
    few : float, (n,), (n, n)
        Chances that no feature is active, exactly j, exactly i < j.
    patterns : list of int (P, k), float (P,)
        Patterns of three and more that are integrated, with their chances.
    importance : (n,)
    low, high : float
    target, output : str
    sample : PatternSample
    most_active : int
    """

    few: tuple[float, FloatArray, FloatArray]
    patterns: list[tuple[NDArray[np.int64], FloatArray]]
    importance: FloatArray
    low: float
    high: float
    target: str
    output: str
    sample: PatternSample
    most_active: int


class NetTerms(NamedTuple):
    """Loss and gradient of one net.

    Attributes
    ----------
    counts : (most_active + 1,)
        What inputs with exactly 0, 1, … active features add to the loss.
    rest, error : float
        The sampled rest and its standard error.
    gradient : W1 (m, n), W2 (n, m), b (n,)
    """

    counts: FloatArray
    rest: float
    error: float
    gradient: Net

    @property
    def exact(self) -> float:
        """What is integrated."""
        return float(self.counts.sum())

    @property
    def loss(self) -> float:
        """All of it."""
        return self.exact + self.rest


def world_of(
    nets: TwoLayerNets, which: int, most_active: int, points: int, seed: int | list[int]
) -> World:
    """The world of one net of a checked value."""
    p = nets.density[which]
    none, single, pair = few_active(p)
    single *= most_active > 0
    pair *= most_active > 1
    patterns = []
    for k in range(3, min(most_active, len(p)) + 1):
        every = np.array(list(combinations(np.flatnonzero(p).tolist(), k)), np.int64)
        chance = pattern_chances(p, every.reshape(-1, k))
        patterns.append((every[chance > 0], chance[chance > 0]))
    sample = pattern_sample(p, most_active, low=nets.low, high=nets.high, points=points, seed=seed)
    few = none, single, pair
    return World(
        few, patterns, nets.importance[which], nets.low, nets.high, nets.target, nets.output,
        sample, most_active,
    )  # fmt: skip


def net_terms(net: Net, world: World) -> NetTerms:
    """Loss and gradient of one net in a world, unchecked [D26]."""
    W1, W2, b = net
    linear, slopes = world.output == "linear", TARGETS[world.target]
    found = np.empty(3)
    gW1, gW2T, gb = np.empty_like(W1), np.empty_like(W1), np.empty_like(b)
    # Copies, which may be written to: the kernel would be compiled again for what may not.
    arrays = (np.array(each, order="C") for each in (W1, W2.T, b))
    few = (
        np.array(each, order="C") if isinstance(each, np.ndarray) else each for each in world.few
    )
    pair_terms(
        *arrays, *few, np.array(world.importance, order="C"),
        (world.low, world.high, *slopes, float(linear)), found, gW1, gW2T, gb,
    )  # fmt: skip
    counts = np.zeros(world.most_active + 1)
    counts[:3] = found[: len(counts)]
    parts: list[Net] = [(gW1, gW2T.T, gb)]
    for patterns, chance in world.patterns:
        losses, *slope = patterns_loss_and_gradient(
            W1, W2, b, patterns, low=world.low, high=world.high, target=world.target,
            output=world.output, weights=chance, importance=world.importance,
        )  # fmt: skip
        counts[patterns.shape[1]] = chance @ losses
        parts.append((slope[0], slope[1], slope[2]))
    rest, error, more = sampled_terms(net, world.importance, slopes, linear, world.sample)
    parts.append(more)
    dW1, dW2, db = (np.sum(each, axis=0) for each in zip(*parts, strict=True))
    return NetTerms(counts, rest, error, (dW1, dW2, db))
