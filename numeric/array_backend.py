"""The training loop on arrays of any library: NumPy as the reference, PyTorch or CuPy on request.

One loop, written against the array API standard.  Where the parameters live (library, device,
precision) decides where everything is computed; random numbers always come from each instance's own
NumPy generator, so an instance sees the same data whoever it is trained with, on whatever device.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from numeric.law import Features
from numeric.models import Model, Parameters
from numeric.optimisers import Optimiser

__all__ = ["State", "array_loop", "draw", "in_namespace", "to_numpy"]

NAMESPACES = ("numpy", "torch", "cupy")


@dataclass(frozen=True)
class State:
    """Where training stands after a step.

    Attributes
    ----------
    step : int
        Steps taken so far, from 1.
    parameters : dict of arrays
        After the step.
    loss : array (...,)
        Objective (loss and penalty) of the parameters before the step, on the step's batch.
    optimiser : dict
        Private state of the optimiser.
    """

    step: int
    parameters: Parameters
    loss: Any
    optimiser: dict[str, Any]


def array_loop(
    model: Model,
    features: Features,
    parameters: Parameters,
    *,
    optimiser: Optimiser,
    learning_rates: Sequence[float] | np.ndarray,
    batch: int,
    generators: Sequence[np.random.Generator],
    penalty: float = 0.0,
    state: State | None = None,
) -> Iterator[State]:
    """Train all instances side by side, one fresh batch a step; yield the state after each step.

    Parameters
    ----------
    model, features : Model, Features
        ``features`` with one leading axis of instances, or none.
    parameters : dict of arrays
        Start, in the library, device and precision to compute in (see `in_namespace`), with the
        leading axis of the instances.
    optimiser : Optimiser
    learning_rates : sequence of float (steps,)
        Rate of every step: learning rate times the factors of a schedule.
    batch : int
        Samples of a step, for every instance.
    generators : sequence of Generator
        One for each instance.
    penalty : float
        Weight of the L1 norm of h in the objective.
    state : State, optional
        Go on from here, with the generators where they were left; ``learning_rates`` are those
        that remain.

    Notes
    -----
    With NumPy, an instance's numbers do not depend on the others in the batch of instances.
    Batched products of other libraries may round differently for another number of instances.
    """
    some = next(iter(parameters.values()))
    importance = array_namespace(some).asarray(
        features.importance, dtype=some.dtype, device=device_of(some)
    )
    moments = optimiser.init(parameters) if state is None else state.optimiser
    first = 1 if state is None else state.step + 1
    if state is not None:
        parameters = state.parameters
    for step, rate in enumerate(learning_rates, start=first):
        x = draw(features, batch, generators, like=some)
        loss, gradient = model.loss_and_gradient(parameters, x, importance, penalty)
        parameters, moments = optimiser.update(parameters, gradient, moments, float(rate))
        yield State(step, parameters, loss, moments)


def draw(
    features: Features, batch: int, generators: Sequence[np.random.Generator], *, like: Any
) -> Any:
    """One batch of every instance, (instances, batch, n), in the library and precision of an array.

    The uniforms are drawn in float64 whatever the precision: at low density an active feature's
    value is a small part of one uniform, of which float32 would leave too few digits.
    """
    uniform = np.stack([rng.random((batch, features.n_uniforms)) for rng in generators])
    if not features.instances and len(generators) == 1:
        uniform = uniform[0]
    xp = array_namespace(like)
    if isinstance(like, np.ndarray):
        return features.from_uniform(uniform).astype(like.dtype)
    # The map runs in float64 on the CPU as well: every library then trains on the same samples.
    return xp.asarray(features.from_uniform(uniform), dtype=like.dtype, device=device_of(like))


def in_namespace(
    parameters: Parameters,
    namespace: str = "numpy",
    *,
    precision: str = "float64",
    device: Any = None,
) -> Parameters:
    """Copy parameters into a library, precision and device.

    Parameters
    ----------
    namespace : {"numpy", "torch", "cupy"}
    precision : {"float32", "float64"}
    device : optional
        As the library names it, such as "cuda"; its default where None.

    Raises
    ------
    ValueError
        An unknown namespace or precision.
    ImportError
        The library is not installed; the message says how to get it.
    """
    if namespace not in NAMESPACES:
        raise ValueError(f"namespace must be one of {', '.join(NAMESPACES)}, got {namespace!r}")
    if precision not in ("float32", "float64"):
        raise ValueError(f"precision must be 'float32' or 'float64', got {precision!r}")
    try:
        xp = importlib.import_module(f"array_api_compat.{namespace}")
    except ImportError as error:
        raise ImportError(
            f"namespace {namespace!r} needs the library {namespace}: install it, or use 'numpy'"
        ) from error
    dtype = getattr(xp, precision)
    return {
        name: xp.asarray(np.array(to_numpy(a), dtype=precision), dtype=dtype, device=device)
        for name, a in parameters.items()
    }


def to_numpy(array: Any) -> np.ndarray:
    """The array as NumPy's, copied from its device if need be."""
    if isinstance(array, np.ndarray):
        return array
    if hasattr(array, "detach"):  # PyTorch
        return np.asarray(array.detach().cpu().numpy())
    if hasattr(array, "get"):  # CuPy
        return np.asarray(array.get())
    return np.asarray(array)
