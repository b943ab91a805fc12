"""First-order optimisers as pure functions: a state goes in, a new state comes out.

Written on arrays of any library, elementwise, so leading axes (instances) never mix.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf
from typing import Any, Protocol

from array_api_compat import array_namespace

from ground.checks import as_number

__all__ = ["SGD", "Adam", "AdamW", "Optimiser"]

Arrays = dict[str, Any]


class Optimiser(Protocol):
    """What a trainer needs of an optimiser."""

    def init(self, parameters: Arrays) -> dict[str, Any]:
        """The state before the first step."""

    def update(
        self, parameters: Arrays, gradients: Arrays, state: dict[str, Any], learning_rate: float
    ) -> tuple[Arrays, dict[str, Any]]:
        """Parameters and state after one step."""

    def configuration(self) -> dict[str, Any]:
        """Everything that defines the optimiser, as a dictionary that JSON can hold."""


def _zeros(parameters: Arrays) -> Arrays:
    return {name: array_namespace(a).zeros_like(a) for name, a in parameters.items()}


def _check_fraction(name: str, value: float) -> None:
    as_number(name, value, "a number in [0, 1)", lambda number: 0 <= number < 1)


@dataclass(frozen=True)
class Adam:
    r"""Adam (Kingma & Ba 2015, algorithm 1), with bias correction.

    .. math:: \theta \leftarrow \theta
              - \eta \, \hat m / (\sqrt{\hat v} + \epsilon)

    Parameters
    ----------
    beta1, beta2 : float
        How much of the means of g and of g² a step keeps, in [0, 1).
    epsilon : float
        ε > 0, in units of the gradient.

    Raises
    ------
    ValueError
        A number out of its range.

    Examples
    --------
    >>> Adam().configuration()["beta2"]
    0.999
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _check_fraction("beta1", self.beta1)
        _check_fraction("beta2", self.beta2)
        as_number("epsilon", self.epsilon, "a positive number", lambda number: 0 < number < inf)

    def init(self, parameters: Arrays) -> dict[str, Any]:
        """Both moments zero, no step taken."""
        return {"step": 0, "first": _zeros(parameters), "second": _zeros(parameters)}

    def update(
        self, parameters: Arrays, gradients: Arrays, state: dict[str, Any], learning_rate: float
    ) -> tuple[Arrays, dict[str, Any]]:
        """Parameters and state after one step."""
        step = state["step"] + 1
        new: Arrays = {}
        first: Arrays = {}
        second: Arrays = {}
        for name, theta in parameters.items():
            xp = array_namespace(theta)
            g = gradients[name]
            first[name] = self.beta1 * state["first"][name] + (1 - self.beta1) * g
            second[name] = self.beta2 * state["second"][name] + (1 - self.beta2) * (g * g)
            m = first[name] / (1 - self.beta1**step)
            v = second[name] / (1 - self.beta2**step)
            new[name] = theta - learning_rate * m / (xp.sqrt(v) + self.epsilon)
        return new, {"step": step, "first": first, "second": second}

    def configuration(self) -> dict[str, Any]:
        """Name and settings."""
        return {"optimiser": type(self).__name__, **asdict(self)}


@dataclass(frozen=True)
class AdamW(Adam):
    r"""Adam with decoupled weight decay (Loshchilov & Hutter 2019).

    Each step first shrinks every parameter by 1 − η·decay.  The minimum found is then not that of
    the loss: the decay has no default, so that nobody uses one unawares.

    Parameters
    ----------
    beta1, beta2, epsilon : float
        As of `Adam`.
    decay : float
        At least 0, and not to be left out, though None stands for it; in units of one over the
        learning rate and a step.

    Raises
    ------
    ValueError
        A number out of its range, or no decay.

    Examples
    --------
    >>> AdamW(decay=0.01).decay
    0.01
    """

    decay: float = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        super().__post_init__()
        allowed = "stated, a number ≥ 0 (the library default elsewhere is 0.01)"
        if self.decay is None:
            raise ValueError(f"decay must be {allowed}, got none")
        as_number("decay", self.decay, allowed, lambda number: 0 <= number < inf)

    def update(
        self, parameters: Arrays, gradients: Arrays, state: dict[str, Any], learning_rate: float
    ) -> tuple[Arrays, dict[str, Any]]:
        """Parameters and state after one step."""
        shrink = 1 - learning_rate * self.decay
        shrunk = {name: shrink * theta for name, theta in parameters.items()}
        return super().update(shrunk, gradients, state, learning_rate)


@dataclass(frozen=True)
class SGD:
    r"""Stochastic gradient descent with heavy-ball momentum.

    .. math:: v \leftarrow \mu v + g, \quad \theta \leftarrow \theta - \eta v

    Parameters
    ----------
    momentum : float
        μ in [0, 1); 0 is plain descent.

    Raises
    ------
    ValueError
        A momentum out of its range.

    Examples
    --------
    >>> SGD(momentum=0.9).configuration()
    {'optimiser': 'SGD', 'momentum': 0.9}
    """

    momentum: float = 0.0

    def __post_init__(self) -> None:
        _check_fraction("momentum", self.momentum)

    def init(self, parameters: Arrays) -> dict[str, Any]:
        """No velocity, no step taken."""
        return {"step": 0, "velocity": _zeros(parameters)}

    def update(
        self, parameters: Arrays, gradients: Arrays, state: dict[str, Any], learning_rate: float
    ) -> tuple[Arrays, dict[str, Any]]:
        """Parameters and state after one step."""
        velocity = {
            name: self.momentum * v + gradients[name] for name, v in state["velocity"].items()
        }
        new = {name: theta - learning_rate * velocity[name] for name, theta in parameters.items()}
        return new, {"step": state["step"] + 1, "velocity": velocity}

    def configuration(self) -> dict[str, Any]:
        """Name and settings."""
        return {"optimiser": type(self).__name__, **asdict(self)}
