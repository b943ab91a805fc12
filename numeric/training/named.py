"""Arguments of a trainer that people type as words, and what is no such thing at all.

`optimiser="adam"` is `Adam()`; a class where its instance belongs, or a number, is refused with the
name of the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numeric.features.law import Features
from numeric.models.two_layers import Model
from numeric.schedules import Constant, Cosine, Linear, Schedule
from numeric.training.initialise import Initialiser, XavierNormal
from numeric.training.optimisers import SGD, Adam, Optimiser

__all__ = ["as_features", "as_initial", "as_learner", "as_optimiser", "as_schedule"]

# What has settings that nobody should use unawares, decay or scale, has no word.
OPTIMISERS: Mapping[str, Callable[[], Optimiser]] = {"adam": Adam, "sgd": SGD}
SCHEDULES: Mapping[str, Callable[[], Schedule]] = {
    "constant": Constant,
    "linear": Linear,
    "cosine": Cosine,
}
INITIALS: Mapping[str, Callable[[], Initialiser]] = {"xavier": XavierNormal}


def as_optimiser(value: Any) -> Optimiser:
    """An optimiser, or the one of that name.

    Examples
    --------
    >>> as_optimiser("adam")
    Adam(beta1=0.9, beta2=0.999, epsilon=1e-08)
    """
    needs = ("init", "update", "configuration")
    found: Optimiser = _named(
        "optimiser", value, OPTIMISERS, needs, "SGD(momentum=0.9) or AdamW(decay=0.01)"
    )
    return found


def as_schedule(value: Any) -> Schedule:
    """A schedule of the learning rate, or the one of that name.

    Examples
    --------
    >>> as_schedule("cosine")
    Cosine(final=0.0)
    """
    needs = ("factors", "configuration")
    found: Schedule = _named("schedule", value, SCHEDULES, needs, "schedules.Cosine(final=0.1)")
    return found


def as_initial(value: Any) -> Initialiser:
    """Where training starts, or the law of that name.

    Examples
    --------
    >>> as_initial("xavier")
    XavierNormal(gain=1.0)
    """
    needs = ("draw", "instance", "configuration")
    found: Initialiser = _named(
        "initial", value, INITIALS, needs, "Gaussian(0.1) or Given({'W': W, 'b': b})"
    )
    return found


def as_learner(value: Any) -> Model:
    """A model, as a trainer needs it."""
    needs = ("shapes", "forward", "target", "loss_and_gradient", "configuration")
    _check_instance("model", value, needs, "a model, such as ReluOutput()")
    found: Model = value
    return found


def as_features(value: Any) -> Features:
    """A law of the data."""
    if not isinstance(value, Features):
        raise TypeError(
            "features must be a law of the data, such as IndependentFeatures(0.1, n_features=5), "
            f"got {value!r}"
        )
    return value


def _named(
    name: str, value: Any, known: Mapping[str, Any], needs: tuple[str, ...], such_as: str
) -> Any:
    if isinstance(value, str):
        if value.lower() in known:
            return known[value.lower()]()
        raise ValueError(
            f"{name} must be one of {', '.join(map(repr, known))}, or an object such as {such_as}; "
            f"got {value!r}"
        )
    words = ", ".join(map(repr, known))
    _check_instance(name, value, needs, f"one of {words}, or an object such as {such_as}")
    return value


def _check_instance(name: str, value: Any, needs: tuple[str, ...], words: str) -> None:
    if isinstance(value, type) or not all(hasattr(value, need) for need in needs):
        raise TypeError(f"{name} must be {words}; got {value!r}")
