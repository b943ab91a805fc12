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
from pathlib import Path

import pytest

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
