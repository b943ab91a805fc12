"""Formulas: set in one batch, each as it was given, and refused by name."""

from __future__ import annotations

import pytest

from figures.pages.site.mathematics import mathml


def test_each_formula_is_set_as_it_was_given():
    wanted = [
        (r"\frac{a}{b}", True),
        ("x_i < y", False),
        ("x_i < y", True),
        (r"a &= b \\ c &= d", True),
    ]
    found = mathml(wanted)
    assert list(found) == wanted
    assert "<mfrac>" in found[wanted[0]]
    assert 'display="inline"' in found[wanted[1]]
    assert 'display="block"' in found[wanted[2]]
    assert found[wanted[3]].count("<mtr>") == 2
    assert mathml([]) == {}


def test_a_formula_that_cannot_be_set_is_named():
    with pytest.raises(ValueError, match=r"formula cannot be set: \\barσ$"):
        mathml([("x", False), (r"\barσ", False)])
