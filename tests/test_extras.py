"""What becomes of tests that lack something: no skip goes unseen, and the strict job has none."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.extras import LIBRARIES, needs, there

ROOT = Path(__file__).parent.parent
CASES = """
import pytest

def test_of_its_own_accord():
    pytest.skip("no reason")

@pytest.mark.extra("no_such_module")
def test_of_an_extra():
    raise AssertionError("ran without its module")

@pytest.mark.skipif(True, reason="another machine")
def test_of_another_machine(): ...

@pytest.mark.extra("playwright")
def test_of_a_browser(): ...

@pytest.mark.extra("no_other_module")
def test_of_what_was_taken_away(): ...

@pytest.mark.xfail(reason="known", strict=True)
def test_known_to_fail():
    raise AssertionError

def test_plain(): ...
"""


def run(folder, *options):
    """Pytest on these cases, on a machine that has no program on its path, so no browser either."""
    (folder / "test_cases.py").write_text(CASES)
    (folder / "conftest.py").write_text(
        "from tests.extras import pytest_addoption, pytest_configure\n"
    )
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -q --tb=line\nmarkers = extra\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, str(folder)]
    environment = {
        "PATH": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return ended.returncode, ended.stdout


def test_a_skip_is_seen_and_in_the_strict_job_it_fails(tmp_path):
    status, said = run(tmp_path)
    assert status == 1
    assert "1 failed, 1 passed, 4 skipped, 1 xfailed" in said
    assert "test_of_its_own_accord was skipped without the mark `extra`" in said
    status, said = run(tmp_path, "--no-skips", "--without", "no_other_module")
    assert status == 1
    assert "skipped tests: 3" in said
    for name in ("of_its_own_accord", "of_an_extra", "of_another_machine"):
        assert f"test_{name} was skipped, and here no test may be" in said
    assert "NOT RUN FOR WANT OF A BROWSER: 1" in said
    assert "2 deselected" in said


def test_marks_name_modules():
    """A library's parameter carries its own name as the module that it needs."""
    for parameter in LIBRARIES:
        (mark,) = parameter.marks
        assert mark.args == parameter.values
    assert there("numpy")
    assert not there("no_such_module")


@pytest.mark.extra("array_api_strict", "playwright", "safetensors", "torch")
def test_every_extra_is_here(request):
    for module in needs(request.node):
        import_module(module)
