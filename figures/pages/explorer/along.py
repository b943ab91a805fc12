"""Five features in two dimensions along the density: every minimum found, and families followed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from tqdm import tqdm

from agreement.description.recognise import recognise
from figures.pages.explorer.encode import DECIMALS, rounded
from figures.pages.explorer.plan import Plan
from ground.checks import FloatArray
from ground.structure import structure_of
from theory.data_law import feature_variance
from theory.geometry.packing import best_block
from theory.minima.optimum import optimum
from theory.one_hot.kgons import kgon_levels

__all__ = ["family_name", "panel"]

N, M = 5, 2
# Families of equal features that are followed over all p: how many blocks, of how many features.
FOLLOWED = (("pentagon", 1, 5), ("digon", 2, 2), ("triangle", 1, 3))


def panel(plan: Plan) -> dict[str, Any]:
    """Minima by density for each importance, families in closed form, one-hot energies."""
    p = plan.along_densities
    return {
        "n": N,
        "m": M,
        "densities": rounded(p, 6),
        "starts": plan.along_starts,
        "searches": [_search(falloff, rounded(p, 6), plan) for falloff in plan.falloffs],
        "families": [_family(*each, rounded(p, 6)) for each in FOLLOWED],
        "energies": [[level.name, rounded(level.loss)] for level in kgon_levels(N)],
    }


def _search(falloff: float, densities: list[float], plan: Plan) -> dict[str, Any]:
    """At each density the best minimum of each family, as [loss, name, W, b, place, how many]."""
    importance = rounded(falloff ** np.arange(N))
    rows = []
    for p in tqdm(densities, desc=f"minima of (5, 2), importance {falloff:g}^i", unit="density"):
        found = optimum(N, M, density=p, importance=importance, starts=plan.along_starts)
        names = [family_name(one.W) for one in found.minima]
        row = []
        for name in dict.fromkeys(names):  # unequal features: a family in many orders
            place = names.index(name)
            one = found.minima[place]
            W, b = rounded(one.W.round(DECIMALS)), rounded(one.b.round(DECIMALS))
            row.append([rounded(one.loss), name, W, b, place, names.count(name)])
        rows.append(row)
    return {"falloff": falloff, "importance": importance, "minima": rows}


def _family(name: str, blocks: int, size: int, densities: list[float]) -> dict[str, Any]:
    """Loss of a family with the features that are left ignored, by density [D14]."""
    left = N - blocks * size
    loss, near = [], None
    for p in densities:
        near = best_block(name, p, near=near)
        loss.append(blocks * size * near.loss + left * feature_variance(p))
    counted = f"{blocks} {name}s" if blocks > 1 else name
    ignored = f", {left} ignored" if left else ""
    return {
        "name": counted + ignored,
        "block": name,
        "features": blocks * size,
        "left": left,
        "loss": rounded(loss),
    }


def family_name(W: FloatArray) -> str:
    """What the factors of a model are called, the commonest names together.

    >>> family_name(np.array([[1.0, -1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0, 0.0]]))
    '2 digons, 1 ignored'
    """
    structure = structure_of(W)
    names = []
    for factor in structure.factors:
        directions = W[:, list(factor)]
        directions /= np.linalg.norm(directions, axis=0)
        match = recognise(directions)
        if len(factor) == 1:
            names.append("lone feature")
        elif match is not None and match.order is not None:
            names.append(match.name)
        else:
            flat = np.linalg.matrix_rank(directions, tol=0.1) == 1
            names.append(f"{len(factor)} on a line" if flat else f"irregular {len(factor)}-gon")
    parts = [
        name if count == 1 else f"{count} {name}s" for name, count in sorted(Counter(names).items())
    ]
    if structure.ignored:
        parts.append(f"{len(structure.ignored)} ignored")
    return ", ".join(parts)
