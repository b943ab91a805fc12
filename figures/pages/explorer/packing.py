"""Which polytope packs most benefit in a dimension at each density, and its Gram matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from figures.pages.explorer.encode import rounded
from theory.polytopes.arrangements import arrangement

__all__ = ["gram_ends", "panel"]

FIELDS = ("benefit", "loss", "scale", "bias", "shape", "dimensionality")


def panel(packing_theory_derived: xr.Dataset) -> dict[str, Any]:
    """Every arrangement by density, from the figure's data; Gram matrices from theory."""
    table = packing_theory_derived
    names = [str(name) for name in table["arrangement"].values]
    grid = {
        field: rounded(table[field].transpose("density", "arrangement").values) for field in FIELDS
    }
    return {
        "densities": table["density"].values.tolist(),
        "names": names,
        "dimension": table["dimension"].values.tolist(),
        "features": table["n_features"].values.tolist(),
        "winner": [str(name) for name in table["winner"].values],
        "grams": [rounded(gram_ends(name)) for name in names],
        **grid,
    }


def gram_ends(name: str) -> list[Any]:
    """Gram matrices of unit vectors at shapes 0 and 1, one alone where no shape is free.

    In all families the Gram matrix is linear in the shape: [at 0, at 1] gives all.
    """
    family = arrangement(name)
    if family.tight is None:
        return [family.gram_of(0.5)]
    ends = [np.asarray(family.gram_of(shape)) for shape in (0.0, 1.0)]
    middle = family.gram_of(family.tight)
    if not np.allclose(middle, (1 - family.tight) * ends[0] + family.tight * ends[1]):
        raise RuntimeError(f"the Gram matrix of the {name} is not linear in its shape")
    return ends
