"""Which supports basis pursuit recovers: faces of polytopes, programmes, and sampling."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from numeric import pursue
from tests.oracles import z_bound
from tests.theory.ways_out.blocks import block
from theory import (
    any_decoder_bound,
    recovered_supports,
    recovery_counts,
    recovery_probability,
)
from theory.conventions import p as symbol
from theory.derivations.D39_decoding import pentagon_recovered, pentagon_recovered_signed

SEEDS = st.integers(0, 2**32 - 1)
DENSITIES = st.floats(0.0, 1.0)


# Numbers of faces that are simplices: Coxeter, Regular Polytopes; 2_21 has 72 simplices and 27
# cross-polytopes for facets, and the 24-cell 24 octahedra.
FACES = {
    "triangle": (1, 3, 3, 0),
    "tetrahedron": (1, 4, 6, 4, 0),
    "pentagon": (1, 5, 5),
    "octagon": (1, 8, 8),
    "square antiprism": (1, 8, 16, 8),
    "icosahedron": (1, 12, 30, 20),
    "cube": (1, 8, 12, 0),
    "rectified 4-simplex": (1, 10, 30, 30, 5),
    "5-demicube": (1, 16, 80, 160, 120, 16),
    "24-cell": (1, 24, 96, 96, 0),
    "2_21 polytope": (1, 27, 216, 720, 1080, 648, 72),
}


@pytest.mark.result("D39")
@pytest.mark.parametrize(("name", "faces"), FACES.items())
def test_faces_of_known_polytopes(name, faces):
    counts = recovery_counts(block(name))
    assert counts[: len(faces)] == faces
    assert not any(counts[len(faces) :])


@pytest.mark.result("D39")
@settings(max_examples=12)
@given(st.integers(1, 6), DENSITIES)
def test_simplices_in_closed_form(d, p):
    W, k = (
        block("digon" if d == 1 else {2: "triangle", 3: "tetrahedron"}.get(d, f"{d}-simplex")),
        d + 1,
    )
    assert recovery_probability(W, density=p) == pytest.approx(1 - p**k, abs=1e-12)
    assert any_decoder_bound(W, density=p) == pytest.approx(1 - p**k, abs=1e-12)
    below_half = tuple(comb(k, size) * (2 * size < k) for size in range(k + 1))
    assert recovery_counts(W, signed=True) == below_half


@pytest.mark.result("D39")
@settings(max_examples=20)
@given(st.integers(3, 12), DENSITIES)
def test_polygons_in_closed_form(k, p):
    turn = 2 * np.pi * np.arange(k) / k
    W, q = [np.cos(turn), np.sin(turn)], 1 - p
    lone = q**k + k * p * q ** (k - 1)
    expected = lone + k * p**2 * q ** (k - 2)
    assert recovery_probability(W, density=p) == pytest.approx(expected, abs=1e-12)
    signed = lone if k % 2 else q**k
    assert recovery_probability(W, density=p, signed=True) == pytest.approx(signed, abs=1e-12)


@pytest.mark.result("D39")
def test_the_printed_pentagon():
    for equation, signed in ((pentagon_recovered(), False), (pentagon_recovered_signed(), True)):
        for p in (0.1, 0.6):
            found = recovery_probability(block("pentagon"), density=p, signed=signed)
            assert float(equation.rhs.subs(symbol, p)) == pytest.approx(float(found), rel=1e-12)


def certified(W, support, *, signed):
    """By a programme of its own: the largest margin of a y with y·v = 1 on S, less off S."""
    unit = W / np.linalg.norm(W, axis=0)
    m, n = unit.shape
    chosen = np.zeros(n, dtype=bool)
    chosen[list(support)] = True
    rows = np.vstack([unit[:, ~chosen].T] + [-unit[:, ~chosen].T] * signed)
    found = linprog(
        np.append(np.zeros(m), -1.0),
        A_ub=np.column_stack([rows, np.ones(len(rows))]) if len(rows) else None,
        b_ub=np.ones(len(rows)) if len(rows) else None,
        A_eq=np.column_stack([unit[:, chosen].T, np.zeros(chosen.sum())]) if support else None,
        b_eq=np.ones(chosen.sum()) if support else None,
        bounds=[(None, None)] * m + [(None, 1.0)],
    )
    independent = np.linalg.matrix_rank(unit[:, chosen]) == chosen.sum() if support else True
    return bool(found.success and found.x[-1] > 1e-7 and independent)


@pytest.mark.result("D39")
@settings(max_examples=6)
@given(SEEDS, st.integers(1, 6), st.integers(1, 3), st.booleans())
def test_faces_are_the_supports_with_a_certificate(seed, n, m, signed):
    rng = np.random.default_rng(seed)
    # Few directions, so that some coincide, oppose each other, or lie between others.
    W = rng.integers(-1, 2, size=(m, n)).astype(float)
    W[0, ~W.any(axis=0)] = 1.0
    W *= rng.uniform(0.5, 2.0, size=n)
    supports = set(recovered_supports(W, signed=signed))
    for k in range(n + 1):
        for support in combinations(range(n), k):
            assert (support in supports) == certified(W, support, signed=signed), (W, support)


@settings(max_examples=25)
@given(SEEDS, st.integers(2, 7), st.integers(2, 4), DENSITIES)
def test_laws_of_the_probability(seed, n, m, p):
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(m, n))
    P = recovery_probability(W, density=p)
    assert recovery_probability(W, density=p, signed=True) <= P + 1e-12
    assert any_decoder_bound(W, density=p) >= P - 1e-12
    supports = set(recovered_supports(W))
    by_size = np.bincount([len(s) for s in supports], minlength=n + 1)
    assert tuple(by_size) == recovery_counts(W)
    assert all(s[:i] + s[i + 1 :] in supports for s in supports for i in range(len(s)))
    turn = np.linalg.qr(rng.normal(size=(m, m)))[0]
    lengths, order = rng.uniform(0.1, 3.0, size=n), rng.permutation(n)
    same = recovery_probability(turn @ (W * lengths)[:, order], density=p)
    assert same == pytest.approx(P, abs=1e-12)
    both = np.block([[W, np.zeros((m, 2))], [np.zeros((1, n)), np.array([[1.0, -2.0]])]])
    assert recovery_probability(both, density=p) == pytest.approx(P * (1 - p**2), abs=1e-12)


@pytest.mark.result("D39")
def test_of_several_minimisers_the_truth_may_be_one():
    p = 0.3
    found = recovery_probability([[1.0, -1.0]], density=p, signed=True, unique=False)
    assert found == pytest.approx(1 - p**2)
    for k, name in ((3, "triangle"), (4, "tetrahedron")):  # half of the features tie
        up_to_half = sum(comb(k, j) * p**j * (1 - p) ** (k - j) for j in range(k // 2 + 1))
        found = recovery_probability(block(name), density=p, signed=True, unique=False)
        assert found == pytest.approx(up_to_half)
    cube = recovery_probability(block("cube"), density=p, unique=False)
    squares = [8, 12 + 12, 24, 6]  # edges and diagonals, corners of three, all four
    expected = 0.7**8 + sum(c * p**j * 0.7 ** (8 - j) for j, c in enumerate(squares, start=1))
    assert cube == pytest.approx(expected)


@pytest.mark.result("D39")
@given(SEEDS, st.integers(3, 6), st.integers(2, 4))
def test_antipodal_features_never_come_back_from_codes_of_any_sign(seed, n, m):
    W = np.random.default_rng(seed).normal(size=(m, n))
    W[:, 1] = -2 * W[:, 0]
    assert not any({0, 1} & set(support) for support in recovered_supports(W, signed=True))
    assert {(0,), (1,)} <= set(recovered_supports(W))


def test_a_feature_of_zeros_never_comes_back():
    assert recovered_supports([[0.0, 1.0]]) == ((), (1,))
    assert recovery_probability([[0.0, 1.0]], density=0.25) == 0.75
    assert any_decoder_bound([[0.0, 1.0]], density=0.25) == 0.75


@pytest.mark.result("D39")
@pytest.mark.parametrize("name", ["digon", "triangle", "pentagon", "square antiprism", "random"])
def test_programmes_recover_as_often_as_faces_say(name):
    """Twenty dimensions, 30 to 53 features, solved whole; z-scores of seeded samples."""
    rng = np.random.default_rng(39)
    if name == "random":
        W = rng.normal(size=(5, 12))
    else:
        one = block(name)
        W = np.kron(np.eye(20 // len(one)), one)
    n, samples = W.shape[1], 400
    p = 0.08
    x = rng.uniform(size=(samples, n)) * (rng.uniform(size=(samples, n)) < p)
    codes = pursue(x @ W.T, W.T)
    # Codes are as exact as the solver's constraints, 1e-7 of a sample's size.
    right = np.abs(codes - x).max(axis=1) < 1e-5
    P = recovery_probability(W, density=p)
    z = (right.mean() - P) / np.sqrt(P * (1 - P) / samples)
    assert abs(z) < z_bound(5), z


@pytest.mark.result("D39")
@pytest.mark.parametrize("name", ["digon", "triangle", "tetrahedron", "5-simplex", "pentagon"])
def test_non_negative_matching_recovers_the_same(name):
    W = block(name)
    n = W.shape[1]
    rng = np.random.default_rng(7)
    supports = set(recovered_supports(W))
    for k in range(n + 1):
        for support in combinations(range(n), k):
            x = np.zeros((5, n))
            x[:, support] = rng.uniform(0.05, 1.0, size=(5, k))
            right = np.abs(pursue(x @ W.T, W.T, "nonnegative matching") - x).max(axis=1) < 1e-6
            assert right.all() if support in supports else not right.any(), support


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: recovery_probability([[np.inf]], density=0.1), "W must be finite"),
        (lambda: recovery_probability([1.0], density=0.1), "W must have shape"),
        (lambda: recovery_probability([[1.0]], density=1.5), "density must lie"),
        (lambda: recovery_probability([[1.0]], density=0.1, signed=1), "signed must be"),
        (
            lambda: recovery_counts(np.random.default_rng(0).normal(size=(10, 60))),
            "W must be at most 100000",
        ),
        (lambda: recovered_supports(np.eye(30)), "W must be at most 1000000"),
    ],
)
def test_what_cannot_be_counted_is_refused(call, named):
    with pytest.raises(ValueError, match=named):
        call()
