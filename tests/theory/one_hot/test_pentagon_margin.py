"""The pentagon up to a density with a number [D44]: the margin's certificate, the constants."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from theory.loss.exact import expected_loss
from theory.loss.floats import loss_and_gradient
from theory.one_hot.kgons import kgon
from theory.one_hot.pair_energy import gradient_range, pair_energy
from theory.one_hot.pentagon_margin import (
    BENT,
    CURVATURE,
    DENSITY,
    MARGIN,
    MORE,
    PAIRS,
    certify_margin,
    faces_of,
    refuse_flat,
)
from theory.one_hot.potential import one_hot_loss

pytestmark = pytest.mark.result("D44")
PENTAGON = kgon(5)
POINT = np.array([2 * np.pi / 5, *[PENTAGON.radius**2] * 2, *[PENTAGON.bias] * 2])


@pytest.fixture(scope="module")
def certificate():
    return certify_margin()


def model(gaps, a, b):
    angles = np.cumsum(gaps)
    return np.sqrt(a) * np.array([np.cos(angles), np.sin(angles)]), b


def inside(certificate, rng):
    """Five gaps, squared lengths and biases of which all neighbours are in the box."""
    low, high = np.array(certificate.near)
    gaps = rng.uniform(low[0], high[0], 5)
    gaps += 2 * np.pi / 5 - gaps.mean()
    gaps = 2 * np.pi / 5 + 0.5 * (gaps - 2 * np.pi / 5)
    return gaps, rng.uniform(low[1], high[1], 5), rng.uniform(low[3], high[3], 5)


def test_pairs_outside_the_box_and_on_its_sides_are_above_by_the_margin(certificate):
    slope = float(gradient_range(POINT, POINT)[0][0])
    rng = np.random.default_rng(0)
    low, high = np.array(certificate.near)
    outside = POINT + rng.normal(size=(4000, 5)) * 4 * (high - low)
    outside = outside[((outside < low) | (outside > high)).any(axis=1)]
    sides = [rng.uniform(*face, (400, 5)) for face in faces_of(certificate.near)]
    z = np.concatenate([outside, *sides])
    above = pair_energy(z) - PENTAGON.loss / 5 - slope * (z[:, 0] - POINT[0])
    assert above.min() > MARGIN


@pytest.mark.extra("flint")
def test_the_certificate_holds_where_it_is_looked_at(certificate):
    """One reason in a thousand; all of them by `python -m theory.one_hot.pentagon_margin`."""
    pytest.importorskip("flint")
    assert certificate.boxes > 400_000
    assert certificate.refused(every=1009) is None


@pytest.mark.extra("flint")
def test_what_is_wrong_is_refused(certificate, monkeypatch):
    pytest.importorskip("flint")
    fewer = replace(certificate, faces=certificate.faces[:9])
    assert "side" in fewer.refused(every=30_011)
    low, high = certificate.near
    uneven = replace(certificate, near=(low, (high[0], high[1] + 2.0**-9, *high[2:])))
    assert "mirror" in uneven.refused(every=30_011)
    assert "curved" in refuse_flat(certificate.near, (1, 1, 1, 1, 1))
    monkeypatch.setattr("theory.one_hot.pentagon_margin.MARGIN", 1e-4)
    assert "does not hold" in certificate.refused(every=1009)


def test_at_the_density_claimed_the_margin_and_the_curvature_suffice():
    t = DENSITY / (1 - DENSITY)
    assert PAIRS * t + MORE * t * t < MARGIN
    assert BENT * t < CURVATURE


def test_two_and_more_active_features_add_no_more_than_allowed():
    """A model a hair from the pentagon, in rationals: its exact loss over p (1 − p)⁴."""
    W, b = model(np.full(5, 2 * np.pi / 5), np.full(5, POINT[1]), np.full(5, POINT[3]))

    def rational(x):
        found = Fraction(float(x)).limit_denominator(10**5)
        return sp.Rational(found.numerator, found.denominator)

    W, b = [[rational(x) for x in row] for row in W], [rational(x) for x in b]
    for p in (sp.Rational(2, 10**6), sp.Rational(1, 1000)):
        t = p / (1 - p)
        loss = expected_loss(W, b, density=p) / (p * (1 - p) ** 4)
        added = (float(loss) - PENTAGON.loss) / float(t)
        assert 2.45 < added < PAIRS + MORE * float(t)


def test_second_derivatives_are_bounded_as_the_proof_says(certificate):
    """Second differences within U, in random directions: of H from below, of the rest by BENT."""
    rng = np.random.default_rng(1)
    p = 0.01
    t = p / (1 - p)
    for _ in range(40):
        at = inside(certificate, rng)
        step = [rng.normal(size=5) for _ in range(3)]
        step[0] -= step[0].mean()
        h = 2e-4
        heights, rests = [], []
        for k in (-1, 0, 1):
            W, b = model(*(x + k * h * s for x, s in zip(at, step, strict=True)))
            alone = float(one_hot_loss(W, b))
            loss = float(loss_and_gradient(W, b, density=p)[0]) / (p * (1 - p) ** 4)
            heights.append(alone)
            rests.append((loss - alone) / t)
        weight = (step[0] ** 2).sum() + 2 * (step[1] ** 2).sum() + 2 * (step[2] ** 2).sum()
        assert (heights[0] - 2 * heights[1] + heights[2]) / h**2 >= CURVATURE * weight
        assert (rests[0] - 2 * rests[1] + rests[2]) / h**2 >= -BENT * weight
