"""How near decoders come to x: volumes against sampling, closed forms, and the exact loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric import pursue
from tests.oracles import z_bound
from tests.theory.ways_out.blocks import block
from theory import loss_and_gradient, pursuit_loss, recovery_probability, within_probability
from theory.conventions import p as symbol
from theory.derivations.D39_decoding import k as size
from theory.derivations.D39_decoding import simplex_error
from theory.ways_out.sections import section

SEEDS = st.integers(0, 2**32 - 1)
SIMPLICES = {1: "digon", 2: "triangle", 3: "tetrahedron"}


@pytest.mark.result("D39")
@settings(max_examples=4)
@given(st.integers(1, 3), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.5, 2.0))
def test_simplices_in_closed_form(d, p, within, length):
    W, k = length * block(SIMPLICES[d]), d + 1
    found = within_probability(W, density=p, within=within, decoder="pursuit")
    # Wrong only where all are active and the least of them is more than ε.
    assert found == pytest.approx(1 - p**k * (1 - within) ** k, abs=1e-7)
    printed = float(simplex_error().rhs.subs({symbol: p, size: k}))
    assert pursuit_loss(W, density=p) == pytest.approx(printed, abs=1e-9)


@pytest.mark.result("D39")
@settings(max_examples=8)
@given(st.floats(0.0, 1.0), st.floats(0.0, 0.5))
def test_the_unit_digons_own_relu_is_pursuit(p, within):
    W = [[1.0, -1.0]]
    # Parts of an inner radius below 1e-7 count as empty: here two strips of that width.
    thin = 2 * within if within < 2.5e-7 else 0.0
    for decoder in ("toy", "pursuit"):
        found = within_probability(W, density=p, within=within, decoder=decoder)
        assert found == pytest.approx(1 - p**2 * (1 - within) ** 2, abs=thin + 1e-9)
    loss, *_ = loss_and_gradient(W, [0.0, 0.0], density=p)
    assert pursuit_loss(W, density=p) == pytest.approx(float(loss), abs=1e-12)


@pytest.mark.result("D39")
@pytest.mark.parametrize("name", ["digon", "pentagon", "random"])
def test_shares_and_errors_of_samples(name):
    """Seeded samples decoded by numeric, z-scores; two groups side by side."""
    rng = np.random.default_rng(3900)
    one = rng.normal(size=(2, 4)) if name == "random" else 1.03 * block(name)
    W = np.kron(np.eye(2), one)
    n, samples, p, within = W.shape[1], 4000, 0.3, 0.07
    b = np.full(n, -0.1)
    x = rng.uniform(size=(samples, n)) * (rng.uniform(size=(samples, n)) < p)
    codes = {"toy": pursue(x @ W.T, W.T, "toy", bias=b), "pursuit": None}
    # 0 lies outside of a polytope of random directions now and then, never outside this one.
    codes["pursuit"] = pursue(x @ W.T, W.T)
    for decoder, found in codes.items():
        P = within_probability(
            W, b if decoder == "toy" else None, density=p, within=within, decoder=decoder
        )
        share = (np.abs(found - x).max(axis=1) <= within).mean()
        assert abs(share - P) < z_bound(9) * np.sqrt(P * (1 - P) / samples), decoder
    errors = ((codes["pursuit"] - x) ** 2).sum(axis=1)
    z = (errors.mean() - pursuit_loss(W, density=p)) / (errors.std(ddof=1) / np.sqrt(samples))
    assert abs(z) < z_bound(9)


@settings(max_examples=3)
@given(SEEDS, st.integers(2, 4), st.floats(0.05, 0.95))
def test_a_wider_tolerance_holds_more_and_none_holds_what_faces_say(seed, n, p):
    W = np.random.default_rng(seed).normal(size=(2, n))
    exactly = within_probability(W, density=p, within=1e-9, decoder="pursuit")
    assert exactly == pytest.approx(float(recovery_probability(W, density=p)), abs=1e-6)
    wider = within_probability(W, density=p, within=0.1, decoder="pursuit")
    assert exactly - 1e-9 <= wider <= 1 + 1e-9
    assert within_probability(W, density=p, within=1.0, decoder="pursuit") >= wider - 1e-9


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 4))
def test_sections_that_a_half_space_cuts_make_up_the_whole(seed, k):
    rng = np.random.default_rng(seed)
    A, c = rng.normal(size=(2, k)), rng.normal(size=2) * 0.5
    one = section(A, c, k)
    other = section(np.vstack([A[:1], -A[1:]]), np.array([c[0], -c[1]]), k)
    both = section(A[:1], c[:1], k)
    assert one.volume + other.volume == pytest.approx(both.volume, abs=1e-7)
    f, g = rng.normal(size=(2, k)), rng.normal(size=2)
    squares = [part.mean_square(f, g) for part in (one, other, both)]
    assert squares[0] + squares[1] == pytest.approx(squares[2], abs=1e-6)


def test_moments_of_the_whole_cube():
    cube = section(np.zeros((0, 3)), np.zeros(0), 3)
    assert cube.volume == pytest.approx(1)
    assert cube.mean_square(np.eye(3), np.zeros(3)) == pytest.approx(1)  # 3 E x² = 1
    assert cube.mean_square(np.ones((1, 3)), np.zeros(1)) == pytest.approx(3 / 12 + 9 / 4)


@pytest.mark.parametrize(
    ("arguments", "options", "named"),
    [
        (([[1.0, -1.0]],), {"within": -0.1}, "within must be"),
        (([[1.0, -1.0]],), {"within": 0.1, "decoder": "signed"}, "decoder must be"),
        (([[1.0, -1.0]], [0.0, 0.0]), {"within": 0.1, "decoder": "pursuit"}, "b must be left out"),
        ((np.ones((1, 8)),), {"within": 0.1}, "W must be at most 7"),
        ((block("cube")[:, :7],), {"within": 0.1, "decoder": "pursuit"}, "W must have a polytope"),
    ],
)
def test_what_has_no_answer_is_refused(arguments, options, named):
    with pytest.raises(ValueError, match=named):
        within_probability(*arguments, density=0.1, **options)
