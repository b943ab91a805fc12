"""Mixtures of blocks for given n and m [D14].

With n features and m dimensions the blocks share both.  How many of each is a linear programme,

$$ max Σ_f x_f d_f B_f   with   Σ_f x_f d_f ≤ m,  Σ_f x_f k_f ≤ n,  x ≥ 0, $$

whose optimum needs two kinds of block at most: one constraint each.  Counts need not be whole;
for m in the tens rounding them changes D* by less than one block.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.optimize import linprog

from ground.checks import FloatArray, as_density_axis, as_list, check_flag, check_sizes
from theory.data_law import feature_variance
from theory.geometry.blocks import FreeBlock
from theory.geometry.offers import LARGE, Offer, large_offers
from theory.geometry.packing import chosen_arrangements, packing

__all__ = ["FREE", "mixture"]

FREE = "free block"


def mixture(
    densities: Sequence[float] | FloatArray,
    n_features: int,
    n_hidden: int,
    *,
    names: Sequence[str] | None = None,
    large: bool = True,
    free: Sequence[Sequence[FreeBlock]] | None = None,
) -> xr.Dataset:
    """Best mixture of blocks that fills m dimensions with n features, at each density [D14].

    Parameters
    ----------
    densities : sequence of float
        In (0, 1].
    n_features, n_hidden : int
    names : sequence of str, optional
        Families to compare.
    large : bool
        Whether large blocks (:mod:`theory.geometry.large_blocks`) of any r ≤ n/m compete too.
    free : sequence of sequences of FreeBlock, optional
        For each density, blocks of
        :func:`theory.geometry.free_blocks.best_free_blocks` that compete too.

    Returns
    -------
    Dataset (density, block)
        ``share`` of the hidden dimensions and ``features``, the share of all features, that
        each block gets; ``dimensionality`` of its features; for each density ``loss`` of the
        whole model, ``dimensions_per_feature`` D* = m/‖W‖_F² and ``winner``, the block with
        most dimensions.

    Raises
    ------
    ValueError
        More dimensions than features, a density outside (0, 1], or free blocks of another.

    Examples
    --------
    Two features for each dimension leave no choice but digons:

    >>> dense = mixture([0.25], 40, 20, large=False)
    >>> str(dense["winner"].item()), round(float(dense["features"].max()), 9)
    ('digon', 1.0)
    """
    n, m = check_sizes(n_features, n_hidden)
    p = as_density_axis(as_list("densities", densities))
    check_flag("large", large)
    chosen_arrangements(names)
    if free is not None and not (
        np.iterable(free)
        and all(np.iterable(row) for row in free)
        and all(isinstance(block, FreeBlock) for row in free for block in row)
    ):
        raise TypeError(f"free must be a list of FreeBlocks for each density, got {free!r}")
    extra = [[] for _ in p] if free is None else [list(row) for row in free]
    theirs = [{block.density for block in row} for row in extra]
    if len(theirs) != len(p) or not all(own <= {q} for own, q in zip(theirs, p, strict=True)):
        raise ValueError(f"free must hold blocks of each density of {p}, in that order")
    finite = packing(p, names=names)
    labels = [*map(str, finite["arrangement"].values)]
    labels += [LARGE] * large + [FREE] * (free is not None)
    share, features, dims = (np.zeros((len(p), len(labels))) for _ in range(3))
    loss, frobenius = np.zeros(len(p)), np.zeros(len(p))
    for at, density in enumerate(p):
        offers = _symmetric(finite.isel(density=at))
        if large:
            offers += large_offers(float(density), n / m)
        offers += [Offer(FREE, b.n_features / b.dimension, b.benefit, b.scale) for b in extra[at]]
        ratio, benefit, scale = (np.array(column) for column in list(zip(*offers, strict=True))[1:])
        owner = np.array([labels.index(offer.block) for offer in offers])
        solved = linprog(
            -benefit / benefit.max(),
            A_ub=np.stack([np.ones_like(ratio), ratio]),
            b_ub=np.array([m, n]),
            method="highs",
        )
        used = np.asarray(solved.x)
        np.add.at(share[at], owner, used / m)
        np.add.at(features[at], owner, used * ratio / n)
        frobenius[at] = used @ (ratio * scale)
        loss[at] = n * feature_variance(density) - used @ benefit
        # Sums of D_i are dimensions, so that dimensions over features are their mean.
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = share[at] * m / (features[at] * n)
        finite_ones = finite["dimensionality"].values[at]
        dims[at] = mean
        dims[at, : len(finite_ones)] = finite_ones
    return xr.Dataset(
        {
            "share": (("density", "block"), share),
            "features": (("density", "block"), features),
            "dimensionality": (("density", "block"), dims),
            "loss": ("density", loss),
            "dimensions_per_feature": ("density", m / frobenius),
            "winner": ("density", np.array(labels)[share.argmax(axis=1)]),
        },
        coords={"density": p, "block": labels},
    )


def _symmetric(packed: xr.Dataset) -> list[Offer]:
    """Every polytope at one density."""
    ratio = (packed["n_features"] / packed["dimension"]).values
    columns = packed["arrangement"].values, ratio, packed["benefit"].values, packed["scale"].values
    return [Offer(str(name), *map(float, rest)) for name, *rest in zip(*columns, strict=True)]
