"""A mixture of experts in its simplest form: of E blocks of neurons only the strongest T pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from array_api_compat import array_namespace

from ground.checks import check_positive_int
from numeric.models.activations import Activation
from numeric.models.network import Tied

__all__ = ["MixtureOfExperts"]


@dataclass(frozen=True)
class MixtureOfExperts(Tied):
    """h = P(Wx), x' = ReLU(Wᵀh + b), where P keeps the T of E blocks of Wx with the largest norms.

    Neurons are dealt to experts in order, n_hidden / n_experts each.  The router has no parameters
    of its own: an expert is chosen where its own activations are largest.  The choice counts as
    given in a step; the gradient runs through the chosen experts only.

    Parameters
    ----------
    n_experts : int
        E; n_hidden must be a multiple of it.
    n_active : int
        T ≤ E, how many pass. With T = E this is `ReluOutput`.
    bias : bool
        Of the output.  Without, b stays where it is and is not read.

    Raises
    ------
    ValueError
        Naming the argument and its value.

    Examples
    --------
    >>> import numpy as np
    >>> model = MixtureOfExperts(n_experts=2, n_active=1)
    >>> parameters = {"W": np.eye(2), "b": np.zeros(2)}
    >>> model.forward(parameters, np.array([[0.5, 0.25]]))
    array([[0.5, 0. ]])
    """

    n_experts: int
    n_active: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        check_positive_int("n_experts", self.n_experts)
        if check_positive_int("n_active", self.n_active) > self.n_experts:
            raise ValueError(
                f"n_active must not exceed n_experts = {self.n_experts}, got {self.n_active}"
            )
        super().__post_init__()

    def shapes(self, n_hidden: int, n_features: int) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter of one instance, in the order in which they are drawn."""
        # A trainer asks for the shapes of (1, 1) to see which parameters there are.
        if n_hidden % self.n_experts and n_hidden > 1:
            raise ValueError(
                f"n_hidden must be a multiple of n_experts = {self.n_experts}, got {n_hidden}"
            )
        return super().shapes(n_hidden, n_features)

    @property
    def hidden_activation(self) -> Activation:  # type: ignore[override]
        """P: the identity on experts that pass, 0 on the others."""
        name = f"{self.n_active} of {self.n_experts} experts"
        return Activation(name, lambda u: u * self._passes(u), self._passes)

    def configuration(self) -> dict[str, Any]:
        """Everything that defines the model, as a dictionary that JSON can hold."""
        settings = {"n_experts": self.n_experts, "n_active": self.n_active}
        hidden = {"hidden_activation": self.hidden_activation.name}
        return {
            "model": type(self).__name__, "activation": "relu", "bias": self.bias
        } | settings | hidden  # fmt: skip

    def _passes(self, u: Any) -> Any:
        """1 on the neurons of the experts that pass, else 0; experts that tie pass together."""
        xp = array_namespace(u)
        blocks = xp.reshape(u, (*u.shape[:-1], self.n_experts, u.shape[-1] // self.n_experts))
        power = xp.sum(blocks * blocks, axis=-1)
        least = xp.sort(power, axis=-1)[..., -self.n_active, None]
        on = xp.astype(power >= least, u.dtype)[..., None]
        return xp.reshape(on * xp.ones_like(blocks), u.shape)
