"""One model along the density, trained against derived: structures and losses of (5, 2)."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from agreement.comparison.diagrams import ROUNDING
from ground.structure import Structure, structure_of
from theory.loss.floats import loss_and_gradient

PAPER = ("[1] [2] (3 4 5)", "[1 4] [2 3] (5)", "[1 2 3 4 5]")  # the phases that the paper shows
FIRST_ORDER = 1e-3  # WᵀW jumps by more than this


def compared(best: xr.Dataset, derived: xr.Dataset) -> dict[str, Any]:
    """The row of the table: structures and exact losses against the optimum's.

    Parameters
    ----------
    best : Dataset (density, hidden, feature)
        The best trained model of each density, ``W`` and ``b``.
    derived : Dataset
        The best known model at the same densities, ``structure`` and ``loss``, and by change the
        density of its ``crossing`` and the structure ``after`` it.
    """
    W = best["W"].transpose("density", "hidden", "feature").values
    b = best["b"].transpose("density", "feature").values
    p = best["density"].values[:, None] * np.ones(b.shape)
    loss = loss_and_gradient(W, b, density=p, importance=derived["importance"].values)[0]
    gap = loss / derived["loss"].values - 1
    pairs = list(zip(structures(best), derived["structure"].values, strict=True))
    first = dict(zip(derived["after"].values, derived["crossing"].values.tolist(), strict=True))
    return {
        "cells": len(pairs),
        "agree_optimum": float(np.mean([phase(one) == phase(other) for one, other in pairs])),
        "agree_partners": float(np.mean([one == other for one, other in pairs])),
        "gap_median": float(np.median(gap)),
        "gap_max": float(gap.max()),
        "below_optimum": int(np.sum(gap < -ROUNDING)),
        **{
            f"crossing_{word}": first[text]
            for word, text in (("digons", PAPER[1]), ("pentagon", PAPER[2]))
        },
    }


def structures(best: xr.Dataset) -> list[str]:
    """Structure of the trained model at each density."""
    W = best["W"].transpose("density", "hidden", "feature").values
    return [str(structure_of(model)) for model in W]


def phase(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sizes of the factors and who is ignored: a structure, whoever the partners are."""
    structure = Structure.parse(text)
    return tuple(sorted(map(len, structure.factors))), structure.ignored


__all__ = ["FIRST_ORDER", "PAPER", "compared", "phase", "structures"]
