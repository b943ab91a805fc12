"""The common ground: checks name the culprit, structures have one name, files are whole."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from ground.checks import as_density, as_importance, as_model, check_positive_int, check_sizes
from ground.results import configuration_of, configured, load, save
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


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (lambda: as_density(1.5), "density"),
        (lambda: as_density(float("nan")), "density"),
        (lambda: as_density("often"), "density"),
        (lambda: as_density([0.1, 0.2], 3), "density"),
        (lambda: as_importance([1, -1], 2), "importance"),
        (lambda: as_importance([1, float("nan")], 2), "importance"),
        (lambda: as_importance([1, 1], 3), "importance"),
        (lambda: as_model([1, 2]), "W"),
        (lambda: as_model([[1, float("inf")]]), "W"),
        (lambda: as_model([[1, 2]], [1, 2, 3]), "b"),
        (lambda: as_model([[1, 2]], [1, float("nan")]), "b"),
        (lambda: as_model([[1], [2]]), "n_hidden"),
        (lambda: check_sizes(2, 3), "n_hidden"),
        (lambda: check_positive_int("restarts", 0), "restarts"),
        (lambda: check_positive_int("restarts", 2.5), "restarts"),
    ],
)
def test_bad_input_is_named(check, name):
    with pytest.raises(ValueError, match=rf"^{re.escape(name)} "):
        check()


def example(**configuration: object) -> xr.Dataset:
    data = xr.Dataset({"loss": ("density", [0.1, 0.2]), "structure": ("density", ["[1]", "[2]"])})
    return configured(data, configuration)


def test_a_result_comes_back_with_its_configuration(tmp_path):
    path = tmp_path / "deep" / "result.nc"
    save(example(seed=1, densities=[0.1, 0.2]), path)
    back = load(path, configuration={"densities": [0.1, 0.2], "seed": 1})
    xr.testing.assert_identical(back, example(seed=1, densities=[0.1, 0.2]))
    assert [p.name for p in path.parent.iterdir()] == ["result.nc"]


def test_another_configurations_result_is_refused_and_kept(tmp_path):
    path = tmp_path / "result.nc"
    save(example(seed=1), path)
    with pytest.raises(ValueError, match="different: seed"):
        load(path, configuration={"seed": 2})
    assert configuration_of(load(path)) == {"seed": 1}


@pytest.mark.parametrize("damage", [b"", b"not netCDF", None])
def test_a_damaged_result_is_refused_and_kept(tmp_path, damage):
    path = tmp_path / "result.nc"
    save(example(seed=1), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    with pytest.raises(ValueError, match="damaged"):
        load(path)
    assert path.exists()


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "result.nc"
    save(example(seed=1), path)

    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", fail)
    with pytest.raises(OSError, match="disk full"):
        save(example(seed=2), path)
    assert json.loads(load(path).attrs["configuration"]) == {"seed": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["result.nc"]


def test_an_absent_result_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="run make"):
        load(tmp_path / "nothing.nc")
