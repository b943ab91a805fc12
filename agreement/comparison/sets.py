"""Pairs of correlated or anticorrelated features against their best known models [D16]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from agreement.comparison.diagrams import ROUNDING
from ground.checks import FloatArray
from theory.data_law import feature_variance
from theory.geometry.collapse import collapsed_pairs
from theory.loss.sets import Sets, set_loss

SAME_LOSS = 0.02  # a run ends in the best arrangement where its loss is this close to the best


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Runs of one law beside the best known; losses in units of an empty model's.

    A loss may vanish, so that its scale is that of a model that represents nothing.

    Attributes
    ----------
    W : array (hidden, feature)
        Of the run with the least exact loss.
    reference : array (hidden, feature)
        Of the best known.
    excess : array (run,)
        Exact loss above the best known.
    rival : float
        Excess of the next best minimum; NaN where there is none.
    """

    W: FloatArray
    reference: FloatArray
    excess: FloatArray
    rival: float

    @property
    def gap(self) -> float:
        """Excess of the best run."""
        return float(self.excess.min())

    @property
    def fraction(self) -> float:
        """Share of runs in the best arrangement."""
        return float(np.mean(self.excess < SAME_LOSS * np.nanmin([1, self.rival])))

    @property
    def angles(self) -> FloatArray:
        """Between partners of the best run, in degrees."""
        return partner_angles(self.W)


def arrangement_of(measured: xr.Dataset, derived: xr.Dataset, law: Sets) -> Arrangement:
    """Hold the runs of a law against its best known.

    Parameters
    ----------
    measured : Dataset (run, hidden, feature)
        ``W`` and ``b``.
    derived : Dataset (hidden, feature)
        The best known's ``W``, its ``loss``, and the loss of the ``next`` best minimum or NaN.
    law : Sets
    """
    W = measured["W"].transpose("run", "hidden", "feature").values
    loss = exact_losses(W, measured["b"].transpose("run", "feature").values, law)
    best = float(derived["loss"])
    empty = law.n_features * feature_variance(law.density)
    return Arrangement(
        W=W[int(loss.argmin())],
        reference=derived["W"].transpose("hidden", "feature").values,
        excess=(loss - best) / empty,
        rival=float((derived["next"] - best) / empty),
    )


def arrangements_row(found: Sequence[Arrangement]) -> dict[str, Any]:
    """The row of the table of agreement for several laws; ``cells`` are the laws."""
    gaps = [one.gap for one in found]
    return {
        "cells": len(found),
        "runs": sum(one.excess.size for one in found),
        "runs_arranged": float(np.mean([one.fraction for one in found])),
        "empty_gap_median": float(np.median(gaps)),
        "empty_gap_max": max(gaps),
        "below_optimum": int(np.sum(np.array(gaps) < -ROUNDING)),
        "partners_off_max": max(partners_off(one.W, one.reference) for one in found),
    }


def best_of(measured: xr.Dataset) -> xr.Dataset:
    """The run of correlated pairs with the least exact loss at each density.

    Parameters
    ----------
    measured : Dataset (density, run, hidden, feature)
        ``W`` and ``b``.

    Returns
    -------
    Dataset (density, hidden, feature)
        Its ``W``, its exact ``loss``, and how many of its pairs are ``collapsed``.
    """
    W = measured["W"].transpose("density", "run", "hidden", "feature").values
    b = measured["b"].transpose("density", "run", "feature").values
    models, losses = [], []
    for models_here, b_here, p in zip(W, b, measured["density"].values, strict=True):
        law = Sets("correlated", (2,) * (W.shape[-1] // 2), float(p))
        loss = exact_losses(models_here, b_here, law)
        models.append(models_here[int(loss.argmin())])
        losses.append(loss.min())
    return xr.Dataset(
        {
            "W": (("density", "hidden", "feature"), np.array(models)),
            "loss": ("density", losses),
            "collapsed": ("density", [collapsed_pairs(model) for model in models]),
        },
        {"density": measured["density"].values},
    )


def trained_thresholds(best: xr.Dataset) -> dict[int, tuple[float, float]]:
    """For each number of collapsed pairs, the densities between which training reaches it.

    Parameters
    ----------
    best : Dataset
        What `best_of` returns, from no collapsed pair to all.
    """
    p, counts = best["density"].values, best["collapsed"].values
    return {
        above: (float(p[counts < above].max()), float(p[counts >= above].min()))
        for above in range(1, best.sizes["feature"] // 2 + 1)
    }


def collapse_row(best: xr.Dataset, derived: xr.Dataset) -> dict[str, Any]:
    """The row of the table of agreement for collapsing pairs; ``cells`` are the densities.

    Parameters
    ----------
    best : Dataset
        What `best_of` returns.
    derived : Dataset
        The best known's ``W``, ``loss`` and ``collapsed`` at the same densities, and by change
        the ``threshold`` and the number of collapsed pairs ``above`` it.
    """
    gap = best["loss"].values / derived["loss"].values - 1
    brackets = trained_thresholds(best)
    middles = [np.mean(np.log10(brackets[int(above)])) for above in derived["above"].values]
    pairs = zip(*(data["W"].transpose("density", ...).values for data in (best, derived)),
                strict=True)  # fmt: skip
    return {
        "cells": int(gap.size),
        "agree_collapsed": float(np.mean(best["collapsed"].values == derived["collapsed"].values)),
        "gap_median": float(np.median(gap)),
        "gap_max": float(gap.max()),
        "below_optimum": int(np.sum(gap < -ROUNDING)),
        "collapse_decades": float(np.abs(middles - np.log10(derived["threshold"].values)).max()),
        "partners_off_median": float(np.median([partners_off(*pair) for pair in pairs])),
    }


def exact_losses(W: FloatArray, b: FloatArray, law: Sets) -> FloatArray:
    """Exact loss of each run under a law of sets, (run,)."""
    return np.array([set_loss(one, bias, law=law)[0] for one, bias in zip(W, b, strict=True)])


def partner_angles(W: FloatArray) -> FloatArray:
    """Angle between the two features of each pair in degrees, (..., pairs)."""
    unit = W / np.linalg.norm(W, axis=-2, keepdims=True)
    cosine = np.clip(np.sum(unit[..., ::2] * unit[..., 1::2], axis=-2), -1, 1)
    return np.asarray(np.degrees(np.arccos(cosine)))


def partners_off(W: FloatArray, reference: FloatArray) -> float:
    """Largest difference of the angles between partners, in degrees, whichever pair is whose."""
    return float(np.abs(np.sort(partner_angles(W)) - np.sort(partner_angles(reference))).max())


__all__ = [
    "SAME_LOSS",
    "Arrangement",
    "arrangement_of",
    "arrangements_row",
    "best_of",
    "collapse_row",
    "exact_losses",
    "partner_angles",
    "partners_off",
    "trained_thresholds",
]
