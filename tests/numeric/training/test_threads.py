"""No bit of a trained model depends on how many threads or processes trained it.

A process with four threads of Numba's trains each kind of run on 1, 2 and 4 of them: small and
large kernels, many instances (shared among threads) and one (whose batch is), the array engine,
and arrays of a library.  Four threads need no four cores: whoever is late, the bits are the same.
Sweeps on one and two workers, and on a cluster, are in test_sweep.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from numeric.training.threads import PIECES, in_parallel
from tests.numeric.training.threads_work import KINDS

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def digests():
    """{kind: {threads: digest of all results}}, from one process of four threads."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.numeric.training.threads_work"],
        cwd=ROOT,
        env=os.environ | {"NUMBA_NUM_THREADS": "4"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_bits_are_the_same_on_1_2_and_4_threads(digests, kind):
    found = digests[kind]
    assert list(found) == ["1", "2", "4"]
    assert len(set(found.values())) == 1


def test_kinds_train_to_different_bits(digests):
    """Else the digests would say nothing."""
    assert len({found["1"] for found in digests.values()}) == len(KINDS)


@pytest.mark.parametrize("threads", [1, 2, 3, 200])
@pytest.mark.parametrize("count", [0, 1, 2, 10, 100])
def test_each_instance_is_in_one_part(threads, count):
    chosen, parts = 3 * np.arange(count), []
    in_parallel(parts.append, chosen, threads)
    assert sorted(np.concatenate(parts).tolist()) == chosen.tolist()
    if threads > 1 and count > 1:
        assert len(parts) == min(count, PIECES * threads)


def test_the_caller_is_one_of_the_threads():
    meet = threading.Barrier(2, timeout=60)  # both are at work at once
    seen = set()

    def work(part):
        seen.add(threading.get_ident())
        meet.wait()

    in_parallel(work, np.arange(2), 2)
    assert threading.get_ident() in seen
    assert len(seen) == 2


@pytest.mark.parametrize("from_the_caller", [False, True])
def test_an_error_is_raised_and_what_is_left_is_dropped(from_the_caller):
    meet, begun = threading.Barrier(2, timeout=60), []

    def work(part):
        begun.append(part)
        if len(begun) <= 2:
            meet.wait()
        if from_the_caller == (threading.current_thread() is threading.main_thread()):
            raise ArithmeticError("diverged")
        time.sleep(0.05)  # all of them would take a second

    with pytest.raises(ArithmeticError, match="diverged"):
        in_parallel(work, np.arange(100), 2)
    assert 2 <= len(begun) < 2 * PIECES
