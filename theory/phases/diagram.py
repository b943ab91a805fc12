"""The phase diagram of the candidates, or of the optimum, as a table over a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ground.checks import (
    as_density_axis,
    as_importance_axis,
    check_at_most,
    check_choice,
    check_sizes,
)
from ground.results import configured
from theory.phases.lines import candidate_losses


def phase_diagram(
    n_features: int,
    n_hidden: int,
    densities: Any,
    importances: Any,
    against: str = "candidates",
) -> xr.Dataset:
    """Winner and its loss over a grid of density and relative importance [D06].

    Parameters
    ----------
    n_features, n_hidden : int
        n ≥ m ≥ 1.
    densities : array_like (P,)
        p in (0, 1].
    importances : array_like (R,)
        r > 0, the importance of the last feature; the others have importance one.
    against : {"candidates", "optimum"}
        The catalogue `candidates(n_features, n_hidden)`, or the best W and b of all.

    Returns
    -------
    xarray.Dataset
        Dimensions (density, importance); variables `structure` (canonical under exchange of
        equally important features) and `loss`.  Its attribute holds the configuration.

    Raises
    ------
    ValueError
        Values out of range, grids that are not one-dimensional, an unknown `against`.

    Examples
    --------
    >>> phase_diagram(2, 1, [0.1], [1.0]).structure.item()
    '[1 2]'

    References
    ----------
    theory/derivations/D06_boundaries.md
    """
    n, m = check_sizes(n_features, n_hidden)
    check_at_most("n_features", n, 9, "minutes beyond")
    check_choice("against", against, ("candidates", "optimum"))
    density, importance = as_density_axis(densities), as_importance_axis(importances)
    if against == "optimum":
        from theory.minima.diagram import optimum_phase_diagram

        return optimum_phase_diagram(n, m, density, importance)
    losses, catalogue = candidate_losses(n, m, density, importance)
    winner = losses.argmin(axis=0)
    structure = np.empty(winner.shape, dtype=object)
    for column, ratio in enumerate(importance):
        weights = [1.0] * (n - 1) + [float(ratio)]
        names = [str(candidate.structure.canonical(weights)) for candidate in catalogue]
        structure[:, column] = [names[k] for k in winner[:, column]]
    dataset = xr.Dataset(
        {
            "structure": (("density", "importance"), structure.astype(str)),
            "loss": (("density", "importance"), losses.min(axis=0)),
        },
        coords={"density": density, "importance": importance},
    )
    return configured(
        dataset,
        {
            "kind": "theory.phase_diagram",
            "n_features": n,
            "n_hidden": m,
            "densities": density.tolist(),
            "importances": importance.tolist(),
            "against": against,
        },
    )
