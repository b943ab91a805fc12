"""Which tests prove which result, and whether they passed.

A test says so by a mark, ``@pytest.mark.result("D07")``, which the report that ``make test``
leaves repeats; the example of a function that carries the label counts too.
"""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from pkgutil import resolve_name

from figures.kit.profile import ROOT
from theory.derivations.registry import results


@dataclass(frozen=True)
class Evidence:
    """The tests of one result, ``tests/test_x.py::test_y``, and what became of those that ran."""

    tests: tuple[str, ...]
    outcomes: dict[str, str] = field(default_factory=dict)  # passed, failed or skipped

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


def evidence(report: Path | None = None, root: Path = ROOT) -> dict[str, Evidence]:
    """Evidence for each result, by label; what no report holds was not run."""
    ran = read_report(report) if report is not None and report.exists() else {}
    listed, found = listed_tests(root), {}
    for label, examples in _examples().items():
        tests = {*examples, *listed.get(label, ()), *ran.get(label, ())}
        found[label] = Evidence(tuple(sorted(tests)), ran.get(label, {}))
    return found


def listed_tests(root: Path = ROOT) -> dict[str, set[str]]:
    """Tests by the labels that their marks, or ``pytestmark`` of their file, name."""
    found: dict[str, set[str]] = {}
    for path in root.glob("tests/**/test_*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assigned = [node for node in body if isinstance(node, ast.Assign)]
        whole = [node for node in assigned if ast.unparse(node.targets[0]) == "pytestmark"]
        for test in body:
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                for label in _named([*whole, *test.decorator_list]):
                    name = f"{path.relative_to(root).as_posix()}::{test.name}"
                    found.setdefault(label, set()).add(name)
    return found


def read_report(report: Path) -> dict[str, dict[str, str]]:
    """Outcomes by label and test; the cases of a parametrised test count together."""
    found: dict[str, dict[str, str]] = {}
    for case in ET.parse(report).getroot().iter("testcase"):
        module, name = case.get("classname", ""), re.split(r"[\[@]", case.get("name", ""))[0]
        place = "doctest" if name.startswith(f"{module}.") else f"{module.replace('.', '/')}.py"
        test = f"{place}::{name}"
        labels = [each.get("value", "") for each in case.findall(".//property[@name='result']")]
        labels += [label for label, examples in _examples().items() if test in examples]
        bad = {child.tag for child in case} & {"failure", "error", "skipped"}
        outcome = "passed" if not bad else "skipped" if bad == {"skipped"} else "failed"
        for label in labels:
            seen = found.setdefault(label, {})
            seen[test] = max(
                outcome, seen.get(test, "passed"), key=("passed", "skipped", "failed").index
            )
    return found


def _named(nodes: list[ast.stmt | ast.expr]) -> set[str]:
    calls = [node for each in nodes for node in ast.walk(each) if isinstance(node, ast.Call)]
    marks = [call for call in calls if ast.unparse(call.func) == "pytest.mark.result"]
    return {ast.literal_eval(label) for mark in marks for label in mark.args}


@cache
def _examples() -> dict[str, set[str]]:
    found = {}
    for entry in results():
        shown = [name for name in entry.functions if ">>>" in (resolve_name(name).__doc__ or "")]
        found[entry.label] = {f"doctest::{name.replace(':', '.')}" for name in shown}
    return found
