"""Pictures of pairs of features: which orders are the same model, and a colour a pair."""

from __future__ import annotations

from itertools import permutations, product

from figures.kit.planar import SET_COLOURS

__all__ = ["orders", "pair_colours"]


def orders(pairs: int) -> list[list[int]]:
    """Reorderings that the law does not notice: of the pairs, and within each."""
    found = []
    for order in permutations(range(pairs)):
        for flips in product((0, 1), repeat=pairs):
            found.append([i for k in order for i in (2 * k + flips[k], 2 * k + 1 - flips[k])])
    return found


def pair_colours(pairs: int) -> list[str]:
    """The colour of each feature, the same for both of a pair."""
    return [SET_COLOURS[k // 2] for k in range(2 * pairs)]
