"""Two-layer nets: what is planted is found, losses are those of other ways, no rival is worse."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.cli import main
from agreement.comparison.circuits import exact_loss
from agreement.description.files import contents_of, read_contents
from agreement.description.net_files import computes, nets_in
from agreement.description.two_layer import describe_two_layer
from ground.results import save
from numeric import AbsoluteValue, IndependentFeatures, OneHot, ReluHidden, TwoLayer, train
from theory.computation.absolute_codes import circle_code
from theory.computation.absolute_value import naive_net
from theory.computation.asymmetric_motif import asymmetric_motif, best_motif, motif_loss
from theory.computation.two_layers import two_layer_loss

NET = asymmetric_motif(2.5)


def random_net(seed, m=4, n=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, n)), rng.normal(size=(n, m)) / 2, rng.normal(size=n) / 10


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_the_loss_is_that_of_all_patterns_and_of_samples(seed):
    W1, W2, b = random_net(seed)
    found = describe_two_layer(W1, W2, b, density=0.3, target="absolute", against_best=False)
    assert found.loss_method == "exact"
    assert found.loss_error == 0
    assert found.loss == pytest.approx(exact_loss(W1, W2, b, 0.3), rel=1e-9)
    assert sum(found.by_active_count) == pytest.approx(found.loss, rel=1e-12)
    assert found.mean_loss == found.loss / 3
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (20_000, 3)) * (rng.random((20_000, 3)) < 0.3)
    errors = np.maximum(np.maximum(x @ W1.T, 0) @ W2.T + b, 0) - np.abs(x)
    each = np.sum(errors**2, axis=1)
    # Eight examples, none by more than five standard errors but once in 10^5 runs of this test.
    assert abs(each.mean() - found.loss) < 5 * each.std() / np.sqrt(len(x))


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_neurons_are_free_of_order_and_positive_scale(seed):
    W1, W2, b = random_net(seed)
    rng = np.random.default_rng(seed)
    order, scale = rng.permutation(4), rng.uniform(0.2, 5, 4)
    options = {"target": "absolute", "against_best": False, "density": 0.2}
    found = describe_two_layer(W1, W2, b, **options)
    moved = describe_two_layer((scale[:, None] * W1)[order], (W2 / scale)[:, order], b, **options)
    assert moved.loss == pytest.approx(found.loss, rel=1e-9)
    assert moved.summary == found.summary
    assert moved.phase == found.phase
    for new, old in enumerate(order):
        assert moved.neurons[new].kind == found.neurons[old].kind
        np.testing.assert_allclose(
            [w for _, w in moved.neurons[new].reads], [w for _, w in found.neurons[old].reads]
        )


@pytest.mark.parametrize("m", [1, 2, 4, 5, 6, 7])
def test_the_naive_solution_is_read_as_what_it_is(m):
    net = naive_net(3, m, density=0.1)
    found = describe_two_layer(net.W1, net.W2, net.b, density=0.1, target="absolute")
    motifs = [each.motif for each in found.neurons]
    kinds = [each.kind for each in found.neurons]
    assert motifs.count("pair") == 2 * len(net.kept)
    assert kinds.count("dead") == max(0, m - 6)
    roles = [each.role for each in found.features]
    assert roles.count("computed alone") == len(net.kept)
    assert roles.count("half computed") == (net.half is not None)
    assert found.loss == pytest.approx(net.loss, abs=1e-15)
    for each in found.neurons:
        if each.motif == "pair":
            other = found.neurons[each.partner]
            assert other.partner == each.number
            assert [(i, -w) for i, w in other.reads] == list(each.reads)
    assert found.best.loss <= found.loss
    assert found.gap >= 0


def test_the_asymmetric_motif_is_found_with_what_repairs_it():
    found = describe_two_layer(NET.W1, NET.W2, NET.b, density=0.1)
    assert [each.motif for each in found.neurons[:2]] == ["mutual", "mutual"]
    assert [each.partner for each in found.neurons[:2]] == [1, 0]
    assert found.neurons[0].ratio == pytest.approx(2.5**2)
    assert [each.role for each in found.features] == ["computed in superposition"] * 3
    assert [each.neurons for each in found.features] == [(0, 1, 2), (0, 3), (1, 4)]
    assert found.loss == pytest.approx(motif_loss(2.5, density=0.1), rel=1e-12)
    losses = {circuit.source: circuit.loss for circuit in found.circuits}
    assert losses["asymmetric motif"] == pytest.approx(best_motif(0.1).loss, rel=1e-9)
    assert list(losses.values()) == sorted(losses.values())
    assert found.best.loss <= min(*losses.values(), found.bottom.loss, found.loss)


def test_every_rival_has_the_loss_that_is_said():
    for output in ("relu", "linear"):
        found = describe_two_layer(*random_net(3, 6, 2), density=0.2, target="absolute",
                                   output=output)  # fmt: skip
        for circuit in (*found.circuits, found.bottom):
            again = two_layer_loss(circuit.W1, circuit.W2, circuit.b, 0.2, output=output, points=0)
            assert again.loss == pytest.approx(circuit.loss, rel=1e-9, abs=1e-15)
        assert found.bottom.loss <= found.loss


def test_a_loss_that_is_not_all_exact_says_so():
    code = circle_code(12, 6)
    found = describe_two_layer(code.W1, code.W2, code.b, density=0.05, against_best=False)
    assert found.loss_error > 0
    assert "the rest sampled" in found.loss_method
    assert f"± {found.loss_error:.1g}" in str(found)
    assert found.best is None
    assert "12 computed in superposition" in found.phase


@pytest.mark.parametrize("target", ["absolute", "relu", "identity"])
@pytest.mark.parametrize("output", ["relu", "linear"])
def test_the_target_is_read_off_the_answers(target, output):
    if target == "identity" and output == "linear":
        W1, W2 = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]), None
        W2 = np.array([[1.0, -1, 0, 0], [0, 0, 1, -1]])
    else:
        net = naive_net(2, 4, density=0.1, target=target)
        W1, W2 = net.W1, net.W2
    found = describe_two_layer(W1, W2, np.zeros(2), output=output)
    # Behind a ReLU and on [0, 1] x and ReLU(x) are the same.
    expected = "identity" if (target, output) == ("relu", "relu") else target
    assert found.target == expected
    assert "target taken as" in found.notes[0]
    assert found.low == (0.0 if (expected, output) == ("identity", "relu") else -1.0)
    assert all(each.role == "computed alone" for each in found.features)


def test_json_and_text_name_the_law():
    found = describe_two_layer(NET.W1, NET.W2, NET.b, density=[0.1, 0.2, 0.3],
                               importance=[1, 1, 0.5], against_best=False)  # fmt: skip
    printed = json.loads(found.to_json())
    assert printed["law"] == {
        "name": "IndependentFeatures", "density": [0.1, 0.2, 0.3], "importance": [1.0, 1.0, 0.5],
        "low": -1.0, "high": 1.0, "sizes": [], "words": found.law.words,
    }  # fmt: skip
    assert printed["mean_loss"] == printed["loss"] / 3
    assert printed["neurons"][1]["partner"] == 0
    assert f"Law assumed: {found.law.words}." in str(found)
    assert "p = 0.1 … 0.3" in found.law.words
    bare = describe_two_layer(NET.W1, NET.W2)
    assert json.loads(bare.to_json())["law"] is None
    assert "Law: none assumed" in str(bare)
    assert bare.notes[0] == "no bias given: taken as 0"


def test_what_is_wrong_is_named():
    cases = [
        ({"W1": np.ones((2, 3, 4))}, "W1"),
        ({"W1": NET.W1, "W2": NET.W1}, "W2"),
        ({"W1": NET.W1, "W2": NET.W2, "importance": [1, 1, 1]}, "importance"),
        ({"W1": NET.W1, "W2": NET.W2, "density": [[0.1], [0.2]]}, "density"),
        ({"W1": NET.W1, "W2": NET.W2, "target": "square"}, "target"),
        ({"W1": NET.W1, "W2": NET.W2, "density": 0.1, "target": "identity", "low": -1}, "target"),
    ]
    for arguments, name in cases:
        with pytest.raises(ValueError, match=rf"^{name}"):
            describe_two_layer(**arguments)


@settings(max_examples=20)
@given(
    st.sampled_from([(2, 3), (5, 3), (3, 4)]), st.booleans(), st.booleans(),
    st.sampled_from([(), (2,)]),
)  # fmt: skip
def test_nets_are_read_in_the_layout_that_the_bias_fits(
    tmp_path_factory, sizes, turned, same_order, leading
):
    m, n = sizes
    rng = np.random.default_rng(m)
    W1, W2 = rng.normal(size=(*leading, m, n)), rng.normal(size=(*leading, n, m))
    b = rng.normal(size=(*leading, n))
    first = np.swapaxes(W1, -1, -2) if turned else W1
    second = np.swapaxes(W2, -1, -2) if turned != same_order else W2
    path = tmp_path_factory.mktemp("nets") / "w.npz"
    np.savez(path, W1=first, W2=second, b=b)
    contents = read_contents(path)
    nets = nets_in(contents)
    assert [net.index for net in nets] == list(np.ndindex(*leading))
    for net in nets:
        np.testing.assert_array_equal(net.W1, W1[net.index])
        np.testing.assert_array_equal(net.W2, W2[net.index])
        np.testing.assert_array_equal(net.b, b[net.index])
    assert (computes(contents, None, None) is not None) == (m > n)


def saved(path, **arrays):
    np.savez(path / "w.npz", **arrays)
    return str(path / "w.npz")


def test_the_command_says_what_it_took(tmp_path, capsys):
    path = saved(tmp_path, W1=NET.W1, W2=NET.W2, b=NET.b)
    assert main(["describe", path, "--density", "0.1", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["notes"][0] == (
        "hidden layer taken as ReLU, as there are more neurons (5) than features (3)"
    )
    assert printed["target"] == "absolute"
    assert printed["loss"] == pytest.approx(motif_loss(2.5, density=0.1))
    narrow = saved(tmp_path, W1=NET.W1[:2], W2=NET.W2[:, :2], b=NET.b)
    assert main(["describe", narrow, "--density", "0.1", "--no-best"]) == 0
    assert "hidden layer taken as linear, outputs as ReLU" in capsys.readouterr().out
    assert main(["describe", narrow, "--target", "absolute", "--no-best"]) == 0
    assert "as there is a --target" in capsys.readouterr().out
    assert main(["describe", path, "--density", "0.1", "--fail-above", "0.1"]) == 1
    assert "above 0.1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--hidden", "linear", "--target", "absolute"], "--target is of use only"),
        (["--plot", "x.png"], "--plot"),
        (["--importance", "1,1,1"], "--importance is of use only with --density"),
        (["--density", "2"], "density"),
        (["--target", "identity", "--low", "-1", "--density", "0.1"], "target 'identity'"),
        (["--fail-above", "0.1"], "--fail-above"),
        (["--layout", "features-hidden"], "must have one number for each of 5"),
    ],
)
def test_bad_options_are_one_line(tmp_path, capsys, arguments, words):
    path = saved(tmp_path, W1=NET.W1, W2=NET.W2, b=NET.b)
    assert main(["describe", path, *arguments]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error


def test_what_cannot_be_read_is_said(tmp_path):
    path = saved(tmp_path, W1=NET.W1, W2=NET.W2)
    with pytest.raises(ValueError, match="may be read either way"):
        nets_in(read_contents(path))
    path = saved(tmp_path, W1=NET.W1, W2=NET.W2, b=NET.b, b1=np.ones(5))
    with pytest.raises(ValueError, match=r"'b1' is a bias of the hidden layer.*--hidden linear"):
        nets_in(read_contents(path))
    path = saved(tmp_path, W1=NET.W1, W2=np.ones((2, 2)), b=NET.b)
    with pytest.raises(ValueError, match=r"W2 of shape .* does not fit W1"):
        nets_in(read_contents(path))


def test_results_of_training_are_read_as_what_they_are(tmp_path, capsys):
    features = IndependentFeatures([[0.05], [0.2]], n_features=2, low=-1.0)
    options = {"n_hidden": 4, "seed": 1, "steps": 50, "batch": 64, "held_out": 2**15}
    run = train(AbsoluteValue(), features, **options)
    save(run, tmp_path / "abs.nc")
    command = ["describe", str(tmp_path / "abs.nc"), "--instance", "all", "--no-best"]
    assert main([*command, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    for k, model in enumerate(printed["models"]):
        assert model["law"]["density"] == [features.density[k, 0]] * 2
        # The held-out sample of training knows nothing of theory.
        assert abs(model["loss"] - run.loss[k]) < 5 * run.loss_error[k]
    losses = [model["loss"] for model in printed["models"]]
    assert (printed["best"], printed["worst"]) == (np.argmin(losses), np.argmax(losses))
    assert main(command) == 0
    assert f"Best by loss: instance {np.argmin(losses)}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("model", "low", "target", "output"),
    [(ReluHidden(), 0.0, "identity", "relu"), (TwoLayer("relu", "linear"), -1.0, "relu", "linear")],
)
def test_models_of_numeric_are_told_by_their_configuration(model, low, target, output):
    features = IndependentFeatures(0.2, n_features=3, low=low)
    run = train(model, features, n_hidden=2, seed=0, steps=20, batch=64, held_out=2**15)
    contents = contents_of(run)
    assert "as the Dataset says" in computes(contents, None, None)
    (net,) = nets_in(contents)
    found = describe_two_layer(
        net.W1, net.W2, net.b, density=0.2, target=net.target, output=net.output, low=low,
        against_best=False,
    )  # fmt: skip
    assert (found.target, found.output, found.tied) == (target, output, model == ReluHidden())
    assert abs(found.loss - float(run.loss[0])) < 5 * float(run.loss_error[0])


def test_a_law_without_exact_losses_is_said(tmp_path, capsys):
    run = train(AbsoluteValue(), OneHot(2, low=-1.0), n_hidden=4, seed=0, steps=10, batch=64,
                held_out=2048)  # fmt: skip
    save(run, tmp_path / "one.nc")
    assert main(["describe", str(tmp_path / "one.nc"), "--instance", "0"]) == 0
    assert "its law is OneHot, under which no exact loss" in capsys.readouterr().out
