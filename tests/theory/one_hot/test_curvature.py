"""D11: which regular polygons are minima, which are saddles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.one_hot.curvature import second_order_form
from theory.one_hot.kgons import kgon
from theory.one_hot.potential import one_feature_moments, one_hot_loss


@pytest.mark.result("D11")
@given(st.sampled_from([(5, 5), (4, 5), (4, 6), (6, 6), (3, 5), (8, 8)]), st.integers(0, 2**32 - 1))
def test_second_order_form_predicts_the_loss_nearby(case, seed):
    k, n = case
    level = kgon(k, n)
    S, kinks = second_order_form(level.W, level.b)
    rng = np.random.default_rng(seed)
    v = rng.normal(size=S.shape[0])
    v /= np.linalg.norm(v)
    bends = one_feature_moments(kinks[:, 0] @ v, kinks[:, 1] @ v).z2.sum()
    predicted = (v @ S @ v + 2 * bends) / 2
    step = 1e-4
    moved = one_hot_loss(level.W + step * v[: 2 * n].reshape(2, n), level.b + step * v[2 * n :])
    # third order: the form is off by about step relative to the largest curvature
    assert (moved - level.loss) / step**2 == pytest.approx(predicted, abs=100 * step)


@pytest.mark.result("D11")
@pytest.mark.parametrize(
    ("k", "n", "dead", "kind"),
    [
        (4, 4, 0, "minimum"),
        (5, 5, 0, "minimum"),
        (4, 5, 0, "minimum"),
        (6, 6, 0, "minimum"),
        (5, 6, 0, "minimum"),
        (9, 9, 0, "minimum"),
        (3, 3, 0, "valley"),  # angles may open freely while all are obtuse
        (5, 6, 1, "valley"),  # a dead feature may move
        (3, 5, 0, "saddle"),
        (2, 5, 0, "saddle"),
        (0, 5, 0, "saddle"),
        (10, 10, 0, "saddle"),
    ],
)
def test_kinds(k, n, dead, kind):
    assert kgon(k, n, dead=dead).kind == kind
