"""Compile the kernels before the first figure, two at a time and with a bar; later it loads them.

Numba compiles a function at its first call and keeps the machine code.  Left to figures or tests,
two processes that run side by side would each compile the same, silently.  Here each of a few small
calls compiles what most of them use; the rest is compiled where it is first used.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np

from figures.kit.profile import ROOT
from ground.progress import progress_bar

__all__ = ["CALLS", "SHARED", "compile_all"]

SECONDS = 80  # of CPU, for all together


def training() -> None:
    """Small models, whose samples go by patterns or by gates, and by exactly k."""
    from numeric.features.independent import ExactlyKActive, IndependentFeatures
    from numeric.models.two_layers import ReluOutput
    from numeric.training.train import train

    for law in (
        IndependentFeatures(0.5, n_features=2),
        IndependentFeatures(0.5, n_features=5),
        ExactlyKActive(5, 1),
    ):
        train(ReluOutput(), law, n_hidden=1, steps=2, instances=1, seed=0)


def large_training() -> None:
    """Models of thirty weights and more."""
    from numeric.features.independent import IndependentFeatures
    from numeric.models.two_layers import ReluOutput
    from numeric.training.train import train

    law = IndependentFeatures(0.1, n_features=50)
    train(ReluOutput(), law, n_hidden=10, steps=2, batch=16, instances=1, seed=0, threads=1)


def shared_training() -> None:
    """A large model whose batch two threads share."""
    from numeric.features.independent import IndependentFeatures
    from numeric.models.two_layers import ReluOutput
    from numeric.training.train import train

    law = IndependentFeatures(0.1, n_features=50)
    train(ReluOutput(), law, n_hidden=10, steps=2, batch=16, instances=1, seed=0, threads=2)


def losses() -> None:
    """Exact losses of few, several and many features, and their curvature."""
    from theory.loss.floats import hessian, loss_and_gradient

    for n in (2, 5, 8, 12):
        W, b = np.linspace(-1, 1, n)[None], np.zeros(n)
        loss_and_gradient(W, b, density=0.2)
    hessian(np.array([[1.0, -0.5]]), np.zeros(2), density=0.2)


def nets() -> None:
    """Losses of nets of two layers: three active features, all patterns."""
    from theory.computation.two_layers import two_layer_loss

    rng = np.random.default_rng(0)
    W1, W2 = rng.standard_normal((5, 4)), rng.standard_normal((4, 5))
    two_layer_loss(W1, W2, np.zeros(4), 0.3, points=16)


def attacks() -> None:
    """The worst attack, and pairs under attack."""
    from theory.adversary.worst_case import worst_case

    worst_case(np.array([[1.0, -1.0]]), np.zeros(2), [[0.5, 0.0]], size=0.1)


# What takes longest begins first.
CALLS = {call.__name__: call for call in (losses, large_training, training, nets, attacks)}
# What only threads need that share a model: figures made side by side on two cores have one each.
SHARED = {"shared_training": shared_training}
_ALONE = "from figures.kit.kernels import CALLS, SHARED; (CALLS | SHARED)[{name!r}]()"


def compile_all(processes: int, calls: Mapping[str, Callable[[], None]] = CALLS) -> None:
    """Compile what is not compiled yet, each call in a process of its own.

    Parameters
    ----------
    processes : int
        How many at a time.
    calls : mapping
        Some of `CALLS` and `SHARED`.

    Raises
    ------
    RuntimeError
        A call that failed, with the last line that it wrote.
    """
    if sys.stderr.isatty():
        seconds = round(SECONDS / processes, -1)
        sys.stderr.write(f"compiling kernels (first time only), about {seconds:.0f} s\n")
    with (
        ThreadPoolExecutor(processes) as pool,
        progress_bar(len(calls), "part", shown=sys.stderr.isatty()) as advance,
    ):
        for done in as_completed([pool.submit(_compile, name) for name in calls]):
            done.result()
            advance(1)


def _compile(name: str) -> None:
    command = [sys.executable, "-c", _ALONE.format(name=name)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = (ended.stderr.strip() or "it ended without a word").splitlines()[-1]
        raise RuntimeError(f"kernels of {name} could not be compiled: {said}")
