"""Activation functions, each with its derivative, on arrays of any library.

A model needs two things of an activation: its value and its derivative, elementwise.  Both are
written against the array API standard, so NumPy, PyTorch and CuPy arrays all work.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from array_api_compat import array_namespace, is_cupy_array, is_numpy_array, is_torch_array

from ground.checks import check_kind
from numeric.namespaces import like, to_numpy

__all__ = ["ACTIVATIONS", "Activation", "as_activation", "hard_threshold", "leaky_relu"]


@dataclass(frozen=True)
class Activation:
    """An elementwise function with its derivative.

    Attributes
    ----------
    name : str
        Names it in a configuration: two activations of the same name must be the same function.
    value, derivative : callable (array) -> array
    kinks : tuple of float
        Where value or derivative jumps: there the derivative is a choice, stated by the activation.

    Examples
    --------
    >>> import numpy as np
    >>> square = Activation("square", lambda z: z**2, lambda z: 2 * z)
    >>> square.value(np.array([0.5, -1.0]))
    array([0.25, 1.  ])
    """

    name: str
    value: Callable[[Any], Any]
    derivative: Callable[[Any], Any]
    kinks: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_kind("name", self.name, str, "text")
        for part in ("value", "derivative"):
            check_kind(part, getattr(self, part), Callable, "a function of an array")  # type: ignore[arg-type]
        if not (
            isinstance(self.kinks, tuple)
            and all(isinstance(kink, int | float) and math.isfinite(kink) for kink in self.kinks)
        ):
            raise ValueError(f"kinks must be a tuple of finite numbers, got {self.kinks!r}")


def as_activation(activation: str | Activation, name: str = "activation") -> Activation:
    """The activation of that name, or the activation itself.

    Raises
    ------
    ValueError
        An unknown name; the message lists the known ones.
    """
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(
            f"{name} must be one of {', '.join(sorted(ACTIVATIONS))} or an Activation, "
            f"got {activation!r}"
        )
    return ACTIVATIONS[activation]


def _where_positive(z: Any, positive: Any, other: Any) -> Any:
    return array_namespace(z).where(z > 0, positive, other)


def _relu(z: Any) -> Any:
    # NaN stays NaN: a model that has diverged must not pass for one that is silent.
    xp = array_namespace(z)
    return xp.where(z <= 0, xp.zeros_like(z), z)


def _step(z: Any) -> Any:
    """1 where z > 0, else 0: the derivative of ReLU at its kink is taken as 0."""
    return array_namespace(z).astype(z > 0, z.dtype)


def _erf(z: Any) -> Any:
    """The error function, which the array API standard leaves out."""
    if is_torch_array(z):
        import torch

        return torch.special.erf(z)
    if is_cupy_array(z):
        from cupyx.scipy.special import erf  # type: ignore[import-not-found]

        return erf(z)
    from scipy.special import erf

    return erf(z) if is_numpy_array(z) else like(erf(to_numpy(z)), z)


def _normal_cdf(z: Any) -> Any:
    return 0.5 * (1 + _erf(z * math.sqrt(0.5)))


def _gelu_derivative(z: Any) -> Any:
    density = array_namespace(z).exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return _normal_cdf(z) + z * density


def _softplus(z: Any) -> Any:
    # log(1 + e^z) without overflow: the large part is taken out first.
    xp = array_namespace(z)
    return _relu(z) + xp.log1p(xp.exp(-xp.abs(z)))


def _sigmoid(z: Any) -> Any:
    # tanh saturates where exp would overflow.
    return 0.5 * (1 + array_namespace(z).tanh(0.5 * z))


def leaky_relu(slope: float = 0.01) -> Activation:
    """z for z > 0, else slope·z; its derivative at 0 is the slope."""
    return Activation(
        "leaky_relu" if slope == 0.01 else f"leaky_relu({slope})",
        lambda z: _where_positive(z, z, slope * z),
        lambda z: slope + (1 - slope) * _step(z),
        kinks=(0.0,),
    )


def hard_threshold(threshold: float = 0.25) -> Activation:
    """z where z > threshold, else 0: a ReLU that jumps.

    Its gradient is straight through the jump: 1 above the threshold and 0 below, which is the
    derivative almost everywhere.  The jump itself, a delta of height ``threshold``, is left out, so
    descent moves the active outputs but gets no pull from outputs about to cross the threshold:
    the gradient of a sample, not of the expected loss.
    """
    return Activation(
        "hard_threshold" if threshold == 0.25 else f"hard_threshold({threshold})",
        lambda z: array_namespace(z).where(z <= threshold, array_namespace(z).zeros_like(z), z),
        lambda z: _step(z - threshold),
        kinks=(threshold,),
    )


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("relu", _relu, _step, kinks=(0.0,)),
        Activation("identity", lambda z: z, lambda z: array_namespace(z).ones_like(z)),
        Activation("gelu", lambda z: z * _normal_cdf(z), _gelu_derivative),
        Activation("softplus", _softplus, _sigmoid),
        leaky_relu(),
        hard_threshold(),
    )
}
