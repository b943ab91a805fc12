"""Activations of the output, as functions with the places where they bend or jump."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ground.checks import FloatArray, as_number

__all__ = ["OUTPUTS", "OutputActivation", "as_output", "jump_output", "leaky_output"]


@dataclass(frozen=True)
class OutputActivation:
    """An output f, polynomial between its kinks or smooth everywhere [D37].

    Attributes
    ----------
    name : str
    value : callable (array) -> array
    kinks : tuple of float
        Where it bends or jumps; elsewhere it is analytic.
    nodes : int
        Gauss points a piece that integrate its square to rounding: 3 for pieces of degree 1.
    """

    name: str
    value: Callable[[FloatArray], FloatArray]
    kinks: tuple[float, ...] = ()
    nodes: int = 3


def leaky_output(slope: float) -> OutputActivation:
    """z for z > 0, else slope × z [D37].

    Parameters
    ----------
    slope : float
        In [0, 1].

    Returns
    -------
    OutputActivation

    Raises
    ------
    ValueError
        A slope outside [0, 1].

    Examples
    --------
    >>> leaky_output(0.1).value(np.array([-1.0, 2.0])).tolist()
    [-0.1, 2.0]
    """
    s = as_number("slope", slope, "a number from 0 to 1")
    if not 0 <= s <= 1:
        raise ValueError(f"slope must lie in [0, 1], got {slope!r}")
    return OutputActivation(f"leaky {s:g}", lambda z: np.where(z > 0, z, s * z), (0.0,))


def jump_output(threshold: float) -> OutputActivation:
    """z where z exceeds the threshold, else 0: a JumpReLU [D37].

    Parameters
    ----------
    threshold : float
        θ ≥ 0.

    Returns
    -------
    OutputActivation

    Raises
    ------
    ValueError
        A threshold that is negative or not finite.

    Examples
    --------
    >>> jump_output(0.25).value(np.array([0.2, 0.3])).tolist()
    [0.0, 0.3]
    """
    θ = as_number("threshold", threshold, "a number of at least 0")
    if not 0 <= θ < np.inf:
        raise ValueError(f"threshold must be finite and at least 0, got {threshold!r}")
    return OutputActivation(f"jump {θ:g}", lambda z: np.where(z > θ, z, 0.0), (θ,))


OUTPUTS = {
    "linear": OutputActivation("linear", lambda z: z),
    "relu": OutputActivation("relu", lambda z: np.maximum(z, 0.0), (0.0,)),
    "leaky": leaky_output(0.1),
    # Its square is entire: 24 points on a range of a few units leave nothing.
    "gelu": OutputActivation("gelu", lambda z: z * ndtr(z), nodes=24),
    "jump": jump_output(0.25),
    "clipped": OutputActivation("clipped", lambda z: np.clip(z, 0.0, 1.0), (0.0, 1.0)),
    "absolute": OutputActivation("absolute", np.abs, (0.0,)),
}


def as_output(activation: str | OutputActivation) -> OutputActivation:
    """The output of that name, or itself.

    Raises
    ------
    ValueError
        An unknown name; the message lists the known ones.
    """
    if isinstance(activation, OutputActivation):
        return activation
    if not isinstance(activation, str) or activation not in OUTPUTS:
        raise ValueError(
            f"activation must be one of {', '.join(OUTPUTS)} or an OutputActivation, "
            f"got {activation!r}"
        )
    return OUTPUTS[activation]
