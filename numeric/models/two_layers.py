"""The toy models: which layers, activations and target the one network has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from array_api_compat import array_namespace

from numeric.models.activations import Activation, as_activation
from numeric.models.network import Model, Parameters, Tied, Untied
from numeric.models.targets import TARGETS, as_target

__all__ = [
    "AbsoluteValue",
    "BiasedHidden",
    "Linear",
    "Model",
    "Parameters",
    "ReluHidden",
    "ReluOutput",
    "TwoLayer",
]


@dataclass(frozen=True)
class ReluOutput(Tied):
    """x' = f(WᵀW x + b), with f = ReLU unless another activation is named.

    Parameters
    ----------
    activation : str or Activation
        f, by name (see `numeric.models.activations.ACTIVATIONS`) or given.
    bias : bool
        Without, b stays where it is and is not read.

    Examples
    --------
    >>> import numpy as np
    >>> digon = {"W": np.array([[1.0, -1.0]]), "b": np.zeros(2)}
    >>> ReluOutput().forward(digon, np.array([[0.5, 0.0]]))
    array([[0.5, 0. ]])
    """

    activation: str | Activation = "relu"
    bias: bool = True


@dataclass(frozen=True)
class Linear(Tied):
    """x' = WᵀW x + b.

    Parameters
    ----------
    bias : bool
        Without, b stays where it is and is not read.

    Examples
    --------
    >>> import numpy as np
    >>> W = np.array([[1.0, 0.0]])
    >>> Linear().forward({"W": W, "b": np.array([0.0, 0.5])}, np.array([[-0.25, 1.0]]))
    array([[-0.25,  0.5 ]])
    """

    bias: bool = True
    activation: ClassVar[str] = "identity"  # type: ignore[misc]


@dataclass(frozen=True)
class ReluHidden(Tied):
    """h = ReLU(W x), x' = f(Wᵀh + b): the hidden layer has a privileged basis.

    Parameters
    ----------
    activation : str or Activation
        f, by name (see `numeric.models.activations.ACTIVATIONS`) or given.
    bias : bool
        Without, b stays where it is and is not read.

    Examples
    --------
    >>> import numpy as np
    >>> digon = {"W": np.array([[1.0, -1.0]]), "b": np.zeros(2)}
    >>> ReluHidden().forward(digon, np.array([[0.0, 0.5]]))  # the neuron is off
    array([[0., 0.]])
    """

    activation: str | Activation = "relu"
    bias: bool = True
    hidden_activation: ClassVar[str] = "relu"


@dataclass(frozen=True)
class BiasedHidden(Tied):
    """h = ReLU(W x + c), x' = f(Wᵀh + b): `ReluHidden` whose neurons can leave their kink behind.

    Parameters W (..., m, n), c (..., m) and b (..., n).  With every c_k ≥ Σ_i (−W_ki)₊ high no
    neuron is ever off, and the model is the linear hidden layer of `ReluOutput` with the output
    bias b + Wᵀc: whatever that one can do, this one can.

    Parameters
    ----------
    activation : str or Activation
        f, by name (see `numeric.models.activations.ACTIVATIONS`) or given.
    bias : bool
        Of the output.  Without, b stays where it is and is not read.

    Examples
    --------
    >>> import numpy as np
    >>> W = np.array([[1.0, -1.0]])
    >>> lifted = {"W": W, "c": np.ones(1), "b": np.array([-1.0, 1.0])}
    >>> BiasedHidden().forward(lifted, np.array([[0.0, 0.5]]))  # ReluHidden would say [0, 0]
    array([[0. , 0.5]])
    """

    activation: str | Activation = "relu"
    bias: bool = True
    hidden_activation: ClassVar[str] = "relu"

    def shapes(self, n_hidden: int, n_features: int) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter of one instance, in the order in which they are drawn."""
        return {"W": (n_hidden, n_features), "c": (n_hidden,), "b": (n_features,)}

    def _hidden_inputs(self, parameters: Parameters, x: Any) -> Any:
        return super()._hidden_inputs(parameters, x) + parameters["c"][..., None, :]

    def _further_gradient(self, hidden_inputs: Any) -> Parameters:
        """Of c."""
        return {"c": array_namespace(hidden_inputs).sum(hidden_inputs, axis=-2)}


@dataclass(frozen=True)
class TwoLayer(Untied):
    """h = ReLU(W1 x), y' = f(W2 h + b), to compute y = t(x); W1 (..., m, n), W2 (..., n, m).

    Parameters
    ----------
    target : {"identity", "absolute", "relu"} or Target
        t, elementwise: what the outputs should be.
    output : {"relu", "linear"} or str or Activation
        f, "linear" being the identity.
    bias : bool
        Without, b stays where it is and is not read.

    Examples
    --------
    >>> import numpy as np
    >>> gate = {"W1": np.array([[1.0]]), "W2": np.array([[1.0]]), "b": np.zeros(1)}
    >>> model = TwoLayer(target="relu", output="linear")
    >>> model.loss_and_gradient(gate, np.array([[-0.5], [0.25]]), np.ones(1))[0].item()
    0.0
    """

    target: Any = "identity"
    output: str | Activation = "relu"
    bias: bool = True
    hidden_activation: ClassVar[str] = "relu"

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", as_target(self.target))
        as_activation(self.activation, "output")
        super().__post_init__()

    @property
    def activation(self) -> str | Activation:  # type: ignore[override]
        """f."""
        linear = isinstance(self.output, str) and self.output == "linear"
        return "identity" if linear else self.output

    def configuration(self) -> dict[str, Any]:
        """Everything that defines the model, as a dictionary that JSON can hold."""
        return {**super().configuration(), "target": self.target.name}


@dataclass(frozen=True)
class AbsoluteValue(Untied):
    """h = ReLU(W1 x), y' = f(W2 h + b), to compute y = |x|: `TwoLayer` with its oldest target.

    Parameters
    ----------
    activation : str or Activation
        f, by name (see `numeric.models.activations.ACTIVATIONS`) or given.
    bias : bool
        Without, b stays where it is and is not read.

    Examples
    --------
    >>> import numpy as np
    >>> pair = {"W1": np.array([[1.0], [-1]]), "W2": np.array([[1.0, 1]]), "b": np.zeros(1)}
    >>> AbsoluteValue().forward(pair, np.array([[-0.5]]))
    array([[0.5]])
    """

    activation: str | Activation = "relu"
    bias: bool = True
    hidden_activation: ClassVar[str] = "relu"
    target: ClassVar[Any] = TARGETS["absolute"]  # type: ignore[misc]
