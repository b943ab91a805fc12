r"""The best partition of features into blocks on neurons of their own, privileged basis [D30].

$$ L = \sum_{B} B(j_B, s_B; p, I_B) + \sum_{dropped} I_d \Big( \frac p3 - \frac{p^2}4 \Big),
   \qquad \sum_B s_B = m. $$

Features are taken in the order of importance: each block holds consecutive ones, and those that
weigh least are dropped.  A feature alone costs nothing; two on one neuron are a weak arm; larger
blocks start from the shipped ones of :mod:`theory.computation.privileged_library`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.optimize import brentq

from ground.checks import (
    FloatArray,
    as_importance,
    as_list,
    as_positive_density,
    check_at_most,
    check_kind,
    check_sizes,
    check_whole,
)
from theory.computation.privileged_blocks import PrivilegedBlock, descend
from theory.computation.privileged_library import SIZES, nearest
from theory.computation.privileged_loss import part_loss
from theory.data_law import feature_variance

__all__ = [
    "Partition",
    "best_partition",
    "partition_exchange",
    "privileged_partition",
    "settled_partition",
]

MOST = 12  # features and neurons: the library ends there
CLOSER = 3  # compositions that are looked at closely
ARM = 0.15  # weight that the descent to a weak arm starts from
ROUND = 12  # digits of importances that count as the same

Composition = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Partition:
    """Features in blocks on neurons of their own, at one density [D30].

    Attributes
    ----------
    density : float
    importance : (n,)
    blocks : tuple of (j, s)
        j features in s neurons, from the feature that weighs most on; what is left is dropped.
    W : (m, n)
    b : (n,)
        The model, features as they were given.
    loss : float
    error : float
        Standard error of what is sampled of it; 0 where all is exact.
    """

    density: float
    importance: FloatArray
    blocks: Composition
    W: FloatArray
    b: FloatArray
    loss: float
    error: float

    @property
    def name(self) -> str:
        """Such as ``3 alone, 3 in 2, 4 dropped``."""
        alone = sum(size == (1, 1) for size in self.blocks)
        words = [f"{alone} alone"] if alone else []
        words += [f"{j} in {s}" for j, s in self.blocks if (j, s) != (1, 1)]
        dropped = len(self.importance) - sum(j for j, _ in self.blocks)
        return ", ".join(words + ([f"{dropped} dropped"] if dropped else []))


def best_partition(
    n_features: int, n_hidden: int, density: float, importance: Any = None
) -> Partition:
    """Best partition of features into blocks that is known at one density [D30].

    Every composition of alone features, weak arms and shipped blocks is weighed by the shipped
    weights; those that come out best are descended and compared.

    Parameters
    ----------
    n_features, n_hidden : int
        n and m, m ≤ n ≤ 12.
    density : float
        p in (0, 1].
    importance : array_like (n,), optional
        I > 0; None means ones.  The blocks were searched for importances that fall by 3/4.

    Returns
    -------
    Partition

    Raises
    ------
    ValueError
        Naming the argument that is out of range.

    Examples
    --------
    >>> best_partition(4, 2, 0.9, [1.0, 0.75, 0.5, 0.25]).name
    '2 alone, 2 dropped'
    >>> best_partition(3, 2, 0.2, [1.0, 0.75, 0.5625]).name
    '3 in 2'
    """
    m, p, value = _world(n_features, n_hidden, density, importance)
    falling = np.sort(value)[::-1]
    rough: dict[Composition, float] = {}

    def extend(done: Composition, at: int, left: int, loss: float) -> None:
        if left == 0:
            rough[done] = loss + feature_variance(p) * float(falling[at:].sum())
            return
        for j, s in ((1, 1), (2, 1), *SIZES):
            if s > left or at + j + (left - s) > len(falling):
                continue
            block = _shipped(j, s, p, _key(falling[at : at + j]))
            if block is not None:
                scale = float(falling[at])
                extend((*done, (j, s)), at + j, left - s, loss + scale * block.loss)

    extend((), 0, m, 0.0)
    closer = sorted(rough, key=lambda blocks: (rough[blocks], len(blocks)))[:CLOSER]
    found = [privileged_partition(blocks, density=p, importance=value) for blocks in closer]
    # A block that does no better than what it is made of is not one.
    return min(found, key=lambda each: (round(each.loss, 12), -len(each.blocks)))


def privileged_partition(
    blocks: Any, *, density: float, importance: Any, exact: bool = False
) -> Partition:
    """The best model of a given partition into blocks, from the shipped ones [D30].

    Parameters
    ----------
    blocks : sequence of (j, s)
        Features and neurons of each block, from the feature that weighs most on.
    density : float
        p in (0, 1].
    importance : array_like (n,)
        I > 0 of all features, also of those that are dropped.
    exact : bool
        Integrate every pattern of each block in the end; seconds for six features in four neurons.

    Returns
    -------
    Partition

    Raises
    ------
    ValueError
        A block that is not among those known near that density, or one too large to be exact.

    Examples
    --------
    >>> found = privileged_partition([(1, 1), (3, 2)], density=0.3, importance=0.75 ** np.arange(4))
    >>> found.W.shape, found.error
    ((3, 4), 0.0)
    """
    sizes = _sizes(blocks)
    n, m = sum(j for j, _ in sizes), sum(s for _, s in sizes)
    count = max(n, len(np.atleast_1d(importance)))
    _, p, value = _world(count, m, density, importance)
    order = np.argsort(-value, kind="stable")
    W, b = np.zeros((m, count)), np.full(count, p / 2)
    loss = feature_variance(p) * float(value[order[n:]].sum())
    variance, at, row = 0.0, 0, 0
    for j, s in sizes:
        features = order[at : at + j]
        scale = float(value[features[0]])
        block = _descended(j, s, p, _key(value[features]), exact)
        if block is None:
            raise ValueError(f"blocks must be known near density {p:g}, got {j} in {s}")
        W[row : row + s, features], b[features] = block.W, block.b
        loss += scale * block.loss
        variance += (scale * block.error) ** 2
        at, row = at + j, row + s
    return Partition(p, value, sizes, W, b, loss, float(np.sqrt(variance)))


def partition_exchange(
    denser: Any, sparser: Any, *, importance: Any, between: tuple[float, float]
) -> float:
    """Density at which two partitions cost the same, each at its best [D30].

    Parameters
    ----------
    denser, sparser : sequence of (j, s)
        The one that is better at high density and the one that is better at low density.
    importance : array_like (n,)
        I > 0.
    between : (float, float)
        Densities on either side of the exchange.

    Returns
    -------
    float
        To 1e-6 where both losses are exact; else to their errors over the difference of slopes.

    Raises
    ------
    ValueError
        No exchange between these densities, or a block that is not known there.

    Examples
    --------
    The weak arm gives way to three features in two neurons, 4, 5 and 6:

    >>> importance = 0.75 ** np.arange(10)
    >>> arm, block = [(1, 1)] * 4 + [(2, 1)], [(1, 1)] * 3 + [(3, 2)]
    >>> round(partition_exchange(arm, block, importance=importance, between=(0.3, 0.5)), 3)
    0.409
    """
    first, second = _sizes(denser, "denser"), _sizes(sparser, "sparser")
    ends = as_list("between", between)
    if len(ends) != 2:
        raise ValueError(f"between must be two densities, got {between!r}")
    low, high = sorted(as_positive_density("between", p) for p in ends)

    def difference(p: float) -> float:
        losses = [
            privileged_partition(each, density=p, importance=importance).loss
            for each in (first, second)
        ]
        return (losses[1] - losses[0]) / p

    if difference(low) >= 0 or difference(high) <= 0:
        raise ValueError(f"between must hold an exchange of the two, got {between!r}")
    return float(brentq(difference, low, high, xtol=1e-7, rtol=1e-9))


def settled_partition(start: Partition, *, most_active: int = 2) -> Partition:
    """Where the whole model goes from a partition when no weight is held at zero any more [D30].

    Dropped features grow weak arms on blocks, and blocks lean on each other: what the partition
    leaves out.

    Parameters
    ----------
    start : Partition
    most_active : int
        Patterns of more active features are sampled.

    Returns
    -------
    Partition
        Under the name of its start.

    Raises
    ------
    ValueError
        most_active beyond 3.
    TypeError
        No Partition.

    Examples
    --------
    The monosemantic start of two features and one neuron, where superposition pays at once:

    >>> start = privileged_partition([(1, 1)], density=0.2, importance=[1.0, 0.8])
    >>> settled_partition(start).loss <= start.loss
    True
    """
    check_kind("start", start, Partition, "a Partition, of theory.best_partition")
    check_at_most("most_active", check_whole("most_active", most_active), 3, "seconds a step")
    rng = np.random.default_rng(len(start.b))
    # Zeros are a saddle for arms that pay; a push off it takes either side.
    push = 0.02 * np.abs(rng.normal(size=start.W.shape)) * (start.W == 0)
    end = descend(start.W + push, start.b, start.density, start.importance, most_active=most_active)
    n = len(start.b)
    (least, error, _), _, _ = part_loss(
        start.W, start.b, np.full(n, start.density), start.importance, most_active
    )
    if least < end.loss:
        return start
    del error
    return Partition(
        start.density, start.importance, start.blocks, end.W, end.b, end.loss, end.error
    )


def _key(importance: FloatArray) -> tuple[float, ...]:
    """Importances of a block relative to its first."""
    return tuple(np.round(importance / importance[0], ROUND))


@lru_cache(maxsize=1024)
def _shipped(
    j: int, s: int, density: float, importance: tuple[float, ...]
) -> PrivilegedBlock | None:
    """A block as the library has it, at other density and importances: an upper bound."""
    start = _start(j, s, density)
    if start is None:
        return None
    W, b = start
    p, value = np.full(j, density), np.array(importance)
    if s == 1:
        return descend(W, b, density, value, most_active=j)
    (loss, error, _), _, _ = part_loss(W, b, p, value, min(j, 2), 256)
    return PrivilegedBlock(density, value, W, b, loss, error)


@lru_cache(maxsize=1024)
def _descended(
    j: int, s: int, density: float, importance: tuple[float, ...], exact: bool
) -> PrivilegedBlock | None:
    """A block at its best from where the library has it."""
    start = _start(j, s, density)
    if start is None:
        return None
    value = np.array(importance)
    block = descend(*start, density, value)
    if exact and block.error > 0:
        (loss, error, _), _, _ = part_loss(block.W, block.b, np.full(j, density), value, j)
        block = PrivilegedBlock(density, value, block.W, block.b, loss, error)
    return block


def _start(j: int, s: int, density: float) -> tuple[FloatArray, FloatArray] | None:
    if (j, s) == (1, 1):
        return np.ones((1, 1)), np.zeros(1)
    if (j, s) == (2, 1):
        return np.array([[1.0, ARM]]), np.array([-ARM / 2, density / 2 * (1 - ARM)])
    return nearest(j, s, density) if (j, s) in SIZES else None


def _sizes(blocks: Any, name: str = "blocks") -> Composition:
    """Checked sizes of blocks."""
    try:
        sizes = tuple((int(j), int(s)) for j, s in blocks)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be pairs (features, neurons), got {blocks!r}") from error
    known = {(1, 1), (2, 1), *SIZES}
    if not sizes or not set(sizes) <= known:
        raise ValueError(f"{name} must be among {sorted(known)}, got {blocks!r}")
    return sizes


def _world(
    n_features: int, n_hidden: int, density: float, importance: Any
) -> tuple[int, float, FloatArray]:
    n, m = check_sizes(n_features, n_hidden)
    check_at_most("n_features", n, MOST, "the largest that blocks are known for")
    p = as_positive_density("density", density)
    value = as_importance(importance, n)
    if value.ndim > 1 or value.min() <= 0:
        raise ValueError(f"importance must be {n} positive numbers, got {importance!r}")
    return m, p, value
