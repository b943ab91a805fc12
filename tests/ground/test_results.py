"""Result files are whole, marked with what made them, and refused when something else is asked."""

from __future__ import annotations

import json

import pytest
import xarray as xr

from ground.results import configuration_of, configured, load, save


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
