"""Which derivations a figure rests on: what its words name, and what it takes from theory."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path

from figures.kit.folder import folders
from figures.kit.result import Result
from figures.rules import Sources
from theory.derivations.registry import LABEL, results

SOURCES = Sources()


def derivations_of(entry: Result) -> tuple[str, ...]:
    """Labels that a figure's words name, or that functions carry which its modules import."""
    words = " ".join([entry.claim, entry.setup, entry.theory, entry.training, entry.verdict])
    known = folders()
    modules = modules_of(known[entry.target].path) if entry.target in known else set()
    named = {*LABEL.findall(words), *labels_used(modules)}
    return tuple(result.label for result in results() if result.label in named)


def modules_of(folder: Path) -> set[Path]:
    """The modules in a figure's folder, and those of its family that they import."""
    found: set[Path] = set()
    left = set(folder.glob("*.py"))
    while left:
        path = left.pop()
        found.add(path)
        left |= {each for each in SOURCES.imports(path) if each.is_relative_to(folder.parent)}
        left -= found
    return found


def labels_used(modules: Iterable[Path]) -> tuple[str, ...]:
    """Labels of the functions, and of classes' methods, that modules import from theory by name."""
    names = {name for path in modules for name in _imported(path)}
    return tuple(
        entry.label
        for entry in results()
        if any(
            function in names or function.rpartition(".")[0] in names
            for function in entry.functions
        )
    )


@cache  # a family's modules serve several figures
def _imported(path: Path) -> set[str]:
    """What a module imports from theory, as ``module:name`` of where it is defined."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "theory":
            for alias in node.names:
                thing = getattr(import_module(str(node.module)), alias.name, None)
                name = getattr(thing, "__qualname__", alias.name)
                found.add(f"{getattr(thing, '__module__', node.module)}:{name}")
    return found
