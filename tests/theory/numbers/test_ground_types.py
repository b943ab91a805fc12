"""Which integers SymPy computes with: FLINT's in `make test`, Python's where it is told so."""

from __future__ import annotations

import os
import sys

import pytest
from sympy.external.gmpy import GROUND_TYPES

from theory.one_hot import balls


def test_the_ground_types_are_those_that_were_asked_for():
    """Otherwise both runs of the exact tests might be one and the same."""
    assert os.environ.get("SYMPY_GROUND_TYPES", "flint") == GROUND_TYPES


def test_without_flint_ball_arithmetic_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(ImportError, match=r"superposition-theory\[exact\]"):
        balls.pi()
