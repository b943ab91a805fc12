"""recover: what is read, what is refused in a line, and what scores say of what is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from agreement.cli import main
from agreement.recovery.activations import as_samples, read_activations
from agreement.recovery.report import recovery_report
from agreement.recovery.trial import trial

RNG = np.random.default_rng(0)
QUICK = {"methods": ["dictionary"], "shares": [0.3], "starts": 1}


def sparse(samples=4000, n=4, density=0.1, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.random((samples, n)) * (rng.random((samples, n)) < density)
    return x @ np.kron(np.eye(n // 2), [[1.0, -1.0]]).T + rng.normal(0, 0.01, (samples, n // 2))


def test_files_of_all_kinds_hold_the_same(tmp_path):
    h = RNG.normal(size=(30, 3))
    np.save(tmp_path / "h.npy", h)
    np.savez(tmp_path / "h.npz", activations=h, W=h[:2], step=np.array(3))
    np.savez(tmp_path / "other.npz", layer=h.reshape(5, 6, 3), step=np.array(3))
    np.savetxt(tmp_path / "h.csv", h, delimiter=",")
    np.savetxt(tmp_path / "headed.csv", h, delimiter=",", header="a,b,c", comments="")
    for name in ("h.npy", "h.npz", "other.npz", "h.csv", "headed.csv"):
        np.testing.assert_array_equal(read_activations(tmp_path / name).values, h)
    assert "(5, 6)" in read_activations(tmp_path / "other.npz").notes[0]
    assert read_activations(tmp_path / "h.npz", name="W").values.shape == (2, 3)


@pytest.mark.parametrize(
    ("write", "match"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.write_text("a,b\n1,x\n"), "not numbers with commas between"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "not numbers with commas between"),
        (lambda path: path.write_text("1,2\n3\n"), "not numbers with commas between"),
        (lambda path: path.write_text("1,nan\n3,4\n"), "NaN or infinity in 1 of 2 samples"),
        (lambda path: path.write_text("1,2\n3,4\n"), "at least 400 samples, got 2"),
    ],
)
def test_a_bad_table_is_refused_in_a_line(tmp_path, capsys, write, match):
    path = tmp_path / "h.csv"
    write(path)
    assert main(["recover", str(path)]) == 2
    error = capsys.readouterr().err
    assert match in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arrays", "options", "match"),
    [
        ({"a": np.ones(9)}, [], "(samples, dimensions), got (9,)"),
        ({"a": np.ones((9, 2)), "b": np.ones((9, 2))}, [], "which array holds activations?"),
        ({"a": np.ones((9, 2))}, ["--name", "c"], "name must be an array in"),
        ({"a": np.ones((500, 2))}, [], "must vary"),
        ({"a": np.zeros((500, 0))}, [], "must not be empty"),
        ({"a": np.ones((400, 2001))}, [], "at most 2000 dimensions"),
        ({"a": RNG.normal(size=(500, 2))}, ["--atoms", "126"], "n_atoms must be at most 125"),
        ({"a": RNG.normal(size=(500, 2))}, ["--penalties", "-1"], "shares must lie in"),
        ({"a": RNG.normal(size=(500, 2))}, ["--methods", "magic"], "methods must be some of"),
        ({"a": RNG.normal(size=(500, 2))}, ["--starts", "0"], "starts must be"),
        ({"a": np.ones((9, 2))}, ["--size-limit", "1e-9"], "--size-limit"),
    ],
)
def test_bad_input_is_refused_in_a_line(tmp_path, capsys, arrays, options, match):
    np.savez(tmp_path / "h.npz", **arrays)
    assert main(["recover", str(tmp_path / "h.npz"), *options]) == 2
    error = capsys.readouterr().err
    assert match in error
    assert error.count("\n") == 1


def test_features_that_are_there_are_found_in_both_halves():
    """Two digons; the same from any scale; and JSON says what the table says."""
    found = recovery_report(sparse(), **QUICK)
    assert [each.count for each in found.counts] == [4, 4]
    assert found.atoms == 4
    (one,) = found.trials
    assert one.same == 1.0
    assert one.matched > 0.99 > one.blank
    assert one.shrinkage < 1
    assert 0.9 < one.explained <= 1
    scaled = recovery_report(1000 * sparse(), **QUICK).trials[0]
    assert scaled.l1 == pytest.approx(1000 * one.l1)
    assert (scaled.same, scaled.l0) == (one.same, pytest.approx(one.l0))
    told = json.loads(found.to_json())
    assert told["trials"][0]["same"] == 1.0
    assert told["cannot_be_concluded"] == list(found.cannot)
    assert "no score here has seen the truth" in str(found)


def test_noise_alone_is_not_found():
    found = recovery_report(RNG.normal(size=(2000, 3)), **QUICK)
    assert [each.count for each in found.counts] == [0, 0]
    assert any("neither count" in doubt for doubt in found.cannot)
    # Two halves may well agree on axes of a round cloud: stability is no proof, and that is said.
    assert "no score here has seen the truth" in found.cannot[-1]


def test_fewer_samples_and_a_mean_are_said():
    found = recovery_report(RNG.normal(size=(400, 2)) + 9.0, 20, **QUICK)
    assert any("much from 400 samples for 20 atoms" in doubt for doubt in found.cannot)
    assert any("before the mean is taken off" in doubt for doubt in found.cannot)
    assert "fewer samples" in as_samples(np.ones((2, 3)), "it").notes[0]


def test_explained_variance_of_a_basis_is_all():
    """As many atoms as dimensions, no λ: signs aside everything is reproduced; PCA bounds L0."""
    h = np.abs(RNG.normal(size=(400, 2)))
    one = trial((h[::2], h[1::2]), 2, method="dictionary", l1=0.0, starts=1, seed=0)
    assert one.explained > 0.95
    assert one.components == pytest.approx(1.0)
    assert one.dead == 0.0
