"""What is trained and how, and what of it the kernels know.

Three tables, keyed by class, say how the kernels see a law, a model and an optimiser. A new one
registers itself there, in one place; what is not in them trains on the reference engine. The class
must be the very one: a subclass may mean something else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from numeric.features.given import GivenActivations
from numeric.features.independent import (
    AnticorrelatedSets,
    CorrelatedSets,
    ExactlyKActive,
    Features,
    IndependentFeatures,
    OneHot,
)
from numeric.kernels.spec import ADAM, SGD_MOMENTUM, Spec, TargetCode
from numeric.kernels.worlds import Law
from numeric.models.activations import as_activation
from numeric.models.two_layers import (
    AbsoluteValue,
    Linear,
    Model,
    ReluHidden,
    ReluOutput,
    TwoLayer,
)
from numeric.training.feed import Feed
from numeric.training.optimisers import SGD, Adam, AdamW, Optimiser
from numeric.training.penalty import Penalty, as_penalty

__all__ = ["LAWS", "MODELS", "OPTIMISERS", "Task", "is_drawn", "is_fused"]

PATTERN_LIMIT = 3  # features; above, counting 2ⁿ patterns costs more than it saves
NONE = Penalty()
LARGE = 30  # weights; from here on tiles in registers are faster than loops over the samples
SHARED = 400  # weights; from here on threads may share a batch

# Fields of the kernels' `Spec` for a law, a model or an optimiser; None if it is foreign to them.
Settings = dict[str, Any] | None


def _independent(law: IndependentFeatures) -> Settings:
    return {"law": Law.PATTERNS if law.n_features <= PATTERN_LIMIT else Law.GATES}


def _k_active(law: ExactlyKActive) -> Settings:
    return {"law": Law.K_ACTIVE, "n_active": law.n_active}


def _two_layers(model: Any) -> Settings:
    """All toy models are one network; the kernels know ReLU and the identity."""
    output = as_activation(model.activation).name
    targets = {code.name.lower(): code for code in TargetCode}
    if output not in ("relu", "identity") or model.target.name not in targets:
        return None
    return {
        "tied": "W" in model.shapes(1, 1),
        "hidden_relu": model.hidden_activation == "relu",
        "output_relu": output == "relu",
        "target": targets[model.target.name],
        "bias": model.bias,
    }


def _adam(rule: Adam) -> Settings:
    decay = getattr(rule, "decay", 0.0)
    settings = {"beta1": rule.beta1, "beta2": rule.beta2, "epsilon": rule.epsilon, "decay": decay}
    return {"optimiser": ADAM, **{name: float(value) for name, value in settings.items()}}


def _momentum(rule: SGD) -> Settings:
    return {"optimiser": SGD_MOMENTUM, "beta1": float(rule.momentum)}


LAWS: dict[type, Callable[[Any], Settings]] = {
    IndependentFeatures: _independent,
    CorrelatedSets: lambda law: {"law": Law.CORRELATED},
    AnticorrelatedSets: lambda law: {"law": Law.ANTICORRELATED},
    ExactlyKActive: _k_active,
    OneHot: _k_active,
    GivenActivations: lambda law: {"law": Law.ROWS},
}
MODELS: dict[type, Callable[[Any], Settings]] = {
    ReluOutput: _two_layers,
    Linear: _two_layers,
    ReluHidden: _two_layers,
    AbsoluteValue: _two_layers,
    TwoLayer: _two_layers,
}
OPTIMISERS: dict[type, Callable[[Any], Settings]] = {
    Adam: _adam,
    AdamW: _adam,
    SGD: _momentum,
}


def _settings(table: dict[type, Callable[[Any], Settings]], thing: object) -> Settings:
    describe = table.get(type(thing))
    return None if describe is None else describe(thing)


@dataclass(frozen=True)
class Task:
    """What is trained and how, the same for all instances."""

    model: Model
    features: Features
    n_hidden: int
    batch: int
    optimiser: Optimiser
    penalty: Penalty = NONE  # or a number, or None: see `as_penalty`
    feed: Feed | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "penalty", as_penalty(self.penalty))

    @property
    def is_large(self) -> bool:
        """Which kernel suits the shape of W."""
        return self.features.n_features * self.n_hidden >= LARGE

    @property
    def is_shared(self) -> bool:
        """Whether a step is long enough for threads to wait for each other at its end."""
        return self.features.n_features * self.n_hidden >= SHARED

    def spec(self) -> Spec:
        """The same, for the kernels; the parts that they do not know are left at defaults."""
        law = self.features
        found: dict[str, Any] = _settings(LAWS, law) or {}
        found |= _settings(MODELS, self.model) or {}
        found |= _settings(OPTIMISERS, self.optimiser) or {}
        return Spec(
            n=int(law.n_features),
            m=int(self.n_hidden),
            low=np.float32(law.low),
            span=np.float32(law.high - law.low),
            l1=self.penalty.l1,
            weight_decay=self.penalty.decay,
            interference=self.penalty.interference,
            batch=int(self.batch),
            block=128 if self.is_shared else 1024 if found.get("law") == Law.PATTERNS else 256,
            # The kernels are compiled for whole numbers, not for each enumeration or NumPy's kinds.
            **{k: int(v) if k in ("law", "target") else v for k, v in found.items()},  # type: ignore[arg-type]
        )


def is_fused(task: Task) -> bool:
    """Whether the kernels know this model, law and optimiser; they feed the batch as it is."""
    if task.feed is not None:
        return False
    parts = ((LAWS, task.features), (MODELS, task.model), (OPTIMISERS, task.optimiser))
    return all(_settings(table, thing) is not None for table, thing in parts)


def is_drawn(features: Features) -> bool:
    """Whether the kernels draw the samples of this law."""
    return _settings(LAWS, features) is not None
