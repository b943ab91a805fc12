"""What an objective adds to the loss: L1 on h, weight decay, and squared interference.

All three are parts of the objective, with their gradients, whatever the optimiser: `Penalty(decay)`
is not the decoupled decay of `AdamW`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf
from typing import Any

from array_api_compat import array_namespace

from ground.checks import as_at_least_zero, as_number

__all__ = ["Penalty", "as_penalty", "check_penalty", "of_weights"]

BIASES = ("b", "c")  # decay leaves them alone


@dataclass(frozen=True)
class Penalty:
    r"""Weights of what is added to the loss.

    .. math:: L + \lambda_1 \, E \lVert h \rVert_1 + \lambda_2 \lVert W \rVert_F^2
              + \lambda_3 \sum_{i \ne j} (W_i \cdot W_j)^2

    Parameters
    ----------
    l1 : float
        λ₁ ≥ 0, of the L1 norm of the hidden activations, a mean over the batch.
    decay : float
        λ₂ ≥ 0, of the sum of the squares of all weights; biases are left alone.
    interference : float
        λ₃ ≥ 0, of the squared scalar products of different features' columns, each pair counted
        twice. Of tied models only, which have one W.

    Raises
    ------
    ValueError
        A number that is negative, infinite or NaN.

    Examples
    --------
    >>> Penalty(l1=0.1).configuration()
    {'l1': 0.1, 'decay': 0.0, 'interference': 0.0}
    """

    l1: float = 0.0
    decay: float = 0.0
    interference: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            object.__setattr__(self, name, as_at_least_zero(name, value))

    def configuration(self) -> dict[str, Any]:
        """Everything that defines it, as a dictionary that JSON can hold."""
        return asdict(self)


def as_penalty(value: Any) -> Penalty:
    """A penalty; None is none at all, and a number is that of the L1 norm.

    Examples
    --------
    >>> as_penalty(None), as_penalty(0.1) == Penalty(l1=0.1)
    (Penalty(l1=0.0, decay=0.0, interference=0.0), True)
    """
    if value is None:
        return Penalty()
    if isinstance(value, Penalty):
        return value
    allowed = "None, a number ≥ 0 (of the L1 norm) or a Penalty, such as Penalty(decay=0.1)"
    return Penalty(l1=as_number("penalty", value, allowed, lambda number: 0 <= number < inf))


def check_penalty(penalty: Penalty, model: Any) -> None:
    """Refuse what a model without one W has not."""
    if penalty.interference and "W" not in model.shapes(1, 1):
        raise ValueError(
            "penalty must have interference = 0 for a model of two layers of their own, such as "
            f"{model}, got {penalty}"
        )


def of_weights(penalty: Penalty, parameters: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    r"""The part of the objective that needs no data, and its gradient, for any arrays.

    .. math:: \nabla_W = 2 \lambda_2 W + 4 \lambda_3 W (W^\top W)_{i \ne j}

    Returns
    -------
    value : array (...,)
    gradient : dict of arrays
        Of the weights only.
    """
    value: Any = 0.0
    gradient: dict[str, Any] = {}
    for name in parameters.keys() - set(BIASES):
        W = parameters[name]
        xp = array_namespace(W)
        value = value + penalty.decay * xp.sum(W * W, axis=(-2, -1))
        gradient[name] = 2 * penalty.decay * W
    if penalty.interference:
        W = parameters["W"]
        xp = array_namespace(W)
        gram = xp.matmul(xp.matrix_transpose(W), W)
        norms = xp.sum(W * W, axis=-2)
        # Σ_{i≠j} G_ij² and W·(G without its diagonal), which is W G − W diag(‖W_i‖²).
        off = xp.sum(gram * gram, axis=(-2, -1)) - xp.sum(norms * norms, axis=-1)
        value = value + penalty.interference * off
        turn = xp.matmul(W, gram) - W * norms[..., None, :]
        gradient["W"] = gradient["W"] + 4 * penalty.interference * turn
    return value, gradient
