"""Features wired to one neuron each: the sum over neurons, the witness, what was conjectured."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.derivations.D45_one_neuron_each import BIASES, DENSITY, THREE, witness_loss
from theory.loss.floats import loss_and_gradient
from theory.minima.certificate import certify
from theory.minima.one_axis import _shared_out, one_neuron_wiring

pytestmark = pytest.mark.result("D45")


def test_three_features_on_a_neuron_beat_a_digon_beside_an_ignored_one():
    p = DENSITY
    v = p / 3 - p**2 / 4
    proved = certify(float(p))
    assert proved.status == "proved"
    assert witness_loss() < sp.Rational(proved.lower) + v
    assert witness_loss() < p**2 / 3 + v
    # The same model by sampling: in terms of its own standard error.
    rng = np.random.default_rng(0)
    x = rng.random((400_000, 3)) * (rng.random((400_000, 3)) < float(p))
    W, b = np.array(THREE, dtype=float), np.array(BIASES, dtype=float)
    error = ((x - np.maximum(x @ W.T @ W + b, 0)) ** 2).sum(1)
    assert abs(error.mean() - float(witness_loss())) < 4.5 * error.std() / np.sqrt(len(x))


@pytest.mark.parametrize(("n", "m", "p"), [(7, 2, 0.05), (4, 2, 0.3), (5, 3, 0.1), (3, 3, 0.2)])
def test_the_loss_is_that_of_its_model_and_at_most_what_was_conjectured(n, m, p):
    found = one_neuron_wiring(n, m, density=p)
    loss = loss_and_gradient(found.W, found.b, density=p)[0]
    assert float(loss) == pytest.approx(found.loss, abs=1e-12)
    assert np.all((found.W != 0).sum(axis=0) <= 1)
    assert found.loss <= found.conjectured + 1e-15
    assert (found.loss < found.conjectured - 1e-9) == (n > m)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 100), min_size=1, max_size=4), st.integers(1, 7), st.integers(1, 3))
def test_no_other_wiring_saves_more(gains, n, m):
    saved = np.array([0, *np.cumsum(gains)], dtype=float)
    saved = saved[: n + 1]
    sizes = _shared_out(saved, n, m)
    assert len(sizes) == m
    assert sum(sizes) <= n
    everything = [
        sum(saved[k] for k in each)
        for each in combinations_with_replacement(range(len(saved)), m)
        if sum(each) <= n
    ]
    assert sum(saved[k] for k in sizes) == max(everything)


def test_refusals_name_the_argument():
    with pytest.raises(ValueError, match="most_shared"):
        one_neuron_wiring(8, 1, density=0.1, most_shared=7)
    with pytest.raises(ValueError, match="density"):
        one_neuron_wiring(3, 1, density=0)
