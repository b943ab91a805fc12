"""A model that was saved is the model that is read: same bits, same law, and who says so."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import agreement
from agreement.cli import main
from agreement.description.files import read_contents
from agreement.description.several import describe_model, describe_models, law_of
from agreement.interchange import formats
from agreement.strategies import feature_laws
from numeric import (
    AbsoluteValue,
    CorrelatedSets,
    IndependentFeatures,
    OneHot,
    ReluHidden,
    ReluOutput,
    train,
)
from theory.loss.exact import expected_loss
from theory.loss.floats import loss_and_gradient
from theory.loss.sets import Sets

NEEDS_NOTHING = (".npz", ".safetensors", ".nc")
TORCH = (".pt", ".pth", ".bin")
WITH_TORCH = [pytest.param(suffix, marks=pytest.mark.extra("torch")) for suffix in TORCH]
W = np.array([[1.0, -1.0, 0.2], [0.0, 0.3, 1.1]])
B = np.array([-0.1, 0.0, 0.05])
SHARED = [HealthCheck.function_scoped_fixture]
SETTINGS = {"max_examples": 8, "suppress_health_check": SHARED}
LARGE = np.finfo(np.float64).max


@st.composite
def arrays(draw):
    """W (…, m, n) and b (…, n) of any finite bits, and in which precision they are given."""
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    m = draw(st.integers(1, 3))
    n = draw(st.integers(m, 5))
    leading = tuple(draw(st.lists(st.integers(1, 3), max_size=2)))
    width = np.dtype(dtype).itemsize * 8
    edges = [
        0.0,
        -0.0,
        np.finfo(dtype).max,
        np.finfo(dtype).tiny,
        np.finfo(dtype).smallest_subnormal,
    ]
    numbers = st.sampled_from([float(v) for v in edges]) | st.floats(
        allow_nan=False, allow_infinity=False, width=width
    )
    shape = (*leading, m, n)
    return (
        draw(hnp.arrays(dtype, shape, elements=numbers)),
        draw(hnp.arrays(dtype, (*leading, n), elements=numbers)),
    )


def same_bits(first, second):
    return first.shape == second.shape and first.tobytes() == second.tobytes()


@pytest.mark.parametrize("suffix", [*NEEDS_NOTHING, WITH_TORCH[0]])
@settings(**SETTINGS)
@given(model=arrays())
def test_any_weights_come_back_with_the_same_bits(tmp_path, suffix, model):
    path = tmp_path / f"any{suffix}"
    agreement.save_model(path, *model)
    read = read_contents(path)
    assert sorted(read.arrays) == ["W", "b"]
    assert not read.refused
    for name, array in zip(("W", "b"), model, strict=True):
        # A tensor is read as doubles, which hold every single-precision number exactly.
        expected = array.astype(np.float64) if suffix in TORCH else array
        assert read.arrays[name].dtype == expected.dtype
        assert same_bits(read.arrays[name], expected)
    for loaded in agreement.load_models(path):
        assert same_bits(loaded.W, model[0][loaded.index].astype(np.float64))
        assert same_bits(loaded.b, model[1][loaded.index].astype(np.float64))
        assert len(loaded.notes) == 1
        assert loaded.notes[0].startswith("saved by superposition")


@pytest.mark.parametrize("suffix", [*NEEDS_NOTHING, *WITH_TORCH])
def test_what_is_saved_is_described_without_being_told_anything(tmp_path, suffix, capsys):
    path = str(tmp_path / f"best{suffix}")
    asked = ["--density", "0.2", "--importance", "1,0.5"]
    assert main(["optimum", "2", "1", *asked, "--starts", "4", "--save", path, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(["describe", path, "--no-best", "--json"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert described["loss"] == found["loss"] == found["minima"][0]["loss"]
    (loaded,) = agreement.load_models(path)
    assert loaded.W.tolist() == found["minima"][0]["W"]
    assert loaded.b.tolist() == found["minima"][0]["b"]
    origin = loaded.configuration["origin"]
    assert origin["label"] == "D03"
    assert origin["loss"] == found["loss"]
    assert loaded.configuration["found"] == {"by": "optimum", "starts": 4}
    assert loaded.configuration["features"]["importance"] == [1.0, 0.5]
    said = described["notes"][0]
    assert "as the optimum of 2 features in 1 dimension at density 0.2, importance 1 to 0.5" in said
    assert f"loss {found['loss']:.6g}" in said
    assert origin["hash"] == agreement.configuration_hash(loaded.configuration)
    assert origin["hash"] in said


@pytest.mark.parametrize("option", [["--no-bias"], ["--low", "-1"], ["--high", "2"]])
def test_the_range_and_the_want_of_biases_are_saved_too(tmp_path, option, capsys):
    path = str(tmp_path / "best.npz")
    asked = ["optimum", "2", "1", "--density", "0.3", "--starts", "4", "--save", path, "--json"]
    assert main([*asked, *option]) == 0
    loss = json.loads(capsys.readouterr().out)["loss"]
    assert main(["describe", path, "--no-best", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["loss"] == pytest.approx(loss, rel=1e-12)


@settings(**SETTINGS)
@given(law=feature_laws())
def test_every_law_comes_back(tmp_path, law):
    path = tmp_path / "law.safetensors"
    n = law.n_features
    agreement.save_model(path, np.eye(1, n), law=law)
    (loaded,) = agreement.load_models(path)
    assert law_of(loaded) == law


@pytest.mark.result("D02")
def test_the_loss_beside_the_weights_is_the_exact_one(tmp_path):
    saved = agreement.save_model(tmp_path / "w.npz", W, B, density=0.25, importance=[1, 0.5, 2])
    exact = expected_loss(
        [[Fraction(w) for w in row] for row in W.tolist()],
        [Fraction(each) for each in B.tolist()],
        density=Fraction(1, 4),
        importance=[1, Fraction(1, 2), 2],
    )
    assert saved["origin"]["loss"] == pytest.approx(float(exact), rel=1e-12)


def test_instances_have_each_their_own_loss_and_law(tmp_path):
    models = np.stack([W, 0.5 * W])
    density = np.array([[0.1], [0.3]])
    saved = agreement.save_model(tmp_path / "w.nc", models, density=density)
    losses = loss_and_gradient(models, density=density)[0]
    assert saved["origin"]["loss"] == losses.tolist()
    loaded = agreement.load_models(tmp_path / "w.nc")
    found = describe_models(loaded, against_best=False)
    for k, each in enumerate(found.models):
        assert each.loss == pytest.approx(losses[k], rel=1e-12)
        assert f"loss {losses[k]:.6g}" in each.notes[0]


def test_a_square_model_is_read_as_it_was_saved(tmp_path):
    """Read by rows or by columns it would be another model: the file says which."""
    square = np.array([[1.0, 2.0], [0.0, 1.0]])
    for suffix in NEEDS_NOTHING:
        agreement.save_model(tmp_path / f"w{suffix}", square)
        assert agreement.load_models(tmp_path / f"w{suffix}")[0].W.tolist() == square.tolist()


def test_an_untied_model_comes_back_as_one(tmp_path):
    decoder = W.T + 0.5
    agreement.save_model(tmp_path / "w.npz", W, B, decoder=decoder, density=0.2)
    (loaded,) = agreement.load_models(tmp_path / "w.npz")
    assert same_bits(loaded.decoder, decoder)
    expected = agreement.describe(W, B, decoder=decoder, density=0.2, against_best=False)
    assert describe_model(loaded, against_best=False).loss == expected.loss


@pytest.mark.parametrize("model", [ReluOutput(), ReluHidden(), AbsoluteValue()])
def test_a_training_run_is_saved_with_its_whole_configuration(tmp_path, model):
    law = IndependentFeatures(0.3, n_features=3)
    run = train(model, law, n_hidden=2, steps=3, batch=8, held_out=8, instances=2, seed=1)
    saved = agreement.save_model(tmp_path / "run.npz", run, source="three steps")
    read = read_contents(tmp_path / "run.npz")
    for name in set(read.arrays):
        assert same_bits(read.arrays[name], run[name].values)
    assert saved["steps"] == 3
    assert saved["origin"]["hash"] == agreement.configuration_hash(json.loads(run.configuration))
    assert ("loss" in saved["origin"]) == (model == ReluOutput())
    if model == ReluOutput():
        losses = loss_and_gradient(run["W"], run["b"], density=0.3)[0]
        np.testing.assert_allclose(saved["origin"]["loss"], losses, rtol=1e-12)
    assert "as three steps" in agreement.load_models(tmp_path / "run.npz")[1].notes[0]


@pytest.mark.parametrize("suffix", NEEDS_NOTHING)
def test_weights_that_were_changed_since_are_said_to_be(tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    saved = agreement.save_model(path, W, B, density=0.2)
    other = W.copy()
    other[0, 0] = np.nextafter(1.0, 2.0)
    formats.write_arrays(
        path, {"W": other, "b": B}, saved, {k: tuple(v) for k, v in saved["axes"].items()}
    )
    notes = agreement.load_models(path)[0].notes
    assert any("not those that were saved" in note for note in notes)


@pytest.mark.parametrize("suffix", [*NEEDS_NOTHING, WITH_TORCH[0]])
def test_an_interrupted_write_leaves_the_old_file(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"w{suffix}"
    agreement.save_model(path, W, B)
    before = path.read_bytes()
    write = formats._WRITERS[suffix]

    def interrupted(temporary, *rest):
        write(temporary, *rest)
        with Path(temporary).open("r+b") as file:
            file.truncate(20)
        raise KeyboardInterrupt

    monkeypatch.setitem(formats._WRITERS, suffix, interrupted)
    if suffix == ".pt":
        monkeypatch.setattr(formats, "_write_torch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        agreement.save_model(path, 2 * W, B)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.extra("safetensors", "torch")
def test_other_libraries_read_the_files(tmp_path):
    import safetensors
    import safetensors.numpy
    import torch

    agreement.save_model(tmp_path / "w.safetensors", W.astype(np.float32), B, density=0.2)
    read = safetensors.numpy.load_file(tmp_path / "w.safetensors")
    assert read["W"].tolist() == W.astype(np.float32).tolist()
    assert read["b"].tolist() == B.tolist()
    with safetensors.safe_open(tmp_path / "w.safetensors", "np") as file:
        assert json.loads(file.metadata()["superposition"])["n_hidden"] == 2
    agreement.save_model(tmp_path / "w.pt", torch.tensor(W), torch.tensor(B), density=0.2)
    module = torch.nn.Module()
    module.W = torch.nn.Parameter(torch.zeros(2, 3, dtype=torch.float64))
    module.b = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
    module.load_state_dict(torch.load(tmp_path / "w.pt", weights_only=True), strict=True)
    assert module.W.tolist() == W.tolist()


def test_without_torch_a_pytorch_file_is_refused_by_the_extra_s_name(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ValueError, match=r"superposition-theory\[torch\]"):
        agreement.save_model(tmp_path / "w.pt", W)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"path": "w.safetensor"}, ValueError, r"path must end in .*did you mean .safetensors"),
        ({"path": "w.npy"}, ValueError, "path must end in .*one array"),
        ({"path": "w"}, ValueError, "path must end in"),
        ({"path": "no/such/w.npz"}, ValueError, "there is no folder"),
        ({"path": "a\0.npz"}, ValueError, "path"),
        ({"path": 3}, TypeError, "path"),
        ({"W": [[np.nan, 1.0]]}, ValueError, "W must be finite"),
        ({"W": [1.0]}, ValueError, "W must have shape"),
        ({"b": [1.0]}, ValueError, "b must have shape"),
        ({"decoder": [[1.0]]}, ValueError, "decoder must have shape"),
        ({"density": 1.5}, ValueError, r"density must lie in \[0, 1\]"),
        ({"density": [[0.1]] * 4}, ValueError, "density must be of one model"),
        ({"importance": [1, 1, 1]}, ValueError, "importance is of use only with"),
        ({"density": 0.1, "law": OneHot(3)}, ValueError, "law and density"),
        ({"law": OneHot(4)}, ValueError, "law must be of 3 features"),
        ({"law": "one hot"}, TypeError, "law must be"),
        ({"model": "relu"}, TypeError, "model must be"),
        ({"source": 3}, TypeError, "source must be text"),
        ({"low": 1.0, "high": 0.0, "density": 0.1}, ValueError, "low"),
    ],
)
def test_bad_input_is_refused_by_name_and_writes_nothing(
    tmp_path, monkeypatch, change, error, words
):
    monkeypatch.chdir(tmp_path)
    call = {"path": "w.npz", "W": W, **change}
    with pytest.raises(error, match=words):
        agreement.save_model(call.pop("path"), call.pop("W"), call.pop("b", None), **call)
    assert not list(tmp_path.iterdir())


def test_sets_of_the_theory_are_a_law(tmp_path):
    saved = agreement.save_model(
        tmp_path / "w.npz", W, law=Sets("correlated", (2, 1), 0.2), importance=[1, 1, 0.5]
    )
    assert saved["features"]["law"] == "CorrelatedSets"
    assert saved["features"]["importance"] == [1.0, 1.0, 0.5]
    (loaded,) = agreement.load_models(tmp_path / "w.npz")
    assert law_of(loaded) == CorrelatedSets((2, 1), 0.2, [1, 1, 0.5])


WORDS = st.sampled_from(
    ["axes", "origin", "features", "model", "n_hidden", "W", "b", "hidden", "feature", "loss",
     "version", "law", "IndependentFeatures", "OneHot", "density", "n_features", "weights",
     "ReluOutput", "\x1b[31m", ""]
)  # fmt: skip
LEAVES = WORDS | st.sampled_from([None, True, 0, 2, -1, 0.5, 10**400, float("nan"), 1e308])
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25, suppress_health_check=SHARED)
@given(st.dictionaries(WORDS, JSON, max_size=4) | JSON)
def test_whatever_lies_beside_the_weights_is_read_or_refused_in_a_line(tmp_path, capsys, beside):
    np.savez(tmp_path / "w.npz", W=W, b=B, superposition=np.array(json.dumps(beside)))
    capsys.readouterr()
    status = main(["describe", str(tmp_path / "w.npz"), "--no-best"])
    captured = capsys.readouterr()
    assert status in (0, 2)
    assert "\x1b" not in captured.out + captured.err
    if status == 2:
        assert captured.err.count("\n") == 1
