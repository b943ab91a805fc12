"""What is measured: samplers, models, training.  Knows nothing of theory.

The schedules live in `numeric.schedules`: there `Linear` is a learning rate, here it is a model.
"""

from numeric import schedules
from numeric.activations import Activation
from numeric.features import (
    AnticorrelatedSets,
    CorrelatedSets,
    ExactlyKActive,
    Features,
    IndependentFeatures,
    OneHot,
)
from numeric.initialise import Gaussian, Given, XavierNormal
from numeric.models import AbsoluteValue, Linear, Model, ReluHidden, ReluOutput
from numeric.optimisers import SGD, Adam, AdamW

__all__ = [
    "SGD",
    "AbsoluteValue",
    "Activation",
    "Adam",
    "AdamW",
    "AnticorrelatedSets",
    "CorrelatedSets",
    "ExactlyKActive",
    "Features",
    "Gaussian",
    "Given",
    "IndependentFeatures",
    "Linear",
    "Model",
    "OneHot",
    "ReluHidden",
    "ReluOutput",
    "XavierNormal",
    "schedules",
]
