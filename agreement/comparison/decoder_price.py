"""What toy models lose beside the best decoder: of their own W, of the best W, and the bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ground.checks import FloatArray
from theory.loss.floats import loss_and_gradient
from theory.ways_out.decoder_error import decoder_error
from theory.ways_out.lost_direction import lost_direction

__all__ = ["Bounded", "Priced", "bounded", "price_row", "priced"]


@dataclass(frozen=True, eq=False)
class Priced:
    """One size, n features in n − 1 dimensions: losses over density.

    Attributes
    ----------
    n_features : int
    density : array (density,)
    toy, same, best, bound : array (density,)
        Loss of the toy's optimum; error of the best decoder of its W; of the best decoder of the
        best W; and the bound for any linear encoder.
    trained_density : array (trained,)
    trained, own : array (trained, run)
        Exact loss of trained models, and error of the best decoder of each one's W.
    at : int array (trained,)
        Where their densities stand among all.
    """

    n_features: int
    density: FloatArray
    toy: FloatArray
    same: FloatArray
    best: FloatArray
    bound: FloatArray
    trained_density: FloatArray
    trained: FloatArray
    own: FloatArray
    at: NDArray[np.intp]

    @property
    def price(self) -> FloatArray:
        """Toy's loss over the least error of all encoders and decoders, (density,)."""
        return self.toy / self.best

    @property
    def price_of_relu(self) -> FloatArray:
        """Toy's loss over the best decoder's error of the same W, (density,)."""
        return self.toy / self.same

    @property
    def shares(self) -> FloatArray:
        """Of the toy's loss: the bottleneck's, the choice of W's, the one ReLU's, (3, density)."""
        return np.stack([self.best, self.same - self.best, self.toy - self.same]) / self.toy

    @property
    def trained_price(self) -> FloatArray:
        """Loss of the best run over the least error, (trained,)."""
        return np.asarray(self.trained.min(axis=1) / self.best[self.at])

    @property
    def gap(self) -> FloatArray:
        """Loss of the best run over the toy's optimum, minus 1, (trained,)."""
        return np.asarray(self.trained.min(axis=1) / self.toy[self.at] - 1)

    @property
    def over_bound(self) -> FloatArray:
        """Loss of every run over the bound, (trained, run)."""
        return self.trained / self.bound[self.at][:, None]

    @property
    def over_limit(self) -> FloatArray:
        """Price over its limit p^(2 − n)/(12 c_n) as p → 0, (density,)."""
        n = self.n_features
        return np.asarray(self.price * self.density ** (n - 2) * 12 * lost_direction(n))


def priced(measured: xr.Dataset, derived: xr.Dataset, n_features: int) -> Priced:
    """Hold the models of one size against the best decoders.

    Parameters
    ----------
    measured : Dataset
        ``W_n`` (trained, run, hidden_n, feature_n) and ``b_n``, with the coordinate ``trained``.
    derived : Dataset (density,)
        ``toy_n``, ``same_n``, ``best_n``, ``bound_n``, at those densities among others.
    """
    n = n_features
    density, where = derived["density"].values, measured["trained"].values
    at = np.abs(np.log(density) - np.log(where)[:, None]).argmin(axis=1)
    W, b = models(measured, str(n), "trained")
    world = where[:, None, None]
    return Priced(
        n,
        density,
        **{name: derived[f"{name}_{n}"].values for name in ("toy", "same", "best", "bound")},
        trained_density=where,
        trained=np.asarray(loss_and_gradient(W, b, density=world)[0]),
        own=np.asarray(decoder_error(W, density=world)),
        at=at,
    )


@dataclass(frozen=True, eq=False)
class Bounded:
    """Trained models of any size beside the bound: loss (dense, run), bound (dense,)."""

    density: FloatArray
    trained: FloatArray
    bound: FloatArray

    @property
    def over_bound(self) -> FloatArray:
        """Loss of every run over the bound, (dense, run)."""
        return self.trained / self.bound[:, None]


def bounded(measured: xr.Dataset, derived: xr.Dataset) -> Bounded:
    """Hold the models ``W_wide``, ``b_wide`` against ``bound_wide``."""
    W, b = models(measured, "wide", "dense")
    density = measured["dense"].values
    loss = loss_and_gradient(W, b, density=density[:, None, None])[0]
    return Bounded(density, np.asarray(loss), derived["bound_wide"].values)


def models(measured: xr.Dataset, name: str, axis: str) -> tuple[FloatArray, FloatArray]:
    """W (axis, run, m, n) and b (axis, run, n)."""
    return (
        measured[f"W_{name}"].transpose(axis, "run", f"hidden_{name}", f"feature_{name}").values,
        measured[f"b_{name}"].transpose(axis, "run", f"feature_{name}").values,
    )


def price_row(sizes: Sequence[Priced], wide: Bounded) -> dict[str, Any]:
    """The row of the table of agreement."""
    own = np.concatenate([(size.trained / size.own).ravel() for size in sizes])
    gap = np.concatenate([size.gap for size in sizes])
    bounds = [*(size.over_bound for size in sizes), wide.over_bound]
    first = sizes[0]
    return {
        "cells": sum(size.trained_density.size for size in sizes) + wide.density.size,
        "runs": sum(size.trained.size for size in sizes) + wide.trained.size,
        "gap_median": float(np.median(gap)),
        "gap_max": float(gap.max()),
        "price_of_relu_max": float(first.price_of_relu.max()),
        "price_of_relu_sparse": float(first.price_of_relu[-1]),
        "price_max": float(first.price.max()),
        "price_sparse": float(first.price[-1]),
        "trained_over_own_min": float(own.min()),
        "trained_over_bound_min": min(float(each.min()) for each in bounds),
    }
