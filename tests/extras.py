"""What a test needs that not everybody has, and what becomes of it where that is missing.

`@pytest.mark.extra("torch")` names modules.  Where one is missing, `make test` skips the test and
says so; a skip of any other kind fails, since nobody would ever run that test.  `make test-extras`
selects this mark, but for what the lock brings anyway (`dev=True`), with `--no-skips`: there a
skip is a failure that says which test and why.  Only a browser can be wanting there, since no
package brings one: those tests are taken out, and that is printed.  `--without MODULE` plays a
machine that lacks the module.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WANTED = pytest.StashKey[list[str]]()  # tests taken out for want of a browser
EXCUSED = ("extra", "skipif")  # marks that say beforehand when a test cannot run
# Libraries of arrays besides NumPy; the strict one has what the standard names and no more.
LIBRARIES = [
    pytest.param(name, marks=pytest.mark.extra(name)) for name in ("torch", "array_api_strict")
]
elsewhere = pytest.mark.parametrize("library", LIBRARIES)


@cache
def browser() -> str | None:
    """Path of a Chromium: the machine's, or that of `playwright install chromium`."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    if not there("playwright"):
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        path = started.chromium.executable_path
    return path if Path(path).exists() else None


def there(module: str) -> bool:
    """Whether a module can be imported; None in `sys.modules` says that it cannot."""
    if module in sys.modules:
        return sys.modules[module] is not None
    return find_spec(module) is not None


def needs(item: pytest.Item) -> list[str]:
    """The modules that a test's marks name."""
    return [module for mark in item.iter_markers("extra") for module in mark.args]


def fail(report: Any, why: str) -> None:
    """Make a report of a skip one of a failure that names the test and the reason."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} {why}. {reason}"
    report.was_skipped = True


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options; tests/conftest.py hands them to pytest."""
    group = parser.getgroup("extras")
    group.addoption("--no-skips", action="store_true", help="a test that is skipped fails")
    group.addoption(
        "--without",
        action="append",
        default=[],
        metavar="MODULE",
        help="run as where this module is not installed",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Before any test is imported, so that a module can still be taken away."""
    config.pluginmanager.register(Extras(config), "extras")


class Extras:
    """The hooks behind the mark and the two options."""

    def __init__(self, config: pytest.Config) -> None:
        self.strict = config.getoption("--no-skips")
        config.stash[WANTED] = []
        for module in config.getoption("--without"):
            if sys.modules.get(module) is not None:
                raise pytest.UsageError(f"--without {module} comes too late: it is imported")
            sys.modules[module] = None  # type: ignore[assignment]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Take out what was said to be without, and in the strict job what lacks a browser."""
        gone = set(config.getoption("--without"))
        out = [item for item in items if gone & set(needs(item))]
        if self.strict and any("playwright" in needs(item) for item in items) and not browser():
            wanting = [item for item in items if "playwright" in needs(item)]
            config.stash[WANTED] = [item.nodeid for item in wanting]
            out += wanting
        if out:
            config.hook.pytest_deselected(items=out)
            items[:] = [item for item in items if item not in out]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip what lacks a module."""
        for module in needs(item):
            if not there(module):
                pytest.skip(f"needs {module}: make test-extras has it")
            if module == "playwright" and not browser():
                pytest.skip(f"needs a browser: {', '.join(BROWSERS)} or `playwright install`")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[Any]:
        """A skip fails where none is allowed, and where no mark sends the test to that job."""
        report = yield
        if report.skipped and not hasattr(report, "wasxfail"):
            if self.strict:
                fail(report, "was skipped, and here no test may be")
            elif not any(item.get_closest_marker(name) for name in EXCUSED):
                fail(report, "was skipped without the mark `extra`, so that no job would run it")
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[Any]:
        """A module that skips itself whole would never be selected by a mark."""
        report = yield
        if report.skipped:
            fail(report, "skips itself whole: mark its tests `extra` instead")
        return report

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        """The strict job's last words: how many skips, and what had no browser."""
        if not self.strict:
            return
        failed = [
            *terminalreporter.stats.get("failed", []),
            *terminalreporter.stats.get("error", []),
        ]
        skipped = [report for report in failed if getattr(report, "was_skipped", False)]
        terminalreporter.write_line(f"skipped tests: {len(skipped)}")
        if not browser():
            terminalreporter.write_line(
                f"tests NOT RUN FOR WANT OF A BROWSER: {len(config.stash[WANTED])}; they need "
                f"{', '.join(BROWSERS)} or what `playwright install chromium` brings.",
                red=True,
            )
            for nodeid in config.stash[WANTED]:
                terminalreporter.write_line(f"  {nodeid}")


if __name__ == "__main__" and not browser():  # this machine's may do; one of playwright's will
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
