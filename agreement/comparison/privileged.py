"""A hidden layer with a ReLU, trained, beside theory: who shares which neurons, at what loss [D30].

A model is read by the two thresholds of theory's blocks.  A feature is represented where its own
gain, the slope of x'_i against a lone large x_i, is at least 1/4; a weight of at least 0.3, of
either sign, binds a feature to a neuron.  Features and neurons that are bound to each other,
directly or through others, make a block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from agreement.comparison.alignment import (
    alignment,
    directions,
    random_alignment,
    random_set_alignment,
    set_alignment,
)
from ground.checks import FloatArray
from theory.computation.privileged_blocks import REPRESENTED, SHARED
from theory.computation.two_layers import two_layer_loss
from theory.loss.floats import loss_and_gradient

__all__ = [
    "Privileged",
    "blocks",
    "composition",
    "linear_losses",
    "privileged",
    "relu_losses",
    "represented",
]

BOUND = SHARED  # size of a weight
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Privileged:
    """What training made at each density: of the last runs, the best by the exact loss.

    Attributes
    ----------
    density : array (density,)
    W : (density, m, n)
    b : (density, n)
        Neurons in the order of the first feature that they fire for.
    loss, error : array (density,)
        Exact for two active features and fewer; the standard error of the rest.
    predicted, predicted_error : array (density,)
        The same of the model predicted, on the same sample.
    predicted_W : (density, m, n)
    names, predicted_names : tuple of str
        Blocks of both, read alike, such as ``3 alone, 3 in 2, 4 dropped``.
    represented : bool array (density, n)
    fires : int array (density, m)
        Represented features for which a neuron fires: weights of at least +0.3.
    served : int array (density, m)
        Represented features that are bound to it.
    arm : array (density,)
        Largest weight of a feature that is not represented.
    aligned, set_aligned : array (density,)
        Means over the represented features of the squared cosine with the nearest neuron, and
        with the nearest set of neurons that share a feature alike.
    linear_aligned, linear_set_aligned : array (density, run)
        The same of models with a linear hidden layer.
    beside : array (beside,)
        Densities of the next.
    blind_aligned : array (beside, run)
        The same alignment with neurons where the linear layer was trained by SGD.
    linear : array (density,)
        The least exact loss of the linear layers.
    random, random_set : float
        Means of both over random turns of the hidden space.
    """

    density: FloatArray
    W: FloatArray
    b: FloatArray
    loss: FloatArray
    error: FloatArray
    predicted: FloatArray
    predicted_error: FloatArray
    predicted_W: FloatArray
    names: tuple[str, ...]
    predicted_names: tuple[str, ...]
    represented: Flags
    fires: NDArray[np.intp]
    served: NDArray[np.intp]
    arm: FloatArray
    aligned: FloatArray
    set_aligned: FloatArray
    linear_aligned: FloatArray
    linear_set_aligned: FloatArray
    beside: FloatArray
    blind_aligned: FloatArray
    linear: FloatArray
    random: float
    random_set: float

    @property
    def polysemantic(self) -> NDArray[np.intp]:
        """Neurons that more than one feature is bound to, (density,)."""
        return np.asarray(np.sum(self.served > 1, axis=1))

    @property
    def gap(self) -> FloatArray:
        """Trained over predicted loss on the same sample, less 1, (density,)."""
        return np.asarray(self.loss / self.predicted - 1)

    @property
    def same(self) -> Flags:
        """Where the blocks found are those predicted, (density,)."""
        return np.array(self.names) == np.array(self.predicted_names)

    @property
    def linear_mean(self) -> tuple[float, float]:
        """Mean alignment of all models with a linear hidden layer, and its standard error."""
        return _with_error(self.linear_aligned)

    @property
    def blind_mean(self) -> tuple[float, float]:
        """The same of those trained by SGD."""
        return _with_error(self.blind_aligned)

    def row(self) -> dict[str, Any]:
        """The row of the table of agreement."""
        mean, error = self.linear_mean
        blind, blind_error = self.blind_mean
        return {
            "cells": len(self.density),
            "privileged_same": float(self.same.mean()),
            "privileged_gap_median": float(np.median(self.gap)),
            "privileged_gap_min": float(self.gap.min()),
            "privileged_gap_max": float(self.gap.max()),
            "privileged_aligned": float(self.aligned.max()),
            "privileged_set_aligned": float(self.set_aligned.min()),
            "privileged_linear_aligned": mean,
            "privileged_linear_error": error,
            "privileged_blind_aligned": blind,
            "privileged_blind_error": blind_error,
            "privileged_random": self.random,
            "privileged_over_linear": float((self.loss / self.linear).max()),
        }


def privileged(measured: xr.Dataset, derived: xr.Dataset) -> Privileged:
    """Choose the best run of each density by its exact loss, and read it.

    Parameters
    ----------
    measured : Dataset (density, run, hidden, feature)
        ``W``, ``b``; ``linear_W`` (density, linear_run, …); ``blind_W`` (beside, blind_run, …).
    derived : Dataset (density, run)
        ``exact`` and its ``error``, ``linear_exact``; ``predicted``, ``predicted_error`` and
        ``predicted_W`` (density, …).
    """
    W = measured["W"].transpose("density", "run", "hidden", "feature").values
    b = measured["b"].transpose("density", "run", "feature").values
    exact = derived["exact"].transpose("density", "run").values
    row, best = np.arange(len(W)), exact.argmin(axis=1)
    W, b = W[row, best], b[row, best]
    W = np.stack([_ordered(each) for each in W])
    there = represented(W, relu=True)
    linear = measured["linear_W"].transpose("density", "linear_run", "hidden", "feature").values
    blind = measured["blind_W"].transpose("beside", "blind_run", "hidden", "feature").values
    seen = directions(W, relu=True)
    P = derived["predicted_W"].transpose("density", "hidden", "feature").values
    P = np.stack([_ordered(each) for each in P])
    return Privileged(
        density=measured["density"].values,
        W=W,
        b=b,
        loss=exact[row, best],
        error=derived["error"].transpose("density", "run").values[row, best],
        predicted=derived["predicted"].values,
        predicted_error=derived["predicted_error"].values,
        predicted_W=P,
        names=tuple(map(composition, W)),
        predicted_names=tuple(map(composition, P)),
        represented=there,
        fires=np.sum((W >= BOUND) & there[:, None], axis=2),
        served=np.sum((np.abs(W) >= BOUND) & there[:, None], axis=2),
        arm=np.max(np.where(there[:, None], 0.0, W), axis=(1, 2)),
        aligned=_mean_over(alignment(seen), there),
        set_aligned=_mean_over(set_alignment(seen), there),
        linear_aligned=_mean_over(alignment(linear), represented(linear, relu=False)),
        linear_set_aligned=_mean_over(set_alignment(linear), represented(linear, relu=False)),
        beside=measured["beside"].values,
        blind_aligned=_mean_over(alignment(blind), represented(blind, relu=False)),
        linear=derived["linear_exact"].values.min(axis=1),
        random=random_alignment(W.shape[1]),
        random_set=random_set_alignment(W.shape[1]),
    )


def represented(W: FloatArray, *, relu: bool) -> Flags:
    """Whether the own gain Σ_a W_ai², of positive W_ai only behind a ReLU, is enough: (..., n)."""
    return np.asarray((directions(W, relu=relu) ** 2).sum(axis=-2) >= REPRESENTED)


def composition(W: FloatArray) -> str:
    """Blocks of one model in words, features that are not represented counted as dropped.

    >>> composition(np.array([[1.0, 0, 0, 0.1], [0, 0.9, -0.9, 0], [0, 0.9, 0.9, 0]]))
    '1 alone, 2 in 2, 1 dropped'
    """
    sizes = blocks(W)
    alone = sum(size == (1, 1) for size in sizes)
    words = [f"{alone} alone"] if alone else []
    words += [f"{j} in {s}" for j, s in sizes if (j, s) != (1, 1) and j]
    idle = sum(s for j, s in sizes if not j)
    dropped = W.shape[1] - sum(j for j, _ in sizes)
    words += [f"{idle} idle"] if idle else []
    return ", ".join(words + ([f"{dropped} dropped"] if dropped else []))


def blocks(W: FloatArray) -> list[tuple[int, int]]:
    """Features and neurons of each block of one model, small ones first.

    A neuron to which no feature is bound is a block of no features; a feature that is bound to
    none though represented, by many small weights, belongs to no block.
    """
    there = represented(W, relu=True)
    neuron, feature = np.nonzero((np.abs(W) >= BOUND) & there)
    m, n = W.shape
    graph = coo_array((np.ones(len(neuron)), (neuron, m + feature)), shape=(m + n, m + n))
    label = connected_components(graph, directed=False)[1]
    return sorted(
        (int(np.sum((label[m:] == k) & there)), int(np.sum(label[:m] == k)))
        for k in np.unique(label[:m])
    )


def relu_losses(
    W: FloatArray, b: FloatArray, density: float, importance: FloatArray, points: int
) -> tuple[FloatArray, FloatArray]:
    """Loss of models with a ReLU on the hidden layer, (run,), and standard error of its rest."""
    found = two_layer_loss(
        W, W.swapaxes(-1, -2), b, density, importance, target="identity", low=0.0, points=points
    )
    return np.asarray(found.loss), np.asarray(found.error)


def linear_losses(
    W: FloatArray, b: FloatArray, density: float, importance: FloatArray
) -> FloatArray:
    """Exact loss of models with a linear hidden layer, (run,)."""
    return np.asarray(loss_and_gradient(W, b, density=density, importance=importance)[0])


def _ordered(W: FloatArray) -> FloatArray:
    """Neurons in the order of the first feature that each fires for."""
    return W[np.argsort(np.argmax(W >= BOUND, axis=1), kind="stable")]


def _with_error(each: FloatArray) -> tuple[float, float]:
    return float(each.mean()), float(each.std(ddof=1) / np.sqrt(each.size))


def _mean_over(values: FloatArray, chosen: Flags) -> FloatArray:
    return np.asarray(np.sum(values * chosen, axis=-1) / np.maximum(chosen.sum(axis=-1), 1))
