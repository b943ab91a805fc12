"""A trained model whose features are to be found again."""

from __future__ import annotations

import numpy as np

from figures.ways_out.geometries import Geometry
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
from numeric.training.train import train

__all__ = ["trained"]


def trained(
    n_features: int, n_hidden: int, *, density: float, seed: int, steps: int = 2500
) -> Geometry:
    """A ReLU-output model trained on features of equal importance."""
    run = train(
        ReluOutput(),
        IndependentFeatures(density, n_features=n_features),
        n_hidden=n_hidden,
        instances=1,
        steps=steps,
        batch=1024,
        learning_rate=1e-2,
        schedule=Cosine(),
        held_out=8192,
        seed=seed,
    )
    W, b = run["W"].values[0], run["b"].values[0]
    return Geometry(
        "trained", np.asarray(W, float), np.asarray(b, float), density, (density, density)
    )
