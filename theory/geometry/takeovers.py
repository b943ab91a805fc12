"""Densities where the best block changes, and where large blocks take over [D14]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from ground.checks import as_density_axis, as_list
from theory.geometry.blocks import Block
from theory.geometry.large_blocks import large_block
from theory.geometry.offers import LARGE
from theory.geometry.packing import along, best_block, chosen_arrangements
from theory.loss.transitive import EXACT, SUMMED, exact_faces
from theory.polytopes.arrangements import arrangement, arrangements

__all__ = ["Transition", "large_blocks_take_over", "packing_transitions"]

_CONVERGED = 1e-11
CLOSE = 0.9  # of the winner's benefit: who has less is no rival between two grid points


@dataclass(frozen=True)
class Transition:
    """A density where one block takes over from another as features get sparser [D14].

    Attributes
    ----------
    density : float
    accuracy : float
        Bound on the error of the density: that of the two benefits, over the difference of
        their slopes.
    dense, sparse : str
        The winner above and below.
    """

    density: float
    accuracy: float
    dense: str
    sparse: str


def packing_transitions(
    densities: Sequence[float], *, names: Sequence[str] | None = None
) -> list[Transition]:
    """Densities where the best block changes, by root finding between grid points [D14].

    $$ B_{dense}(p*) = B_{sparse}(p*),   B = benefit per hidden dimension $$

    A winner that reigns only between two grid points is found when it beats both at their
    crossing; narrower reigns would need a finer grid.

    Parameters
    ----------
    densities : sequence of float
        Grid that brackets the changes, in (0, 1].
    names : sequence of str, optional
        Families to compare.

    Returns
    -------
    list of Transition
        By falling density.

    Raises
    ------
    ValueError
        A density outside (0, 1], no name, or one that no family has.

    Examples
    --------
    >>> [change] = packing_transitions([0.3, 0.1], names=["digon", "pentagon"])
    >>> change.dense, change.sparse, round(change.density, 3)
    ('digon', 'pentagon', 0.225)
    """
    p = np.sort(as_density_axis(as_list("densities", densities)))[::-1]
    rivals = chosen_arrangements(names)
    grid = [dict(zip(rivals, row, strict=True)) for row in zip(*along(rivals, p), strict=True)]
    winners = [max(rivals, key=lambda name: row[name].benefit) for row in grid]
    found: list[Transition] = []
    for at, (dense, sparse) in enumerate(pairwise(winners)):
        if dense != sparse:
            # Who is far behind at both ends does not win in between.
            close = {
                name: block
                for name, block in grid[at + 1].items()
                if block.benefit > CLOSE * grid[at + 1][sparse].benefit
                or grid[at][name].benefit > CLOSE * grid[at][dense].benefit
            }
            found += _between(p[at], p[at + 1], dense, sparse, close)
    return found


def _between(
    high: float, low: float, dense: str, sparse: str, near: dict[str, Block]
) -> list[Transition]:
    """Changes from `dense` at the higher density to `sparse` at the lower one."""

    def benefit(name: str, p: float) -> float:
        return best_block(name, p, near=near[name]).benefit

    def ahead(p: float) -> float:
        return benefit(sparse, p) - benefit(dense, p)

    root = float(brentq(ahead, low, high, xtol=1e-12, rtol=1e-14))
    level = benefit(dense, root)
    third = max(near, key=lambda name: benefit(name, root))
    if third not in (dense, sparse) and benefit(third, root) > level * (1 + 1e-9):
        return [
            *_between(high, root, dense, third, near),
            *_between(root, low, third, sparse, near),
        ]
    step = 1e-4 * root
    slope = (ahead(root + step) - ahead(root - step)) / (2 * step)
    # Minima are converged to about 1e-11 of the loss at stake; the root finder adds its own.
    error = max(_CONVERGED, *(_error(name) for name in (dense, sparse)))
    accuracy = error * level / abs(slope) + 1e-12
    return [Transition(root, accuracy, dense, sparse)]


def _error(name: str) -> float:
    """Of a family's loss, in units of the loss at stake."""
    return EXACT if exact_faces(arrangement(name).row()[1]) else SUMMED


def large_blocks_take_over(
    low: float = 0.005, high: float = 0.2, *, names: Sequence[str] | None = None
) -> Transition:
    """Density below which large blocks save more per dimension than any polytope here [D14].

    $$ max_r B_{large}(p*) = max_f B_f(p*) $$

    An approximation on one side: interference in a large block is Gaussian only in the limit.

    Parameters
    ----------
    low, high : float
        Densities at which large blocks win and lose.
    names : sequence of str, optional
        Families to compare.
    """

    rivals = [a.name for a in arrangements()] if names is None else list(names)
    middle = float(np.sqrt(low * high))
    near = dict(zip(rivals, (line[0] for line in along(rivals, np.array([middle]))), strict=True))
    winner = max(rivals, key=lambda name: near[name].benefit)

    def ahead(p: float) -> float:
        return large_block(p).benefit - best_block(winner, p, near=near[winner]).benefit

    while True:
        root = float(brentq(ahead, low, high, xtol=1e-9))
        near = {name: best_block(name, root, near=block) for name, block in near.items()}
        best = max(rivals, key=lambda name: near[name].benefit)
        if near[best].benefit <= near[winner].benefit * (1 + 1e-9):
            break
        winner = best
    slope = abs(ahead(root * 1.001) - ahead(root * 0.999)) / (0.002 * root)
    return Transition(root, 1e-9 * near[winner].benefit / slope + 2e-9, winner, LARGE)
