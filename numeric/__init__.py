"""What is measured: samplers, models, training.  Knows nothing of theory.

The schedules live in `numeric.schedules`: there `Linear` is a learning rate, here it is a model.
"""

from numeric import schedules
from numeric.activations import Activation
from numeric.arrays_engine import Arrays
from numeric.features import (
    AnticorrelatedSets,
    CorrelatedSets,
    ExactlyKActive,
    Features,
    IndependentFeatures,
    OneHot,
)
from numeric.fixed_sample import fit_fixed_sample
from numeric.initialise import Gaussian, Given, XavierNormal
from numeric.measure import (
    classify,
    dimensions_per_feature,
    feature_dimensionality,
    geometry_graph,
    interference,
    leverage,
    norms,
    polysemanticity,
    superposition,
)
from numeric.models import AbsoluteValue, Linear, Model, ReluHidden, ReluOutput
from numeric.optimisers import SGD, Adam, AdamW
from numeric.phase_diagram import phase_diagram
from numeric.train import Plateau, train

__all__ = [
    "SGD",
    "AbsoluteValue",
    "Activation",
    "Adam",
    "AdamW",
    "AnticorrelatedSets",
    "Arrays",
    "CorrelatedSets",
    "ExactlyKActive",
    "Features",
    "Gaussian",
    "Given",
    "IndependentFeatures",
    "Linear",
    "Model",
    "OneHot",
    "Plateau",
    "ReluHidden",
    "ReluOutput",
    "XavierNormal",
    "classify",
    "dimensions_per_feature",
    "feature_dimensionality",
    "fit_fixed_sample",
    "geometry_graph",
    "interference",
    "leverage",
    "norms",
    "phase_diagram",
    "polysemanticity",
    "schedules",
    "superposition",
    "train",
]
