r"""Vulnerability of a packing: blocks of any kind, each filling so many hidden dimensions [D18].

A fixed attack costs each block what it costs alone, and a random feature is in a block with the
share of its features; the best attack is the largest of the blocks' own best.  Polytopes and free
blocks are computed, or sampled, as they are; large blocks in the limit of many features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

from ground.checks import (
    FloatArray,
    as_positive_density,
    check_at_most,
    check_positive_int,
    check_sizes,
)
from theory.adversary.best_of import Smooth, as_seed, best_attack_of
from theory.adversary.block_law import SAMPLES, block_law
from theory.adversary.directions import as_size
from theory.adversary.gain import vulnerabilities_of
from theory.adversary.large_limit import large_attack
from theory.geometry.free_blocks import FreeBlock
from theory.geometry.large_blocks import LargeBlock, large_block
from theory.geometry.library import block_at
from theory.geometry.mixture import LARGE, mixture
from theory.geometry.packed_model import unit_vectors
from theory.geometry.packing import Block, best_block, chosen_arrangements
from theory.loss.problem import Problem

__all__ = ["PackedAttack", "best_blocks", "packed_attack"]

AnyBlock = Block | FreeBlock | LargeBlock
LEAST = 1e-9  # hidden dimensions that count as none
TABLE_ERROR = 0.03  # of the largest benefit: interpolated ones are nearer than that


@dataclass(frozen=True)
class PackedAttack:
    """What attacks on a packing add to its loss, over ε² [D17, D18].

    Attributes
    ----------
    size : float
        ε.
    fixed : float
        Of the attack on a random live feature.
    best, error : float
        Of the best of all attacks for each input, and its standard error: blocks are sampled.
    own_gain, linear : float
        What linear theory says: the mean over features of ‖G_k‖², by the feature's own output, and
        of (G⁴)_kk/(G²)_kk, by all.
    limit : bool
        Whether large blocks are among them, so that fixed and best are a Gaussian limit.
    """

    size: float
    fixed: float
    best: float
    error: float
    own_gain: float
    linear: float
    limit: bool


def packed_attack(
    blocks: Sequence[tuple[AnyBlock, float]],
    *,
    size: Any,
    samples: int = SAMPLES,
    seed: int = 0,
) -> PackedAttack:
    r"""Vulnerability of blocks in orthogonal subspaces under fixed and under best attacks [D18].

    .. math:: V_{fixed} = \sum_B \frac{n_B}{n} V_B, \qquad
              V_{best} = \frac{1}{\varepsilon^2} \int t\, d \prod_B F_B(t)^{m_B / d_B}

    Parameters
    ----------
    blocks : sequence of (block, hidden dimensions)
        Blocks of :func:`theory.best_block`, :func:`theory.free_block` and
        :func:`theory.large_block`, all of one density, and the m_B that each kind fills, which
        need not be whole copies.
    size : float
        ε > 0.
    samples : int
        As in :func:`theory.best_attack_vulnerability`.
    seed : int

    Returns
    -------
    PackedAttack

    Raises
    ------
    TypeError
        What is no block.
    ValueError
        Densities that differ, dimensions or a size that are not positive.

    Examples
    --------
    >>> from theory.geometry.packing import best_block
    >>> dedicated = packed_attack([(best_block("point", 0.3), 20)], size=0.2)
    >>> round(dedicated.fixed, 6), round(dedicated.best, 6), dedicated.limit
    (1.0, 1.0, False)
    """
    parts = _as_blocks(blocks)
    epsilon = as_size(size, least="positive")
    if epsilon.ndim:
        raise ValueError(f"size (ε of the attack) must be one number, got {size!r}")
    eps = float(epsilon)
    check_at_most("samples", check_positive_int("samples", samples), 2**20, "memory")
    start = as_seed(seed)
    laws, smooth, rows = [], [], []
    for block, dimensions in parts:
        if isinstance(block, LargeBlock):
            r, c = block.features_per_dimension, block.scale
            attack = large_attack(block, dimensions * r, eps)
            smooth.append(Smooth(attack.below, attack.table[0]))
            rows.append((dimensions * r, attack.fixed / eps**2, c * c * r, (c * r) ** 2))
            continue
        W, b = weights_of(block)
        p, ones = np.full(len(b), block.density), np.ones(len(b))
        copies = dimensions / len(W)
        law = block_law(W, b, p, ones, eps, copies=copies, samples=samples, seed=start)
        laws.append((law, copies))
        G = W.T @ W
        own = np.sum(G**2, axis=1)
        world = Problem(W[None], b[None], p[None], ones[None], 0.0, 1.0, ())
        # A polytope looks the same from every vertex: one attack stands for all.
        first = 0 if isinstance(block, Block) else None
        fixed = vulnerabilities_of(world, np.array([eps]), attacked=first)[0].sum()
        fixed /= len(b) if first is None else 1
        linear = float(np.mean(np.sum((G @ G) ** 2, axis=1) / own))
        rows.append((copies * len(b), float(fixed), float(own.mean()), linear))
    count, *means = np.array(rows).T
    fixed, own_gain, linear = (float(count @ mean / count.sum()) for mean in means)
    best = best_attack_of(laws, eps, smooth)
    return PackedAttack(eps, fixed, best.vulnerability, best.error, own_gain, linear, bool(smooth))


def best_blocks(
    n_features: int,
    n_hidden: int,
    density: float,
    *,
    names: Sequence[str] | None = None,
    large: bool = False,
) -> tuple[tuple[Block | LargeBlock, float], ...]:
    """Blocks of the best mixture of n features in m dimensions, and what each fills [D14, D18].

    Parameters
    ----------
    n_features, n_hidden : int
    density : float
        p in (0, 1].
    names : sequence of str, optional
        Families that compete; all of them without.
    large : bool
        Whether large blocks compete too.

    Returns
    -------
    tuple of (block, hidden dimensions)
        As :func:`theory.packed_attack` takes them; features in excess are ignored.

    Raises
    ------
    ValueError
        Sizes out of range, a density outside (0, 1], or a name that no family has.

    Examples
    --------
    >>> [(block, dimensions)] = best_blocks(40, 20, 0.25, names=["point", "digon", "triangle"])
    >>> block.name, round(dimensions, 9)
    ('digon', 20.0)
    """
    p = as_positive_density("density", density)
    n, m = check_sizes(n_features, n_hidden)
    names = _worth_computing(p, n, m, chosen_arrangements(names))
    found = mixture([p], n, m, names=names, large=large).isel(density=0)
    kept = []
    for name, share, features in zip(
        found["block"].values.tolist(), found["share"].values, found["features"].values, strict=True
    ):
        dimensions = float(share) * m
        if dimensions <= LEAST:
            continue
        ratio = float(features) * n / dimensions
        block: Block | LargeBlock = (
            large_block(p, ratio=ratio)
            if name == LARGE
            else best_block(name, p, near=block_at(name, p))
        )
        kept.append((block, dimensions))
    return tuple(kept)


def _worth_computing(p: float, n: int, m: int, names: Sequence[str]) -> list[str]:
    """Families that the best mixture may use, by the benefits that are tabulated.

    A family is left out where it would have to save more, by the table's error and more, to be
    worth the dimensions and the features that it takes at their prices.
    """
    known = [block_at(name, p) for name in names]
    ratio = np.array([block.n_features / block.dimension for block in known])
    benefit = np.array([block.benefit for block in known])
    scale = float(np.abs(benefit).max())
    solved = linprog(
        -benefit / scale, A_ub=np.stack([np.ones_like(ratio), ratio]), b_ub=np.array([m, n])
    )
    price = -np.asarray(solved.ineqlin.marginals) * scale
    short = price[0] + price[1] * ratio - benefit
    return [name for name, lack in zip(names, short, strict=True) if lack <= TABLE_ERROR * scale]


def weights_of(block: Block | FreeBlock) -> tuple[FloatArray, FloatArray]:
    """W (d, k) and b (k,) of a block of few features."""
    if isinstance(block, FreeBlock):
        return block.W, block.b
    W = np.sqrt(block.scale) * unit_vectors(block.name, block.shape)
    return W, np.full(block.n_features, block.bias)


def _as_blocks(blocks: Any) -> list[tuple[AnyBlock, float]]:
    words = "a list of (block, hidden dimensions), of best_block, free_block or large_block"
    if isinstance(blocks, str | bytes) or not np.iterable(blocks):
        raise TypeError(f"blocks must be {words}, got {blocks!r}")
    parts: list[tuple[AnyBlock, float]] = []
    for part in blocks:
        if (
            not isinstance(part, tuple | list)
            or len(part) != 2
            or not isinstance(part[0], AnyBlock)
        ):
            raise TypeError(f"blocks must be {words}, got {part!r} among them")
        dimensions = part[1]
        if (
            isinstance(dimensions, bool)
            or not isinstance(dimensions, int | float | np.integer | np.floating)
            or not 0 < dimensions < 1e9
        ):
            raise ValueError(
                f"blocks must each fill a positive number of dimensions, got {dimensions!r}"
            )
        parts.append((part[0], float(dimensions)))
    if not parts:
        raise ValueError("blocks must hold at least one block, got none")
    densities = {block.density for block, _ in parts}
    if len(densities) > 1:
        raise ValueError(f"blocks must be of one density, got {sorted(densities)}")
    for block, dimensions in parts:
        if isinstance(block, LargeBlock) and dimensions * block.features_per_dimension < 2:
            raise ValueError(
                f"blocks must leave a large block two features or more, got {dimensions:g} "
                f"dimensions of {block.features_per_dimension:g} features each"
            )
    return parts
