"""Our side of a timing: the trainer's own loop, at a given work."""

from __future__ import annotations

import numpy as np

from benchmarks.works import Setting, Work
from numeric.features.independent import IndependentFeatures
from numeric.kernels.streams import Purpose, instance_streams
from numeric.kernels.worlds import Worlds
from numeric.models.two_layers import ReluOutput
from numeric.training.engines import Run
from numeric.training.optimisers import Adam
from numeric.training.task import Task, is_fused

__all__ = ["Ours"]


class Ours:
    """Trains on a few threads."""

    def __init__(self, work: Work, setting: Setting) -> None:
        features = IndependentFeatures(work.densities(setting.dense)[:, None], n_features=work.n)
        task = Task(ReluOutput(), features, work.m, work.batch, Adam())
        streams = instance_streams(setting.seed, range(work.instances), Purpose.TRAINING)
        W = work.start().reshape(work.instances, -1)
        theta = np.concatenate([W, np.zeros((work.instances, work.n))], axis=1)
        self.rate = setting.rate
        self.run = Run(task, Worlds.of(features, streams), theta, is_fused(task), setting.threads)

    def advance(self, steps: int) -> int:
        """Take some steps; returns how many were taken."""
        self.run.advance(np.full(steps, self.rate))
        return steps

    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """W (instances, m, n) and b (instances, n)."""
        now = self.run.parameters()
        return now["W"], now["b"]
