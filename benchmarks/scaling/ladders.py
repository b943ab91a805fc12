"""The costs that are measured, each with what counting operations says of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from benchmarks.ours import Ours
from benchmarks.scaling.cost import Ladder
from benchmarks.works import Setting, Work
from numeric.features.independent import ExactlyKActive
from numeric.kernels.streams import Purpose, instance_streams
from numeric.kernels.worlds import Worlds
from numeric.models.two_layers import ReluOutput
from numeric.training.engines import Run
from numeric.training.optimisers import Adam
from numeric.training.task import Task, is_fused
from theory.adversary.worst_case import worst_case
from theory.geometry.packing import packing
from theory.loss.floats import hessian, loss_and_gradient
from theory.minima.certificate import certify
from theory.minima.optimum import optimum

__all__ = ["LADDERS"]

Call = Callable[[], object]
STEPS = 4  # of the trainer in a call


def _model(n: int, m: int, models: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Random weights of about unit columns; biases that neither silence nor pass everything."""
    rng = np.random.default_rng(0)
    lead = () if models is None else (models,)
    return rng.standard_normal((*lead, m, n)) / np.sqrt(m), np.full((*lead, n), -0.1)


def _loss(n: float, m: float, density: float, models: int | None = None) -> Call:
    W, b = _model(int(n), int(m), models)
    return lambda: loss_and_gradient(W, b, density=density)


def _hessian(n: float) -> Call:
    W, b = _model(int(n), 2)
    return lambda: hessian(W, b, density=0.1)


def _train(n: float, m: float, instances: float = 1, batch: float = 1024, p: float = 0.1) -> Call:
    """Some steps on one thread; with one instance the density is p."""
    work = Work(int(n), int(m), int(instances), int(batch), p * p)
    side = Ours(work, Setting(threads=1))
    return lambda: side.advance(STEPS)


def _train_k(k: float) -> Call:
    """Some steps on samples with exactly k active features of 40."""
    features = ExactlyKActive(40, int(k))
    task = Task(ReluOutput(), features, 5, 1024, Adam())
    worlds = Worlds.of(features, instance_streams(0, range(1), Purpose.TRAINING))
    W, b = _model(40, 5)
    theta = np.concatenate([W.ravel(), b])[None]
    run = Run(task, worlds, theta, is_fused(task), 1)
    return lambda: run.advance(np.full(STEPS, 1e-3))


def _attack(n: float, m: float, inputs: float = 20) -> Call:
    W, b = _model(int(n), int(m))
    x = np.random.default_rng(1).random((int(inputs), int(n)))
    return lambda: worst_case(W, b, x, size=0.1)


def _packing(count: float) -> Call:
    """Other densities at each call: optima are remembered."""
    names = ("digon", "triangle", "tetrahedron", "pentagon")
    densities = np.geomspace(0.3, 0.02, int(count))
    calls = itertools.count()
    return lambda: packing(densities * (1 + 1e-6 * next(calls)), names=names)


LADDERS = (
    Ladder("exact loss and gradient, one model", "n ≤ 8, m = 2", (4, 5, 6, 7, 8),
           lambda n: _loss(n, 2, 0.1), "call", "1 to 3",
           "Four features by a recursion over 3ⁿ faces of a cube; from five on each output takes "
           "features one by one, and of up to 2ⁿ offsets only those that see its kink.",
           law="exponential"),
    Ladder("exact loss and gradient, one model", "n ≥ 25, m = n/5", (25, 50, 100, 200),
           lambda n: _loss(n, n // 5, 0.1), "call", "1 to 2",
           "n outputs, each a Fourier sum whose every frequency is a product over n features; the "
           "sum of more features is smoother and takes fewer frequencies."),
    Ladder("exact loss and gradient, one model", "m at n = 100", (5, 10, 20, 40),
           lambda m: _loss(100, m, 0.1), "call", "0 to 1",
           "W enters through G = WᵀW, n²m; the sums over G do not know m."),
    Ladder("exact loss and gradient, one model", "1/p at n = 50, m = 10", (4, 16, 64),
           lambda r: _loss(50, 10, 1 / r), "call", "0 to 0.5",
           "Terms a frequency are n whatever p is; a sparse law is less smooth and wants more "
           "frequencies."),
    Ladder("exact loss and gradient, a batch", "models at n = 5, m = 2", (10, 100, 1000),
           lambda k: _loss(5, 2, 0.1, int(k)), "batch", "1",
           "Models do not know of each other; what a call costs once shows only below 100."),
    Ladder("Hessian, one model", "n ≤ 7, m = 2", (3, 4, 5, 6, 7), _hessian, "call", "3 to 5",
           "The recursion of the loss, with n second derivatives for each output.",
           law="exponential"),
    Ladder("trainer, small models", "instances of (5, 2)", (8, 32, 128),
           lambda k: _train(5, 2, k), "4 steps", "1", "Each has its own samples and weights."),
    Ladder("trainer, small models", "n at m = 2", (10, 20, 40, 80),
           lambda n: _train(n, 2), "4 steps", "1",
           "Draws, products and gates are n·m a sample; m and p are fixed."),
    Ladder("trainer, small models", "m at n = 20", (4, 8, 16), lambda m: _train(20, m), "4 steps",
           "0.5 to 1", "Five products of n·m a sample; draws and gates do not know m."),
    Ladder("trainer, small models", "p at n = 20, m = 5", (0.0025, 0.005, 0.01, 0.02),
           lambda p: _train(20, 5, p=p), "4 steps", "0 to 1",
           "Few samples have an active feature, 5 to 33 %, and only those are computed, "
           "beside what a step costs anyway; above 1/n all have, and cost no longer follows p."),
    Ladder("trainer, small models", "k active of n = 40, m = 5", (2, 4, 8, 16), _train_k,
           "4 steps", "0 to 1", "k values are drawn and multiplied; gates are n whatever k is."),
    Ladder("trainer, small models", "batch at (5, 2)", (512, 2048, 8192),
           lambda s: _train(5, 2, 8, s), "4 steps", "1", "Samples do not know of each other."),
    Ladder("trainer, large models", "n at m = 20", (100, 200, 400, 800),
           lambda n: _train(n, 20), "4 steps", "1", "Five products of n·m a sample, and Adam n·m."),
    Ladder("trainer, large models", "m at n = 200", (16, 32, 64, 128),
           lambda m: _train(200, m), "4 steps", "0.5 to 1",
           "The products are n·m a sample, draws, gates and errors n."),
    Ladder("trainer, large models", "p at n = 200, m = 20", (0.01, 0.04, 0.16, 0.64),
           lambda p: _train(200, 20, p=p), "4 steps", "0 to 0.3",
           "Products are dense once a sample has an active feature: only draws follow p."),
    Ladder("optimum", "n at m = 2", (3, 4, 5), lambda n: lambda: optimum(int(n), 2, density=0.1),
           "call", "3 to 6", "Descents from 64 starts and more, each some dozen losses with "
           "gradients, whose recursion grows threefold a feature.", law="exponential"),
    Ladder("certificate of (2, 1)", "1/tolerance", (1e2, 1e3, 1e4),
           lambda r: lambda: certify(0.3, [1.0, 0.5], tolerance=1 / r), "call", "0 to 0.5",
           "Boxes far from the minimum are gone at once; those near it end where a proof of "
           "convexity takes over, which does not know the tolerance."),
    Ladder("packing", "densities, four families", (4, 8, 16), _packing, "call", "at most 1",
           "Each density is an optimum of two or three numbers for each family, and starts from "
           "its neighbour's: close ones cost less, and few far ones as much as many."),
    Ladder("worst attack", "n at m = 2, 20 inputs", (4, 8, 16), lambda n: _attack(n, 2), "call",
           "1 to 3", "The outputs' n lines cut the disc of attacks into up to n²/2 regions, each "
           "a quadratic of n outputs; most are ruled out by a bound."),
    Ladder("worst attack", "inputs at n = 5, m = 2", (1000, 4000, 16000),
           lambda k: _attack(5, 2, k), "call", "1",
           "Inputs do not know of each other; the regions are found once, as long as 200 inputs."),
)  # fmt: skip
