"""Kernels before figures: every call runs, each in a process of its own, and a failure says why."""

from __future__ import annotations

import subprocess
import sys

import pytest

from figures.kit import kernels
from figures.kit.kernels import CALLS, SHARED, compile_all


@pytest.mark.parametrize("name", CALLS | SHARED)
def test_every_call_runs(name):
    (CALLS | SHARED)[name]()


def test_each_call_has_a_process_of_its_own(monkeypatch):
    ran = []

    def run(command, **_):
        ran.append(command[-1])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    compile_all(2)
    assert len(ran) == len(CALLS)
    assert all(sum(repr(name) in code for code in ran) == 1 for name in CALLS)


def test_a_call_that_fails_is_named_with_what_it_said(monkeypatch):
    monkeypatch.setattr(kernels, "_ALONE", "raise SystemExit('no room for {name}')")
    with pytest.raises(RuntimeError, match="kernels of nets could not be compiled: no room for"):
        compile_all(1, {"nets": CALLS["nets"]})


def test_on_a_terminal_it_says_how_long_before_it_begins(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    compile_all(1, {})
    assert "compiling kernels (first time only), about 80 s" in capsys.readouterr().err
