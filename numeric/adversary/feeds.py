"""Adversarial training: what the model reads is attacked along G_k/‖G_k‖, row by row.

Feeds for ``numeric.train(..., feed=...)``.  Two choices are stated each time.

Dead features: raw (``live_above=None``), a feature with W_k → 0 attacks at full strength; with a
threshold those with ‖W_k‖ < live_above don't attack, and others take their rows.

δ and the gradient: ``through=True`` lets the gradient run through δ_k(W), so that training descends
the attacked loss; with False δ counts as given in each step (*detached*), and training follows a
field that is no gradient of that loss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from array_api_compat import array_namespace
from array_api_compat import device as device_of

from ground.checks import check_flag
from numeric.adversary.ascent import strongest
from numeric.adversary.attack import as_size, as_threshold
from numeric.adversary.directions import dealt, live_features, pulled_back, unit_directions
from numeric.models.activations import as_activation
from numeric.models.network import Model, Parameters
from numeric.namespaces import like

__all__ = ["BestAttack", "RandomFeatureAttack"]


@dataclass(frozen=True)
class _AlongFeatures:
    """What both attacks share; they differ in who chooses a row's feature.

    Parameters
    ----------
    size : float
        Length of δ, finite and ≥ 0.
    live_above : float, optional
        Features with ‖W_k‖ below it don't attack; None, the raw convention, takes all for live.
    through : bool
        Whether the gradient runs through δ.
    """

    size: float
    live_above: float | None = None
    through: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", as_size("size", self.size))
        object.__setattr__(self, "live_above", as_threshold(self.live_above))
        check_flag("through", self.through)

    def __call__(self, model: Model, parameters: Parameters, x: Any, importance: Any) -> Any:
        """The attacked batch; the batch itself where no feature is live."""
        return self._attacked(model, parameters, x, importance)[0]

    def with_pullback(
        self, model: Model, parameters: Parameters, x: Any, importance: Any
    ) -> tuple[Any, Callable[[Any], Parameters] | None]:
        """The attacked batch, and the gradient through it unless δ counts as given."""
        fed, d, length, choice = self._attacked(model, parameters, x, importance)
        if not self.through:
            return fed, None
        xp = array_namespace(x)

        def pullback(slope: Any) -> Parameters:
            slopes = self.size * xp.matmul(xp.matrix_transpose(choice), slope)
            return {"W": pulled_back(parameters["W"], d, length, slopes)}

        return fed, pullback

    def configuration(self) -> dict[str, Any]:
        """Everything that defines it, as a dictionary that JSON can hold."""
        return {
            "feed": type(self).__name__,
            "size": self.size,
            "live_above": self.live_above,
            "through": self.through,
        }

    def _attacked(
        self, model: Model, parameters: Parameters, x: Any, importance: Any
    ) -> tuple[Any, Any, Any, Any]:
        """The batch, d_k, ‖G_k‖, and whose direction each row took, (..., batch, n) of 0 and 1."""
        xp = array_namespace(x)
        self._check(model)
        W = parameters["W"]
        d, length = unit_directions(W)
        choice = self._choice(
            model, parameters, x, importance, d, live_features(W, self.live_above)
        )
        choice = xp.astype(choice, x.dtype)
        return x + self.size * xp.matmul(choice, d), d, length, choice

    def _check(self, model: Any) -> None:
        tied = "W" in model.shapes(1, 1)
        if not tied or getattr(model, "hidden_activation", "identity") != "identity":
            raise ValueError(
                f"model must be tied and linear up to h for this feed, such as ReluOutput, "
                f"got {model}"
            )

    def _choice(
        self, model: Any, parameters: Parameters, x: Any, importance: Any, d: Any, alive: Any
    ) -> Any:
        raise NotImplementedError


@dataclass(frozen=True)
class RandomFeatureAttack(_AlongFeatures):
    """Row r of a batch is attacked by one feature: a fresh one each row, dealt in turn.

    The objective is the mean over k of the loss under the fixed attack δ_k = size·G_k/‖G_k‖. Rows
    are drawn alike, so dealing them in turn (row r to the live feature of rank r mod their number)
    gives that mean with less noise than drawing k would, and needs no random numbers: a run may
    stop and go on. The mean is even where the batch is a multiple of the number of live features;
    else one row uneven. A batch smaller than n_features is refused.

    Parameters
    ----------
    size : float
        Length of δ, finite and ≥ 0.
    live_above : float, optional
        Features with ‖W_k‖ below it don't attack; None, the raw convention, takes all for live.
    through : bool
        Whether the gradient runs through δ.

    Examples
    --------
    >>> from numeric import IndependentFeatures, ReluOutput, train
    >>> run = train(ReluOutput(), IndependentFeatures(0.1, n_features=2), n_hidden=1, seed=0,
    ...             steps=10, batch=64, feed=RandomFeatureAttack(0.1))
    """

    def _choice(
        self, model: Any, parameters: Parameters, x: Any, importance: Any, d: Any, alive: Any
    ) -> Any:
        del model, parameters, importance, d
        batch, n = x.shape[-2:]
        if batch < n:
            raise ValueError(f"batch must be at least n_features = {n} for this feed, got {batch}")
        return dealt(alive, batch)


@dataclass(frozen=True)
class BestAttack(_AlongFeatures):
    """Each row is attacked by the strongest of the n attacks δ_k: the paper's analytic attack.

    Costs n forward passes a step. Where the gradient runs through δ, the choice is held: where two
    attacks are as strong, the objective has a kink.

    Parameters
    ----------
    size : float
        Length of δ, finite and ≥ 0.
    live_above : float, optional
        Features with ‖W_k‖ below it don't attack; None, the raw convention, takes all for live.
    through : bool
        Whether the gradient runs through δ.

    Examples
    --------
    >>> BestAttack(0.1, live_above=0.1).configuration()
    {'feed': 'BestAttack', 'size': 0.1, 'live_above': 0.1, 'through': True}
    """

    def _choice(
        self, model: Any, parameters: Parameters, x: Any, importance: Any, d: Any, alive: Any
    ) -> Any:
        xp = array_namespace(x)
        W, b = parameters["W"], parameters["b"]
        b = b if model.bias else xp.zeros_like(b)
        chosen, _ = strongest(W, b, x, like(importance, x), self.size * d, alive)
        columns = xp.arange(d.shape[-1], dtype=chosen.dtype, device=device_of(x))
        return (chosen[..., None] == columns) & alive[..., None, :]

    def _check(self, model: Any) -> None:
        super()._check(model)
        if as_activation(model.activation).name != "relu":
            raise ValueError(f"model must end in a ReLU for this feed, got {model}")
