"""Which tests and figures exercise which result, and whether the tests passed.

The link is read from the tests themselves: a test is evidence for a result when it, or a helper
or table it uses, names one of the result's functions; the doctest of a function is evidence too.
Outcomes come from the report in JUnit's format that ``make test`` leaves.
"""

from __future__ import annotations

import ast
import importlib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from figures.kit.profile import ROOT
from theory.derivations.registry import Result, results

TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Evidence:
    """The tests of one result and what became of them.

    Attributes
    ----------
    tests : tuple of str
        Test functions, as ``tests/test_x.py::test_y``.
    outcomes : dict
        Test → ``passed``, ``failed`` or ``skipped``; a test that was not run is missing.
    """

    tests: tuple[str, ...]
    outcomes: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> int:
        """Number of tests that passed."""
        return sum(outcome == "passed" for outcome in self.outcomes.values())

    @property
    def verdict(self) -> str:
        """``passed`` when every test ran and passed; else what is wrong."""
        if "failed" in self.outcomes.values():
            return "failed"
        if not self.tests or len(self.outcomes) < len(self.tests):
            return "not run"
        return "passed" if self.passed == len(self.tests) else "skipped"


def evidence(report: Path | None = None) -> dict[str, Evidence]:
    """Return the evidence for each result, by label.

    Parameters
    ----------
    report : Path, optional
        Report of the tests; without one, nothing counts as run.
    """
    outcomes = read_report(report) if report is not None and report.exists() else {}
    found = {}
    for entry in results():
        tests = linked_tests(entry)
        known = {test: outcomes[test] for test in tests if test in outcomes}
        found[entry.label] = Evidence(tests, known)
    return found


def linked_tests(entry: Result, folder: Path = TESTS) -> tuple[str, ...]:
    """Tests that exercise a function of this result, in the order of the files."""
    wanted = {_module_and_name(function) for function in entry.functions}
    doctests = [f"doctest::{module}.{name}" for module, name in wanted if _doctest(module, name)]
    return tuple(
        sorted(doctests) + [test for test, named in _named_by_tests(folder) if named & wanted]
    )


def labels_used(*scripts: Path) -> tuple[str, ...]:
    """Labels of the results whose functions some scripts name, directly or through helpers."""
    named: set[tuple[str, str]] = set()
    for script in scripts:
        named |= _module(script).named("")
    return tuple(
        entry.label
        for entry in results()
        if named & {_module_and_name(function) for function in entry.functions}
    )


def read_report(report: Path) -> dict[str, str]:
    """Read outcomes from a JUnit report; the cases of a parametrised test count together."""
    order = ("passed", "skipped", "failed")
    outcomes: dict[str, str] = {}
    for case in ET.parse(report).getroot().iter("testcase"):
        module, name = case.get("classname", ""), case.get("name", "").split("[")[0]
        test = f"{module.replace('.', '/')}.py::{name}"
        if name.startswith(module):
            test = f"doctest::{name}"
        tags = {child.tag for child in case}
        outcome = "failed" if tags & {"failure", "error"} else "passed"
        outcome = "skipped" if "skipped" in tags else outcome
        outcomes[test] = max(outcome, outcomes.get(test, "passed"), key=order.index)
    return outcomes


Named = frozenset[tuple[str, str]]


@cache
def _named_by_tests(folder: Path) -> tuple[tuple[str, Named], ...]:
    found = []
    for path in sorted(folder.glob("test_*.py")):
        module = _Module(path)
        for name in module.definitions:
            if name.startswith("test_"):
                found.append((f"{folder.name}/{path.name}::{name}", module.named(name)))
    return tuple(found)


class _Module:
    """The top-level definitions of one file, and what of `theory` each of them names."""

    def __init__(self, path: Path) -> None:
        self.definitions: dict[str, ast.stmt] = {}
        self.ours: dict[str, Any] = {}  # name in this file → module or object of theory
        self.helpers: dict[str, tuple[Path, str]] = {}  # name in this file → name in a helper file
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._read_import(node, path.parent)
        for statement in tree.body:
            for name in _defined(statement):
                self.definitions[name] = statement

    def _read_import(self, statement: ast.Import | ast.ImportFrom, folder: Path) -> None:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                if alias.name.split(".")[0] == "theory":
                    name = alias.name if alias.asname else "theory"
                    self.ours[alias.asname or "theory"] = importlib.import_module(name)
            return
        package, _, rest = (statement.module or "").partition(".")
        for alias in statement.names:
            name = alias.asname or alias.name
            if package == "theory":
                self.ours[name] = _member(importlib.import_module(statement.module), alias.name)
            elif package == "tests" and rest:
                self.helpers[name] = (folder / f"{rest}.py", alias.name)
            elif package == "figures":
                file = ROOT.joinpath("figures", *rest.split("."))
                if file.with_suffix(".py").exists():
                    self.helpers[name] = (file.with_suffix(".py"), alias.name)
                elif (file / f"{alias.name}.py").exists():
                    self.helpers[name] = (file / f"{alias.name}.py", "")

    def named(self, name: str) -> Named:
        """(module, name) of everything in `theory` that a definition names, through helpers too.

        No name means all definitions.
        """
        found: set[tuple[str, str]] = set()
        attributes: set[str] = set()
        self._collect(name, found, attributes, set())
        # A method is named when its name is used and anything else of its module is.
        modules = {module for module, _ in found}
        for method in _methods():
            if method[0] in modules and method[1].split(".")[1] in attributes:
                found.add(method)
        return frozenset(found)

    def _collect(
        self, name: str, found: set[tuple[str, str]], attributes: set[str], seen: set[str]
    ) -> None:
        if name in seen:
            return
        seen.add(name)
        if not name:
            for definition in self.definitions:
                self._collect(definition, found, attributes, seen)
        if name in self.helpers:
            path, original = self.helpers[name]
            _module(path)._collect(original, found, attributes, set())
        if name in self.ours and (identity := _identity(self.ours[name])):
            found.add(identity)
        if name not in self.definitions:
            return
        for node in ast.walk(self.definitions[name]):
            if isinstance(node, ast.Name):
                self._collect(node.id, found, attributes, seen)
            elif isinstance(node, ast.Attribute):
                attributes.add(node.attr)
                if identity := _identity(self._attribute(node)):
                    found.add(identity)

    def _attribute(self, node: ast.expr) -> Any:
        """The object of theory that ``a.b.c`` is, or None."""
        if isinstance(node, ast.Name):
            return self.ours.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self._attribute(node.value)
            return None if owner is None else getattr(owner, node.attr, None)
        return None


@cache
def _module(path: Path) -> _Module:
    return _Module(path)


@cache
def _methods() -> Named:
    pairs = (_module_and_name(function) for entry in results() for function in entry.functions)
    return frozenset(pair for pair in pairs if "." in pair[1])


def _member(module: Any, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError:
        return importlib.import_module(f"{module.__name__}.{name}")


def _identity(thing: Any) -> tuple[str, str] | None:
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    return (module, name) if module and name and module.startswith("theory") else None


def _module_and_name(function: str) -> tuple[str, str]:
    module, _, name = function.partition(":")
    return module, name


def _doctest(module: str, name: str) -> bool:
    return ">>>" in (resolve_name(f"{module}:{name}").__doc__ or "")


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id
