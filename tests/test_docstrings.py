"""What is public is told whole: parameters by name, and types that one can look up."""

from __future__ import annotations

import inspect
import re

import pytest

import agreement
import numeric
import theory

HOUSES = (theory, numeric, agreement)
PUBLIC = {name for house in HOUSES for name in house.__all__}
# Of other packages, or of typing.
KNOWN = {
    "Any", "Dataset", "Expr", "FloatArray", "Floats", "ImmutableMatrix", "Matrix", "NDArray", "None"
}  # fmt: skip


def functions():
    for house in HOUSES:
        for name in house.__all__:
            thing = getattr(house, name)
            if inspect.isfunction(thing):
                yield pytest.param(thing, id=f"{house.__name__}.{name}")


def section(text, title):
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


@pytest.mark.parametrize("function", list(functions()))
def test_each_parameter_is_explained(function):
    told = " ".join(
        re.findall(r"^\S.*$", section(inspect.getdoc(function), "Parameters"), re.MULTILINE)
    )
    for name in inspect.signature(function).parameters:
        assert re.search(rf"(?<!\w){name}(?!\w)", told), name


@pytest.mark.parametrize("function", list(functions()))
def test_what_is_returned_can_be_looked_up(function):
    returned = set(re.findall(r"\b[A-Z]\w+", str(function.__annotations__.get("return", ""))))
    assert returned <= PUBLIC | KNOWN


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.__name__)
def test_classes_say_what_they_hold(house):
    for name in house.__all__:
        thing = getattr(house, name)
        if inspect.isclass(thing) and not getattr(thing, "_is_protocol", False):
            text = inspect.getdoc(thing)
            held = section(text, "Parameters") + section(text, "Attributes")
            assert held or not inspect.signature(thing).parameters, name


def test_letters_are_told_where_they_are_asked_for():
    for function in (theory.spinodals, theory.first_order_line):
        for letter in ("I, the second", "S, superposed", "T, tilted", "A, aligned"):
            assert letter in " ".join(inspect.getdoc(function).split())
