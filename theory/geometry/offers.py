"""What each kind of block offers a mixture: features taken, loss saved, for a dimension [D14]."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["LARGE", "Offer", "large_offers"]

LARGE = "large block"


class Offer(NamedTuple):
    """What a kind of block takes and gives, for each of its dimensions."""

    block: str
    ratio: float
    benefit: float
    scale: float


def large_offers(density: float, most: float) -> list[Offer]:
    """The best large blocks of some ratios r up to n/m."""
    from theory.geometry.large_blocks import large_block  # searches, which most do without

    best = large_block(density, most=most)
    ratios = np.unique(np.append(np.geomspace(1.0, most, 8), best.features_per_dimension))
    blocks = [large_block(density, most=most, ratio=float(r)) for r in ratios]
    return [
        Offer(LARGE, float(r), block.benefit, block.scale)
        for r, block in zip(ratios, blocks, strict=True)
    ]
