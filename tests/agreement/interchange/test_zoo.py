"""The zoo: models that are what their names say, found again, under names that do not move."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agreement
from agreement.cli import main
from agreement.description.files import read_contents
from agreement.description.models import load_models
from agreement.interchange import shelf
from agreement.interchange.found import PROVED, model_of
from agreement.interchange.gauge import CONTENT, content_hash, in_gauge
from agreement.interchange.recipes import RECIPES
from agreement.recovery.activations import read_activations
from agreement.strategies import rotations
from numeric import coherence, sample_activations
from theory.geometry.library import free_blocks
from theory.loss.exact import expected_loss
from theory.loss.floats import loss_and_gradient
from theory.minima.certificate import certify

ROOT = Path(__file__).parents[3]
ZOO = agreement.zoo()
EACH = pytest.mark.parametrize("model", ZOO, ids=[model.name for model in ZOO])
FEW = [model for model in ZOO if model.recipe.n_features <= 5]
MANY = [model for model in ZOO if 5 < model.recipe.n_features <= 80]
FREE = [model for model in ZOO if model.recipe.by == "free block"]
# A gradient of 400 features takes seconds.
PACKED = [m for m in ZOO if m.recipe.by == "packing" and m.recipe.n_features <= 80]
# What each is called by `describe`, by the beginning of its name and its density.
NAMED = {
    "point-2-1": "1 point, 1 feature ignored",
    "digon-2-1": "1 digon",
    "point-digon-3-2": "1 point, 1 digon",
    "intro-5-2-p1": "2 points, 3 features ignored",
    "intro-5-2-p0.2": "2 digons, 1 feature ignored",
    "intro-5-2-p0.1": "1 pentagon",
    "pentagon-5-2": "1 pentagon",
    "triangle-3-2": "1 triangle",
    "tetrahedron-4-3": "1 tetrahedron",
    "square-antiprism-8-3": "1 square antiprism",
    "demicube-16-5": "1 5-demicube",
    "24-cell-24-4": "1 24-cell",
    "basic-20-5-p1": "5 points, 15 features ignored",
    "basic-20-5-p0.1": "1 point, 4 digons, 11 features ignored",
    "uniform-400-30-p0.3": "30 digons, 340 features ignored",
    "uniform-400-30-p0.1": "5 square ⊗ 4-simplices, 300 features ignored",
    "free-8-3-p0.2": "1 square antiprism",
    "free-9-3-p0.1": "1 free block of 9 in 3",
    "free-12-3-p0.05": "1 icosahedron",
}


@pytest.mark.parametrize("model", FEW, ids=[model.name for model in FEW])
@pytest.mark.result("D02")
def test_losses_of_few_features_are_the_exact_ones(model):
    """In rational arithmetic, at the very numbers that are shipped."""
    exact = expected_loss(
        [[Fraction(w) for w in row] for row in model.W.tolist()],
        [Fraction(each) for each in model.b.tolist()],
        density=Fraction(model.recipe.density),
        importance=[Fraction(each) for each in model.importance.tolist()],
    )
    assert model.loss == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("model", MANY, ids=[model.name for model in MANY])
@pytest.mark.result("D04")
def test_losses_of_many_features_are_those_of_samples(model):
    """Drawn by numeric, which knows no theory: within six standard errors."""
    drawn = sample_activations(model.W.T, model.law, 2000, seed=1)
    outputs = np.maximum(drawn.activations @ model.W + model.b, 0.0)
    losses = (outputs - drawn.codes) ** 2 @ model.importance
    error = losses.std(ddof=1) / np.sqrt(len(losses))
    assert abs(losses.mean() - model.loss) < 6 * error + 1e-12


@EACH
def test_a_model_is_described_as_what_its_name_says(model, tmp_path):
    model.save(tmp_path / "model.npz")
    (loaded,) = load_models(tmp_path / "model.npz")
    assert loaded.W.tobytes() == model.W.tobytes()
    assert loaded.b.tobytes() == model.b.tobytes()
    assert model.name in loaded.notes[0]
    assert model.hash in loaded.notes[0]
    assert f"loss {model.loss:.6g}" in loaded.notes[0]
    assert agreement.configuration_hash(loaded.configuration) == model.hash
    found = agreement.describe(model.W, model.b)
    if model.name in NAMED:
        assert found.summary == NAMED[model.name]
    assert (found.n_features, found.n_hidden) == model.W.shape[::-1]
    sizes = [str(size) for size in model.W.shape[::-1]]
    assert "-".join(sizes) in model.name


@EACH
def test_models_are_in_their_gauge(model):
    """As rotated and rounded as they can be: what is shipped is one of its orbit, and its own."""
    W, b = in_gauge(model.W, model.b)
    np.testing.assert_array_equal(W, model.W)
    np.testing.assert_array_equal(b, model.b)
    assert content_hash(model.W, model.b) == model.content


@settings(max_examples=20)
@given(st.data())
def test_a_rotation_changes_neither_gauge_nor_hash(data):
    model = data.draw(st.sampled_from([each for each in ZOO if margin(each) > 1e-3]))
    turned = data.draw(rotations(len(model.W))) @ model.W
    assert content_hash(turned, model.b) == model.content
    W, _ = in_gauge(turned, model.b)
    np.testing.assert_allclose(W, model.W, atol=1e-8)


def margin(model):
    """How far from where the hash's rounding jumps the numbers are, in its units."""
    numbers = np.concatenate([model.W.ravel(), model.b]) * 10.0**CONTENT
    return float(np.abs(np.abs(numbers - np.floor(numbers)) - 0.5).min())


@pytest.mark.parametrize("name", ["digon-2-1", "pentagon-5-2", "triangle-3-2"])
def test_what_is_shipped_is_what_the_code_finds(name):
    """The rest by ``python -m agreement.interchange.shelf --check``, which takes minutes."""
    model = agreement.zoo_model(name)
    found = shelf.compared(model.recipe)
    # Two searches end within 1e-9; the hash jumps farther away than that.
    assert found.apart <= 2e-9
    assert margin(model) > 2e-9 * 10.0**CONTENT
    assert found.same
    assert abs(found.above) < 1e-12


@pytest.mark.result("D14")
@pytest.mark.parametrize("model", FREE, ids=[model.name for model in FREE])
def test_free_blocks_are_those_of_the_theory(model):
    W, b = model_of(model.recipe)
    np.testing.assert_array_equal(W, model.W)
    np.testing.assert_array_equal(b, model.b)
    losses = [block.loss for block in free_blocks() if block.W.shape == W.shape]
    assert min(abs(loss / model.loss - 1) for loss in losses) < 1e-6


@pytest.mark.parametrize("model", PACKED, ids=[model.name for model in PACKED])
def test_packings_are_at_rest(model):
    """Norms and biases have no slope left, relative to what is at stake."""
    loss, dW, db = loss_and_gradient(
        model.W, model.b, density=model.density, importance=model.importance
    )
    assert loss == pytest.approx(model.loss, rel=1e-9)
    stake = float((model.importance * model.density).sum())
    assert np.abs(np.sum(dW * model.W, axis=0)).max() < 1e-4 * stake
    assert np.abs(db).max() < 1e-4 * stake


@pytest.mark.result("D10")
def test_what_is_said_to_be_proved_is():
    proved = [model for model in ZOO if model.label == PROVED]
    assert [model.name for model in proved] == ["point-2-1", "digon-2-1"]
    for model in proved:
        certificate = certify(model.density, model.importance, tolerance=1e-6)
        assert certificate.status == "proved"
        assert certificate.lower <= model.loss <= certificate.upper * (1 + 1e-9)
    assert all("search" in model.known for model in ZOO if model.label == "D03")


def test_names_and_hashes_are_all_different():
    for field in ("name", "hash", "content"):
        assert len({getattr(model, field) for model in ZOO}) == len(ZOO)


def test_a_hash_is_of_the_whole_recipe_and_of_nothing_else():
    recipe = agreement.zoo_model("square-antiprism-8-3").recipe
    others = {
        "n_features": 9, "n_hidden": 4, "density": "0.3", "by": "optimum", "ratio": "0.9",
        "block": "cube",
    }  # fmt: skip
    names = {"name": "another", "whose": "nobody's"}
    assert {field.name for field in fields(recipe)} == {*others, *names}
    for field, value in others.items():
        assert replace(recipe, **{field: value}).hash != recipe.hash, field
    for field, value in names.items():
        assert replace(recipe, **{field: value}).hash == recipe.hash
    assert replace(recipe, density="0.20").hash == recipe.hash


def test_importances_are_the_powers_to_the_last_bit():
    recipe = agreement.zoo_model("basic-80-20-p0.1").recipe
    assert recipe.importance == [float(Fraction(9, 10) ** i) for i in range(80)]


ANSWER = """
import json
import agreement
from agreement.interchange.found import model_of
from agreement.interchange.gauge import content_hash
from numeric.recovery.samples import sample_activations

zoo = agreement.zoo()
found = [(m.name, m.hash, m.content, m.loss.hex(), m.W.tobytes().hex()) for m in zoo]
anew = model_of(agreement.zoo_model("digon-2-1").recipe)
drawn = sample_activations(zoo[0].W.T, zoo[0].law, 200, seed=5)
bits = [array.tobytes().hex() for array in (drawn.activations, drawn.codes)]
print(json.dumps([found, content_hash(*anew), bits]))
"""


def test_nothing_depends_on_threads_or_on_the_kernels_of_a_machine(capsys):
    """Two processes: other threads, other hash seeds, and linear algebra for other processors."""
    world = {
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "NUMBA_NUM_THREADS": "2",
        "OPENBLAS_CORETYPE": "Nehalem",  # where there is no such, OpenBLAS takes its own
        "PYTHONHASHSEED": "2",
    }
    other = subprocess.run(
        [sys.executable, "-c", ANSWER],
        cwd=ROOT,
        env={**os.environ, **world},
        capture_output=True,
        text=True,
        check=True,
    )
    exec(ANSWER, {})
    assert other.stdout == capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_activations_of_a_model_are_read_back(tmp_path, capsys, suffix):
    path = str(tmp_path / f"h{suffix}")
    asked = ["zoo", "pentagon-5-2", "--activations", path, "--samples", "300", "--seed", "4"]
    assert main([*asked, "--noise", "0.02"]) == 0
    assert "300 activations (2 dimensions, noise 0.02) of 5 features" in capsys.readouterr().out
    model = agreement.zoo_model("pentagon-5-2")
    drawn = sample_activations(model.W.T, model.law, 300, noise=0.02, seed=4)
    read = read_activations(path)
    assert read.name.startswith("activations of")
    np.testing.assert_array_equal(read.values, drawn.activations)
    for name, array in drawn.arrays().items():
        np.testing.assert_array_equal(np.squeeze(read_activations_of(path)[name]), array)
    assert main([*asked, "--coherence", "0.6", "--single"]) == 0
    moved = read_activations_of(path)
    assert moved["activations"].dtype == np.float32
    assert coherence(moved["dictionary"]) == pytest.approx(0.6, abs=1e-9)


def read_activations_of(path):
    return read_contents(path).arrays


def test_the_command_lists_saves_and_says_what_is_known(tmp_path, capsys):
    assert main(["zoo"]) == 0
    out = capsys.readouterr().out
    for model in ZOO:
        assert model.name in out
        assert model.hash in out
    assert main(["zoo", "--json"]) == 0
    assert [each["hash"] for each in json.loads(capsys.readouterr().out)] == [m.hash for m in ZOO]
    for path in ("w.npz", "w.safetensors", "w.nc"):
        assert main(["zoo", ZOO[3].hash[:6], "--save", str(tmp_path / path)]) == 0
        (loaded,) = load_models(tmp_path / path)
        assert loaded.W.tobytes() == ZOO[3].W.tobytes()
    folder = tmp_path / "all"
    assert main(["zoo", "--all", str(folder)]) == 0
    assert sorted(each.name for each in folder.iterdir()) == sorted(
        f"{model.name}-{model.hash}.safetensors" for model in ZOO
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["antiprism"], "did you mean square-antiprism-8-3?"),
        (["pentagon"], "did you mean pentagon-5-2"),
        (["zzz"], "name must be one of the zoo"),
        (["pentagon-5-2", "--save", "w.txt"], "path must end in"),
        (["pentagon-5-2", "--save", "no/w.npz"], "there is no folder no"),
        (["pentagon-5-2", "--activations", "h.nc"], "path must end in .npz, .safetensors"),
        (["pentagon-5-2", "--activations", "h.npz", "--noise", "-1"], "noise must be finite"),
        (["pentagon-5-2", "--activations", "h.npz", "--samples", "0"], "samples must be"),
        (["pentagon-5-2", "--activations", "h.npz", "--coherence", "2"], "coherence must be"),
        (["pentagon-5-2", "--all", "folder"], "leave the name out"),
        (["--save", "w.npz"], "--save needs the name of a model"),
        (["--all", "no/folder"], "--all must be a folder"),
    ],
)
def test_bad_commands_end_in_a_line_and_write_nothing(tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    assert main(["zoo", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_name_is_text():
    with pytest.raises(TypeError, match="name must be text"):
        agreement.zoo_model(3)
    assert Path(shelf.FILE).stat().st_size < 300_000
    stored = {key.split()[0] for key in shelf._stored()}
    assert stored == {recipe.hash for recipe in RECIPES}
