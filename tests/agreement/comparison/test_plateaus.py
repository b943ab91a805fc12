"""Runs beside a flow: distances and crossings of made-up curves whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from agreement.comparison.plateaus import crossing, follow


def test_a_run_that_is_late_is_late_by_that_much():
    times = np.linspace(0, 10, 2001)
    levels = np.array([1.0, 0.5, 0.0])

    def curve(shift):
        steps = [1 / (1 + np.exp(-8 * (times - shift * at))) for at in (3.0, 6.0)]
        return 1 - 0.5 * sum(steps)

    runs = np.stack([curve(shift) for shift in (1.0, 1.1, 1.2)])
    found = follow(times, runs, curve(1.0), levels)
    np.testing.assert_allclose(found.late, [[0, 0], [0.1, 0.1], [0.2, 0.2]], atol=1e-3)
    np.testing.assert_allclose(found.crossed, [3, 6], atol=1e-3)
    assert found.apart[0] == 0
    assert found.apart[1] < found.apart[2]
    mean, error = found.apart_mean
    assert mean == pytest.approx(found.apart.mean())
    assert error == pytest.approx(found.apart.std(ddof=1) / np.sqrt(3))
    assert found.late_means[0][0] == pytest.approx(0.1, abs=1e-3)


def test_what_never_crosses_has_no_time():
    times = np.array([0.0, 1.0])
    assert np.isnan(crossing(times, np.array([1.0, 0.8]), 0.5))
    assert np.isnan(crossing(times, np.array([0.4, 0.3]), 0.5))
