"""Dictionaries learned from activations: what is found, what is refused, what is said."""

import warnings

import numpy as np
import pytest

from numeric.recovery.recover import METHODS, recover

DIGONS = np.kron(np.eye(3), [[1.0, -1.0]])


def activations(density, samples=1500, W=DIGONS, seed=0, noise=0.0):
    rng = np.random.default_rng(seed)
    x = rng.random((samples, W.shape[1]))
    x *= rng.random(x.shape) < density
    return x @ W.T + noise * rng.standard_normal((samples, len(W))), x


def nearest(atoms, W=DIGONS):
    """The largest cosine of an atom with each true direction."""
    return (atoms @ (W / np.linalg.norm(W, axis=0))).max(axis=0)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "sklearn"])
def test_antipodal_pairs_are_found_as_two_rays_each(method):
    h, _ = activations(0.1)
    found = recover(h, 6, method=method, l1=0.2, seed=1)
    assert nearest(found.atoms).min() > 0.99
    assert np.allclose(np.linalg.norm(found.atoms, axis=1), 1)
    assert found.codes.shape == (len(h), 6)
    assert (found.codes >= 0).all()
    assert found.loss == found.losses.min()


@pytest.mark.extra("sklearn", dev=True)
def test_scikit_learn_minimises_the_same_and_gets_no_lower():
    h, _ = activations(0.1, samples=300)
    theirs = recover(h, 6, method="sklearn", l1=0.2, starts=1)
    ours = recover(h, 6, method="dictionary", l1=0.2)
    assert ours.loss <= theirs.loss
    # One start may stick where two atoms share a feature; the other four or five are found.
    assert np.sum(nearest(theirs.atoms) > 0.9) >= 4


def test_signed_codes_need_one_atom_for_two_features():
    h, _ = activations(0.1)
    signed = recover(h, 6, method="dictionary", l1=0.2, positive=False)
    positive = recover(h, 6, method="dictionary", l1=0.2)
    # A signed atom serves both ends of a line: three lines are found, not six rays.
    lines = np.abs(signed.atoms @ DIGONS).max(axis=0)
    assert lines.min() > 0.99
    three = recover(h, 3, method="dictionary", l1=0.2, positive=False)
    assert np.abs(three.atoms @ DIGONS).max(axis=0).min() > 0.99
    assert three.loss < 1.01 * positive.loss


def test_the_same_seed_gives_the_same_bits_and_another_one_others():
    h, _ = activations(0.2, samples=400)
    first, again, other = (recover(h, 6, seed=seed, steps=50, starts=2) for seed in (3, 3, 4))
    assert np.array_equal(first.atoms, again.atoms)
    assert first.loss == again.loss
    assert not np.array_equal(first.atoms, other.atoms)


@pytest.mark.parametrize("method", ["autoencoder", "dictionary", "lone_rays"])
def test_units_of_the_activations_do_not_matter(method):
    h, _ = activations(0.1, samples=500)
    one = recover(h, 6, method=method, steps=200, starts=1)
    many = recover(1024 * h, 6, method=method, steps=200, starts=1)
    assert np.isclose(many.l1, 1024 * one.l1)
    assert np.allclose(one.atoms, many.atoms, atol=1e-6)


def test_what_cannot_be_asked_is_named():
    h, _ = activations(0.1, samples=20)
    broken = h.copy()
    broken[3, 1] = np.nan
    for call, words in [
        (lambda: recover(broken, 6), "NaN or infinity in 1 of 20 samples"),
        (lambda: recover(h, 21), "n_atoms must not exceed the number of samples, 20"),
        (lambda: recover(h, 6, l1=-0.1), "l1 must be finite and ≥ 0"),
        (lambda: recover(0 * h, 6), "activations must not all be zero"),
        (lambda: recover(h, 6, positive=False), "positive=False is for"),
        (lambda: recover(h[0], 6), "activations must have shape"),
    ]:
        with pytest.raises(ValueError, match=words):
            call()


def test_a_density_without_lone_features_is_said():
    h, _ = activations(0.6, samples=100)
    with pytest.warns(UserWarning, match=r"samples are expected to show a given one of 6 features"):
        recover(h, 6, method="lone_rays", density=0.6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recover(h, 6, method="lone_rays", density=0.2)
