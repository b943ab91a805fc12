"""Trained nets for |x| against the circuit of two neurons a feature: loss, weights, dead ends."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ground.checks import FloatArray
from numeric.measure.neurons import dead_sides, match_neurons, neurons
from theory.computation.leaning_pair import lean_of_loss
from theory.computation.patterns import patterns_loss_and_gradient

__all__ = ["Circuits", "MatchedCircuit", "compared_circuits", "matched_circuit"]


@dataclass(frozen=True, eq=False)
class MatchedCircuit:
    """A net's neurons in the order of a given circuit's, each at its own scale.

    Attributes
    ----------
    W1 : (m, n)
    W2 : (n, m)
        Rows of W1 have a largest weight of ±1.
    error : float
        Largest difference of any weight to the circuit's.
    """

    W1: FloatArray
    W2: FloatArray
    error: float


@dataclass(frozen=True, eq=False)
class Circuits:
    """Runs by density, start and instance.

    Attributes
    ----------
    loss : (density, start, instance)
        Exact, of every pattern of active features.
    error : (density, start, instance)
        Of the weights, as in `MatchedCircuit`.
    reached : bool (density, start, instance)
        Whether the loss is below the threshold.
    lean : (density, start, instance)
        The error in units of the lean of one pair that costs the same loss.
    dead_at_start, dead : int (density, start, instance)
        Sides whose own output does not answer them, before and after training.
    in_dead_sides : (density, start, instance)
        The loss in units of what one dead side costs, p/6.
    best : tuple of int
        Start and instance of the least loss at the first density.
    circuit : MatchedCircuit
        Its neurons.
    starts : tuple of str
    """

    loss: FloatArray
    error: FloatArray
    reached: NDArray[np.bool_]
    lean: FloatArray
    dead_at_start: NDArray[np.int_]
    dead: NDArray[np.int_]
    in_dead_sides: FloatArray
    best: tuple[int, int]
    circuit: MatchedCircuit
    starts: tuple[str, ...]

    def row(self) -> dict[str, Any]:
        """The row of the table of agreement."""
        ended = self.dead > 0
        distance = np.abs(self.in_dead_sides - self.dead)[ended]
        row: dict[str, Any] = {
            "runs": int(self.loss.size),
            "circuit_loss": float(self.loss[(0, *self.best)]),
            "circuit_error": self.circuit.error,
            "circuit_error_max": float(self.error[self.reached].max()),
            "circuit_lean": float(np.median(self.lean[0][self.reached[0]])),
        }
        for number, start in enumerate(self.starts):
            row[f"circuit_reached_{start}"] = float(self.reached[:, number].mean())
            row[f"circuit_dead_{start}"] = float(ended[:, number].mean())
        if distance.size:
            row["dead_side_distance"] = float(np.median(distance))
        return row


def compared_circuits(measured: xr.Dataset, derived: xr.Dataset, *, reached: float) -> Circuits:
    """Hold every run against the circuit.

    Parameters
    ----------
    measured : Dataset (density, start, instance, …)
        With ``W1``, ``W2``, ``b``, and the same at the start as ``W1_start``, ….
    derived : Dataset
        With ``W1``, ``W2`` of the circuit and ``dead_side`` (density).
    reached : float
        Loss below which a run counts as one that computes all features.
    """
    runs = ("density", "start", "instance")
    W1, W2, b = _weights(measured, runs, "")
    density = measured["density"].values
    loss = np.empty(b.shape[:-1])
    for place in np.ndindex(*loss.shape):
        loss[place] = exact_loss(W1[place], W2[place], b[place], float(density[place[0]]))
    rows = derived["W1"].transpose("hidden", "feature").values
    columns = derived["W2"].transpose("feature", "hidden").values
    error, lean = np.empty(loss.shape), np.empty(loss.shape)
    for place in np.ndindex(*loss.shape):
        error[place] = matched_circuit(W1[place], W2[place], rows, columns).error
        lean[place] = error[place] / lean_of_loss(
            float(loss[place]), density=float(density[place[0]])
        )
    start, instance = np.unravel_index(int(np.argmin(loss[0])), loss[0].shape)
    best = int(start), int(instance)
    return Circuits(
        loss=loss,
        error=error,
        reached=loss < reached,
        lean=lean,
        dead_at_start=dead_sides(*_weights(measured, runs, "_start")).sum(axis=(-2, -1)),
        dead=dead_sides(W1, W2, b).sum(axis=(-2, -1)),
        in_dead_sides=loss / derived["dead_side"].values[:, None, None],
        best=best,
        circuit=matched_circuit(W1[(0, *best)], W2[(0, *best)], rows, columns),
        starts=tuple(str(name) for name in measured["start"].values),
    )


def _weights(
    data: xr.Dataset, runs: tuple[str, ...], suffix: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """W1, W2 and b with their axes in order."""
    axes = {"W1": ("hidden", "feature"), "W2": ("feature", "hidden"), "b": ("feature",)}
    W1, W2, b = (data[name + suffix].transpose(*runs, *last) for name, last in axes.items())
    return W1.values, W2.values, b.values


def exact_loss(W1: FloatArray, W2: FloatArray, b: FloatArray, density: float) -> float:
    """Loss of one net for |x| over all patterns of active features; for few features.

    Examples
    --------
    >>> both = np.array([[1.0], [-1.0]]), np.array([[1.0, 0.0]])
    >>> round(exact_loss(*both, np.zeros(1), 0.3), 12)  # one side of two: p/6
    0.05
    """
    n = len(b)
    how: Any = {"low": -1.0, "high": 1.0, "target": "absolute", "output": "relu"}
    total = 0.0
    for k in range(n + 1):
        patterns = np.array(list(combinations(range(n), k)), dtype=np.int64)
        losses = patterns_loss_and_gradient(W1, W2, b, patterns, **how)[0]
        total += density**k * (1 - density) ** (n - k) * float(losses.sum())
    return total


def matched_circuit(
    W1: FloatArray, W2: FloatArray, rows: FloatArray, columns: FloatArray
) -> MatchedCircuit:
    """Match neurons (m, n), (n, m) with a circuit's, each at its largest weight of ±1.

    Examples
    --------
    >>> rows, columns = np.array([[1.0], [-1.0]]), np.array([[1.0, 1.0]])
    >>> found = matched_circuit(np.array([[-2.0], [4.0]]), np.array([[0.5, 0.25]]), rows, columns)
    >>> found.W1.tolist(), found.W2.tolist(), found.error
    ([[1.0], [-1.0]], [[1.0, 1.0]], 0.0)
    """
    order = match_neurons(W1, rows, W2, columns).neuron
    scaled = neurons(W1, W2)
    first, second = scaled.W1[order], scaled.W2[:, order]
    error = max(np.abs(first - rows).max(), np.abs(second - columns).max())
    return MatchedCircuit(first, second, float(error))
