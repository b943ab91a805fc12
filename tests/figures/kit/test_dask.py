"""A step leaves Dask alone unless a cluster does its work."""

import os
import subprocess
import sys

import pytest

from figures.kit.profile import ROOT

# What `python -m figures --help` has of Dask in the end.
SAYS = """
import contextlib, importlib.util, runpy, sys
sys.argv = ["figures", "--help"]
with contextlib.suppress(SystemExit):
    runpy.run_module("figures", run_name={name!r}, alter_sys=True)
if importlib.util.find_spec("dask") is None:
    print("none")
"""


@pytest.mark.parametrize(
    ("name", "scheduler"),
    [("__main__", ""), ("__mp_main__", ""), ("__main__", "tcp://localhost:8786")],
)
def test_a_step_and_its_workers_load_dask_on_a_cluster_only(name, scheduler):
    environment = {**os.environ, "SCHEDULER": scheduler}
    command = [sys.executable, "-c", SAYS.format(name=name)]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout.endswith("none\n") == (not scheduler)
