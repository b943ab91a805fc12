"""Pictures in the plane: turned, never deformed."""

from __future__ import annotations

import numpy as np
import pytest

from figures.kit.planar import upright


@pytest.mark.parametrize("mirrored", [False, True])
def test_pictures_stand_upright(mirrored):
    rng = np.random.default_rng(0)
    for W in rng.normal(size=(8, 2, 5)):
        turned = upright(W, mirrored=mirrored)
        np.testing.assert_allclose(turned.T @ turned, W.T @ W, atol=1e-12)
        assert turned[0, 0] == pytest.approx(0)
        assert turned[1, 0] > 0
        # A turn keeps the orientation of any two features; a mirror puts the second to the right.
        if mirrored:
            assert turned[0, 1] >= 0
        else:
            assert np.linalg.det(turned[:, :2]) == pytest.approx(np.linalg.det(W[:, :2]))
