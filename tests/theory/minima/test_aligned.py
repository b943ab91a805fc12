"""All minima of two features in one dimension: those that flows come to are listed, every one."""

from __future__ import annotations

import numpy as np
import pytest

from theory.dynamics.many_flows import flow_ends
from theory.minima.optimum import optimum
from theory.minima.starts import aligned_starts


@pytest.mark.parametrize(
    ("p", "r"),
    [(0.0986, 0.1186), (0.0525, 0.0767), (0.0851, 0.0767), (0.1378, 0.1805), (0.2233, 0.277)],
)
def test_the_corner_of_one_sign_is_not_missed(p, r):
    """Where both weights have one sign and both biases are low there is a minimum of its own.

    Flows are integrated, not descended by Newton's steps; they start in that corner and around.
    """
    importance = np.array([1.0, r])
    listed = optimum(2, 1, density=p, importance=importance).minima
    rng = np.random.default_rng(7)
    starts = np.concatenate(
        [
            np.stack([rng.uniform(low, high, 20) for low, high in box], axis=1)
            for box in (
                ((0.4, 1.1), (0.9, 1.5), (-1.1, -0.2), (-0.8, -0.2)),
                ((-1.5, 1.5), (-1.5, 1.5), (-0.5, 0.3), (-0.5, 0.3)),
            )
        ]
    )
    targets = [
        np.concatenate([sign * minimum.W[0], minimum.b])
        for minimum in listed
        for sign in (1.0, -1.0)
    ]
    ends, reached, settled = flow_ends(
        starts, (1, 2), np.full(2, p), importance, targets=np.array(targets), near=5e-3, rest=1e-6
    )
    assert settled.all()
    assert (reached[:20] >= 0).any()
    # Who rests elsewhere is dead from the start, or by a saddle: with no weight on one feature.
    elsewhere = ends[(reached < 0) & (ends != starts).any(axis=1), :2]
    assert np.abs(elsewhere).min(axis=1).max(initial=0.0) < 1e-2
    of_one_sign = [minimum for minimum in listed if minimum.W.prod() > 0.3]
    assert len(of_one_sign) == 1
    assert any(reached[:20] // 2 == listed.index(of_one_sign[0]))


def test_there_are_three_starts_for_each_ordered_pair():
    W, b = aligned_starts(3, np.full(3, 0.1))
    assert W.shape == (18, 1, 3)
    assert b.shape == (18, 3)
    assert (np.count_nonzero(W[:, 0], axis=1) == 2).all()
    assert (b[W[:, 0] == 0] == 0.1).all()
