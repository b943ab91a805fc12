"""No bit of a run depends on whether its kernels were compiled here or found in a cache."""

from __future__ import annotations

import importlib

import pytest
from numba.core.dispatcher import Dispatcher

from numeric.compiled import compiled

MODULES = ["streams", "kernels", "kernels_large", "kernels_samples"]


@pytest.mark.parametrize("module", MODULES)
def test_what_may_be_reordered_is_inlined(module):
    """A `fastmath` function that is called exists twice, with two orders of summation."""
    found = importlib.import_module(f"numeric.{module}")
    functions = [value for value in vars(found).values() if isinstance(value, Dispatcher)]
    assert functions
    for function in functions:
        options = function.targetoptions
        assert not options.get("fastmath") or options.get("forceinline"), function.py_func


def test_fastmath_implies_inlining():
    assert compiled(fastmath={"contract"})(lambda x: x).targetoptions["forceinline"]
    assert "forceinline" not in compiled()(lambda x: x).targetoptions
