"""What is measured: samplers, models, training.  Knows nothing of theory.

The schedules live in `numeric.schedules`: there `Linear` is a learning rate, here it is a model.
"""

from numeric.features.given import GivenActivations, zipf_densities
from numeric.features.independent import (
    AnticorrelatedSets,
    CorrelatedSets,
    ExactlyKActive,
    Features,
    IndependentFeatures,
    OneHot,
)
from numeric.measure.geometry import (
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
from numeric.models.activations import Activation
from numeric.models.two_layers import AbsoluteValue, Linear, Model, ReluHidden, ReluOutput, TwoLayer
from numeric.training import schedules
from numeric.training.arrays_engine import Arrays
from numeric.training.fixed_sample import fit_fixed_sample
from numeric.training.initialise import Gaussian, Given, XavierNormal
from numeric.training.optimisers import SGD, Adam, AdamW
from numeric.training.phase_diagram import phase_diagram
from numeric.training.train import Plateau, train

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
    "GivenActivations",
    "IndependentFeatures",
    "Linear",
    "Model",
    "OneHot",
    "Plateau",
    "ReluHidden",
    "ReluOutput",
    "TwoLayer",
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
    "zipf_densities",
]
