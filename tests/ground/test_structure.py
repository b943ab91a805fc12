"""Structures have one name, which reads back, and are found again in weights built from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground.structure import Structure, structure_of


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    labels = draw(st.lists(st.integers(-1, 3), min_size=1, max_size=6))
    members: dict[int, list[int]] = {}
    for feature, label in enumerate(labels):
        members.setdefault(label, []).append(feature)
    ignored = tuple(members.pop(-1, []))
    return Structure(tuple(map(tuple, members.values())), ignored)


@given(structures())
def test_a_structure_reads_back_as_it_was_printed(structure):
    assert Structure.parse(str(structure)) == structure


@given(structures(), st.data())
def test_exchanging_equal_features_keeps_the_canonical_structure(structure, data):
    n = structure.n_features
    importance = np.array(data.draw(st.lists(st.sampled_from([1.0, 2.0]), min_size=n, max_size=n)))
    order = np.arange(n)
    for value in (1.0, 2.0):
        group = np.flatnonzero(importance == value)
        order[group] = data.draw(st.permutations(group.tolist())) if group.size else group
    image = structure.relabelled(tuple(int(i) for i in order))
    canonical = structure.canonical(importance)
    assert image.canonical(importance) == canonical
    assert canonical.canonical(importance) == canonical
    assert sorted(map(len, canonical.factors)) == sorted(map(len, structure.factors))


@given(structures(), st.integers(0, 2**32 - 1))
def test_structure_of_weights_built_from_a_structure(structure, seed):
    """One random direction a factor, all factors orthogonal, everything rotated."""
    rng = np.random.default_rng(seed)
    n = structure.n_features
    W = np.zeros((n, n))
    for axis, factor in enumerate(structure.factors):
        W[axis, list(factor)] = rng.choice([-1, 1], len(factor)) * rng.uniform(0.5, 2, len(factor))
    rotation, _ = np.linalg.qr(rng.normal(size=(n, n)))
    assert structure_of(rotation @ W) == structure


def test_structure_of_the_papers_solutions():
    assert str(structure_of([[1, 0]])) == "[1] (2)"
    assert str(structure_of([[1, -1]])) == "[1 2]"
    assert str(structure_of([[1, 0, 0], [0, 1, -1]])) == "[1] [2 3]"


@pytest.mark.parametrize("text", ["", "[]", "1 2", "[1] [1]", "[2]"])
def test_a_text_that_names_no_structure_is_refused(text):
    with pytest.raises(ValueError, match=r"text|factors"):
        Structure.parse(text)
