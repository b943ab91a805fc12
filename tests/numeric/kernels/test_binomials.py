"""Counts drawn sixteen at a time are those drawn one by one, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from numeric import IndependentFeatures, ReluOutput
from numeric.kernels.binomials import binomial, binomials, count_tables
from numeric.kernels.streams import Purpose, instance_streams
from numeric.kernels.worlds import Worlds, density_tables
from numeric.training.engines import Run
from numeric.training.optimisers import Adam
from numeric.training.task import Task

BLOCK = 1024
TABLES = count_tables(BLOCK)
uniforms = st.floats(0.0, 1.0, exclude_max=True)
numbers = st.integers(0, BLOCK)


@given(
    p=st.one_of(st.sampled_from([0.0, 1.0, 0.5, 1e-9]), st.floats(0.0, 1.0)),
    drawn=st.lists(st.tuples(numbers, uniforms), min_size=16, max_size=16),
    shared=st.booleans(),
)
def test_sixteen_are_one_by_one(p, drawn, shared):
    log_p, log_q, _ = density_tables(np.array([p]))[:, 0]
    counts = [drawn[0][0]] * 16 if shared else [count for count, _ in drawn]
    chances = np.array([uniform for _, uniform in drawn])
    work, found = np.empty((3, 16)), np.empty(16)
    binomials(np.array(counts, float), p, log_p, log_q, chances, shared, TABLES, work, found)
    one_by_one = [
        binomial(count, p, log_p, log_q, uniform, TABLES)
        for count, uniform in zip(counts, chances, strict=True)
    ]
    assert_array_equal(found, one_by_one)


@pytest.mark.parametrize("densities", [(0.3,), (0.7, 0.02), (1.0, 0.4, 0.0)])
@pytest.mark.parametrize("batch", [5, 1024, 2500])
def test_steps_taken_together_are_steps_taken_alone(densities, batch):
    """A lone step draws its counts by itself, many draw them ahead; batches may have blocks."""
    features = IndependentFeatures(densities)
    task = Task(ReluOutput(), features, 1, batch, Adam())
    worlds = Worlds.of(features, instance_streams(0, range(2), Purpose.TRAINING))
    start = np.random.default_rng(0).normal(size=(2, 2 * len(densities)))
    together, alone = (Run(task, worlds, start, fused=True, threads=1) for _ in range(2))
    rates = np.full(21, 1e-2)
    together.advance(rates)
    for rate in rates:
        alone.advance(np.array([rate]))
    assert_array_equal(together.theta, alone.theta)
