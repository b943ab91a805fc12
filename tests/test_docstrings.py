"""The contract of every public callable, read from its docstring and held against its signature.

Parameters under their names, in their order, with a type; what is returned and refused; shapes of
arrays; defaults as they are; an example, which the doctests run; types that one can look up; and
no keyword that is swallowed.  Each rule is tried on a whole house and lists all that break it.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from pydoc import locate

import pytest

import agreement
import numeric
import theory
from tests.test_bad_inputs import ANSWERED, usual

HOUSES = (theory, numeric, numeric.schedules, agreement)
PUBLIC = {name for house in HOUSES for name in house.__all__}
# Of other packages, or of typing.
KNOWN = {
    "Any", "Dataset", "Expr", "FloatArray", "Floats", "ImmutableMatrix", "Matrix", "NDArray", "None"
}  # fmt: skip
# What users subclass has the attributes of its subclasses, and no parameters of its own.
BASES = {numeric.Features}
# Any example takes seconds; that of `first_order_line` shows what is alike in all of them.
UNSHOWN = {
    theory.boundary_importance, theory.special_points, theory.spinodals, theory.true_boundary
}  # fmt: skip
TITLES = "Parameters|Attributes|Returns|Yields|Warns|Raises|See Also|Notes|Examples|References"
STAR = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
EMPTY = inspect.Parameter.empty


def is_result(house, thing):
    """Whether it is a record that functions return, which nobody makes by hand."""
    if not is_dataclass(thing) or thing is theory.Sets:
        return False
    return house in (theory, agreement) or thing.__name__ in ANSWERED


def public(house):
    """Every public callable but protocols, which are what others offer."""
    things = [getattr(house, name) for name in sorted(house.__all__)]
    return [t for t in things if callable(t) and not getattr(t, "_is_protocol", False)]


def functions(house):
    return [thing for thing in public(house) if not inspect.isclass(thing)]


def classes(house):
    return [thing for thing in public(house) if inspect.isclass(thing)]


def parameters(thing):
    return {} if thing in BASES else dict(inspect.signature(thing).parameters)


@cache
def section(thing, title):
    """The lines of a section, without its title."""
    text = inspect.getdoc(inspect.unwrap(thing)) or ""
    found = re.search(
        rf"^{title}\n-+\n(.*?)(?=^(?:{TITLES})\n-+\n|\Z)", text, re.DOTALL | re.MULTILINE
    )
    return found[1] if found else ""


@cache
def entries(thing, title):
    """name: (type, text) of what a section lists, in order; names may share a line."""
    found = []
    for line in section(thing, title).splitlines():
        if line and not line[0].isspace():
            names, _, kind = line.partition(" : ")
            found.append((names, kind, []))
        elif found and line:
            found[-1][2].append(line.strip())
    return {
        name.strip().lstrip("*"): (kind, " ".join(text))
        for names, kind, text in found
        for name in names.split(",")
    }


def told(thing):
    """What a signature should have, as the docstring has it."""
    if thing in BASES:
        return {}
    return entries(thing, "Parameters") or entries(thing, "Attributes")


def referred(text):
    """The public callable by which a parameter without type says that it is explained."""
    found = re.match(r"(?:All )?[Aa]s (?:of|for|in) (?::func:)?`~?(?:\w+\.)*(\w+)`", text)
    homes = [house for house in HOUSES if found and hasattr(house, found[1])]
    return getattr(homes[0], found[1]) if homes else None


rule = pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.__name__)


@rule
def test_parameters_have_the_names_and_the_order_of_the_signature(house):
    assert not {
        thing.__name__: (list(parameters(thing)), list(told(thing)))
        for thing in public(house)
        if list(parameters(thing)) != list(told(thing))
    }


@rule
def test_parameters_have_types_or_say_where_they_are_explained(house):
    assert not [
        (thing.__name__, name)
        for thing in public(house)
        for name, (kind, text) in told(thing).items()
        if not kind and name not in told(referred(text) or len)
    ]


def false_default(parameter, kind, text):
    """What a docstring says of a default that is another or none."""
    default = parameter.default
    if "optional" in kind and default is EMPTY and parameter.kind not in STAR:
        return "is not optional"
    if default is None and not re.search(r"\boptional\b|\bNone\b|\bdefault\b", f"{kind} {text}"):
        return "may be left out"
    choices = re.match(r"\{(.*?)\}", kind)
    if isinstance(default, str) and choices and f'"{default}"' not in choices[1]:
        return f"is {default!r}, no such choice"
    numbers = re.findall(r"([-\d.]*\d) by default\b|\bby default ([-\d.]*\d)", text)
    if isinstance(default, int | float) and any(float(a or b) != default for a, b in numbers):
        return f"is {default}"
    return ""


@rule
def test_defaults_are_as_they_are_told(house):
    assert not [
        (thing.__name__, name, wrong)
        for thing in public(house)
        for name, (kind, text) in told(thing).items()
        if kind and (wrong := false_default(parameters(thing)[name], kind, text))
    ]


@rule
def test_arrays_have_shapes(house):
    def shaped(kind, text):
        plain = re.sub(r"\{.*?\}", "", kind)  # a choice may be called "array"
        if "array" not in plain or "callable" in plain or text.startswith("As "):
            return True
        return re.search(r"\(|any shape", plain + (text if "of arrays" in plain else ""))

    assert not [
        (thing.__name__, name, kind)
        for thing in public(house)
        for name, (kind, text) in (told(thing) | entries(thing, "Returns")).items()
        if not shaped(kind, text)
    ]


@rule
def test_what_is_returned_is_told_and_can_be_looked_up(house):
    assert not [t.__name__ for t in functions(house) if not section(t, "Returns").strip()]
    for thing in functions(house):
        returned = str(inspect.unwrap(thing).__annotations__.get("return", ""))
        assert set(re.findall(r"\b[A-Z]\w+", returned)) <= PUBLIC | KNOWN, thing.__name__


@rule
def test_what_is_refused_is_told(house):
    takers = [thing for thing in functions(house) if parameters(thing)]
    assert not [thing.__name__ for thing in takers if not section(thing, "Raises").strip()]


@rule
def test_there_is_an_example(house):
    """Of functions, and of classes that users make."""
    made = [thing for thing in classes(house) if not is_result(house, thing)]
    silent = [t for t in functions(house) + made if ">>> " not in section(t, "Examples")]
    assert not [thing.__name__ for thing in silent if thing not in UNSHOWN]


@rule
def test_references_lead_somewhere(house):
    """To a public name, or to a module's: nothing that a reader cannot look up."""

    def found(name):
        return name in PUBLIC or locate(name) is not None

    assert not [
        (thing.__name__, name)
        for thing in public(house)
        for name in re.findall(r":(?:func|class|mod):`~?([\w.]+)`", inspect.getdoc(thing) or "")
        if not found(name)
    ]


@rule
def test_no_keyword_is_swallowed(house):
    """Nor one that is passed on: whoever refuses it names it."""
    for thing in public(house):
        if thing in BASES:
            continue
        passes_on = any(p.kind in STAR for p in parameters(thing).values())
        where = "numeric." if house is numeric and hasattr(theory, thing.__name__) else ""
        call = usual(where + thing.__name__, thing) if passes_on else {}
        with pytest.raises(TypeError, match="no_such_argument"):
            thing(**call, no_such_argument=1)


@rule
def test_a_record_tells_of_each_of_its_fields_and_of_nothing_else(house):
    for thing in filter(is_dataclass, classes(house)):
        listed = set(entries(thing, "Parameters")) | set(entries(thing, "Attributes"))
        held = {f.name for f in fields(thing) if f.init and not f.name.startswith("_")}
        assert held <= listed, thing.__name__
        others = listed - {f.name for f in fields(thing)}
        assert not [name for name in others if not hasattr(thing, name)], thing.__name__


def test_letters_are_told_where_they_are_asked_for():
    for function in (theory.spinodals, theory.first_order_line):
        for letter in ("I, the second", "S, superposed", "T, tilted", "A, aligned"):
            assert letter in " ".join(inspect.getdoc(function).split())


def test_no_word_stands_for_what_was_to_be_written():
    """In code as in derivations: "(φ_{+d} stuff)" was printed once."""
    root = Path(__file__).parent.parent
    texts = [
        path
        for house in ("theory", "numeric", "agreement", "ground", "figures")
        for ending in ("*.py", "*.md")
        for path in (root / house).rglob(ending)
    ]
    assert len(texts) > 300
    stopgap = re.compile(r"\b(?:stuff|TODO|FIXME|XXX)\b")
    assert not [str(path) for path in texts if stopgap.search(path.read_text(encoding="utf-8"))]
