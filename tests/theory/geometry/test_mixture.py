"""Mixtures: shares of blocks that fill the dimensions, within their means [D14]."""

from __future__ import annotations

import numpy as np
import pytest

from theory.data_law import feature_variance
from theory.geometry.mixture import mixture
from theory.geometry.packing import packing

QUICK = ["point", "digon", "triangle", "tetrahedron", "4-simplex", "pentagon", "square antiprism"]


@pytest.mark.result("D14")
@pytest.mark.parametrize(("n", "m"), [(40, 20), (30, 20), (400, 30)])
def test_a_mixture_keeps_within_its_means(n, m):
    found = mixture([0.5, 0.2, 0.05], n, m, names=QUICK)
    assert np.all(found["share"].sum("block") <= 1 + 1e-9)
    assert np.all(found["features"].sum("block") <= 1 + 1e-9)
    assert np.all((found["share"] > 1e-9).sum("block") <= 2)
    finite = packing([0.5, 0.2, 0.05], names=QUICK)
    for at, p in enumerate(found["density"].values):
        # No better than the envelope everywhere, and no worse than m dedicated features.
        bound = n * feature_variance(p) - m * float(finite["benefit"][at].max())
        large = mixture([p], n, m, names=QUICK, large=False)["loss"].item()
        assert found["loss"][at] <= large * (1 + 1e-9)
        assert large >= bound - 1e-12
        assert large <= (n - m) * feature_variance(p) + 1e-12


@pytest.mark.result("D14")
def test_few_features_force_a_mixture():
    found = mixture([0.3], 30, 20, names=["point", "digon"], large=False)
    share = dict(zip(found["block"].values, found["share"].values[0], strict=True))
    assert share == pytest.approx({"point": 0.5, "digon": 0.5})
