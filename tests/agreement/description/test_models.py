"""Which array of a file is what: biases by shape, axes by what fits, pairs that are untied."""

from __future__ import annotations

import json
import struct
import types
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement.cli import main
from agreement.description.arrays import plain
from agreement.description.describe import describe
from agreement.description.models import load_models
from agreement.description.several import describe_each, describe_model
from ground.results import save
from numeric import (
    AbsoluteValue,
    AnticorrelatedSets,
    CorrelatedSets,
    IndependentFeatures,
    ReluOutput,
    train,
)
from theory.loss.floats import loss_and_gradient
from theory.loss.sets import Sets, set_loss
from theory.loss.untied import untied_loss

W = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.2, 1.1, -1.0]])
b = np.array([-0.1, -0.2, 0.0, 0.15])


def saved(path, **arrays):
    np.savez(path / "w.npz", **arrays)
    return path / "w.npz"


@pytest.mark.parametrize(
    "name",
    ["b_dec", "b2", "model.b_final", "module.b_final", "module.model.bias", "decoder.bias",
     "output_bias", "offset", "beta"],
)  # fmt: skip
def test_a_bias_is_found_under_any_name(tmp_path, name):
    """Biases under names that nobody listed were taken as zero without a word."""
    others = {"importance": np.ones(4), "freqs": np.ones(4), "step": np.array(3)}
    (model,) = load_models(saved(tmp_path, W=W, **{name: b}, **others))
    np.testing.assert_array_equal(model.b, b)
    assert model.bias == name
    assert repr(name) in str(describe_model(model))


def test_a_missing_bias_is_said_to_be_missing(tmp_path, capsys):
    path = saved(tmp_path, W=W)
    assert main(["describe", str(path)]) == 0
    assert "no bias in the file: taken as 0" in capsys.readouterr().out
    assert "no bias given: taken as 0" in str(describe(W))
    assert main(["describe", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == ["no bias in the file: taken as 0"]


@pytest.mark.parametrize(
    ("value", "why"),
    [(b + 0j, "complex"), (np.array(list("abcd")), "text"), (np.array([None] * 4), "objects")],
)
def test_a_bias_that_is_no_numbers_is_refused_and_not_zero(tmp_path, value, why):
    path = tmp_path / "w.npz"
    np.savez(path, W=W, b=value)
    with pytest.raises(ValueError, match=f"bias 'b' cannot be read.*{why}.*--bias none"):
        load_models(path)
    (model,) = load_models(path, bias="none")
    assert model.b is None


def test_two_arrays_that_may_be_the_bias_are_asked_about(tmp_path):
    path = saved(tmp_path, W=W, alpha=b, beta=b)
    with pytest.raises(ValueError, match=r"alpha, beta.*--bias NAME"):
        load_models(path)
    assert load_models(path, bias="beta")[0].bias == "beta"


def test_one_entry_of_objects_leaves_the_arrays_readable(tmp_path):
    """A saved config beside the arrays made the whole .npz unreadable."""
    path = saved(tmp_path, W=W, b=b, config=np.array({"lr": 1}, dtype=object), name="toy")
    (model,) = load_models(path)
    np.testing.assert_array_equal(model.W, W)
    np.testing.assert_array_equal(model.b, b)


@given(
    st.integers(1, 3), st.integers(0, 3), st.booleans(), st.sampled_from([(), (2,), (2, 3)])
)  # fmt: skip
def test_the_layout_that_fits_is_taken(tmp_path_factory, m, more, swap, leading):
    n = m + more + 1
    rng = np.random.default_rng(m + 10 * more)
    weights, biases = rng.normal(size=(*leading, m, n)), rng.normal(size=(*leading, n))
    stored = np.swapaxes(weights, -1, -2) if swap else weights
    path = tmp_path_factory.mktemp("layout") / "w.npz"
    np.savez(path, W=stored, b=biases)
    models = load_models(path)
    assert [model.index for model in models] == list(np.ndindex(*leading))
    for model in models:
        np.testing.assert_array_equal(model.W, weights[model.index])
        np.testing.assert_array_equal(model.b, biases[model.index])


def test_a_square_is_asked_about_unless_both_readings_are_one_model(tmp_path):
    square = np.array([[1.0, 0.5], [0.0, 1.0]])
    with pytest.raises(ValueError, match=r"square.*hidden-features or --layout features-hidden"):
        load_models(saved(tmp_path, W=square))
    path = saved(tmp_path, W=square)
    (turned,) = load_models(path, layout="features-hidden")
    np.testing.assert_array_equal(turned.W, square.T)
    (model,) = load_models(saved(tmp_path, W=np.eye(2)))
    np.testing.assert_array_equal(model.W, np.eye(2))


@pytest.mark.parametrize("layout", ["hidden-features", "features-hidden"])
def test_a_hint_never_repeats_the_option_just_given(tmp_path, layout):
    stored = W.T if layout == "hidden-features" else W
    with pytest.raises(ValueError, match="n_hidden") as caught:
        load_models(saved(tmp_path, W=stored, b=b), layout=layout)
    assert f"--layout {layout}" not in str(caught.value)
    assert "--layout" in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second"),
    [("W1", "W2"), ("W_enc", "W_dec"), ("encoder.weight", "decoder.weight"), ("enc", "dec"),
     ("model.encoder", "model.decoder"), ("fc1.weight", "fc2.weight"), ("0.weight", "2.weight")],
)  # fmt: skip
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("same_order", [False, True])
def test_untied_pairs_are_recognised(tmp_path, first, second, swap, same_order):
    """Untied models got the tied model's loss without a word."""
    D = 2 * W.T + 0.1
    stored = {first: W.T if swap else W, second: D.T if swap != same_order else D}
    (model,) = load_models(saved(tmp_path, **stored, b_dec=b))
    np.testing.assert_array_equal(model.W, W)
    np.testing.assert_array_equal(model.decoder, D)
    found = describe_model(model, density=0.1, against_best=False)
    assert found.loss == untied_loss(W, D, b, density=0.1)
    assert "untied" in str(found)
    (tied,) = load_models(saved(tmp_path, **stored, b_dec=b), decoder="none")
    assert tied.decoder is None


def test_twice_the_transpose_is_tied_at_another_scale():
    found = describe(W, b, decoder=2 * W.T, density=0.1, against_best=False)
    assert found.untied.scale == pytest.approx(2)
    assert found.untied.apart == pytest.approx(0.5)
    assert found.untied.apart_scaled == pytest.approx(0, abs=1e-15)
    assert found.untied.from_tied < 1e-14
    tied = loss_and_gradient(np.sqrt(2) * W, b, density=0.1)[0]
    assert found.loss == pytest.approx(float(tied), rel=1e-12)
    assert found.norms == pytest.approx(np.sqrt(2) * np.linalg.norm(W, axis=0))


@given(st.integers(0, 2**32 - 1))
def test_what_is_described_does_not_depend_on_the_hidden_basis(seed):
    """E and D may take any invertible matrix and its inverse: the model stays what it is."""
    rng = np.random.default_rng(seed)
    A = np.linalg.qr(rng.normal(size=(2, 2)))[0] * rng.uniform(0.5, 2, 2)
    found = describe(A @ W, b, decoder=W.T @ np.linalg.inv(A), density=0.2, against_best=False)
    tied = describe(W, b, density=0.2, against_best=False)
    assert found.structure == tied.structure
    assert found.norms == pytest.approx(tied.norms)
    assert found.loss == pytest.approx(tied.loss, rel=1e-12)


def test_a_tied_pair_is_a_tied_model(tmp_path):
    (model,) = load_models(saved(tmp_path, W_enc=W, W_dec=W.T, b=b))
    assert model.decoder is None


def test_a_hidden_bias_is_one_of_the_output(tmp_path):
    D, c = 1.5 * W.T, np.array([0.1, -0.2])
    (model,) = load_models(
        saved(tmp_path, **{"encoder.weight": W, "encoder.bias": c, "decoder.weight": D,
                           "decoder.bias": b})
    )  # fmt: skip
    np.testing.assert_allclose(model.b, b + D @ c)
    assert "encoder.bias" in model.notes[0]


@pytest.fixture(scope="module")
def trained():
    features = IndependentFeatures([[0.1], [0.5]], n_features=3)
    return train(ReluOutput(), features, n_hidden=2, seed=0, steps=50, batch=64, held_out=2048)


def test_results_of_training_are_read_as_they_are(trained, tmp_path, capsys):
    """Neither the Dataset of `numeric.train` nor its file was read."""
    save(trained, tmp_path / "run.nc")
    models = load_models(tmp_path / "run.nc")
    for k, model in enumerate(models):
        np.testing.assert_array_equal(model.W, trained.W[k])
        np.testing.assert_array_equal(model.b, trained.b[k])
    each = describe_each(trained, against_best=False)
    for k, p in enumerate((0.1, 0.5)):
        exact = loss_and_gradient(trained.W[k], trained.b[k], density=p)[0]
        assert each.models[k].loss == pytest.approx(float(exact), rel=1e-12)
    one = describe(trained.isel(instance=[1]), density=0.5, against_best=False)
    assert one.loss == each.models[1].loss
    with pytest.raises(ValueError, match="describe_each"):
        describe(trained)
    assert main(["describe", str(tmp_path / "run.nc"), "--instance", "all", "--no-best"]) == 0
    assert str(describe_each(trained, against_best=False)).split("\n\n")[1] in (
        capsys.readouterr().out
    )


def test_a_model_of_another_kind_is_computed_as_what_it_is():
    """Its file says how it was trained; the loss is then drawn, and the held-out one agrees."""
    features = IndependentFeatures(0.3, n_features=2, low=-1.0)
    run = train(AbsoluteValue(), features, n_hidden=4, seed=1, steps=200, batch=64, held_out=2**16)
    # Two models of four hidden units for two features are not tied ones: only m ≤ n is described.
    with pytest.raises(ValueError, match="n_hidden"):
        describe(run)
    run = train(AbsoluteValue(), features, n_hidden=2, seed=1, steps=200, batch=64, held_out=2**16)
    found = describe(run)
    error = np.hypot(found.loss_error, float(run.loss_error[0]))
    assert abs(found.loss - float(run.loss[0])) < 5 * error
    assert "estimate" in found.loss_method


def test_each_instance_in_its_own_world(tmp_path, capsys):
    stacked = np.stack([W, W, 0.9 * W, np.eye(2, 4)])
    p = np.array([0.05, 0.1, 0.2, 0.3])
    each = describe_each(stacked, density=p[:, None])
    for k, found in enumerate(each.models):
        assert found.to_json() == describe(stacked[k], density=p[k]).to_json().replace(
            "no bias given", "no bias in the file"
        )
    gaps = [found.gap for found in each.models]
    assert each.best == int(np.argmin(gaps))
    assert each.worst == int(np.argmax(gaps))
    assert sum(each.phases.values()) == pytest.approx(1)
    assert list(each.phases.values()) == [0.75, 0.25]
    path = saved(tmp_path, W=np.swapaxes(stacked, 1, 2))
    command = ["describe", str(path), "--instance", "all", "--densities", "0.05,0.1,0.2,0.3"]
    assert main(command) == 0
    assert capsys.readouterr().out == f"{each}\n"
    assert main([*command, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["best"] == each.best
    assert [model["instance"] for model in printed["models"]] == [[0], [1], [2], [3]]
    assert main([*command[:-1], "0.1,0.2"]) == 2
    assert "--densities must be one for each of 4 models" in capsys.readouterr().err


def test_json_counts_from_0_everywhere():
    """Features were counted from 0 in `factors` and from 1 in `structure`."""
    printed = json.loads(describe([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]], density=0.1).to_json())
    assert printed["structure"] == {"factors": [[0, 1], [2]], "ignored": []}
    assert sorted(map(sorted, (f["features"] for f in printed["factors"]))) == [[0, 1], [2]]
    assert [feature["feature"] for feature in printed["features"]] == [0, 1, 2]
    assert set(printed["best_known"]["structure"]) == {"factors", "ignored"}


def test_a_small_file_that_unpacks_to_much_is_refused_before_it_is(tmp_path, capsys):
    """A 3 MB .npz of 3.2 GB of zeros gave no answer for a minute."""
    path = tmp_path / "w.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W.npy", np.lib.format.magic(1, 0) + bytes(20_000_000))
    assert path.stat().st_size < 100_000
    assert main(["describe", str(path), "--size-limit", "0.01"]) == 2
    error = capsys.readouterr().err
    assert "0.02 GB" in error
    assert "--size-limit" in error
    # A header that claims more than is there asks for no memory either.
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (400000000000,), }"
    lying = np.lib.format.magic(1, 0) + struct.pack("<H", len(header)) + header
    (tmp_path / "w.npy").write_bytes(lying)
    with pytest.raises(ValueError, match="does not fit"):
        load_models(tmp_path / "w.npy")


def test_a_deeply_nested_header_is_one_sentence(tmp_path, capsys):
    text = b'{"W":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    assert main(["describe", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


class FakeTensor:
    """As much of PyTorch's as is asked about."""

    def __init__(self, values, layout="torch.strided", **flags):
        self.values, self.layout = values, layout
        for flag in ("is_quantized", "is_meta", "is_nested"):
            setattr(self, flag, flags.get(flag, False))

    def is_complex(self):
        return np.iscomplexobj(self.values)

    def detach(self):
        return self

    cpu = double = detach

    def numpy(self):
        return self.values

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


def test_a_tensor_that_requires_grad_is_read():
    found = describe(FakeTensor(W), FakeTensor(b))
    assert found.to_json() == describe(W, b).to_json()


@pytest.mark.parametrize(
    ("tensor", "why"),
    [
        (FakeTensor(W, "torch.sparse_coo"), "sparse"),
        (FakeTensor(W, is_quantized=True), "quantised"),
        (FakeTensor(W, is_meta=True), "meta"),
        (FakeTensor(W + 0j), "complex"),
    ],
)
def test_tensors_without_all_their_numbers_are_refused(tensor, why):
    with pytest.raises(ValueError, match=f"W must be a plain tensor.*{why}"):
        describe(tensor)
    assert plain("W", W) is W


@pytest.mark.extra("torch")
@pytest.mark.filterwarnings("ignore::UserWarning")  # quantised tensors are on their way out
def test_real_tensors(tmp_path):
    import torch

    parameter = torch.nn.Parameter(torch.tensor(W))
    assert describe(parameter).to_json() == describe(W).to_json()
    kinds = {
        "sparse": torch.tensor(W).to_sparse(),
        "quantised": torch.quantize_per_tensor(torch.tensor(W).float(), 0.1, 0, torch.qint8),
        "meta": torch.empty(2, 4, device="meta"),
    }
    for why, tensor in kinds.items():
        with pytest.raises(ValueError, match=why):
            describe(tensor)
        torch.save({"W": tensor, "note": "text"}, tmp_path / "w.pt")
        with pytest.raises(ValueError, match=why):
            load_models(tmp_path / "w.pt")
    torch.save({"W": parameter, "b": torch.tensor(b), "config": {"lr": 1}}, tmp_path / "w.pt")
    np.testing.assert_array_equal(load_models(tmp_path / "w.pt")[0].b, b)
    torch.save({"W": parameter, "config": types.SimpleNamespace(lr=1)}, tmp_path / "w.pt")
    with pytest.raises(ValueError, match="state_dict") as caught:
        load_models(tmp_path / "w.pt")
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"orthogonal_below": 2}, "orthogonal_below"),
        ({"orthogonal_below": float("nan")}, "orthogonal_below"),
        ({"named_within": 1.5}, "named_within"),
        ({"ignored_below": -1}, "ignored_below"),
        ({"importance": [1, 1, 1, 1]}, "importance"),
        ({"density": [[0.1] * 4]}, "density"),
        ({"model": 3, "density": 0.1}, "model"),
        ({"law": ReluOutput}, "law"),
        ({"law": IndependentFeatures(0.1, n_features=3)}, "law"),
        ({"law": IndependentFeatures(0.1, n_features=4), "density": 0.1}, "law"),
        ({"seed": -1}, "seed"),
        ({"decoder": W}, "decoder"),
    ],
)
def test_what_makes_no_sense_is_named(options, name):
    """Thresholds out of range and importance without density were accepted without a word."""
    with pytest.raises((ValueError, TypeError), match=name):
        describe(W, b, **options)


def test_norms_that_would_overflow_are_refused():
    with pytest.raises(ValueError, match="W must have entries up to"):
        describe(1e200 * W)


@pytest.mark.parametrize("kind", ["correlated", "anticorrelated"])
def test_sets_are_exact_where_small_and_estimated_where_not(kind):
    """Which of the two the description says; where both can be had they agree."""
    law = Sets(kind, (2, 2), 0.2)
    exact = describe(W, b, law=law)
    assert exact.loss == set_loss(W, b, law=law)[0]
    assert exact.loss_error is None
    assert "exact" in str(exact)
    other = {"correlated": CorrelatedSets, "anticorrelated": AnticorrelatedSets}[kind]
    assert describe(W, b, law=other((2, 2), 0.2)).loss == exact.loss
    # Different densities of two sets are no theory.Sets: drawn.
    drawn = describe(W, b, law=other((2, 2), [0.2, 0.2 + 1e-12]), seed=3)
    assert abs(drawn.loss - exact.loss) < 5 * drawn.loss_error
    assert "estimate from 131072 samples, seed 3" in str(drawn)
    again = describe(W, b, law=other((2, 2), [0.2, 0.2 + 1e-12]), seed=3)
    assert again.loss == drawn.loss
    wide = np.tile(W, 10)
    large = describe(wide, law=Sets(kind, (2,) * 20, 0.02), samples=2000)
    assert large.loss_error is not None
