"""What the model reads at a training step, where that is not the clean batch: adversarial training.

The samples drawn and the target stay; only what the network is fed is another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from numeric.models.two_layers import Model, Parameters
from numeric.training.penalty import Penalty, as_penalty, of_weights

__all__ = ["DifferentiableFeed", "Feed", "loss_and_gradient"]


@runtime_checkable
class Feed(Protocol):
    """A perturbation of every batch: ``numeric.train(..., feed=...)``, such as an attack.

    It must be a function of its arguments alone and written against the array API standard, so
    that a run may stop and go on, and any array library may compute it.

    Examples
    --------
    One step along the sign of the gradient, to be given as ``feed=Sign(0.1)``:

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> @dataclass(frozen=True)
    ... class Sign:
    ...     size: float
    ...     def __call__(self, model, parameters, x, importance):
    ...         return x + self.size * np.sign(model.input_gradient(parameters, x, importance))
    ...     def configuration(self):
    ...         return {"feed": "Sign", "size": self.size}
    >>> isinstance(Sign(0.1), Feed)
    True
    """

    def __call__(self, model: Model, parameters: Parameters, x: Any, importance: Any) -> Any:
        """What the model reads in place of x, (..., batch, n_features); leave x itself alone."""

    def configuration(self) -> dict[str, Any]:
        """Everything that defines it, as a dictionary that JSON can hold."""


@runtime_checkable
class DifferentiableFeed(Feed, Protocol):
    """A feed that says how what it feeds depends on the parameters.

    The gradient of a step then runs through it, so that training minimises the objective that
    includes the feed. Without, what is fed counts as given at each step.
    """

    def with_pullback(
        self, model: Model, parameters: Parameters, x: Any, importance: Any
    ) -> tuple[Any, Callable[[Any], Parameters] | None]:
        """What the model reads, and the map from a slope at it to the gradient of parameters.

        The slope is ∂L/∂fed, (..., batch, n_features), of the objective L, a mean over the batch;
        the map returns the part of the parameters' gradient that runs through the feed. None
        instead of a map: what is fed counts as given.
        """


def loss_and_gradient(
    model: Model,
    feed: Feed | None,
    parameters: Parameters,
    x: Any,
    importance: Any,
    penalty: Penalty | float | None,
) -> tuple[Any, Parameters]:
    """The objective of a training step and its gradient, the batch fed as `feed` says.

    What is fed counts as given, unless the feed says how it depends on the parameters.
    """
    added = as_penalty(penalty)
    loss, gradient = _of_data(model, feed, parameters, x, importance, added.l1)
    if added.decay or added.interference:
        value, further = of_weights(added, parameters)
        loss = loss + value
        gradient = {**gradient, **{name: gradient[name] + further[name] for name in further}}
    return loss, gradient


def _of_data(
    model: Model, feed: Feed | None, parameters: Parameters, x: Any, importance: Any, l1: float
) -> tuple[Any, Parameters]:
    """The part that is a mean over the batch."""
    if feed is None:
        return model.loss_and_gradient(parameters, x, importance, l1)
    if not isinstance(feed, DifferentiableFeed):
        fed = feed(model, parameters, x, importance)
        return model.loss_and_gradient(parameters, x, importance, l1, fed=fed)
    fed, pullback = feed.with_pullback(model, parameters, x, importance)
    loss, gradient = model.loss_and_gradient(parameters, x, importance, l1, fed=fed)
    if pullback is not None:
        network: Any = model
        slope = network.input_gradient(parameters, x, importance, fed=fed, penalty=l1)
        through = pullback(slope / x.shape[-2])
        gradient = {**gradient, **{name: gradient[name] + through[name] for name in through}}
    return loss, gradient
