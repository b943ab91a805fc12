"""Orbits: the families are among them, and what is shipped is what a search finds [D46]."""

from __future__ import annotations

import numpy as np
import pytest

from theory.geometry.orbit_search import (
    DIMENSIONS,
    best_orbit,
    orbit_loss,
    orbit_table,
    orbits,
    search,
)
from theory.geometry.packing import best_block
from theory.loss.floats import loss_and_gradient
from theory.polytopes.arrangements import arrangement
from theory.polytopes.groups import small_groups

pytestmark = pytest.mark.result("D46")
GROUP = {group.name: group for group in small_groups(24)}
TABLE = {(found.n_features, found.dimension): found for found in orbit_table()}


def orbit(name, parts):
    """The orbit of that group with so many parts in each dimension, by its name."""
    (found,) = [o for o in orbits(GROUP[name], DIMENSIONS) if o.name == f"{name} in {parts}"]
    return found


def test_the_loss_of_an_orbit_is_that_of_its_model():
    some = orbit("Z12", "2+2 (1,5)")
    y, bias = np.array([0.5, -0.4, 0.3, 0.6]), -0.1
    loss, by_y, by_bias = orbit_loss(some.parts, y, bias, 0.2, 1e-8)
    W = (some.matrices @ (some.fixed @ y)).T
    whole, dW, db = loss_and_gradient(W, np.full(12, bias), density=0.2)
    assert loss == pytest.approx(float(whole) / 12, rel=1e-6)
    assert by_bias == pytest.approx(db.mean(), abs=1e-7)
    assert by_y == pytest.approx(np.einsum("kij,ik->j", some.matrices, dW) / 12, abs=1e-7)


def test_the_duoantiprism_is_found_and_is_the_family():
    """Audited by hand: A cos(πj/3) + B cos(πj/2) under Z₁₂, near p = .19."""
    some = orbit("Z12", "2+2 (1,5)")
    y = np.random.default_rng(0).standard_normal(4) / 2
    loss, y, _ = best_orbit(some, 0.1895, starts=[(y, -0.15)], evaluations=200)
    family = best_block("square ⊗ triangle", 0.1895)
    assert loss == pytest.approx(family.loss, rel=1e-6)
    inner, sizes = arrangement("square ⊗ triangle").row(family.shape)
    ours = np.sort(some.parts @ y @ y)[:-1] / (y @ y)
    assert ours == pytest.approx(np.sort(np.repeat(inner, sizes)), abs=1e-3)
    rivals = ("digon", "pentagon", "square antiprism", "5-demicube", "square ⊗ 4-simplex")
    assert family.benefit > max(best_block(name, 0.1895).benefit for name in rivals) * 1.0004


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ((4, 3), "tetrahedron"),
        ((5, 2), "pentagon"),
        ((16, 5), "5-demicube"),
        ((27, 6), "2_21 polytope"),
    ],
)
def test_families_by_name_are_found_again(key, name):
    """Only a search that finds what is known can be trusted with what is not."""
    known = arrangement(name)
    inner, sizes = known.row()
    assert TABLE[key].inner_products[:-1] == pytest.approx(
        np.sort(np.repeat(inner, sizes)), abs=1e-4
    )
    assert TABLE[key].share == pytest.approx(1.0, abs=1e-5)


def test_nothing_found_beats_the_families_but_by_two_hundredths_of_a_per_cent():
    better = [found for found in orbit_table() if found.share > 1 + 1e-5]
    assert [(found.n_features, found.dimension) for found in better] == [(9, 6)]
    assert better[0].share < 1.0003


def test_an_entry_is_computed_again():
    groups = (GROUP[name] for name in ("Z5", "D5"))
    found = search(orbit for group in groups for orbit in orbits(group, (2, 4)))
    again = {(one.n_features, one.dimension): one for one in found}
    for key in ((5, 2), (5, 4)):
        assert again[key].share == pytest.approx(TABLE[key].share, abs=1e-4)


def test_orbits_do_not_fix_a_direction_and_have_different_features():
    for name in ("D6", "A4", "SL(2,3)"):
        for some in orbits(GROUP[name], (3, 4)):
            assert np.abs(some.matrices.mean(axis=0) @ some.fixed).max() < 1e-9
            v = some.fixed @ np.arange(1.0, some.fixed.shape[1] + 1)
            inner = some.matrices @ v @ v
            assert np.sum(inner > v @ v * (1 - 1e-9)) == 1
