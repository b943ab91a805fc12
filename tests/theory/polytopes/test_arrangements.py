"""Families of arrangements are what they say, and what the exact catalogue says."""

from __future__ import annotations

import numpy as np
import pytest

from theory.polytopes.arrangements import arrangement, arrangements
from theory.polytopes.catalogue import polytope

ALL = arrangements()
families = pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)


@families
def test_a_family_is_what_it_says(family):
    for shape in (0.3, 0.7):
        gram = family.gram_of(shape)
        assert gram.shape == (family.n_features,) * 2
        np.testing.assert_allclose(np.diag(gram), 1, atol=1e-12)
        np.testing.assert_allclose(gram, gram.T, atol=1e-12)
        # Vertex-transitive up to this much: every row holds the same inner products.
        assert np.ptp(np.sort(gram, axis=1), axis=0).max() < 1e-9
        spectrum = np.linalg.eigvalsh(gram)[::-1]
        assert spectrum[family.dimension - 1] > 1e-6
        np.testing.assert_allclose(spectrum[family.dimension :], 0, atol=1e-9)


@families
def test_at_its_tight_shape_features_share_the_dimensions_evenly(family):
    share = family.dimension / family.n_features
    assert family.dimensionality() == pytest.approx(share, rel=1e-12)
    if family.tight is not None:
        assert family.dimensionality(0.8 * family.tight) < share


@pytest.mark.parametrize(
    "name", ["digon", "triangle", "tetrahedron", "pentagon", "hexagon", "cube"]
)
def test_names_mean_the_same_as_in_the_exact_catalogue(name):
    exact = np.array(polytope(name).gram.tolist(), dtype=float)
    ours = arrangement(name).gram_of(0.5)
    np.testing.assert_allclose(np.sort(ours[0]), np.sort(exact[0]), atol=1e-12)


def test_the_square_antiprism_is_the_catalogues_at_every_height():
    family = arrangement("square antiprism")
    for height in (0.3, 0.5, 0.7):
        exact = np.array(polytope("square antiprism", height=height).gram.tolist(), dtype=float)
        np.testing.assert_allclose(
            np.sort(family.gram_of(height**2)[0]), np.sort(exact[0]), atol=1e-9
        )
