r"""A packing as a model: blocks in orthogonal subspaces, with W and b that can be saved [D14].

$$ W = ⊕_B W_B,   L(W, b) = Σ_B L(W_B, b_B) + Σ_{i\ ignored} I_i (p_i/3 − p_i²/4). $$

Whole blocks share n features and m dimensions; which ones, is a dynamic programme over features
placed and dimensions used, exact where all features are alike.  Where they are not, features are
sorted by importance times variance, each block takes neighbours in that order, and its loss is
first estimated by that of the same block at its members' mean density; norms and biases are then
fitted to the members' own densities and importances, and digons re-paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ground.checks import FloatArray
from theory.data_law import feature_variance
from theory.geometry.blocks import FreeBlock
from theory.geometry.library import block_at, free_blocks, relative_loss
from theory.geometry.packing import best_block
from theory.loss.floats import gradient_of
from theory.loss.problem import Problem
from theory.loss.transitive import Integers
from theory.minima.quasi_newton import quasi_newton, value_in
from theory.polytopes.arrangements import arrangement, arrangements

__all__ = ["Packed", "packed"]

FREE = "free block"
NEAR = 1.25  # a free block is of use at densities within this factor of its own
_ROUNDS = 12  # of choosing blocks by what is known of them, and learning the exact loss of those
_FIT_UP_TO = 40  # evaluations that the norms and biases of one block may take
_WORK = 6000  # features times evaluations that all blocks of a model may take


@dataclass(frozen=True, eq=False)
class Packed:
    """Blocks in orthogonal subspaces, with the features that are left out.

    Attributes
    ----------
    parts : tuple of (name, features)
        Families of :mod:`theory.polytopes.arrangements`, or "free block", and who is in them.
    W : (m, n)
    b : (n,)
    loss : float
        Of the whole model.
    """

    parts: tuple[tuple[str, tuple[int, ...]], ...]
    W: FloatArray
    b: FloatArray
    loss: float

    @property
    def counted(self) -> str:
        """Such as "3 × 5-demicube, 1 × digon"."""
        names = [name for name, _ in self.parts]
        kinds = sorted(set(names), key=lambda name: (-names.count(name), name))
        return ", ".join(f"{names.count(name)} × {name}" for name in kinds)


@dataclass(frozen=True, eq=False)
class _Kind:
    """A kind of block on offer: what it takes, and its loss over that of ignoring its features."""

    name: str
    n_features: int
    dimension: int
    free: FreeBlock | None = None

    def relative(self, densities: FloatArray) -> FloatArray:
        """At each mean density."""
        if self.free is None:
            return relative_loss(self.name, densities)
        own = self.free.loss / (self.n_features * feature_variance(self.free.density))
        off = np.abs(np.log(densities / self.free.density))
        return np.where(off <= np.log(NEAR), own, np.inf)


def packed(problem: Problem, *, free: bool = True) -> Packed:
    """The best packing of whole blocks in the world of a checked value of one instance [D14].

    Parameters
    ----------
    problem : Problem
        On [0, 1]; its W and b only say how many features and hidden dimensions there are.
    free : bool
        Whether the free blocks that are shipped compete too.

    Returns
    -------
    Packed
        Its loss is that of :func:`theory.loss.floats.gradient_of` at its W and b.

    Examples
    --------
    >>> from theory.loss.problem import as_problem
    >>> packed(as_problem([[0.0] * 5] * 2, None, 0.1, None)).counted
    '1 × pentagon'
    """
    m, n = problem.W.shape[1:]
    p, I = problem.density[0], problem.importance[0]
    stake = I * feature_variance(p)
    order = np.argsort(-stake, kind="stable")
    alike = bool(np.ptp(p) == 0 and np.ptp(I) == 0)
    kinds = [
        kind
        for kind in _kinds()
        if kind.n_features <= n and kind.dimension <= m and (kind.free is None or free)
    ]
    known: dict[_Kind, float] = {}
    chosen = _chosen(kinds, stake[order], p[order], m, known)
    if alike and stake[0] > 0:
        # Estimates choose; what they choose is computed; until nothing new is chosen.
        for _ in range(_ROUNDS):
            new = {kind for kind, _ in chosen} - set(known)
            if not new:
                break
            for kind in new:
                W, b = _fitted(kind, (float(p[0]),) * kind.n_features, (1.0,) * kind.n_features, 0)
                known[kind] = _loss(problem, W, b) / (kind.n_features * feature_variance(p[0]))
            chosen = _chosen(kinds, stake[order], p[order], m, known)
    return _built(problem, order, chosen if alike else _repaired(problem, order, chosen))


@lru_cache
def _kinds() -> tuple[_Kind, ...]:
    """Everything on offer."""
    symmetric = [_Kind(a.name, a.n_features, a.dimension) for a in arrangements()]
    return (*symmetric, *(_Kind(FREE, f.n_features, f.dimension, f) for f in free_blocks()))


def _chosen(
    kinds: Sequence[_Kind],
    stake: FloatArray,
    p: FloatArray,
    m: int,
    known: dict[_Kind, float],
) -> list[tuple[_Kind, tuple[int, ...]]]:
    """Blocks and the places, in the order given, of their features: the dynamic programme."""
    n = len(stake)
    at_stake = np.concatenate([[0.0], np.cumsum(stake)])
    dense = np.concatenate([[0.0], np.cumsum(np.maximum(p, 1e-12))])
    costs = []
    for kind in kinds:
        k = kind.n_features
        ignored = at_stake[k:] - at_stake[:-k]
        mean = np.minimum((dense[k:] - dense[:-k]) / k, 1.0)
        share = known[kind] if kind in known else kind.relative(mean)
        costs.append(np.where(ignored > 0, ignored * share, 0.0))
    best = np.full((n + 1, m + 1), np.inf)
    best[0] = 0.0
    choice = np.full((n + 1, m + 1), -1)
    for placed in range(n):
        here = best[placed] + stake[placed]
        better = here < best[placed + 1]
        best[placed + 1, better], choice[placed + 1, better] = here[better], -1
        for number, kind in enumerate(kinds):
            k, d = kind.n_features, kind.dimension
            if placed + k > n:
                continue
            total = best[placed, : m + 1 - d] + costs[number][placed]
            after = best[placed + k, d:]
            # Ties, as with what is worth ignoring, go to the first.
            better = total < after * (1 - 1e-12)
            after[better] = total[better]
            choice[placed + k, d:][better] = number
    blocks = []
    placed, used = n, int(np.argmin(best[n]))
    while placed:
        number = int(choice[placed, used])
        if number < 0:
            placed -= 1
            continue
        kind = kinds[number]
        placed, used = placed - kind.n_features, used - kind.dimension
        blocks.append((kind, tuple(range(placed, placed + kind.n_features))))
    return blocks[::-1]


def _repaired(
    problem: Problem, order: Integers, chosen: list[tuple[_Kind, tuple[int, ...]]]
) -> list[tuple[_Kind, tuple[int, ...]]]:
    """Pair the first of all digons' features with the last, where that is better.

    A digon of equally important features costs some p_i p_j, whose sum is least so; one of
    neighbours can be better where importances differ.
    """
    p, I = problem.density[0], problem.importance[0]

    def cost(kind: _Kind, places: tuple[int, ...]) -> float:
        members = order[list(places)]
        densities, weights = _key(p[members], I[members])
        W, b = _fitted(kind, densities, weights, 0)
        world = Problem(W[None], b[None], p[None, members], I[None, members], 0.0, 1.0, ())
        return float(gradient_of(world)[0][0])

    digons = [block for block in chosen if block[0].name == "digon"]
    in_them = sorted(place for _, places in digons for place in places)
    opposite = [(kind, (in_them[k], in_them[-1 - k])) for k, (kind, _) in enumerate(digons)]
    if sum(cost(*block) for block in opposite) >= sum(cost(*block) for block in digons):
        return chosen
    return [*opposite, *(block for block in chosen if block[0].name != "digon")]


def _built(
    problem: Problem, order: Integers, chosen: Sequence[tuple[_Kind, tuple[int, ...]]]
) -> Packed:
    m, p, I = problem.W.shape[1], problem.density[0], problem.importance[0]
    W, b = np.zeros((m, len(p))), p / 2
    used = 0
    parts = []
    # Work is shared by the blocks that differ, so that a model's cost has a bound.
    differing = {_key(p[order[list(places)]], I[order[list(places)]]) for _, places in chosen}
    for kind, places in chosen:
        members = order[list(places)]
        densities, weights = _key(p[members], I[members])
        work = _WORK // (len(differing) * kind.n_features)
        block, biases = _fitted(kind, densities, weights, min(work, _FIT_UP_TO))
        W[used : used + kind.dimension, members] = block
        b[members] = biases
        used += kind.dimension
        parts.append((kind.name, tuple(int(i) for i in members)))
    return Packed(tuple(parts), W, b, float(gradient_of(problem.at(W[None], b[None]))[0][0]))


def _key(p: FloatArray, I: FloatArray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Densities and relative importances, which decide norms and biases."""
    scale = float(np.max(I)) or 1.0
    return tuple(p.tolist()), tuple(np.round(I / scale, 12).tolist())


@lru_cache(maxsize=4096)
def _fitted(
    kind: _Kind, p: tuple[float, ...], I: tuple[float, ...], evaluations: int
) -> tuple[FloatArray, FloatArray]:
    """W (d, k) and b of a block at its members' densities and importances."""
    alike = len(set(p)) == len(set(I)) == 1
    if kind.free is not None:
        W, b = kind.free.W, kind.free.b
        if alike and p[0] == kind.free.density:
            return W, b
    else:
        mean = float(np.clip(np.mean(p), 1e-12, 1.0))
        block = block_at(kind.name, mean)
        if alike:
            block = best_block(kind.name, mean, near=block)
        W = np.sqrt(block.scale) * unit_vectors(kind.name, block.shape)
        b = np.full(len(p), block.bias)
        if alike:
            return W, b
    return _lengthened(W, b, np.array(p), np.array(I), evaluations or _FIT_UP_TO)


def _lengthened(
    W: FloatArray, b: FloatArray, p: FloatArray, I: FloatArray, evaluations: int
) -> tuple[FloatArray, FloatArray]:
    """Best norms and biases, the angles as they are."""
    if len(p) == 1:
        return np.ones((1, 1)), np.zeros(1)
    world = Problem(W[None], b[None], p[None], I[None], 0.0, 1.0, ())
    value = value_in(world, rtol=1e-5)

    def cost(lengths: FloatArray, biases: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        loss, dW, db = value(lengths * W, biases)
        return loss, np.sum(dW * W, axis=0), db

    if evaluations < 2:
        return W, b
    end = quasi_newton(
        cost,
        np.ones(len(p)),
        b,
        method="L-BFGS-B",
        scale=float(np.sum(I * feature_variance(p))) or 1.0,
        maxfun=evaluations,
        ftol=1e-9,
        gtol=1e-7,
    )
    return end.W * W, end.b


def _loss(problem: Problem, W: FloatArray, b: FloatArray) -> float:
    """Of one block whose features are all like the first, at importance one."""
    k = len(b)
    p = np.full((1, k), problem.density[0, 0])
    world = Problem(W[None], b[None], p, np.ones((1, k)), 0.0, 1.0, ())
    return float(gradient_of(world)[0][0])


@lru_cache
def unit_vectors(name: str, shape: float | None) -> FloatArray:
    """Unit vectors (d, k) with the family's Gram matrix."""
    family = arrangement(name)
    gram = family.gram_of(0.5 if shape is None else shape)
    values, vectors = np.linalg.eigh(gram)
    top = slice(-family.dimension, None)
    return np.asarray((vectors[:, top] * np.sqrt(np.maximum(values[top], 0.0))).T)
