"""Even points: inside the cube, evenly in each interval, the same whenever they are asked for."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from ground.points import halton, sobol


@pytest.mark.parametrize("scramble", [False, True])
def test_each_of_equal_intervals_has_one_point_of_sobols(scramble):
    points = sobol(5, 3, scramble=scramble).random_base2(6)
    for column in points.T:
        assert sorted(np.floor(64 * column)) == list(range(64))


def test_a_generator_scrambles_alike_and_anew():
    first, again, other = (sobol(3, np.random.default_rng(s)).random(8) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_halton_counts_in_primes():
    expected = [[1 / 2, 1 / 3], [1 / 4, 2 / 3], [3 / 4, 1 / 9], [1 / 8, 4 / 9]]
    np.testing.assert_allclose(halton(4, 2), expected, rtol=1e-15)


def test_statistics_are_loaded_by_those_who_ask_for_points():
    code = "import sys, theory.minima.sets; print('scipy.stats' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
