"""Certificates of (2, 1) replayed in balls: who holds is accepted, who is corrupted refused."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.loss.exact import expected_loss
from theory.loss.moments import generating_moment
from theory.minima.certificate import certify
from theory.minima.certificate_balls import BITS, Feature
from theory.minima.certificate_file import certificate_arrays, write_certificate
from theory.minima.certificate_narrowing import heard_at_corners, interval_costs
from theory.minima.certificate_replay import refuse, refuse_file, replayed
from theory.minima.replay import KINDS, SMALL, corrupted, main

pytestmark = [pytest.mark.result("D10"), pytest.mark.extra("flint")]
flint = pytest.importorskip("flint")


@pytest.fixture(scope="module")
def arrays():
    density, importance, tolerance = SMALL
    return certificate_arrays(density, importance, tolerance=tolerance)


@pytest.fixture(autouse=True)
def precision():
    before, flint.ctx.prec = flint.ctx.prec, BITS
    yield
    flint.ctx.prec = before


def feature(density=0.25):
    return Feature(flint.arb, flint.arb(density))


def test_a_certificate_holds_box_by_box(arrays):
    refused, boxes, intervals = replayed(arrays)
    assert refused is None
    assert boxes == certify(SMALL[0], SMALL[1], tolerance=SMALL[2]).boxes > 500
    assert intervals > boxes


def test_a_cell_of_the_diagram_holds_to_a_billionth():
    found = certificate_arrays(0.02, (1.0, 2.0))
    assert refuse(found) is None
    assert 1 - found["lower"] / found["upper"] < 1.001e-9
    assert found["roles"].tolist() == [[False, False], [False, True]]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_corrupted_is_refused(arrays, kind):
    """Twice each; `python -m theory.minima.replay` tries a hundred."""
    rng = np.random.default_rng(1)
    for _ in range(2):
        assert refuse(corrupted(arrays, rng, kind)[1])


def test_a_structure_may_not_be_left_out(arrays):
    """One box, of which nothing is said but that the loss is not below −10⁹."""
    one = {**arrays, "program": np.array([1, 0, 0]), "lower": -1e9}
    assert "structure" in refuse({**one, "roles": np.zeros((2, 2), dtype=bool)})
    assert refuse({**one, "roles": np.ones((2, 2), dtype=bool)}) is None


@pytest.mark.parametrize("missing", ["program", "upper"])
def test_what_is_not_there_is_named(arrays, missing):
    fewer = {name: value for name, value in arrays.items() if name != missing}
    assert refuse(fewer) == f"there is no {missing}"


eighths = st.integers(-12, 12).map(lambda k: k / 8)


@settings(max_examples=40)
@given(st.integers(0, 12).map(lambda k: k / 8), eighths, eighths)
def test_moments_are_the_exact_ones(a, c, b):
    """Against D01 in rationals, slopes of zero and of both signs among them."""
    p = sp.Rational(1, 4)
    exact = [sp.Rational(x) for x in (b, a, c)]
    found = feature().moments(*map(flint.arb, (a, c, b)))
    F = generating_moment(exact[0], exact[1:], density=p)
    assert abs(float(found[0].mid()) - float(F)) < 1e-30 + 1e-15 * abs(float(F))
    # A convex function of (a, c, b) lies above its tangent, and close to it nearby.
    step = sp.Rational(1, 1024)
    for i, derivative in ((0, found[3]), (1, found[1]), (2, found[2])):
        moved = [x + step * int(k == i) for k, x in enumerate(exact)]
        rise = float((generating_moment(moved[0], moved[1:], density=p) - F) / step)
        assert 2 * float(derivative.mid()) - 1e-12 <= rise <= 2 * float(derivative.mid()) + 2e-3


boxes = st.tuples(
    st.integers(-40, 40), st.integers(-40, 40), st.integers(-60, 40), st.integers(1, 6)
)  # fmt: skip


@settings(max_examples=15)
@given(boxes)
def test_bounds_are_those_of_the_floats_and_no_point_is_below(box):
    """Two codes for one bound; at the centre and the corners the exact cost in rationals."""
    *point, depth = box
    w, other, b = (each / 32 for each in point)
    h = k = 2.0**-depth / 4
    cuts = [b - h, b, b + 2 * h]
    found = feature().corners((flint.arb(w), flint.arb(h)), (flint.arb(other), flint.arb(k)), cuts)
    for (low, high), row in zip(pairwise(cuts), found, strict=True):
        heard, out = np.empty((2, 2, 2)), np.empty((2, 2))
        for end, bias in enumerate((low, high)):
            heard_at_corners(w, h, other, k, bias, 0.25, heard[end])
        interval_costs(w, h, other, k, low, high, 0.25, heard, out)
        for floats, balls in zip(out.ravel(), row, strict=True):
            assert float(balls.rad()) < 1e-40
            assert floats <= float(balls.mid()) <= floats + 1e-11
        least = min(float(each.mid()) for each in row)
        for s, t, u in product((-1, 0, 1), repeat=3):
            v, c = sp.Rational(w + s * h), sp.Rational(other + t * k)
            bias = sp.Rational((low + high) / 2 + u * (high - low) / 2)
            p = sp.Rational(1, 4)
            alone = expected_loss([[v, c]], [bias, 0], density=p, importance=[1, 0])
            assert least <= float(alone) + 1e-14


def test_a_file_is_written_and_checked(tmp_path, capsys, arrays):
    good, bad, none = (str(tmp_path / f"{name}.npz") for name in ("good", "bad", "none"))
    density, importance, tolerance = SMALL
    write_certificate(good, density, importance, tolerance=tolerance)
    np.savez(bad, **corrupted(arrays, np.random.default_rng(2))[1])
    (tmp_path / "none.npz").write_text("nothing")
    with np.load(good) as file:
        assert all((file[name] == value).all() for name, value in arrays.items())
    assert refuse_file(none) == "it is no file of arrays"
    assert main([bad, none]) == 1
    assert "every reason holds" not in capsys.readouterr().out


def test_the_search_with_boxes_is_the_search_without(arrays):
    density, importance, tolerance = SMALL
    found = certify(density, importance, tolerance=tolerance)
    assert (found.lower, found.upper) == (arrays["lower"], arrays["upper"])
    assert found.boxes == replayed(arrays)[1]
