"""The training loop on arrays of any library: NumPy as the reference, PyTorch or CuPy on request.

One loop, written against the array API standard.  Where the parameters live (library, device,
precision) decides where everything is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from numeric.models.two_layers import Model, Parameters
from numeric.namespaces import like
from numeric.training.feed import Feed, loss_and_gradient
from numeric.training.optimisers import Optimiser
from numeric.training.penalty import Penalty, as_penalty

__all__ = ["State", "array_loop"]


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
    parameters: Parameters,
    samples: Callable[[int], Any],
    *,
    importance: Any,
    optimiser: Optimiser,
    learning_rates: Sequence[float] | np.ndarray,
    penalty: Penalty | float | None = None,
    feed: Feed | None = None,
    taken: int = 0,
    moments: dict[str, Any] | None = None,
) -> Iterator[State]:
    """Train all instances side by side, one batch a step; yield the state after each step.

    Parameters
    ----------
    model : Model
    parameters : dict of arrays
        Start, in the library, device and precision to compute in (see `numeric.namespaces`), with
        a leading axis of instances or none.
    samples : callable (step) -> array (..., batch, n)
        The batch of each step, counted from 0, in NumPy or where the parameters are.
    importance : array (..., n)
    optimiser : Optimiser
    learning_rates : sequence of float (steps,)
        Rate of every step: learning rate times the factors of a schedule.
    penalty : Penalty or float, optional
        What the objective adds to the loss; a number is the weight of the L1 norm of h.
    feed : Feed, optional
        What the model reads in place of each batch.
    taken, moments : int, dict, optional
        Steps taken before, and the optimiser's state then, to go on from.

    Notes
    -----
    With NumPy, an instance's numbers do not depend on the others beside it. Batched products of
    other libraries may round differently for another number of instances.
    """
    some = next(iter(parameters.values()))
    weights, added = like(importance, some), as_penalty(penalty)
    state = optimiser.init(parameters) if moments is None else moments
    for step, rate in enumerate(learning_rates, start=taken):
        loss, gradient = loss_and_gradient(
            model, feed, parameters, like(samples(step), some), weights, added
        )
        parameters, state = optimiser.update(parameters, gradient, state, float(rate))
        yield State(step + 1, parameters, loss, state)
