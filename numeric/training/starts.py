"""Where two-layer nets start: with outputs that are alive, at the naive solution, or near a code.

With sparse data, zero bias and random W2 about half of all sides (a feature and its sign) push
their own output down when they are active alone.  A ReLU output answers 0 there, has no gradient,
and such a side stays dead.  Every start here but pure noise keeps the sides that it serves alive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import as_at_least_zero, as_number, check_positive_int
from numeric.models.two_layers import AbsoluteValue, Model
from numeric.training.initialise import Initialiser

__all__ = ["InTurn", "MatchedOutput", "NaivePlusNoise", "Noisy"]

Array = np.ndarray
Parameters = dict[str, Array]
TARGETS = ("absolute", "relu", "identity")


@dataclass(frozen=True)
class MatchedOutput:
    r"""W1 normal, and each output reads its feature back: W2 = c|W1|ᵀ, b = 0.

    .. math:: W_{2,ik} = c_i |W_{1,ki}|, \qquad
       c_i = \frac{2\,\mathrm{response}}{\sum_k W_{1,ki}^2}

    So a lone feature raises its own output at both signs, on average by `response` of its size:
    no side is dead unless all m weights of its feature have one sign.  For the targets ReLU(x) and
    x only the neurons that a positive x_i switches on are read, W2 = c ReLU(W1)ᵀ.

    Parameters
    ----------
    gain : float
        Deviation of W1 in units of Xavier's √(2/(m + n)), above 0.
    response : float
        Mean slope of an output against its own feature, above 0.

    Raises
    ------
    ValueError
        A setting that is not above 0; in `draw`, a model whose layers are tied or whose target is
        none of "absolute", "relu", "identity".

    Examples
    --------
    >>> start = MatchedOutput().draw(np.random.default_rng(0), 8, 2)
    >>> h = np.maximum(start["W1"] @ np.diag([1.0, -1.0]), 0)  # both features, alone
    >>> bool(((start["W2"] @ h).diagonal() > 0).all())
    True
    """

    gain: float = 1.0
    response: float = 1.0

    def __post_init__(self) -> None:
        for name in ("gain", "response"):
            as_number(name, getattr(self, name), "finite and > 0", lambda x: 0 < x < np.inf)

    def draw(
        self,
        rng: np.random.Generator,
        n_hidden: int,
        n_features: int,
        model: Model = AbsoluteValue(),  # noqa: B008 (frozen)
    ) -> Parameters:
        """Parameters of one instance; only W1 is drawn."""
        m, n, target = _checked(n_hidden, n_features, model)
        W1 = self.gain * np.sqrt(2 / (m + n)) * rng.standard_normal((m, n))
        read = np.abs(W1) if target == "absolute" else np.maximum(W1, 0.0)
        # |x| has two sides to share the neurons; a feature that no neuron reads keeps 0.
        sides = 2 if target == "absolute" else 1
        size = np.sum(read * np.abs(W1), axis=0)
        scale = np.divide(sides * self.response, size, out=np.zeros(n), where=size > 0)
        return {"W1": W1, "W2": scale[:, None] * read.T, "b": np.zeros(n)}

    def instance(self, index: int) -> MatchedOutput:
        """Itself: every instance starts by the same law."""
        del index
        return self

    def configuration(self) -> dict[str, Any]:
        """Name and settings."""
        return {"initialise": "MatchedOutput", "gain": self.gain, "response": self.response}


@dataclass(frozen=True)
class NaivePlusNoise:
    """The first features computed by neurons of their own, the others not at all; then noise.

    |x_i| has the neurons ReLU(x_i) and ReLU(−x_i), for the first ⌊m/2⌋ features; ReLU(x_i) and x_i
    have one, for the first m.  A neuron left over starts from noise alone.

    Parameters
    ----------
    noise : float
        Deviation of the normal noise on each entry of W1 and W2, at least 0.
    bias : float
        What the features without neurons are answered by, at least 0, such as the mean of their
        target; noise moves no bias.

    Raises
    ------
    ValueError
        A negative setting; in `draw`, a model whose layers are tied or of another target.

    Examples
    --------
    >>> NaivePlusNoise(0.0, bias=0.1).draw(np.random.default_rng(0), 2, 3)["W1"]
    array([[ 1.,  0.,  0.],
           [-1.,  0.,  0.]])
    """

    noise: float = 0.1
    bias: float = 0.0

    def __post_init__(self) -> None:
        as_at_least_zero("noise", self.noise)
        as_at_least_zero("bias", self.bias)

    def draw(
        self,
        rng: np.random.Generator,
        n_hidden: int,
        n_features: int,
        model: Model = AbsoluteValue(),  # noqa: B008 (frozen)
    ) -> Parameters:
        """Parameters of one instance; noise is drawn for W1, then for W2."""
        m, n, target = _checked(n_hidden, n_features, model)
        signs = (1.0, -1.0) if target == "absolute" else (1.0,)
        kept = min(m // len(signs), n)
        W1, W2, b = np.zeros((m, n)), np.zeros((n, m)), np.full(n, float(self.bias))
        for i in range(kept):
            for side, sign in enumerate(signs):
                W1[len(signs) * i + side, i], W2[i, len(signs) * i + side] = sign, 1.0
        b[:kept] = 0.0
        return _moved({"W1": W1, "W2": W2, "b": b}, self.noise, rng)

    def instance(self, index: int) -> NaivePlusNoise:
        """Itself: every instance starts by the same law."""
        del index
        return self

    def configuration(self) -> dict[str, Any]:
        """Name and settings."""
        return {"initialise": "NaivePlusNoise", "noise": self.noise, "bias": self.bias}


@dataclass(frozen=True, eq=False)
class Noisy:
    """Another start, such as a code in `Given`, with normal noise on its weights.

    Parameters
    ----------
    start : Initialiser
        Any model's.
    noise : float
        Deviation of the noise on each weight, at least 0; biases stay.

    Raises
    ------
    TypeError
        A start that is no initialiser.
    ValueError
        A negative noise.

    Examples
    --------
    >>> from numeric import Given
    >>> code = Given({"W1": [[1.0], [-1.0]], "W2": [[1.0, 1.0]], "b": [0.0]})
    >>> Noisy(code, 0.1).draw(np.random.default_rng(0), 2, 1)["W1"].round(2)
    array([[ 1.01],
           [-1.01]])
    """

    start: Initialiser
    noise: float

    def __post_init__(self) -> None:
        _check_start("start", self.start)
        as_at_least_zero("noise", self.noise)

    def draw(
        self,
        rng: np.random.Generator,
        n_hidden: int,
        n_features: int,
        model: Model = AbsoluteValue(),  # noqa: B008 (frozen)
    ) -> Parameters:
        """Parameters of one instance: the start is drawn first, then the noise."""
        return _moved(self.start.draw(rng, n_hidden, n_features, model), self.noise, rng)

    def instance(self, index: int) -> Noisy:
        """The start of one instance, with noise of the same size."""
        return Noisy(self.start.instance(index), self.noise)

    def configuration(self) -> dict[str, Any]:
        """Name, settings, and the start's own."""
        start = self.start.configuration()
        return {"initialise": "Noisy", "noise": self.noise, "start": start}


@dataclass(frozen=True, eq=False)
class InTurn:
    """Several starts in turn: instance i has start i modulo their number.

    Parameters
    ----------
    starts : sequence of Initialiser
        At least one; each gives instance i what it would give instance ⌊i / number⌋ alone.

    Raises
    ------
    TypeError
        No sequence of initialisers.
    ValueError
        None of them.

    Examples
    --------
    >>> both = InTurn([MatchedOutput(), NaivePlusNoise(0.1)])
    >>> type(both.instance(3)).__name__
    'NaivePlusNoise'
    """

    starts: Sequence[Initialiser]

    def __post_init__(self) -> None:
        if isinstance(self.starts, str | bytes) or not isinstance(self.starts, Sequence):
            raise TypeError(f"starts must be a list of initialisers, got {self.starts!r}")
        if not self.starts:
            raise ValueError("starts must hold at least one initialiser, got none")
        for start in self.starts:
            _check_start("starts", start)
        object.__setattr__(self, "starts", tuple(self.starts))

    def draw(
        self,
        rng: np.random.Generator,
        n_hidden: int,
        n_features: int,
        model: Model = AbsoluteValue(),  # noqa: B008 (frozen)
    ) -> Parameters:
        """Parameters of the first start."""
        return self.starts[0].draw(rng, n_hidden, n_features, model)

    def instance(self, index: int) -> Initialiser:
        """The start whose turn it is."""
        turn, which = divmod(index, len(self.starts))
        return self.starts[which].instance(turn)

    def configuration(self) -> dict[str, Any]:
        """Name, and the configuration of each start."""
        return {
            "initialise": "InTurn",
            "starts": [start.configuration() for start in self.starts],
        }


def _checked(n_hidden: Any, n_features: Any, model: Model) -> tuple[int, int, str]:
    """m, n and the target's name, of a model with two layers of its own."""
    m = check_positive_int("n_hidden", n_hidden)
    n = check_positive_int("n_features", n_features)
    target = getattr(model.target, "name", None)
    if "W2" not in model.shapes(m, n) or target not in TARGETS:
        raise ValueError(
            "model must have layers W1 and W2 and one of the targets "
            f"{', '.join(TARGETS)}, got {model!r}"
        )
    return m, n, str(target)


def _check_start(name: str, start: Any) -> None:
    needs = ("draw", "instance", "configuration")
    if isinstance(start, type) or not all(hasattr(start, need) for need in needs):
        raise TypeError(f"{name} must be made of initialisers, such as Given(...), got {start!r}")


def _moved(parameters: Parameters, noise: float, rng: np.random.Generator) -> Parameters:
    """The same with normal noise on the weights, drawn in the order of the parameters."""
    return {
        name: array if name == "b" else array + noise * rng.standard_normal(array.shape)
        for name, array in parameters.items()
    }
