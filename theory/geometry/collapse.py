"""Where correlated pairs collapse to their principal component, as density grows [D16].

Sparse pairs are told apart: their two features have directions of their own.  Denser pairs
share one direction, which then carries x_1 + x_2, the pair's principal component.  In the
least-loss model pairs give in one after the other; each exchange of minima is found by following
both across it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from ground.checks import (
    FloatArray,
    as_density,
    as_density_axis,
    as_list,
    check_at_most,
    check_positive_int,
)
from theory.loss.sets import Sets
from theory.minima.sets import (
    ROUGH,
    WITHIN,
    SetMinimum,
    descend_sets,
    finished,
    least_from,
    least_set_minimum,
    spread_starts,
)

__all__ = ["Collapse", "collapsed_pairs", "collapses", "pair_minima"]

# Cosine above which two partners count as collapsed (18°): a convention.  Partners told apart are
# 30° or more apart; just after an exchange they may keep some ten degrees, which they lose
# continuously.
SAME = 0.95
SAME_LOSS = 1e-9  # relative difference of losses of one minimum, found in two ways
ROUNDS = 6  # in which a better minimum of either kind may turn up at an exchange
NEAR = 1.1  # ratio of densities between which both minima that tie are followed, if both exist
NEAREST = 1 + 1e-6  # ratio at which they are followed whether they do or not
WIDER, REACH = 1.02, 30  # factor and number of steps by which the next exchange is bracketed
GONE = 0.05  # length below which a feature is ignored


@dataclass(frozen=True)
class Collapse:
    """An exchange of best minima at which the number of collapsed pairs changes [D16].

    Attributes
    ----------
    density : float
    below, above : int
        Collapsed pairs at lower and at higher density.
    loss : float
        Of both minima there.
    """

    density: float
    below: int
    above: int
    loss: float


def collapsed_pairs(W: FloatArray) -> int:
    """How many of the pairs (1, 2), (3, 4), … point in one direction [D16].

    Examples
    --------
    >>> collapsed_pairs(np.array([[1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]))
    1
    """
    lengths = np.linalg.norm(W, axis=0)
    first, second = W[:, ::2], W[:, 1::2]
    present = np.minimum(lengths[::2], lengths[1::2]) > GONE
    inner = np.sum(first * second, axis=0)
    cosine = np.divide(inner, lengths[::2] * lengths[1::2], out=np.zeros_like(inner), where=present)
    return int(np.sum(cosine > SAME))


def pair_minima(
    n_pairs: int, densities: Sequence[float], *, n_hidden: int = 2, starts: int = 12
) -> list[SetMinimum]:
    """Least-loss model of correlated pairs at each density [D16].

    Parameters
    ----------
    n_pairs : int
    densities : sequence of float
        Chance of a pair's gate; neighbours lend each other their minima as starts.
    n_hidden, starts : int

    Returns
    -------
    list of SetMinimum
        One a density.
    """
    n_pairs = check_positive_int("n_pairs", n_pairs)
    laws = [
        Sets("correlated", (2,) * n_pairs, float(p)) for p in np.atleast_1d(as_density(densities))
    ]
    fans = [(W, np.zeros(2 * n_pairs)) for W in _fans(n_pairs, n_hidden)]
    best = [least_set_minimum(n_hidden, law, starts, fans) for law in laws]
    # Sweep up and down, so that a minimum found at one density reaches all others it serves.
    for order in (range(len(laws)), range(len(laws))[::-1]):
        for here, there in pairwise(order):
            carried = descend_sets(best[here].W, best[here].b, laws[there])
            if carried.loss < best[there].loss:
                best[there] = carried
    return best


def collapses(
    n_pairs: int, densities: Sequence[float], *, n_hidden: int = 2, starts: int = 12
) -> list[Collapse]:
    """Densities at which the best model's number of collapsed pairs changes [D16].

    A pair counts as collapsed where its features are within 18° (cosine above 0.95) of each other.
    Both minima that tie at an exchange are the best of their kind that a search at that very
    density finds, so that it does not depend on the grid.

    Parameters
    ----------
    n_pairs : int
    densities : sequence of float
        Rising grid that brackets the changes.
    n_hidden, starts : int

    Returns
    -------
    list of Collapse
        By rising density; empty where the number never changes.

    Raises
    ------
    ValueError
        More than 6 pairs, sizes out of range, or a density outside (0, 1].

    Examples
    --------
    Two pairs in two dimensions give in together:

    >>> [found] = collapses(2, [0.1, 0.4], starts=4)
    >>> found.below, found.above
    (0, 2)
    """
    check_at_most("n_pairs", check_positive_int("n_pairs", n_pairs), 6, "4 to the power of pairs")
    check_at_most("n_hidden", check_positive_int("n_hidden", n_hidden), 2 * n_pairs, "2 n_pairs")
    check_at_most("starts", check_positive_int("starts", starts), 10_000, "minutes")
    p = np.sort(as_density_axis(as_list("densities", densities)))
    best = pair_minima(n_pairs, p.tolist(), n_hidden=n_hidden, starts=starts)
    found = []
    for low, high, sparse, dense in zip(p, p[1:], best, best[1:], strict=False):
        below, above = collapsed_pairs(sparse.W), collapsed_pairs(dense.W)
        if below == above:
            continue

        found += _exchanges(low, high, sparse, dense, n_pairs, n_hidden, starts)
    return found


def _exchanges(
    low: float,
    high: float,
    sparse: SetMinimum,
    dense: SetMinimum,
    n_pairs: int,
    n_hidden: int,
    starts: int,
) -> list[Collapse]:
    """Changes of the best minimum's kind between two densities, by bisection and root finding."""
    below, above = collapsed_pairs(sparse.W), collapsed_pairs(dense.W)
    while high / low > NEAR or (
        high / low > NEAREST
        and (
            collapsed_pairs(_at(sparse, n_pairs, high).W) != below
            or collapsed_pairs(_at(dense, n_pairs, low).W) != above
        )
    ):
        middle = float(np.sqrt(low * high))
        law = Sets("correlated", (2,) * n_pairs, middle)
        natural = [(W, np.zeros(2 * n_pairs)) for W in _fans(n_pairs, n_hidden)]
        best = least_from([(sparse.W, sparse.b), (dense.W, dense.b), *natural], law)
        kind = collapsed_pairs(best.W)
        if kind == below:
            low, sparse = middle, best
        elif kind == above:
            high, dense = middle, best
        else:
            return [
                *_exchanges(low, middle, sparse, best, n_pairs, n_hidden, starts),
                *_exchanges(middle, high, best, dense, n_pairs, n_hidden, starts),
            ]

    return _settled(low, high, sparse, dense, n_pairs, n_hidden, starts)


def _settled(
    low: float,
    high: float,
    sparse: SetMinimum,
    dense: SetMinimum,
    n_pairs: int,
    n_hidden: int,
    starts: int,
) -> list[Collapse]:
    """Where the best minima of two kinds tie: searched for once more at the very place.

    A minimum of the right kind that was followed there need not be the best of its kind: where
    the search finds a better one the exchange is elsewhere, and is looked for with that one.  A
    better one of a third kind lies between two exchanges.
    """
    below, above = collapsed_pairs(sparse.W), collapsed_pairs(dense.W)
    first, last = sorted((below, above))
    ends = low, high

    def ahead(p: float) -> float:
        return _at(sparse, n_pairs, p).loss - _at(dense, n_pairs, p).loss

    for _ in range(ROUNDS):
        root = float(brentq(ahead, low, high, xtol=1e-10))
        tie = _at(dense, n_pairs, root).loss
        best = _best_of_each_kind(n_pairs, n_hidden, root, starts)
        better = {
            kind: minimum
            for kind, minimum in best.items()
            if first <= kind <= last and minimum.loss < tie * (1 - SAME_LOSS)
        }
        if not better:
            return [Collapse(root, below, above, tie)]
        kind = min(better, key=lambda k: better[k].loss)
        if first < kind < last:
            third = better[kind]
            return [
                *_exchanges(ends[0], root, sparse, third, n_pairs, n_hidden, starts),
                *_exchanges(root, ends[1], third, dense, n_pairs, n_hidden, starts),
            ]
        sparse, dense = better.get(below, sparse), better.get(above, dense)
        low = high = root
        for _ in range(REACH):
            low, high = (low, high * WIDER) if ahead(root) < 0 else (low / WIDER, high)
            if ahead(low) < 0 < ahead(high):
                break
    raise RuntimeError(
        f"no exchange of {below} and {above} collapsed pairs settles near density {root:.4f}"
    )


def _best_of_each_kind(
    n_pairs: int, n_hidden: int, density: float, starts: int
) -> dict[int, SetMinimum]:
    """Best minimum found by number of collapsed pairs, of the kinds that come near the least."""
    law = Sets("correlated", (2,) * n_pairs, density)
    begun = [*spread_starts(n_hidden, law, starts), *_fans(n_pairs, n_hidden)]
    rough = [descend_sets(W, np.zeros(2 * n_pairs), law, slope=ROUGH) for W in begun]
    found: dict[int, SetMinimum] = {}
    least = min(minimum.loss for minimum in rough)
    for kind in range(n_pairs + 1):
        same = [m for m in rough if collapsed_pairs(m.W) == kind]
        if not same or min(m.loss for m in same) > least * (1 + WITHIN):
            continue
        for end in finished(same, law):
            settled = collapsed_pairs(end.W)
            if settled not in found or end.loss < found[settled].loss:
                found[settled] = end
    return found


def _fans(n_pairs: int, n_hidden: int) -> list[FloatArray]:
    """Natural starts: directions evenly spaced in a plane, partners adjacent or in one of them.

    With a gap and without: three collapsed pairs may form a triangle, or a digon and a third
    direction across it.
    """
    if n_hidden != 2:
        return []
    fans = []
    for collapsed in range(n_pairs + 1):
        steps = [2] * (n_pairs - collapsed) + [1] * collapsed
        first = np.cumsum([0, *steps[:-1]])
        places = np.stack([first, first + np.array(steps) - 1], axis=1).ravel()
        for gap in (0, 1):
            turn = 2 * np.pi * places / (sum(steps) + gap)
            fans.append(np.stack([np.cos(turn), np.sin(turn)]))
    return fans


def _at(minimum: SetMinimum, n_pairs: int, density: float) -> SetMinimum:
    return descend_sets(minimum.W, minimum.b, Sets("correlated", (2,) * n_pairs, density))
