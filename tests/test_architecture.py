"""The import arrow runs one way: figures → agreement → {theory, numeric} → ground."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "ground": set(),
    "theory": {"ground"},
    "numeric": {"ground"},
    "agreement": {"ground", "theory", "numeric"},
    "figures": {"ground", "theory", "numeric", "agreement"},
}
MODULES = [path for package in ALLOWED for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Top-level names that a module imports anywhere, in functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(str(node.module).split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_follow_the_arrow(path):
    package = path.relative_to(ROOT).parts[0]
    ours = imported(path) & {*ALLOWED, "tests", "benchmarks"}
    assert ours <= ALLOWED[package] | {package}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_training_loads_no_theory():
    """Not even indirectly: a fresh interpreter that trained has never seen theory."""
    code = (
        "import sys, numeric, numeric.train, numeric.phase_diagram; "
        "sys.exit(any(name.split('.')[0] == 'theory' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_every_figure_has_its_make_target():
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:COMPARED|MEASURED|DERIVED) [:+]= (.*)$", make, re.MULTILINE)
    listed = {name for names in lists for name in names.split()}
    scripts = {path.stem for path in (ROOT / "figures" / "data").glob("[a-z]*.py")}
    assert listed == scripts
    assert listed <= {path.stem for path in (ROOT / "figures").glob("*.py")}


def test_the_distribution_installs_the_packages_by_name():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    assert set(setup["options"]["packages"].split()) >= {"theory", "numeric", "agreement"}
    for package in setup["options"]["packages"].split():
        assert (ROOT / package.replace(".", "/") / "__init__.py").exists()


def test_the_lock_names_no_index():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert "http" not in lock
    assert "index" not in lock
    assert not re.search(r"^torch==", lock, re.MULTILINE)
