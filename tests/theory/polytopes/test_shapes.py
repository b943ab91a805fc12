"""Named shapes in floats: the exact ones, and symmetry groups of the size that is claimed."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest

from theory.loss.floats import loss_and_gradient
from theory.polytopes.arrangements import arrangements
from theory.polytopes.catalogue import catalogue
from theory.polytopes.shapes import FREE_FILE, named_shapes

EVERY = [shape for k in range(1, 28) for shape in named_shapes(k)]
SHAPES = [shape for shape in EVERY if shape.kind != "free"]
FREE = [shape for shape in EVERY if shape.kind == "free"]


def test_every_name_of_the_exact_catalogue_has_the_same_gram_matrix():
    for k in range(1, 13):
        known = {shape.name: shape for shape in named_shapes(k)}
        for exact in catalogue(k):
            gram = np.array(exact.gram.evalf(20), dtype=float)
            assert known[exact.name].gram == pytest.approx(gram, abs=1e-12)


def test_every_family_of_packing_has_a_name():
    names = {shape.name for shape in SHAPES}
    assert {family.name for family in arrangements()} <= names


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_vertices_are_unit_vectors_in_their_dimension_and_linear_in_the_shape(shape):
    assert shape.vertices.shape == (shape.dimension, shape.n_vertices)
    assert shape.vertices.T @ shape.vertices == pytest.approx(shape.gram, abs=1e-12)
    tight = shape.vertices @ shape.vertices.T
    unit = shape.n_vertices / shape.dimension * np.eye(shape.dimension)
    assert tight == pytest.approx(unit, abs=1e-12)
    ends = [shape.gram_of(t) for t in (0.2, 0.4, 0.8)]
    assert ends[1] == pytest.approx((2 * ends[0] + ends[2]) / 3, abs=1e-12)
    for turn in shape.turns:
        assert shape.gram[np.ix_(turn, turn)] == pytest.approx(shape.gram, abs=1e-12)


@pytest.mark.parametrize(
    "shape", [s for s in SHAPES if s.kind != "simplex"], ids=lambda shape: shape.name
)
def test_the_group_has_the_order_that_is_claimed(shape):
    """Counted: images of each vertex that others of the same orbit leave (orbit and stabiliser)."""
    gram = np.round(shape.gram if shape.tight is None else shape.gram_of(0.2357), 9)
    assert _order(gram) == shape.symmetries


def test_simplices_have_all_permutations():
    assert all(s.symmetries == factorial(s.n_vertices) for s in SHAPES if s.kind == "simplex")


def _order(gram: np.ndarray) -> int:
    """Orbit times stabiliser, one vertex after the other fixed."""
    k, fixed, order = len(gram), [], 1
    for v in range(k):
        images = [w for w in range(k) if _extends(gram, [*fixed, v], [*fixed, w])]
        order *= len(images)
        fixed.append(v)
    return order


def _extends(gram: np.ndarray, before: list[int], after: list[int]) -> bool:
    """Whether some symmetry takes these vertices to those."""
    k, v = len(gram), len(before)
    if not np.array_equal(gram[np.ix_(before, before)], gram[np.ix_(after, after)]):
        return False
    if v == k:
        return True
    left = [w for w in range(k) if w not in before]
    return any(
        _extends(gram, [*before, left[0]], [*after, w])
        for w in range(k)
        if w not in after and np.array_equal(gram[w, after], gram[left[0], before])
    )


def test_free_blocks_are_minima_at_the_density_that_they_name():
    """Of the exact loss: what is left of the gradient is the rounding of a search."""
    with np.load(FREE_FILE) as stored:
        keys = [key.removesuffix(" W") for key in stored.files if key.endswith(" W")]
        assert len(keys) == len(FREE) == 7
        for key in keys[:2]:
            p = float(key.rpartition("=")[2])
            _, by_W, by_b = loss_and_gradient(stored[f"{key} W"], stored[f"{key} b"], density=p)
            assert max(np.abs(by_W).max(), np.abs(by_b).max()) < 1e-3 * p


def test_free_blocks_have_names_of_their_own():
    assert {shape.name for shape in FREE}.isdisjoint(shape.name for shape in SHAPES)
    for shape in FREE:
        unit = shape.n_vertices / shape.dimension * np.eye(shape.dimension)
        assert shape.whitened @ shape.whitened.T == pytest.approx(unit, abs=0.2)


def test_sizes_without_names():
    assert named_shapes(41) == ()
    with pytest.raises(ValueError, match="n_vertices"):
        named_shapes(0)
