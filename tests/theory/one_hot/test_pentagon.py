"""The pentagon's certificate: complete, replayed in part, refused when corrupted; and the laws
behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize

from theory.one_hot.kgons import kgon
from theory.one_hot.pair_energy import gradient_range, least_corner, pair_energy
from theory.one_hot.pentagon import (
    CLOSE,
    TANGENT,
    certify_pentagon,
    load_pentagon_certificate,
)
from theory.one_hot.pentagon_replay import minimiser, refuse_tree
from theory.one_hot.potential import one_hot_loss, one_hot_loss_and_gradient

pytestmark = pytest.mark.result("D44")


@pytest.fixture(scope="module")
def certificate():
    return certify_pentagon()


def points(**angle):
    length, bias = st.floats(0.05, 3.0), st.floats(-1.5, 0.5)
    return st.tuples(st.floats(**angle), length, length, bias, bias).map(np.array)


@given(points(min_value=0.1, max_value=1.5))
def test_the_energy_is_its_integral(z):
    θ, *rest = z
    a, b = rest[:2], rest[2:]
    g = np.sqrt(a[0] * a[1]) * np.cos(θ)
    total = 0.0
    for i in range(2):
        for f, kink in (
            (lambda x, i=i: (x - max(a[i] * x + b[i], 0)) ** 2 / 2, -b[i] / a[i]),
            (lambda x, i=i: max(g * x + b[i], 0) ** 2, -b[i] / g),
        ):
            total += quad(f, 0, 1, points=[kink] if 0 < kink < 1 else None)[0]
    assert abs(pair_energy(z) - total) < 1e-11


@given(points(min_value=0.1, max_value=1.4), st.lists(st.floats(0, 0.2), min_size=5, max_size=5))
def test_ranges_on_boxes_hold_what_is_inside(z, sides):
    high = z + np.array(sides)
    inside = np.random.default_rng(0).uniform(z, high, (20, 5))
    least, most = gradient_range(z[None], high[None])
    slopes = gradient_range(inside, inside)[0]
    assert np.all(slopes >= least - 1e-12)
    assert np.all(slopes <= most + 1e-12)
    assert np.all(pair_energy(inside) >= least_corner(z[None], high[None]) - 1e-12)


@given(points(min_value=0.1, max_value=1.4))
def test_the_gradient_is_the_derivative(z):
    step = 1e-6
    ends = z + step * np.concatenate([np.eye(5), -np.eye(5)])
    values = pair_energy(ends)
    # The second derivative is below 30 here: a central difference is off by its share of a kink.
    assert np.allclose((values[:5] - values[5:]) / (2 * step), gradient_range(z, z)[0], atol=3e-5)


@given(st.integers(0, 2**32 - 1))
def test_neighbours_alone_are_a_lower_bound(seed):
    rng = np.random.default_rng(seed)
    W, b = rng.normal(0, 0.9, (2, 5)), rng.uniform(-0.8, 0.4, 5)
    turn = np.arctan2(W[1], W[0])
    order = np.argsort(turn)
    gaps = np.diff(turn[order], append=turn[order[0]] + 2 * np.pi)
    θ = np.minimum(gaps, 2 * np.pi - gaps)
    a = (W**2).sum(0)[order]
    pairs = np.stack([θ, a, np.roll(a, -1), b[order], np.roll(b[order], -1)], -1)
    # The float formula is for g ≥ 0; beyond a right angle the bound is the own costs alone.
    pairs[:, 0] = np.minimum(pairs[:, 0], np.pi / 2)
    sharp = θ <= np.pi / 2
    assert one_hot_loss(W, b) >= pair_energy(pairs[sharp]).sum() - 1e-12
    assert one_hot_loss(W, b) >= 5 * kgon(5).loss / 5 - 1e-12


def test_no_descent_goes_below():
    def loss(x):
        value, dW, db = one_hot_loss_and_gradient(x[:10].reshape(2, 5), x[10:])
        return float(value), np.concatenate([dW.ravel(), db])

    rng = np.random.default_rng(5)
    starts = [np.concatenate([rng.normal(0, 0.8, 10), np.zeros(5)]) for _ in range(12)]
    ends = [minimize(loss, start, jac=True, method="BFGS").fun for start in starts]
    assert min(ends) >= kgon(5).loss - 1e-12
    assert min(ends) < kgon(5).loss + 1e-8


@pytest.mark.extra("flint", dev=True)
def test_the_certificate_is_complete_and_holds_where_it_is_looked_at(certificate):
    assert certificate.refused(every=199) is None


@pytest.mark.extra("flint", dev=True)
def test_corrupted_certificates_are_refused(certificate):
    best = minimiser()
    flat = (CLOSE.low, CLOSE.high), 5 * best.energy, best.slope * 0, None
    tangent = (TANGENT.low, TANGENT.high), best.energy, best.slope, certificate.near
    rng = np.random.default_rng(1)
    for k in range(100):
        levels = list((certificate.close, certificate.tangent)[k % 2])
        region, value, slope, near = (flat, tangent)[k % 2]
        kind = k // 2 % 3
        depth = int(rng.integers(8, 11))
        level = levels[depth].copy()
        if kind == 0:  # a box that had to be halved is called done
            level[rng.choice(np.flatnonzero(level < 5))] = rng.integers(5, 14)
        elif kind == 1:  # a box that was done is halved, and its halves have no reasons
            level[rng.choice(np.flatnonzero(level >= 5))] = rng.integers(1, 5)
        else:  # the file ends early
            levels = levels[: depth + 1]
        levels[depth] = level
        assert refuse_tree(region, levels, value, slope, best.angle, near)


@pytest.mark.extra("flint", dev=True)
def test_every_false_reason_is_refused(certificate):
    """A reason alone, on a box that the search could not settle."""
    best = minimiser()
    region = (CLOSE.low, CLOSE.high)
    for code in range(5, 14):
        reason = [np.array([code], dtype=np.uint8)]
        assert refuse_tree(region, reason, 5 * best.energy, best.slope * 0, best.angle)


@pytest.mark.extra("flint", dev=True)
def test_a_wrong_box_around_the_minimiser_is_refused(certificate):
    low, high = (np.array(side) for side in certificate.near)
    shifted = tuple(low + 0.01), tuple(high + 0.01)
    assert "minimiser" in replace(certificate, near=shifted).refused(every=10**9)
    wide = tuple(low - 0.1), tuple(high + 0.1)
    assert "convex" in replace(certificate, near=wide).refused(every=10**9)


def test_a_saved_certificate_is_the_same(certificate, tmp_path):
    certificate.save(tmp_path / "pentagon.npz")
    found = load_pentagon_certificate(tmp_path / "pentagon.npz")
    assert found.near == certificate.near
    for one, other in ((found.close, certificate.close), (found.tangent, certificate.tangent)):
        assert all(np.array_equal(x, y) for x, y in zip(one, other, strict=True))
    np.savez(tmp_path / "other.npz", W=np.eye(2))
    with pytest.raises(ValueError, match="no certificate of the pentagon"):
        load_pentagon_certificate(tmp_path / "other.npz")
