r"""What a dimension and a feature are worth: the prices of the mixture's linear programme [D14].

With n equal features and m dimensions, the best mixture saves λ m + μ n against ignoring all
features, λ and μ the multipliers of its two constraints.  A block of k features in d dimensions
that saves B falls short by

$$ λ d + μ k − B, $$

zero for the blocks of the best mixture, and these shortfalls add up to the gap of a model:

$$ Σ_B (λ d_B + μ k_B − B) = L(W, b) − L_{mixture}   where   Σ d_B = m, Σ k_B = n. $$
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ground.checks import FloatArray, as_density, check_sizes
from theory.data_law import feature_variance
from theory.geometry.library import block_at, free_blocks
from theory.geometry.offers import Offer, large_offers
from theory.polytopes.arrangements import arrangements

__all__ = ["Prices", "best_benefit", "prices"]

_ROUNDING = 1e-12
_SAME = 1.02  # ratio of densities up to which a free block's benefit is that of its own density


@dataclass(frozen=True)
class Prices:
    """The multipliers of the best mixture and its loss.

    Attributes
    ----------
    dimension, feature : float
        λ and μ: by how much the loss falls for one dimension more, and for one more feature
        that could be ignored.
    loss : float
        Of the mixture, counts of its blocks not whole.
    """

    dimension: float
    feature: float
    loss: float


def prices(n_features: int, n_hidden: int, density: float, *, large: bool = False) -> Prices:
    """Prices of the best mixture of the blocks of the library [D14].

    Parameters
    ----------
    n_features, n_hidden : int
    density : float
        p in (0, 1], the same for all features, which are equally important.
    large : bool
        Whether large blocks compete, which are a limit and not a model.

    Raises
    ------
    ValueError
        More dimensions than features, or a density outside (0, 1].

    Examples
    --------
    >>> from theory.geometry.packing import best_block
    >>> round(prices(40, 20, 0.3).loss / (40 * best_block("digon", 0.3).loss), 1)
    1.0
    """
    n, m = check_sizes(n_features, n_hidden)
    p = float(as_density(density))
    if p == 0:
        raise ValueError("density must lie in (0, 1] (at 0 there is nothing to lose), got 0")
    offers = [*_library(p), *(large_offers(p, n / m) if large else ())]
    ratio = np.array([offer.ratio for offer in offers])
    benefit = np.array([offer.benefit for offer in offers])
    unit = float(benefit.max())
    if unit <= 0.0:
        return Prices(0.0, 0.0, n * float(feature_variance(p)))
    by_dimension, by_feature = (unit * price for price in _multipliers(ratio, benefit / unit, n, m))
    # What the best mixture saves is what its dimensions and features are worth.
    saved = m * by_dimension + n * by_feature
    return Prices(by_dimension, by_feature, n * float(feature_variance(p)) - saved)


def _multipliers(ratio: FloatArray, benefit: FloatArray, n: int, m: int) -> tuple[float, float]:
    """λ and μ that minimise m λ + n μ with λ + μ r ≥ B for every block, and neither negative.

    The dual programme in one variable: λ is the largest B − μ r, so that m λ + n μ is convex in μ
    and bends only where two blocks, or a block and nothing, are worth the same.
    """
    ratio, benefit = np.append(ratio, 0.0), np.append(benefit, 0.0)  # and nothing at all
    with np.errstate(divide="ignore", invalid="ignore"):
        bends = (benefit[:, None] - benefit) / (ratio[:, None] - ratio)
    by_feature = np.append(bends[np.isfinite(bends) & (bends > 0)], 0.0)
    by_dimension = (benefit - by_feature[:, None] * ratio).max(axis=1)
    cost = m * by_dimension + n * by_feature
    # Where blocks of one kind use up both, many prices are right: those of one feature more.
    least = int(np.argmin(np.where(cost <= cost.min() * (1 + _ROUNDING), by_feature, np.inf)))
    return float(by_dimension[least]), float(by_feature[least])


def best_benefit(density: float) -> tuple[str, float]:
    """The block that saves most per dimension at a density, whatever it needs of features.

    Examples
    --------
    >>> best_benefit(0.15)[0]
    '5-demicube'
    """
    best = max(_library(density), key=lambda offer: offer.benefit)
    return best.block, best.benefit


@lru_cache(maxsize=256)
def _library(p: float) -> tuple[Offer, ...]:
    """Every block of the library, its benefit interpolated in the density."""
    offers = []
    for family in arrangements():
        block = block_at(family.name, p)
        ratio = family.n_features / family.dimension
        offers.append(Offer(family.name, ratio, block.benefit, block.scale))
    for free in free_blocks():
        if abs(np.log(p / free.density)) <= np.log(_SAME):
            ratio = free.n_features / free.dimension
            offers.append(Offer("free block", ratio, free.benefit, free.scale))
    return tuple(offers)
