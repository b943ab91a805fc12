"""What is trained and how, and what of it the kernels know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numeric.features.independent import (
    AnticorrelatedSets,
    CorrelatedSets,
    ExactlyKActive,
    Features,
    IndependentFeatures,
    OneHot,
)
from numeric.kernels.samples import Law
from numeric.kernels.small import ADAM, SGD_MOMENTUM, Spec
from numeric.models.activations import as_activation
from numeric.models.two_layers import AbsoluteValue, Linear, Model, ReluHidden, ReluOutput
from numeric.training.optimisers import SGD, Adam, AdamW, Optimiser

PATTERN_LIMIT = 3  # features; above, counting 2ⁿ patterns costs more than it saves


LARGE = 400  # weights; from here on BLAS is faster than loops over the samples


_LAWS = {
    CorrelatedSets: Law.CORRELATED,
    AnticorrelatedSets: Law.ANTICORRELATED,
    ExactlyKActive: Law.K_ACTIVE,
    OneHot: Law.K_ACTIVE,
}


@dataclass(frozen=True)
class Task:
    """What is trained and how, the same for all instances."""

    model: Model
    features: Features
    n_hidden: int
    batch: int
    optimiser: Optimiser
    penalty: float = 0.0

    @property
    def is_large(self) -> bool:
        """Whether the dense products are big enough for BLAS; asks for the shape of W only."""
        return self.features.n_features * self.n_hidden >= LARGE

    def spec(self) -> Spec:
        """The same, for the kernels; the parts that they do not know are left at defaults."""
        model, law, optimiser = self.model, self.features, self.optimiser
        n = law.n_features
        if isinstance(law, IndependentFeatures):
            code = Law.PATTERNS if n <= PATTERN_LIMIT else Law.GATES
        else:
            code = _LAWS[type(law)]
        return Spec(
            n=n,
            m=self.n_hidden,
            tied=not isinstance(model, AbsoluteValue),
            hidden_relu=isinstance(model, ReluHidden | AbsoluteValue),
            output_relu=as_activation(getattr(model, "activation", "relu")).name == "relu",
            absolute=isinstance(model, AbsoluteValue),
            bias=model.bias,
            penalty=float(self.penalty),
            law=int(code),
            n_active=int(getattr(law, "n_active", 1)),
            low=np.float32(law.low),
            span=np.float32(law.high - law.low),
            batch=self.batch,
            block=128 if self.is_large else 1024 if code == Law.PATTERNS else 256,
            optimiser=SGD_MOMENTUM if isinstance(optimiser, SGD) else ADAM,
            beta1=float(getattr(optimiser, "beta1", getattr(optimiser, "momentum", 0.0))),
            beta2=float(getattr(optimiser, "beta2", 0.0)),
            epsilon=float(getattr(optimiser, "epsilon", 0.0)),
            decay=float(getattr(optimiser, "decay", 0.0)),
        )


def is_fused(task: Task) -> bool:
    """Whether the kernels know this model, law and optimiser."""
    return (
        type(task.model) in (ReluOutput, Linear, ReluHidden, AbsoluteValue)
        and as_activation(getattr(task.model, "activation", "relu")).name in ("relu", "identity")
        and is_drawn(task.features)
        and type(task.optimiser) in (Adam, AdamW, SGD)
    )


def is_drawn(features: Features) -> bool:
    return type(features) is IndependentFeatures or type(features) in _LAWS
