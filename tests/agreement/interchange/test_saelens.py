"""Our models in SAELens, held against the real package where it is installed.

It brings a hundred packages, so it has a job of its own: ``make test-saelens``.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

import numpy as np
import pytest

import agreement
from agreement.description.models import load_models
from numeric import CorrelatedSets, ExactlyKActive, IndependentFeatures, recovery_scores

W = [[1.0, -1.0, 0.0], [0.0, 0.5, 2.0]]
LAW = IndependentFeatures([0.1, 0.3, 0.6], low=0.0, high=2.0)
# Its imports warn of what other packages will do one day.
with_saelens = pytest.mark.skipif(find_spec("sae_lens") is None, reason="sae-lens isn't installed")
unwarned = pytest.mark.filterwarnings("ignore")


@with_saelens
@unwarned
@pytest.mark.parametrize(
    "law",
    [
        LAW,
        IndependentFeatures(0.2, n_features=3, low=1.0, high=1.0),
        ExactlyKActive(3, 2),
        CorrelatedSets((2, 1), 0.3),
    ],
    ids=["independent", "binary", "two active", "correlated"],
)
def test_saelens_draws_our_law_from_our_directions(law):
    import torch

    model = agreement.saelens_model(W, law)
    torch.manual_seed(0)
    h, x = (each.double().numpy() for each in model.sample_with_features(20_000))
    np.testing.assert_allclose(h, x @ np.transpose(W), atol=1e-5)
    count = len(x)
    active = (x > 0).astype(float)
    together = active.T @ active / count
    exact = law.co_activity()
    assert (np.abs(together - exact) <= 6 * np.sqrt(exact * (1 - exact) / count) + 1e-12).all()
    for moment, ours in ((x, law.mean()), (x**2, law.second_moment())):
        error = moment.std(axis=0, ddof=1) / np.sqrt(count)
        assert (np.abs(moment.mean(axis=0) - ours) <= 6 * error + 1e-6).all()
    assert x.max() <= law.high * (1 + 1e-6)
    np.testing.assert_allclose(
        model.activation_generator.firing_probabilities.numpy(), law.density, rtol=1e-6
    )


@with_saelens
@unwarned
def test_a_seed_of_torch_makes_it_repeatable():
    import torch

    model = agreement.saelens_model(W, LAW)
    torch.manual_seed(3)
    first = model.sample(50)
    torch.manual_seed(3)
    assert torch.equal(first, model.sample(50))


@with_saelens
@unwarned
def test_a_model_that_saelens_saved_is_described(tmp_path):
    zoo = agreement.zoo_model("pentagon-5-2")
    model = agreement.saelens_model(zoo.W, zoo.law)
    model.save(tmp_path)
    (loaded,) = load_models(
        tmp_path / "synthetic_model.safetensors", weights="feature_vectors", bias="none"
    )
    np.testing.assert_allclose(loaded.W, zoo.W, rtol=1e-6)
    assert agreement.describe(loaded.W).summary == "1 pentagon"
    from sae_lens.synthetic import SyntheticModel

    again = SyntheticModel.load_from_disk(tmp_path)
    assert (
        again.feature_dict.feature_vectors.tolist() == model.feature_dict.feature_vectors.tolist()
    )
    values = again.sample_with_features(200)[1]
    assert sorted(set(values.flatten().tolist())) == [0.0, 0.5]  # the mean of U[0, 1]


@with_saelens
@unwarned
def test_its_trainer_takes_the_dictionary_and_the_generator():
    """A sparse autoencoder of SAELens that starts at the truth stays there for a step."""
    import torch
    from sae_lens import StandardTrainingSAE, StandardTrainingSAEConfig
    from sae_lens.synthetic import init_sae_to_match_feature_dict, train_toy_sae

    zoo = agreement.zoo_model("pentagon-5-2")
    model = agreement.saelens_model(zoo.W, zoo.law)
    torch.manual_seed(0)
    sae = StandardTrainingSAE(StandardTrainingSAEConfig(d_in=2, d_sae=5, l1_coefficient=1e-3))
    init_sae_to_match_feature_dict(sae, model.feature_dict)
    train_toy_sae(
        sae, model.feature_dict, model.activation_generator, training_samples=1024, batch_size=512
    )
    found = recovery_scores(sae.W_dec.detach().double().numpy(), zoo.W.T)
    assert found.mcc > 0.99


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"W": [W, W]}, ValueError, "W must be one model"),
        ({"W": [[np.nan, 1.0, 0.0]]}, ValueError, "W must be finite"),
        ({"law": IndependentFeatures(0.1, n_features=4)}, ValueError, "law must be of 3"),
        ({"law": IndependentFeatures([[0.1] * 3] * 2)}, ValueError, "law must be that of one"),
        ({"law": IndependentFeatures(0.1, n_features=3, low=-1)}, ValueError, "negative values"),
        ({"law": 0.1}, TypeError, "law must be"),
        ({"device": 3}, TypeError, "device must be text"),
    ],
)
def test_bad_input_is_refused_by_name(change, error, words):
    call = {"W": W, "law": LAW, **change}
    with pytest.raises(error, match=words):
        agreement.saelens_model(**call)


def test_without_saelens_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sae_lens", None)
    with pytest.raises(ValueError, match="pip install sae-lens"):
        agreement.saelens_model(W, LAW)
