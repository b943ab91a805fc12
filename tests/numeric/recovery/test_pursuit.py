"""Decoders with the true dictionary: laws that hold for all, and what each one minimises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, nnls

from numeric import pursue
from numeric.recovery.pursuit import METHODS, threshold

SEEDS = st.integers(0, 2**32 - 1)
PURSUITS = [method for method in METHODS if method != "toy"]
NOISES = (0.0, 0.05)


def drawn(seed, n=5, m=3, samples=6, density=0.4):
    rng = np.random.default_rng(seed)
    atoms = rng.normal(size=(n, m))
    x = rng.uniform(0.2, 1.0, size=(samples, n)) * (rng.uniform(size=(samples, n)) < density)
    return rng, atoms, x, x @ atoms


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("method", PURSUITS)
@settings(max_examples=12)
@given(seed=SEEDS)
def test_order_batch_turn_and_scale_mean_nothing(method, noise, seed):
    rng, atoms, _, h = drawn(seed)
    codes = pursue(h, atoms, method, noise=noise)
    order = rng.permutation(len(atoms))
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    lengths = rng.uniform(0.5, 2.0, size=len(atoms))
    near = {"rtol": 1e-6, "atol": 1e-6}
    np.testing.assert_allclose(
        pursue(h, atoms[order], method, noise=noise), codes[:, order], **near
    )
    np.testing.assert_allclose(pursue(h[::-1], atoms, method, noise=noise)[::-1], codes, **near)
    np.testing.assert_allclose(
        pursue(h.reshape(2, 3, 3), atoms, method, noise=noise).reshape(codes.shape), codes, **near
    )
    np.testing.assert_allclose(pursue(h @ turn, atoms @ turn, method, noise=noise), codes, **near)
    np.testing.assert_allclose(
        pursue(7 * h, atoms, method, noise=7 * noise), 7 * codes, rtol=1e-6, atol=1e-5
    )
    np.testing.assert_allclose(
        pursue(h, atoms * lengths[:, None], method, noise=noise), codes / lengths, **near
    )


@settings(max_examples=20)
@given(SEEDS)
def test_basis_pursuit_costs_no_more_than_the_truth_and_reproduces_it(seed):
    _, atoms, x, h = drawn(seed)
    length = np.linalg.norm(atoms, axis=1)
    for method in ("nonnegative", "signed"):
        codes = pursue(h, atoms, method)
        np.testing.assert_allclose(codes @ atoms, h, atol=1e-6)
        assert (np.abs(codes) @ length <= x @ length + 1e-6).all()
    assert (pursue(h, atoms) >= -1e-9).all()


@settings(max_examples=10)
@given(SEEDS)
def test_each_programme_of_a_stack_is_what_it_is_alone(seed):
    _, atoms, _, h = drawn(seed)
    length = np.linalg.norm(atoms, axis=1)
    for row, code in zip(h, pursue(h, atoms), strict=True):
        alone = linprog(length, A_eq=atoms.T, b_eq=row)
        assert alone.fun == pytest.approx(code @ length, abs=1e-6)


@pytest.mark.parametrize("method", ["nonnegative", "signed"])
@given(SEEDS)
def test_denoised_codes_are_least_by_their_own_conditions(method, seed):
    rng, atoms, _, h = drawn(seed)
    h, noise = h + 0.1 * rng.normal(size=h.shape), 0.1
    length = np.linalg.norm(atoms, axis=1)
    codes = pursue(h, atoms, method, noise=noise)
    # A gap between the value and a dual one bounds how far from least it is, whatever the path.
    rest, limit = h - codes @ atoms, threshold(len(atoms), noise)
    correlation = rest @ (atoms / length[:, None]).T
    largest = (correlation if method == "nonnegative" else np.abs(correlation)).max(axis=1)
    dual = rest * np.minimum(1.0, limit / np.maximum(largest, 1e-300))[:, None]
    value = 0.5 * np.sum(rest**2, axis=1) + limit * np.abs(codes) @ length
    bound = 0.5 * np.sum(h**2, axis=1) - 0.5 * np.sum((h - dual) ** 2, axis=1)
    size = np.abs(h).max(axis=1) ** 2
    assert (value - bound <= 1e-5 * size).all()
    assert (value >= bound - 1e-9 * size).all()


@given(SEEDS)
def test_matching_fits_what_it_chose(seed):
    _, atoms, _, h = drawn(seed)
    for method in ("matching", "nonnegative matching"):
        codes = pursue(h, atoms, method, most=2)
        assert (np.count_nonzero(codes, axis=1) <= 2).all()
        for row, code in zip(h, codes, strict=True):
            chosen = code != 0
            if method == "matching":
                best = np.linalg.lstsq(atoms[chosen].T, row, rcond=None)[0]
            else:
                best = nnls(atoms[chosen].T, row)[0] if chosen.any() else []
            np.testing.assert_allclose(code[chosen], best, atol=1e-9)


def test_lone_features_come_back_from_every_pursuit():
    atoms = np.random.default_rng(1).normal(size=(8, 4))
    for method in PURSUITS:
        np.testing.assert_allclose(pursue(atoms, atoms, method), np.eye(8), atol=1e-7)


def test_orthogonal_atoms_are_thresholded():
    h = np.array([[0.5, -0.3, 0.05]])
    limit = threshold(3, 0.1)
    soft = [[0.5 - limit, -0.3 + limit, 0.0]]
    np.testing.assert_allclose(pursue(h, np.eye(3), "signed", noise=0.1), soft, atol=1e-8)
    np.testing.assert_allclose(pursue(h, np.eye(3), "matching", noise=0.1), [[0.5, -0.3, 0]])
    np.testing.assert_allclose(
        pursue(h, np.eye(3), "nonnegative matching", noise=0.1), [[0.5, 0, 0]]
    )


def test_the_toy_reads_with_its_own_transpose():
    W, b, x = np.array([[1.0, -1.0, 0.2]]), np.array([0.0, -0.1, 0.1]), np.array([0.3, 0.9, 0.0])
    expected = np.maximum(x @ W.T @ W + b, 0)
    np.testing.assert_allclose(pursue(x @ W.T, W.T, "toy", bias=b), expected)


@pytest.mark.extra("sklearn", dev=True)
def test_against_scikit_learn():
    from sklearn import linear_model

    rng, atoms, _, h = drawn(3, n=10, m=5, samples=20)
    atoms /= np.linalg.norm(atoms, axis=1)[:, None]
    h = h + 0.05 * rng.normal(size=h.shape)
    limit = threshold(10, 0.05)
    for method, positive in (("signed", False), ("nonnegative", True)):
        lasso = linear_model.Lasso(
            alpha=limit / 5, fit_intercept=False, positive=positive, tol=1e-12, max_iter=100_000
        )
        theirs = np.array([lasso.fit(atoms.T, row).coef_ for row in h])
        np.testing.assert_allclose(pursue(h, atoms, method, noise=0.05), theirs, atol=1e-5)
    theirs = linear_model.orthogonal_mp(atoms.T, h.T, n_nonzero_coefs=3).T
    np.testing.assert_allclose(pursue(h, atoms, "matching", most=3), theirs, atol=1e-8)


@pytest.mark.parametrize(
    ("arguments", "options", "named"),
    [
        (([[np.nan, 0.0]], np.eye(2)), {}, "activations must have finite"),
        (([[1.0, 0.0, 0.0]], np.eye(2)), {}, "activations must have shape"),
        (([[1.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]), {}, "dictionary must have no rows of zeros"),
        (([[1.0, -1.0]], np.eye(2)), {}, "activations must be reproduced"),
        (([[1.0, 0.0]], np.eye(2), "lasso"), {}, "method must be"),
        (([[1.0, 0.0]], np.eye(2)), {"noise": -1.0}, "noise must be"),
        (([[1.0, 0.0]], np.eye(2)), {"bias": [0.0, 0.0]}, "bias must be left out"),
        (([[1.0, 0.0]], np.eye(2), "toy"), {"bias": [0.0]}, "bias must be 2 finite"),
        (([[1.0, 0.0]], np.eye(2), "matching"), {"most": 0}, "most must be"),
        ((np.zeros((1001, 10_000, 1)), [[1.0]]), {}, "activations must be at most"),
    ],
)
def test_what_cannot_be_decoded_is_refused(arguments, options, named):
    with pytest.raises(ValueError, match=named):
        pursue(*arguments, **options)


def test_which_sample_cannot_be_reproduced_is_said():
    with pytest.raises(ValueError, match="number 70 "):
        pursue(np.vstack([np.ones((70, 2)), [[1.0, -1.0]], np.ones((9, 2))]), np.eye(2))
