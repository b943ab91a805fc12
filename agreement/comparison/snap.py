"""Five features in the plane, one of them sparser: trained pentagons and digons [D15]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ground.checks import FloatArray
from theory.loss.floats import loss_and_gradient

PRESENT, ABSENT = 0.5, 0.2  # norms beyond which a feature counts as there, or as left out


@dataclass(frozen=True, eq=False)
class Branches:
    """Runs at one density of four features, by the ratio to the odd one's, p/q.

    Attributes
    ----------
    ratio : array (ratio,)
        Rising.
    pentagon : bool array (ratio, run)
        Whether all five features are present.
    pentagon_loss, digons_loss : array (ratio,)
        Exact loss of the best run of either kind; infinite where there is none.
    W : array (ratio, hidden, feature)
        Of the best run of all, the odd feature first.
    loss : array (ratio,)
        Its exact loss.
    is_pentagon : bool array (ratio,)
        Whether it is one.
    """

    ratio: FloatArray
    pentagon: NDArray[np.bool_]
    pentagon_loss: FloatArray
    digons_loss: FloatArray
    W: FloatArray
    loss: FloatArray
    is_pentagon: NDArray[np.bool_]


def branches_of(measured: xr.Dataset, density: float) -> Branches:
    """Exact losses of all runs at one density, and the best run of each kind.

    Parameters
    ----------
    measured : Dataset (cell, run, hidden, feature)
        ``W``, ``b``, and the ``feature_density`` (cell, feature) that a cell was trained with.
    density : float
        p of the four features.
    """
    p = measured["feature_density"].values
    here = np.flatnonzero(np.isclose(p[:, 1], density))
    here = here[np.argsort(p[here, 1] / p[here, 0])]
    W = measured["W"].transpose("cell", "run", "hidden", "feature").values[here]
    b = measured["b"].transpose("cell", "run", "feature").values[here]
    loss = loss_and_gradient(W, b, density=p[here][:, None, :] * np.ones(b.shape))[0]
    length = np.linalg.norm(W, axis=2)
    # All five features present: a pentagon.  The odd one absent, the others there: two digons.
    pentagon = np.all(length > PRESENT, axis=2)
    digons = (length[..., 0] < ABSENT) & np.all(length[..., 1:] > PRESENT, axis=2)
    rows, best = np.arange(len(here)), loss.argmin(axis=1)
    return Branches(
        ratio=density / p[here, 0],
        pentagon=pentagon,
        pentagon_loss=np.where(pentagon, loss, np.inf).min(axis=1),
        digons_loss=np.where(digons, loss, np.inf).min(axis=1),
        W=W[rows, best],
        loss=loss[rows, best],
        is_pentagon=pentagon[rows, best],
    )


def crossing_of(measured: xr.Dataset, density: float) -> float:
    """Ratio at which the best trained pentagon and the best trained digons tie, or NaN.

    Between two ratios the difference of the two losses is interpolated in q = p/ratio, in which
    both are close to straight.
    """
    found = branches_of(measured, density)
    ahead, q = found.digons_loss - found.pentagon_loss, density / found.ratio
    usable = np.isfinite(ahead)
    ahead, q = ahead[usable], q[usable]
    for one, other, a, b in zip(q, q[1:], ahead, ahead[1:], strict=False):
        if a > 0 >= b:
            return float(density / (one + (other - one) * a / (a - b)))
    return float("nan")


def snap_row(
    measured: xr.Dataset, found: Mapping[float, float], exact: Mapping[float, float]
) -> dict[str, Any]:
    """The row of the table of agreement.

    Parameters
    ----------
    measured : Dataset (cell, run, …)
    found, exact : mapping
        Ratio at which the branches tie by density, trained (NaN where they do not) and exact; the
        first density is the one that the table shows.
    """
    first = next(iter(found))
    off = [abs(ratio / exact[p] - 1) for p, ratio in found.items() if np.isfinite(ratio)]
    return {
        "cells": int(measured.sizes["cell"]),
        "snaps": len(off),
        "snap_exact": exact[first],
        "snap_trained": found[first],
        "snap_off_median": float(np.median(off)),
        "snap_off_max": max(off),
    }


__all__ = ["Branches", "branches_of", "crossing_of", "snap_row"]
