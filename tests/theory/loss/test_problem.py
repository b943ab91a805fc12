"""The checked value: what the border makes of its arguments, and what is handed on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.loss.floats import gradient_of, hessian, hessian_of, loss_and_gradient
from theory.loss.problem import as_problem

LEADING = st.sampled_from([(), (3,), (2, 1), (2, 3)])


@pytest.mark.result("D03")
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), LEADING, st.sampled_from([0.0, -1.0]))
def test_the_public_loss_is_that_of_the_checked_value(seed, n, leading, low):
    """To the bit, with the leading axes put back; density and importance are broadcast."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, n + 1))
    W, b = rng.normal(size=(*leading, m, n)), rng.normal(size=n)
    p, I = rng.random((3, n)) if leading[-1:] in ((), (3,), (1,)) else rng.random(n), rng.random(n)
    problem = as_problem(W, b, p, I, low)
    public = loss_and_gradient(W, b, density=p, importance=I, low=low)
    assert problem.shape == np.broadcast_shapes(leading, p.shape[:-1])
    for whole, part in zip(public, gradient_of(problem), strict=True):
        np.testing.assert_array_equal(whole, part.reshape(whole.shape))
    second = hessian(W, b, density=p, importance=I, low=low)
    np.testing.assert_array_equal(second, hessian_of(problem)[2].reshape(second.shape))


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_other_models_in_known_worlds(seed, n):
    """Each in the world of the instance that it is given, or in its own."""
    rng = np.random.default_rng(seed)
    p, I = rng.random((3, n)), rng.random((3, n))
    problem = as_problem(np.zeros((3, 1, n)), None, p, I)
    where = rng.integers(0, 3, size=5)
    W, b = rng.normal(size=(5, 1, n)), rng.normal(size=(5, n))
    moved = problem.at(W, b, where)
    expected = loss_and_gradient(W, b, density=p[where], importance=I[where])
    for ours, known in zip(gradient_of(moved), expected, strict=True):
        np.testing.assert_array_equal(ours, known)
    own = problem.at(W[:3], b[:3])
    np.testing.assert_array_equal(own.density, p)
    assert own.shape == (3,)


def test_a_view_is_made_contiguous():
    """Kernels are compiled for arrays in order; a transposed view would be another type."""
    problem = as_problem(np.zeros((1, 2, 3)), None, 0.1, None)
    moved = problem.at(np.ones((1, 3, 2)).swapaxes(1, 2), np.ones((3, 2))[:, 0][None])
    assert moved.W.flags.c_contiguous
    assert moved.b.flags.c_contiguous


@pytest.mark.parametrize("importance", [None, np.broadcast_to(2.0, 3)])
@pytest.mark.parametrize("b", [None, np.broadcast_to(0.1, 3)])
def test_no_array_is_read_only(b, importance):
    """Broadcast arrays are, which would be another type; the caller's own are left alone."""
    W = np.ones((4, 2, 3))
    W.flags.writeable = False
    problem = as_problem(W, b, 0.1, importance)
    moved = problem.at(W[:2], np.broadcast_to(0.1, (2, 3)), np.arange(2))
    assert all(array.flags.carray for each in (problem, moved) for array in each[:4])
    assert not W.flags.writeable


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"W": [[np.nan, 1.0]]}, "W"),
        ({"W": [[1e200, 1.0]]}, "squared errors finite"),
        ({"b": [0.0, 1e200]}, "squared errors finite"),
        ({"importance": [1e300, 1.0], "W": [[1e10, 1.0]]}, "squared errors finite"),
        ({"density": [[0.1, 0.2]] * 2, "W": np.ones((3, 1, 2))}, "leading axes"),
        ({"density": 1.5}, "density"),
        ({"low": 0.5}, "low"),
        ({"high": np.inf}, "high"),
        ({"high": [1.0, 2.0]}, "high"),
    ],
)
def test_what_is_wrong_is_named(change, named):
    arguments = {"W": [[1.0, 1.0]], "b": None, "density": 0.5, "importance": None} | change
    with pytest.raises(ValueError, match=named):
        as_problem(**arguments)
