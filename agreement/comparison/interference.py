"""Two features trained with a price on overlap, or on weights, against the exact diagrams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.structure import structure_of
from theory.loss.floats import loss_and_gradient

ROUNDING = 1e-10  # relative error of an exact objective


@dataclass(frozen=True, eq=False)
class PenalisedRuns:
    """The best of each cell's runs, by the exact objective.

    Attributes
    ----------
    W : (..., 2)
    b : (..., 2)
    loss, objective : (...)
        The exact task loss, and with the penalty.
    success : (...)
        Share of the runs within 1 % of the best objective.
    """

    W: FloatArray
    b: FloatArray
    loss: FloatArray
    objective: FloatArray
    success: FloatArray

    @property
    def shared(self) -> NDArray[np.bool_]:
        """Whether both features have a part in the dimension."""
        return np.array([not structure_of(w[None]).ignored for w in self.W.reshape(-1, 2)]).reshape(
            self.loss.shape
        )


def best_runs(
    W: FloatArray,
    b: FloatArray,
    density: FloatArray,
    importance: FloatArray,
    *,
    interference: Any = 0.0,
    decay: Any = 0.0,
) -> PenalisedRuns:
    """Choose among runs by L + 2λ w₁² w₂² + μ (w₁² + w₂²), L exact.

    Parameters
    ----------
    W, b : (..., runs, 2)
    density, importance : (...)
        p and r of each cell.
    interference, decay : float or (...)
        λ and μ.
    """
    shape = W.shape[:-2]
    p = np.broadcast_to(density, shape)[..., None, None]
    weights = np.stack(np.broadcast_arrays(1.0, np.broadcast_to(importance, shape)), -1)
    loss = loss_and_gradient(
        W[..., None, :],
        b,
        density=np.broadcast_to(p, W.shape),
        importance=np.broadcast_to(weights[..., None, :], W.shape),
    )[0]
    paid = np.broadcast_to(interference, shape)[..., None] * 2 * np.prod(W, axis=-1) ** 2
    paid = paid + np.broadcast_to(decay, shape)[..., None] * (W**2).sum(-1)
    objective = loss + paid
    chosen = objective.argmin(-1)[..., None]
    lowest = np.take_along_axis(objective, chosen, -1)[..., 0]
    return PenalisedRuns(
        W=np.take_along_axis(W, chosen[..., None], -2)[..., 0, :],
        b=np.take_along_axis(b, chosen[..., None], -2)[..., 0, :],
        loss=np.take_along_axis(loss, chosen, -1)[..., 0],
        objective=lowest,
        success=(objective <= 1.01 * lowest[..., None]).mean(-1),
    )


def bracket(strengths: FloatArray, shared: NDArray[np.bool_]) -> tuple[float, float]:
    """Strengths between which a rising penalty ends superposition: the last with, the next without.

    NaN where it is there all along, or never.
    """
    with_both = np.flatnonzero(shared)
    if not len(with_both) or with_both[-1] == len(strengths) - 1:
        return float("nan"), float("nan")
    last = int(with_both[-1])
    return float(strengths[last]), float(strengths[last + 1])


def interference_row(
    derived: xr.Dataset,
    diagram: PenalisedRuns,
    path: PenalisedRuns,
    path_objective: FloatArray,
    brackets: FloatArray,
    predicted: FloatArray,
) -> dict[str, Any]:
    """The row of the table of agreement.

    Parameters
    ----------
    derived : Dataset
        `objective`, `W` of the exact diagram, by (density, importance).
    diagram, path : PenalisedRuns
        Trained cells of the diagram, and along λ.
    path_objective : like path.objective
        The exact least objective there.
    brackets : (K, 2)
    predicted : (K,)
        Trained brackets of thresholds, and what is predicted.
    """
    optimum = derived["objective"].transpose("density", "importance").values
    W = derived["W"].transpose("density", "importance", "hidden", "feature").values
    names = _names(W[..., 0, :])
    gap = np.concatenate(
        [(diagram.objective / optimum - 1).ravel(), (path.objective / path_objective - 1).ravel()]
    )
    inside = (brackets[:, 0] <= predicted) & (predicted <= brackets[:, 1])
    width = brackets[:, 1] - brackets[:, 0]
    off = np.maximum(brackets[:, 0] - predicted, predicted - brackets[:, 1]) / width
    return {
        "cells": int(names.size),
        "agree_optimum": float((names == _names(diagram.W)).mean()),
        "gap_median": float(np.median(gap)),
        "gap_max": float(gap.max()),
        "below_optimum": int(np.sum(gap < -ROUNDING)),
        "success_rate_mean": float(diagram.success.mean()),
        "penalty_brackets": len(predicted),
        "penalty_brackets_hit": int(inside.sum()),
        "penalty_brackets_off": float(np.maximum(off, 0.0).max()),
    }


def _names(W: FloatArray) -> NDArray[np.str_]:
    flat = [str(structure_of(w[None])) for w in W.reshape(-1, W.shape[-1])]
    return np.array(flat).reshape(W.shape[:-1])


__all__ = ["PenalisedRuns", "best_runs", "bracket", "interference_row"]
