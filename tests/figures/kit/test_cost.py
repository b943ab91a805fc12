"""What a step costs is counted in CPU seconds, of workers too, and kept beside the figure."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from figures.kit.cost import costed, costs, cpu_seconds, machine
from figures.kit.profile import Profile

BUSY = "import time\nwhile time.process_time() < {seconds}: pass\n"


def spin(seconds):
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        pass


def fail_after(error, step, profile):
    """A tenth of a second of work that ends in an error."""
    with pytest.raises(error), costed("a", step, profile):  # noqa: PT012
        spin(0.1)
        raise error


def test_idling_costs_nothing_and_work_what_it_takes():
    begun = cpu_seconds()
    time.sleep(0.2)
    idle = cpu_seconds() - begun
    spin(0.1)
    assert idle < 0.1 <= cpu_seconds() - begun - idle


def test_a_child_process_counts_when_it_has_ended():
    begun = cpu_seconds()
    subprocess.run([sys.executable, "-S", "-c", BUSY.format(seconds=0.15)], check=True)
    assert cpu_seconds() - begun >= 0.14  # the clock of children ticks in hundredths


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_child_process_counts_while_it_lives():
    begun = cpu_seconds()
    code = BUSY.format(seconds=0.15) + "print(flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        child.stdout.readline()
        alive = cpu_seconds() - begun
        child.communicate("\n")
    assert alive >= 0.13


def test_steps_are_kept_by_figure_and_what_was_interrupted_is_added(tmp_path):
    profile = Profile.named("quick", tmp_path)
    fail_after(KeyboardInterrupt, "measure", profile)
    assert costs("a", profile) == {}
    with costed("a", "draw", profile):
        pass
    with costed("a", "measure", profile):
        spin(0.1)
    found = costs("a", profile)
    assert list(found) == ["measure", "draw"]
    assert found["measure"]["seconds"] >= 0.2
    assert found["measure"]["machine"] == machine()
    # A step done anew counts by itself.
    with costed("a", "measure", profile):
        pass
    assert costs("a", profile)["measure"]["seconds"] < 0.1
    assert costs("b", profile) == {}


def test_a_step_that_fails_keeps_what_was_known(tmp_path):
    profile = Profile.named("quick", tmp_path)
    with costed("a", "draw", profile):
        pass
    before = costs("a", profile)
    fail_after(ValueError, "draw", profile)
    assert costs("a", profile) == before
