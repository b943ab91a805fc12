"""Activations: each derivative is the derivative, and each value is what its name says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numeric.models.activations import (
    ACTIVATIONS,
    Activation,
    as_activation,
    hard_threshold,
    leaky_relu,
)

EVERY = [*ACTIVATIONS.values(), leaky_relu(0.3), hard_threshold(0.7)]
every = pytest.mark.parametrize("activation", EVERY, ids=lambda activation: activation.name)
STEP = 1e-5


@every
@given(z=st.floats(-30, 30))
def test_derivative(activation, z):
    assume(all(abs(z - kink) > 2 * STEP for kink in activation.kinks))
    up, down = activation.value(np.array([z + STEP, z - STEP]))
    # Central difference: STEP²/6 · |f'''| (≤ 2 for all of them) and the rounding of two values.
    rounding = 4 * np.finfo(float).eps * (abs(z) + 1) / STEP
    expected = activation.derivative(np.array([z]))[0]
    assert abs((up - down) / (2 * STEP) - expected) <= STEP**2 / 3 + rounding


REFERENCE = {
    "relu": lambda z: max(z, 0.0),
    "identity": lambda z: z,
    "gelu": lambda z: z * math.erfc(-z / math.sqrt(2)) / 2,
    "softplus": lambda z: math.log1p(math.exp(z)) if z < 0 else z + math.log1p(math.exp(-z)),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "hard_threshold": lambda z: z if z > 0.25 else 0.0,
}


def test_every_activation_has_a_reference():
    assert REFERENCE.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@given(z=st.floats(-700, 700))
def test_value(name, z):
    found = ACTIVATIONS[name].value(np.array([z]))[0]
    # 1 + erf(z) loses relative digits far below zero, never more than eps · |z|.
    assert found == pytest.approx(REFERENCE[name](z), rel=1e-12, abs=1e-15 * (abs(z) + 1))


@every
def test_no_overflow_and_no_new_type(activation):
    for dtype in (np.float32, np.float64):
        z = np.array([-1e4, -90.0, 0.0, 90.0, 1e4], dtype=dtype)
        with np.errstate(over="raise", invalid="raise"):
            for values in (activation.value(z), activation.derivative(z)):
                assert np.all(np.isfinite(values))
                assert values.dtype == dtype
                assert values.shape == z.shape


def test_derivative_at_the_kinks_is_as_stated():
    zero = np.zeros(1)
    assert ACTIVATIONS["relu"].derivative(zero) == 0
    assert ACTIVATIONS["leaky_relu"].derivative(zero) == 0.01
    assert ACTIVATIONS["hard_threshold"].derivative(np.array([0.25])) == 0


def test_names():
    assert as_activation("gelu") is ACTIVATIONS["gelu"]
    own = Activation("square", lambda z: z * z, lambda z: 2 * z)
    assert as_activation(own) is own
    assert len({activation.name for activation in EVERY}) == len(EVERY)
    with pytest.raises(ValueError, match=r"activation must be one of gelu, .*'swish'"):
        as_activation("swish")
