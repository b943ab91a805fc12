"""Trained against derived, as numbers: phases, boundaries and losses of two diagrams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ground.checks import FloatArray, check_kind
from theory.loss.floats import loss_and_gradient

# A closed form evaluated in float64 carries about this relative error; a trained loss may
# fall below the optimum by no more.
ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class Comparison:
    """How far a trained diagram is from a derived one.

    Attributes
    ----------
    agree : bool array (density, importance)
        Whether both name the same phase.
    gap : float array (density, importance)
        (exact loss of the trained model − loss of theory) / loss of theory.
    boundary_decades : float
        Mean distance between the two sets of phase boundaries, in decades of (p, r);
        NaN when one diagram has a single phase.
    boundary_decades_max : float
        The largest such distance (Hausdorff).
    """

    agree: NDArray[np.bool_]
    gap: FloatArray
    boundary_decades: float
    boundary_decades_max: float

    @property
    def cells(self) -> int:
        """Number of cells compared."""
        return int(self.agree.size)

    @property
    def fraction(self) -> float:
        """Fraction of cells whose phases agree."""
        return float(self.agree.mean())

    @property
    def below(self) -> int:
        """Number of cells where training lies below theory, beyond rounding."""
        return int(np.sum(self.gap < -ROUNDING))


def exact_loss_of(numeric: xr.Dataset) -> FloatArray:
    """Exact expected loss of the kept model of each cell, (density, importance).

    The sampled loss that training reports is not used: its noise would hide the gap.
    """
    W = numeric["W"].transpose("density", "importance", "hidden", "feature").values
    b = numeric["b"].transpose("density", "importance", "feature").values
    p = numeric["density"].values[:, None, None] * np.ones(b.shape)
    return np.asarray(loss_and_gradient(W, b, density=p, importance=importances_of(numeric))[0])


def importances_of(dataset: xr.Dataset) -> FloatArray:
    """Importance vectors (1, …, 1, r) of a diagram, (density, importance, feature)."""
    r = dataset["importance"].values
    vectors = np.ones((dataset.sizes["density"], r.size, dataset.sizes["feature"]))
    vectors[..., -1] = r
    return vectors


def compare(theory_dataset: xr.Dataset, numeric_dataset: xr.Dataset) -> Comparison:
    """Hold a trained phase diagram against a derived one.

    Parameters
    ----------
    theory_dataset : Dataset (density, importance)
        From ``theory.phase_diagram``, against candidates or the optimum.
    numeric_dataset : Dataset (density, importance, …)
        From ``numeric.phase_diagram``, on the same grid.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        The two grids differ.

    Examples
    --------
    Two diagrams of the candidates, one of which plays the trained one with its own W and b:

    >>> import theory
    >>> derived = theory.phase_diagram(2, 1, [0.3, 0.1], [0.5, 1.0])
    >>> digon = np.broadcast_to([[1.0, -1.0]], (2, 2, 1, 2)), np.zeros((2, 2, 2))
    >>> axes = ("density", "importance")
    >>> trained = derived.assign(W=((*axes, "hidden", "feature"), digon[0]),
    ...                          b=((*axes, "feature"), digon[1]))
    >>> found = compare(derived, trained)
    >>> found.cells, found.fraction, found.below
    (4, 1.0, 0)
    """
    for name, dataset in (("theory_dataset", theory_dataset), ("numeric_dataset", numeric_dataset)):
        _check_diagram(name, dataset, ("structure", "loss" if dataset is theory_dataset else "W"))
    for axis in ("density", "importance"):
        ours, theirs = theory_dataset[axis].values, numeric_dataset[axis].values
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=1e-12):
            raise ValueError(
                f"theory_dataset and numeric_dataset must share their {axis} axis, "
                f"got {ours.size} and {theirs.size} values that differ"
            )
    derived = theory_dataset["structure"].transpose("density", "importance").values
    trained = numeric_dataset["structure"].transpose("density", "importance").values
    loss = theory_dataset["loss"].transpose("density", "importance").values
    mean, largest = _boundary_distance(
        _boundary(derived, theory_dataset), _boundary(trained, numeric_dataset)
    )
    return Comparison(
        agree=derived == trained,
        gap=(exact_loss_of(numeric_dataset) - loss) / loss,
        boundary_decades=mean,
        boundary_decades_max=largest,
    )


def _check_diagram(name: str, dataset: Any, needed: tuple[str, ...]) -> None:
    """Whether it is a diagram as the two houses return them."""
    check_kind(name, dataset, xr.Dataset, "a Dataset, as phase_diagram returns it")
    missing = [part for part in ("density", "importance", *needed) if part not in dataset]
    if missing:
        raise ValueError(
            f"{name} must be a phase diagram with {', '.join(missing)}, got a Dataset of "
            f"{', '.join(map(str, dataset.variables)) or 'nothing'}"
        )


def agreement_row(
    candidates: xr.Dataset, optimum: xr.Dataset, numeric: xr.Dataset
) -> dict[str, Any]:
    """One diagram's row of the table of agreement.

    ``gap_*`` and ``below_optimum`` refer to the best known model, as does ``boundary_decades``;
    ``boundary_decades_candidates`` says how far off the paper's candidates are.

    Parameters
    ----------
    candidates, optimum : Dataset (density, importance)
        From ``theory.phase_diagram`` and ``theory.optimum_phase_diagram``.
    numeric : Dataset (density, importance, …)
        From ``numeric.phase_diagram``, on the same grid.

    Returns
    -------
    dict
        ``cells``; ``agree_candidates`` and ``agree_optimum``, fractions; ``gap_median`` and
        ``gap_max``, relative; ``below_optimum``, a count; ``boundary_decades`` and its like.

    Raises
    ------
    ValueError, TypeError
        No such diagrams, or of other grids.

    Examples
    --------
    >>> import theory
    >>> grid = [0.3, 0.1], [0.5, 1.0]
    >>> derived = theory.phase_diagram(2, 1, *grid)
    >>> best = theory.optimum_phase_diagram(2, 1, *grid)
    >>> row = agreement_row(derived, best, best)  # what is compared with itself
    >>> row["cells"], row["agree_optimum"], row["below_optimum"]
    (4, 1.0, 0)
    """
    for name, dataset in (("candidates", candidates), ("optimum", optimum)):
        _check_diagram(name, dataset, ("structure", "loss"))
    _check_diagram("numeric", numeric, ("structure", "W", "b"))
    against_candidates = compare(candidates, numeric)
    against_optimum = compare(optimum, numeric)
    theories = _boundary_distance(
        *(
            _boundary(d["structure"].transpose("density", "importance").values, d)
            for d in (optimum, candidates)
        )
    )
    row = {
        "cells": against_optimum.cells,
        "agree_candidates": against_candidates.fraction,
        "agree_optimum": against_optimum.fraction,
        "gap_median": float(np.median(against_optimum.gap)),
        "gap_max": float(np.max(against_optimum.gap)),
        "below_optimum": against_optimum.below,
        "boundary_decades": against_optimum.boundary_decades,
        "boundary_decades_candidates": against_candidates.boundary_decades,
        "optimum_from_candidates": theories[0],
    }
    if "success_rate" in numeric:
        row["success_rate_mean"] = float(numeric["success_rate"].mean())
    return row


def _boundary(structure: NDArray[Any], dataset: xr.Dataset) -> FloatArray:
    """Midpoints (log10 p, log10 r) of the cell edges between different phases."""
    p, r = np.log10(dataset["density"].values), np.log10(dataset["importance"].values)
    across_p = np.argwhere(structure[1:] != structure[:-1])
    across_r = np.argwhere(structure[:, 1:] != structure[:, :-1])
    return np.concatenate(
        [
            np.column_stack([(p[1:] + p[:-1])[across_p[:, 0]] / 2, r[across_p[:, 1]]]),
            np.column_stack([p[across_r[:, 0]], (r[1:] + r[:-1])[across_r[:, 1]] / 2]),
        ]
    )


def _boundary_distance(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Mean and largest distance from each boundary to the other, both ways."""
    if not len(first) or not len(second):
        return float("nan"), float("nan")
    there = np.asarray(KDTree(second).query(first)[0])
    back = np.asarray(KDTree(first).query(second)[0])
    return float((there.mean() + back.mean()) / 2), float(max(there.max(), back.max()))


__all__ = ["Comparison", "agreement_row", "compare", "exact_loss_of", "importances_of"]
