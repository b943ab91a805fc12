"""Saxe's learning curves against training: the linear model, step by step."""

from __future__ import annotations

import numpy as np
import pytest

import numeric
from numeric import SGD, Given, IndependentFeatures, Linear
from theory import learning_curve

RATE, STEPS, INSTANCES = 0.004, 1600, 32
IMPORTANCE = np.array([1.0, 0.7, 0.4])


@pytest.fixture(scope="module")
def curves():
    """Squared norms in training, (snapshot, instance, feature), and the steps.

    Values are uniform on [−1, 1]: of mean zero, so that the best bias is zero all along and the
    curve holds for the model without one.
    """
    start = np.diag([0.1, 0.12, 0.15])
    marks = np.arange(0, STEPS + 1, 50)
    result = numeric.train(
        Linear(bias=False),
        IndependentFeatures(0.8, IMPORTANCE, low=-1.0),
        n_hidden=3,
        seed=1312,
        steps=STEPS,
        instances=INSTANCES,
        optimiser=SGD(0.0),
        learning_rate=RATE,
        initial=Given({"W": start, "b": np.zeros(3)}),
        snapshots=marks.tolist(),
    )
    W = result["W_snapshots"].transpose("snapshot", "instance", "hidden", "feature").values
    return marks, (W**2).sum(axis=-2), start


@pytest.mark.result("D08")
def test_training_follows_the_logistic_curve(curves):
    marks, norms, start = curves
    density, variance = 0.8, 0.8 / 3
    # The formula's variance is that of [0, 1]; importances make up the difference.
    importance = IMPORTANCE * variance / (density / 3 - density**2 / 4)
    theory = learning_curve(
        marks, np.diag(start) ** 2, density=density, importance=importance, rate=RATE
    )
    mean, error = norms.mean(axis=1), norms.std(axis=1, ddof=1) / np.sqrt(INSTANCES)
    # A step of descent lags behind the flow by half a step's move, at most; what is left is noise.
    half_step = 8 * RATE * IMPORTANCE.max() * variance / 2
    assert np.all(np.abs(mean - theory) <= 5 * error + half_step)
    assert theory[-1].min() > 0.5, "the curve is seen rising"


def test_more_important_features_are_learnt_first(curves):
    marks, norms, _ = curves
    half = [int(marks[np.argmax(curve > 0.5)]) for curve in norms.mean(axis=1).T]
    assert half == sorted(half)
    assert half[0] < half[-1]
