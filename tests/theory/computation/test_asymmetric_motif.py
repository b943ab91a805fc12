"""The motif: its closed form against rational integration, samples, and the exact loss of nets."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.computation.absolute_value import naive_loss
from theory.computation.asymmetric_motif import (
    asymmetric_motif,
    best_motif,
    expected_motif_loss,
    motif_density,
    motif_loss,
    motif_loss_and_gradient,
)
from theory.computation.two_layers import two_layer_loss

pytestmark = pytest.mark.result("D31")
DENSITIES = st.floats(1e-3, 1.0)
SHARES = st.floats(0.0, 1.0)


def simplices(r):
    """[0, r] × [0, 1]² cut along s = t, s = w, t = w and where the largest of three is a sum."""
    found = []
    for order in permutations(range(3)):
        chain = [tuple(int(axis in order[:k]) for axis in range(3)) for k in range(4)]
        nothing, first, middle, last = chain
        half = tuple(Fraction(x + y, 2) for x, y in zip(first, last, strict=True))
        found += [(nothing, middle, first, half), (nothing, middle, last, half)]
    for triangle in [((0, 0), (1, 0), (1, 1)), ((0, 0), (0, 1), (1, 1))]:
        low, high = [(1, *v) for v in triangle], [(r, *v) for v in triangle]
        found += [tuple(low[: j + 1] + high[j:]) for j in range(3)]
    return [(cell, volume(*cell)) for cell in found]


def volume(corner, *others):
    a, b, c = ([x - y for x, y in zip(v, corner, strict=True)] for v in others)
    cross = [b[i - 2] * c[i - 1] - b[i - 1] * c[i - 2] for i in range(3)]
    return abs(Fraction(sum(x * y for x, y in zip(a, cross, strict=True)))) / 6


def patterns(a, p, share, inhibition):
    """Weight, volume, errors and outputs at the vertices (4, 3), of cells of patterns of signs."""
    W1, W2 = weights(a, share, inhibition)
    r = a * a
    cells = simplices(r)
    assert sum(size for _, size in cells) == r
    for signs in product((-1, 0, 1), repeat=3):
        k = sum(map(abs, signs))
        chance = (p / 2) ** k * (1 - p) ** (3 - k)
        for cell, size in cells:
            x = [[g * v for g, v in zip(signs, (s / r, t, w), strict=True)] for s, t, w in cell]
            y = [layer(W2, layer(W1, point)) for point in x]
            e = [
                [u - abs(v) for u, v in zip(*pair, strict=True)] for pair in zip(y, x, strict=True)
            ]
            yield chance, size / r, e, y


def layer(W, x):
    return [max(sum(w * v for w, v in zip(row, x, strict=True)), 0) for row in W]


def weights(a, share, inhibition):
    """The matrices of the derivation, typed anew."""
    off = a if inhibition else 0
    W1 = [[a, -1 / a, 0], [a, 0, -1 / a], [-1, 0, 0], [0, 1, 0], [0, 0, 1]]
    W2 = [[share / a, (1 - share) / a, 1, 0, 0], [a, -off, 0, 1, 0], [-off, a, 0, 0, 1]]
    return W1, W2


@pytest.mark.parametrize("inhibition", [True, False])
def test_the_closed_form_is_the_sum_over_cells_in_rationals(inhibition):
    a, p, share = Fraction(3, 2), Fraction(2, 7), Fraction(1, 3)
    total = Fraction(0)
    for chance, size, errors, _ in patterns(a, p, share, inhibition):
        for e in zip(*errors, strict=True):
            total += chance * size * (sum(v * v for v in e) + sum(e) ** 2) / 20
    assert total == expected_motif_loss(a, density=p, share=share, inhibition=inhibition)


@settings(max_examples=15)
@given(st.floats(1.0, 8.0), st.floats(0.02, 1.0), SHARES, st.booleans())
def test_it_is_the_exact_loss_of_its_weights(a, p, share, inhibition):
    net = asymmetric_motif(a, share=share, inhibition=inhibition)
    told = two_layer_loss(net.W1, net.W2, net.b, p, points=256)
    loss = motif_loss(a, density=p, share=share, inhibition=inhibition)
    # Eight scramblings: the error itself is off by a factor of two at most, six of it by t₇.
    assert abs(told.loss - loss) <= 12 * told.error + 1e-12
    one = (p / 12) * (1 - p) ** 2 * (2 - 4 * share * (1 - share)) / a**4
    if inhibition:
        assert told.by_active_count[1] == pytest.approx(one, abs=1e-14)


def test_samples_say_the_same():
    rng = np.random.default_rng(31)
    for a, p, share in [(2.0, 0.2, 0.5), (1.3, 0.6, 1.0), (4.0, 0.05, 0.2)]:
        net = asymmetric_motif(a, share=share)
        x = rng.uniform(-1, 1, (200_000, 3)) * (rng.random((200_000, 3)) < p)
        y = np.maximum(np.maximum(x @ net.W1.T, 0) @ net.W2.T + net.b, 0)
        cost = ((y - abs(x)) ** 2).sum(axis=1)
        error = cost.std() / np.sqrt(len(cost))
        assert abs(cost.mean() - motif_loss(a, density=p, share=share)) < 4 * error


@given(st.floats(1.0, 30.0), DENSITIES, SHARES, st.booleans())
def test_the_gradient_is_that_of_the_exact_loss(a, p, share, inhibition):
    loss, by_a, by_share = motif_loss_and_gradient(a, density=p, share=share, inhibition=inhibition)
    A, S = sp.symbols("A S", positive=True)
    exact = expected_motif_loss(A, density=sp.Rational(p), share=S, inhibition=inhibition)
    at = {A: sp.Rational(a), S: sp.Rational(share)}
    assert loss == pytest.approx(float(exact.subs(at)), rel=1e-9)
    assert by_a == pytest.approx(float(exact.diff(A).subs(at)), rel=1e-9, abs=1e-9 * loss)
    assert by_share == pytest.approx(float(exact.diff(S).subs(at)), rel=1e-9, abs=1e-9 * loss)


@given(st.floats(1.0, 100.0), DENSITIES, SHARES)
def test_no_other_asymmetry_is_better(a, p, share):
    best = best_motif(p, share=share)
    assert best.a >= 1
    assert motif_loss(a, density=p, share=share) >= best.loss * (1 - 1e-12)
    assert abs(motif_loss_and_gradient(best.a, density=p, share=share)[1]) < 1e-10 * best.loss
    assert best.loss >= best_motif(p).loss * (1 - 1e-12)  # one half is the best share


@given(DENSITIES, SHARES)
def test_each_asymmetry_has_its_density(p, share):
    assert motif_density(best_motif(p, share=share).a, share=share) == pytest.approx(p, rel=1e-7)


def test_the_papers_weights_are_best_at_one_density():
    root = (363 - sp.sqrt(91577)) / 314
    a, p = sp.Symbol("a", positive=True), sp.Symbol("p", positive=True)
    slope = expected_motif_loss(a, density=p).diff(a).subs(a, 2)
    assert sp.simplify(slope.subs(p, root)) == 0
    assert motif_density(2.0) == pytest.approx(float(root), rel=1e-14)
    # With all of |x_1| in one neuron, as the paper draws it, the density is one where half a
    # feature costs less.
    literal = motif_density(2.0, share=1.0)
    assert motif_loss(2.0, density=literal, share=1.0) > naive_loss(3, 5, density=literal)
    assert motif_loss(2.0, density=float(root)) < naive_loss(3, 5, density=float(root))


def test_the_sparser_the_more_asymmetric():
    p = np.geomspace(1e-6, 1, 200)
    a = np.array([best_motif(x).a for x in p])
    assert (np.diff(a) < 0).all()
    assert a[0] ** 2 * p[0] == pytest.approx(2 / 3, rel=1e-5)
    assert best_motif(1e-6).loss / 1e-12 == pytest.approx(2 / 3, rel=1e-5)


@given(st.floats(1.0, 1e3), DENSITIES, SHARES)
def test_without_inhibition_it_never_pays(a, p, share):
    loss, by_a, _ = motif_loss_and_gradient(a, density=p, share=share, inhibition=False)
    assert loss > naive_loss(3, 5, density=p)
    assert by_a > 0


WEIGHT = st.floats(-10, 10)


@given(st.floats(0, 10), st.floats(0, 10), WEIGHT, WEIGHT)
def test_no_neuron_serves_two_sides_alone(first, second, one, two):
    """Without others that listen, two sides on a neuron cost no less than one that is dropped."""
    h = np.array([first, second])  # of each side, alone
    y = np.maximum(np.outer([one, two], h), 0)
    assert ((y - np.eye(2)) ** 2).sum() >= 1 - 1e-12


def test_arrays_and_refusals():
    loss = motif_loss([1.0, 2.0], density=[[0.1], [0.2], [0.3]])
    assert loss.shape == (3, 2)
    assert loss[1, 1] == motif_loss(2.0, density=0.2)
    with pytest.raises(ValueError, match=r"a must be at least 1\.08"):
        motif_density(1.01)
    with pytest.raises(ValueError, match="a must be exact here"):
        expected_motif_loss(2.0, density=sp.Rational(1, 3))
    with pytest.raises(ValueError, match="a, density and share"):
        motif_loss([1.0, 2.0], density=[0.1, 0.2, 0.3])
