"""Our side of a timing: the trainer's own loop, at a given work."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.works import Work
from numeric.features.independent import IndependentFeatures
from numeric.kernels.streams import Purpose, instance_streams
from numeric.kernels.worlds import Worlds
from numeric.models.two_layers import ReluOutput
from numeric.training.engines import Run, starting_points
from numeric.training.initialise import XavierNormal
from numeric.training.optimisers import Adam
from numeric.training.task import Task, is_fused

__all__ = ["Ours"]


class Ours:
    """Trains on two threads; `time_steps` says how long some steps took."""

    def __init__(self, work: Work, dense: bool, threads: int) -> None:
        features = IndependentFeatures(work.densities(dense)[:, None], n_features=work.n)
        task = Task(ReluOutput(), features, work.m, work.batch, Adam())
        indices = range(work.instances)
        self.run = Run(
            task,
            Worlds.of(features, instance_streams(0, indices, Purpose.TRAINING)),
            starting_points(task, XavierNormal(), instance_streams(0, indices, Purpose.INITIAL)),
            is_fused(task),
            threads,
        )

    def time_steps(self, steps: int) -> float:
        """Seconds for some steps of training."""
        begin = time.perf_counter()
        self.run.advance(np.full(steps, 1e-3))
        return time.perf_counter() - begin
