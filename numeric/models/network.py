"""One network with a hidden layer: forward pass and hand-written gradient, on any arrays.

    h = g(E x),   x' = f(D h + b)

The toy models differ in whether D is Eᵀ, in g, in f and in the target.  The loss is the batch mean
of Σ_i I_i (target_i − x'_i)², a sum over features, as in `theory`.  Leading axes are instances.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol, runtime_checkable

from array_api_compat import array_namespace

from ground.checks import check_flag
from numeric.models.activations import Activation, as_activation
from numeric.models.targets import TARGETS
from numeric.namespaces import like

__all__ = ["Model", "Parameters", "Tied", "Untied", "axes_of"]

Parameters = dict[str, Any]

_AXES = {"b": ("feature",), "c": ("hidden",), "W2": ("feature", "hidden")}


def axes_of(name: str) -> tuple[str, ...]:
    """The named axes of a parameter of one instance; a bias has one.

    >>> axes_of("W1"), axes_of("b")
    (('hidden', 'feature'), ('feature',))
    """
    return _AXES.get(name, ("hidden", "feature"))


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

    @property
    def target(self) -> Callable[[Any], Any]:
        """What the outputs should be: (..., batch, n_features) of the inputs, same shape."""

    def loss_and_gradient(
        self,
        parameters: Parameters,
        x: Any,
        importance: Any,
        penalty: float = 0.0,
        *,
        fed: Any = None,
    ) -> tuple[Any, Parameters]:
        """Batch mean of the weighted squared error and its gradient: (...,), dictionary.

        Where `fed` is given, the model reads it in place of x; the target stays that of x.
        """

    def configuration(self) -> dict[str, Any]:
        """Everything that defines the model, as a dictionary that JSON can hold."""


class _Network:
    """The one network behind all models; a model says what its layers and its target are."""

    hidden_activation: ClassVar[str] = "identity"
    activation: str | Activation = "relu"
    bias: bool = True
    target: Any = TARGETS["identity"]

    def __post_init__(self) -> None:
        as_activation(self.activation)
        check_flag("bias", self.bias)

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
        self,
        parameters: Parameters,
        x: Any,
        importance: Any,
        penalty: float = 0.0,
        *,
        fed: Any = None,
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
        fed : array (..., batch, n_features), optional
            What the model reads in place of x, such as an attacked x; the target stays that of x.

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
        read = x if fed is None else fed

        u = self._hidden_inputs(parameters, read)
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
            xp.matmul(xp.matrix_transpose(du), read), xp.matmul(xp.matrix_transpose(dz), h)
        )
        gradient["b"] = xp.sum(dz, axis=-2) * (1 if self.bias else 0)
        return loss, gradient | self._further_gradient(du)

    def input_gradient(
        self,
        parameters: Parameters,
        x: Any,
        importance: Any,
        *,
        fed: Any = None,
        penalty: float = 0.0,
    ) -> Any:
        r"""Gradient of each sample's objective with respect to what the model is fed.

        .. math:: \frac{\partial}{\partial \tilde x} \Big[
                  \textstyle\sum_i I_i \big(t_i(x) - x'_i(\tilde x)\big)^2
                  + \lambda \sum_j |h_j(\tilde x)| \Big]

        The target t(x) is held fixed, and there is no mean over the batch: an attack moves each
        sample by itself.

        Parameters
        ----------
        parameters : dict of arrays
            As `shapes` says, with leading axes of instances.
        x : array (..., batch, n_features)
        importance : array (..., n_features)
        fed : array (..., batch, n_features), optional
            Where the gradient is taken; x itself by default.
        penalty : float
            λ, the weight of the L1 norm of h in the objective; none by default.

        Returns
        -------
        array (..., batch, n_features)

        Notes
        -----
        The derivative at a kink is the activation's choice: 0 for ReLU at 0.
        """
        xp = array_namespace(x)
        g, f = as_activation(self.hidden_activation), as_activation(self.activation)
        encoder, decoder = self._layers(parameters)
        u = self._hidden_inputs(parameters, x if fed is None else fed)
        h = g.value(u)
        z = self._output_inputs(parameters, h)
        dz = 2 * like(importance, x)[..., None, :] * (f.value(z) - self.target(x)) * f.derivative(z)
        dh = xp.matmul(dz, decoder)
        if penalty:
            dh = dh + penalty * xp.sign(h)
        return xp.matmul(dh * g.derivative(u), encoder)

    def _layers(self, parameters: Parameters) -> tuple[Any, Any]:
        """E (..., m, n) and D (..., n, m)."""
        raise NotImplementedError

    def _gradient(self, encoder: Any, decoder: Any) -> Parameters:
        """The weights' gradient, from those of E and D."""
        raise NotImplementedError

    def _further_gradient(self, hidden_inputs: Any) -> Parameters:
        """That of a hidden layer's own parameters, given its inputs'; here it has none."""
        del hidden_inputs
        return {}

    def _hidden_inputs(self, parameters: Parameters, x: Any) -> Any:
        xp = array_namespace(x)
        return xp.matmul(x, xp.matrix_transpose(self._layers(parameters)[0]))

    def _output_inputs(self, parameters: Parameters, h: Any) -> Any:
        xp = array_namespace(h)
        z = xp.matmul(h, xp.matrix_transpose(self._layers(parameters)[1]))
        return z + parameters["b"][..., None, :] if self.bias else z


class Tied(_Network):
    """D = Eᵀ = Wᵀ: parameters W (..., m, n) and b (..., n)."""

    def shapes(self, n_hidden: int, n_features: int) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter of one instance, in the order in which they are drawn."""
        return {"W": (n_hidden, n_features), "b": (n_features,)}

    def _layers(self, parameters: Parameters) -> tuple[Any, Any]:
        W = parameters["W"]
        return W, array_namespace(W).matrix_transpose(W)

    def _gradient(self, encoder: Any, decoder: Any) -> Parameters:
        """Tied weights feel both layers."""
        return {"W": encoder + array_namespace(encoder).matrix_transpose(decoder)}


class Untied(_Network):
    """Two layers of their own: parameters W1 (..., m, n), W2 (..., n, m) and b (..., n)."""

    def shapes(self, n_hidden: int, n_features: int) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter of one instance, in the order in which they are drawn."""
        return {
            "W1": (n_hidden, n_features),
            "W2": (n_features, n_hidden),
            "b": (n_features,),
        }

    def _layers(self, parameters: Parameters) -> tuple[Any, Any]:
        return parameters["W1"], parameters["W2"]

    def _gradient(self, encoder: Any, decoder: Any) -> Parameters:
        return {"W1": encoder, "W2": decoder}
