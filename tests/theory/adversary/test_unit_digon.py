"""The unit digon in closed form, against the integral strip by strip and the fixed attack."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.adversary.attacked_loss import attacked_loss
from theory.adversary.unit_digon import unit_digon_loss
from theory.adversary.worst_case_loss import worst_case_loss

W, b = [[1.0, -1.0]], [0.0, 0.0]
p, epsilon = sp.symbols("p epsilon", positive=True)
FORMS = {
    attack: sp.lambdify((epsilon, p), unit_digon_loss(epsilon, density=p, attack=attack))
    for attack in ("worst", "fixed")
}


@pytest.mark.result("D19")
@given(st.floats(0, 2**-0.5), st.floats(1e-3, 1))
def test_worst(size, density):
    found = worst_case_loss(W, b, size=size, density=density)
    assert abs(FORMS["worst"](size, density) - found.loss) <= found.error


@pytest.mark.result("D19")
@given(st.floats(0, 2**-0.5), st.floats(1e-3, 1), st.sampled_from([1, -1]))
def test_fixed_along_either_row(size, density, sign):
    delta = sign * size / np.sqrt(2) * np.array([1.0, -1.0])
    exact = attacked_loss(W, b, delta, density=density)
    assert FORMS["fixed"](size, density) == pytest.approx(float(exact), rel=1e-11, abs=1e-15)
    assert FORMS["fixed"](size, density) <= FORMS["worst"](size, density) * (1 + 1e-12)


def test_beyond_the_range_is_refused():
    with pytest.raises(ValueError, match="size"):
        unit_digon_loss(1, density=p)
    with pytest.raises(ValueError, match="attack"):
        unit_digon_loss(0, density=p, attack="best")
