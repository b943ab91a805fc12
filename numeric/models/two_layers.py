"""The four toy models: forward pass and hand-written gradient, on arrays of any library.

All are one network with a hidden layer,

    h = g(E x),   x' = f(D h + b),

and differ in whether D is Eᵀ, in g, in f and in the target.  The loss is the batch mean of
Σ_i I_i (target_i − x'_i)², a sum over features, as in `theory`.  Leading axes are instances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from array_api_compat import array_namespace

from numeric.models.activations import Activation, as_activation
from numeric.namespaces import like

__all__ = ["AbsoluteValue", "Linear", "Model", "Parameters", "ReluHidden", "ReluOutput"]

Parameters = dict[str, Any]


@runtime_checkable
class Model(Protocol):
    """What a trainer needs of a model.

    Parameters travel as a dictionary of arrays: weights (..., rows, columns) and the bias
    "b" (..., n_features).  A model without bias keeps "b", ignores it, and gives it gradient 0.
    """

    @property
    def bias(self) -> bool:
        """Whether the model has a bias."""

    def shapes(self, n_hidden: int, n_features: int) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter of one instance, in the order in which they are drawn."""

    def hidden(self, parameters: Parameters, x: Any) -> Any:
        """Hidden activations h, (..., batch, n_hidden)."""

    def forward(self, parameters: Parameters, x: Any) -> Any:
        """Outputs x', (..., batch, n_features)."""

    def target(self, x: Any) -> Any:
        """What the outputs should be, (..., batch, n_features)."""

    def loss_and_gradient(
        self, parameters: Parameters, x: Any, importance: Any, penalty: float = 0.0
    ) -> tuple[Any, Parameters]:
        """Batch mean of the weighted squared error and its gradient: (...,), dictionary."""

    def configuration(self) -> dict[str, Any]:
        """Everything that defines the model, as a dictionary that JSON can hold."""


class _TwoLayers:
    """The one network behind all four models; a model says what its layers are."""

    hidden_activation: ClassVar[str] = "identity"
    activation: str | Activation = "relu"
    bias: bool = True

    def __post_init__(self) -> None:
        as_activation(self.activation)
        if not isinstance(self.bias, bool):
            raise ValueError(f"bias must be True or False, got {self.bias!r}")

    def shapes(self, n_hidden: int, n_features: int) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter of one instance, in the order in which they are drawn."""
        return {"W": (n_hidden, n_features), "b": (n_features,)}

    def target(self, x: Any) -> Any:
        """The input itself."""
        return x

    def configuration(self) -> dict[str, Any]:
        """Everything that defines the model, as a dictionary that JSON can hold."""
        return {
            "model": type(self).__name__,
            "hidden_activation": self.hidden_activation,
            "activation": as_activation(self.activation).name,
            "bias": self.bias,
        }

    def hidden(self, parameters: Parameters, x: Any) -> Any:
        """Hidden activations h = g(E x), (..., batch, n_hidden)."""
        return as_activation(self.hidden_activation).value(self._hidden_inputs(parameters, x))

    def forward(self, parameters: Parameters, x: Any) -> Any:
        """Outputs x' = f(D h + b), (..., batch, n_features)."""
        inputs = self._output_inputs(parameters, self.hidden(parameters, x))
        return as_activation(self.activation).value(inputs)

    def loss_and_gradient(
        self, parameters: Parameters, x: Any, importance: Any, penalty: float = 0.0
    ) -> tuple[Any, Parameters]:
        r"""Batch mean of the weighted squared error, and its gradient.

        .. math:: L = \langle \textstyle\sum_i I_i (t_i - x'_i)^2 + \lambda \sum_j |h_j| \rangle

        Parameters
        ----------
        parameters : dict of arrays
            As `shapes` says, with leading axes of instances.
        x : array (..., batch, n_features)
        importance : array (..., n_features)
        penalty : float
            λ, the weight of the L1 norm of h; part of the objective.

        Returns
        -------
        loss : array (...,)
        gradient : dict of arrays, as the parameters

        Notes
        -----
        A derivative at a kink (ReLU at 0, \|h\| at 0) is taken as 0.
        """
        xp = array_namespace(x)
        g, f = as_activation(self.hidden_activation), as_activation(self.activation)
        _, decoder = self._layers(parameters)
        batch = x.shape[-2]
        weights = like(importance, x)[..., None, :]

        u = self._hidden_inputs(parameters, x)
        h = g.value(u)
        z = self._output_inputs(parameters, h)
        error = f.value(z) - self.target(x)
        loss = xp.sum(xp.mean(weights * error * error, axis=-2), axis=-1)

        dz = (2 / batch) * weights * error * f.derivative(z)
        dh = xp.matmul(dz, decoder)
        if penalty:
            loss = loss + penalty * xp.sum(xp.mean(xp.abs(h), axis=-2), axis=-1)
            dh = dh + (penalty / batch) * xp.sign(h)
        du = dh * g.derivative(u)
        gradient = self._gradient(
            xp.matmul(xp.matrix_transpose(du), x), xp.matmul(xp.matrix_transpose(dz), h)
        )
        gradient["b"] = xp.sum(dz, axis=-2) * (1 if self.bias else 0)
        return loss, gradient

    def _layers(self, parameters: Parameters) -> tuple[Any, Any]:
        """E (..., m, n) and D (..., n, m)."""
        W = parameters["W"]
        return W, array_namespace(W).matrix_transpose(W)

    def _gradient(self, encoder: Any, decoder: Any) -> Parameters:
        """The weights' gradient, from those of E and D: tied weights feel both."""
        return {"W": encoder + array_namespace(encoder).matrix_transpose(decoder)}

    def _hidden_inputs(self, parameters: Parameters, x: Any) -> Any:
        xp = array_namespace(x)
        return xp.matmul(x, xp.matrix_transpose(self._layers(parameters)[0]))

    def _output_inputs(self, parameters: Parameters, h: Any) -> Any:
        xp = array_namespace(h)
        z = xp.matmul(h, xp.matrix_transpose(self._layers(parameters)[1]))
        return z + parameters["b"][..., None, :] if self.bias else z


@dataclass(frozen=True)
class ReluOutput(_TwoLayers):
    """x' = f(WᵀW x + b), with f = ReLU unless another activation is named.

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
class Linear(_TwoLayers):
    """x' = WᵀW x + b."""

    bias: bool = True
    activation: ClassVar[str] = "identity"  # type: ignore[misc]


@dataclass(frozen=True)
class ReluHidden(_TwoLayers):
    """h = ReLU(W x), x' = f(Wᵀh + b): the hidden layer has a privileged basis."""

    activation: str | Activation = "relu"
    bias: bool = True
    hidden_activation: ClassVar[str] = "relu"


@dataclass(frozen=True)
class AbsoluteValue(_TwoLayers):
    """h = ReLU(W1 x), y' = f(W2 h + b), to compute y = |x|; W1 (..., m, n), W2 (..., n, m).

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

    def shapes(self, n_hidden: int, n_features: int) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter of one instance, in the order in which they are drawn."""
        return {
            "W1": (n_hidden, n_features),
            "W2": (n_features, n_hidden),
            "b": (n_features,),
        }

    def target(self, x: Any) -> Any:
        """|x|."""
        return array_namespace(x).abs(x)

    def _layers(self, parameters: Parameters) -> tuple[Any, Any]:
        return parameters["W1"], parameters["W2"]

    def _gradient(self, encoder: Any, decoder: Any) -> Parameters:
        return {"W1": encoder, "W2": decoder}
