"""Where training starts.

A draw makes the parameters of one instance, from that instance's own generator.  Its scale depends
on the shape of one W only, never on how many instances are trained together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from ground.checks import as_at_least_zero, as_floats, check_positive_int
from numeric.models.network import axes_of
from numeric.models.two_layers import Model, ReluOutput

__all__ = ["Gaussian", "Given", "Initialiser", "XavierNormal"]


class Initialiser(Protocol):
    """What a trainer needs of an initialisation."""

    def draw(
        self,
        rng: np.random.Generator,
        n_hidden: int,
        n_features: int,
        model: Model = ...,
    ) -> dict[str, np.ndarray]:
        """Parameters of one instance, float64."""

    def instance(self, index: int) -> Initialiser:
        """The initialisation of one instance: itself, unless instances start differently."""

    def configuration(self) -> dict[str, Any]:
        """Everything that defines the initialisation, as a dictionary that JSON can hold."""


class _Normal:
    """Weights normal with mean 0 and a standard deviation set by their shape; biases 0."""

    def _deviation(self, n_hidden: int, n_features: int) -> float:
        raise NotImplementedError

    def draw(
        self,
        rng: np.random.Generator,
        n_hidden: int,
        n_features: int,
        model: Model = ReluOutput(),  # noqa: B008 (frozen)
    ) -> dict[str, np.ndarray]:
        """Parameters of one instance: weights in the order of ``model.shapes``, biases 0."""
        check_positive_int("n_hidden", n_hidden)
        check_positive_int("n_features", n_features)
        deviation = self._deviation(n_hidden, n_features)
        return {
            name: np.zeros(shape) if len(shape) == 1 else deviation * rng.standard_normal(shape)
            for name, shape in model.shapes(n_hidden, n_features).items()
        }

    def instance(self, index: int) -> _Normal:
        """Itself: every instance starts by the same law."""
        del index
        return self

    def configuration(self) -> dict[str, Any]:
        """Name and settings."""
        return {"initialise": type(self).__name__, **asdict(self)}  # type: ignore[call-overload]


def _check_scale(name: str, value: float) -> None:
    as_at_least_zero(name, value)


@dataclass(frozen=True)
class XavierNormal(_Normal):
    """Standard deviation gain·√(2 / (n_hidden + n_features)) (Glorot & Bengio 2010).

    Parameters
    ----------
    gain : float
        At least 0; 1 keeps the size of a signal through linear layers.

    Raises
    ------
    ValueError
        A negative gain, or none that is finite.

    Examples
    --------
    >>> import numpy as np
    >>> from numeric import ReluOutput
    >>> start = XavierNormal().draw(np.random.default_rng(0), 40, 60, ReluOutput())
    >>> bool(abs(start["W"].std() / (2 / 100) ** 0.5 - 1) < 0.1)
    True
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        _check_scale("gain", self.gain)

    def _deviation(self, n_hidden: int, n_features: int) -> float:
        return float(self.gain * np.sqrt(2 / (n_hidden + n_features)))


@dataclass(frozen=True)
class Gaussian(_Normal):
    """Standard deviation ``scale``, whatever the shape.

    Parameters
    ----------
    scale : float
        Standard deviation of each weight, at least 0; biases start at 0.

    Raises
    ------
    ValueError
        A negative scale, or none that is finite.

    Examples
    --------
    >>> import numpy as np
    >>> from numeric import ReluOutput
    >>> start = Gaussian(0.1).draw(np.random.default_rng(0), 2, 5, ReluOutput())
    >>> start["W"].shape, start["b"].tolist()
    ((2, 5), [0.0, 0.0, 0.0, 0.0, 0.0])
    """

    scale: float

    def __post_init__(self) -> None:
        _check_scale("scale", self.scale)

    def _deviation(self, n_hidden: int, n_features: int) -> float:
        del n_hidden, n_features
        return self.scale


@dataclass(frozen=True, eq=False)
class Given:
    """Start from given parameters: of one instance, or with one leading axis of instances.

    Parameters
    ----------
    parameters : dict of arrays
        By name as the model has them: W (m, n), or W1 (m, n) and W2 (n, m), and b (n,).

    Raises
    ------
    ValueError
        No such dictionary, or values that are not finite.

    Examples
    --------
    >>> Given({"W": [[1.0, -1.0]], "b": [0.0, 0.0]}).parameters["W"]
    array([[ 1., -1.]])
    """

    parameters: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not isinstance(self.parameters, Mapping) or not self.parameters:
            raise ValueError(
                "parameters must be a dictionary of arrays, such as W and b, got "
                f"{self.parameters!r}"
            )
        arrays = {
            name: as_floats(f"parameters[{name!r}]", value).copy()
            for name, value in self.parameters.items()
        }
        for name, array in arrays.items():
            if not np.all(np.isfinite(array)):
                raise ValueError(f"parameters[{name!r}] must be finite, got NaN or infinity")
        object.__setattr__(self, "parameters", arrays)

    def instance(self, index: int) -> Given:
        """The start of one instance; the same for all where there is no leading axis."""
        ranks = {name: len(axes_of(name)) for name in self.parameters}
        return Given({n: a[index] if a.ndim > ranks[n] else a for n, a in self.parameters.items()})

    def draw(
        self,
        rng: np.random.Generator,
        n_hidden: int,
        n_features: int,
        model: Model = ReluOutput(),  # noqa: B008 (frozen)
    ) -> dict[str, np.ndarray]:
        """The given parameters, after a check of their shapes; nothing is drawn."""
        del rng
        shapes = model.shapes(n_hidden, n_features)
        found = {name: a.shape for name, a in self.parameters.items()}
        if found != shapes:
            raise ValueError(f"parameters must have the shapes {shapes}, got {found}")
        return {name: a.copy() for name, a in self.parameters.items()}

    def configuration(self) -> dict[str, Any]:
        """Name and values."""
        return {
            "initialise": type(self).__name__,
            "parameters": {name: a.tolist() for name, a in self.parameters.items()},
        }
