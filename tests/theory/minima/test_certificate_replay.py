"""Certificates of (2, 1) replayed in balls: who holds is accepted, who is corrupted refused."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.loss.exact import expected_loss
from theory.loss.moments import generating_moment
from theory.minima.certificate import certify
from theory.minima.certificate_file import certificate_arrays, write_certificate
from theory.minima.certificate_kernel import box_bounds
from theory.minima.certificate_replay import BITS, _Cell, refuse, refuse_file
from theory.minima.replay import SMALL, corrupted, main

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


def cell(arrays, density=0.25, importance=(1.0, 0.5)):
    return _Cell(flint.arb, {**arrays, "density": density, "importance": importance})


def test_a_certificate_holds_box_by_box(arrays):
    assert refuse(arrays) is None
    assert len(arrays["codes"]) == arrays["sizes"].sum() > 20_000


def test_a_hundred_corruptions_are_refused(arrays):
    rng = np.random.default_rng(1)
    kinds = set()
    for _ in range(100):
        kind, made = corrupted(arrays, rng, slice(7, 10))
        assert refuse(made), kind
        kinds.add(kind)
    assert len(kinds) == 9, "each kind of corruption is tried"


def test_a_structure_may_not_be_left_out(arrays):
    """One box, of which nothing is said but that the loss is not below −10⁹."""
    one = {**arrays, "codes": np.array([5]), "sizes": np.array([1]), "lower": -1e9}
    assert "structure" in refuse({**one, "roles": np.zeros((2, 2), dtype=bool)})
    assert refuse({**one, "roles": np.ones((2, 2), dtype=bool)}) is None


@pytest.mark.parametrize("missing", ["codes", "upper"])
def test_what_is_not_there_is_named(arrays, missing):
    fewer = {name: value for name, value in arrays.items() if name != missing}
    assert refuse(fewer) == f"there is no {missing}"


eighths = st.integers(-12, 12).map(lambda k: k / 8)


@settings(max_examples=40)
@given(st.integers(0, 12).map(lambda k: k / 8), eighths, eighths)
def test_moments_are_the_exact_ones(arrays, a, c, b):
    """Against D01 in rationals, slopes of zero and of both signs among them."""
    p = sp.Rational(1, 4)
    exact = [sp.Rational(x) for x in (b, a, c)]
    found = cell(arrays).moments(*map(flint.arb, (a, c, b)))
    F = generating_moment(exact[0], exact[1:], density=p)
    assert abs(float(found[0].mid()) - float(F)) < 1e-30 + 1e-15 * abs(float(F))
    # A convex function of (a, c, b) lies above its tangent, and close to it nearby.
    step = sp.Rational(1, 1024)
    for i, derivative in ((0, found[3]), (1, found[1]), (2, found[2])):
        moved = [x + step * int(k == i) for k, x in enumerate(exact)]
        rise = float((generating_moment(moved[0], moved[1:], density=p) - F) / step)
        assert 2 * float(derivative.mid()) - 1e-12 <= rise <= 2 * float(derivative.mid()) + 2e-3


boxes = st.tuples(
    st.integers(1, 40), st.integers(-40, 40), st.integers(-60, 40), st.integers(-60, 40),
    st.integers(1, 6),
)  # fmt: skip


@settings(max_examples=40)
@given(boxes)
def test_the_bound_is_that_of_the_floats_and_no_point_is_below_it(arrays, box):
    """Two codes for one bound; at the centre and a corner the exact loss in rationals."""
    w1, w2, b1, b2, depth = box
    half = [2.0**-depth / 4] * 4
    point = (w1 / 32, w2 / 32, b1 / 32, b2 / 32)
    row = (*point, *half)
    bound = cell(arrays).bound(row)
    ((floats, _),) = box_bounds(np.array([row]), 0.25, 1.0, 0.5)
    assert float(bound.rad()) < 1e-40
    assert floats <= float(bound.mid()) <= floats + 1e-11
    for sign in (0, 1, -1):
        v1, v2, c1, c2 = (
            sp.Rational(x) + sign * sp.Rational(h) for x, h in zip(point, half, strict=True)
        )
        loss = expected_loss(
            [[v1, v2]], [c1, c2], density=sp.Rational(1, 4), importance=[1, sp.Rational(1, 2)]
        )
        assert float(bound.mid()) <= float(loss) + 1e-14


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
    assert found.boxes == (arrays["codes"] != 6).sum()
