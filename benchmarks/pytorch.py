"""PyTorch's side, twice: as the public notebooks train, and as well as we can make it.

Eager: parameters with a leading axis of instances, einsum, autograd, `torch.optim.Adam`,
gate and value drawn apart. Tuned: one draw for both, batched products in place, gradient by
hand, no autograd, Adam's fused kernel.
"""

from __future__ import annotations

import time

import torch

from benchmarks.works import Work

__all__ = ["Eager", "Tuned"]


def _weights(work: Work) -> torch.Tensor:
    scale = (2 / (work.n + work.m)) ** 0.5
    return scale * torch.randn(work.instances, work.m, work.n)


class Eager:
    """As its users write it."""

    def __init__(self, work: Work, dense: bool, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.work = work
        self.density = torch.tensor(work.densities(dense), dtype=torch.float32)[:, None]
        self.importance = torch.ones(work.n)
        self.W = torch.nn.Parameter(_weights(work))
        self.b = torch.nn.Parameter(torch.zeros(work.instances, work.n))
        self.optimiser = torch.optim.Adam([self.W, self.b], lr=1e-3)

    def step(self) -> None:
        """Fresh batch, forward, backward, Adam."""
        shape = (self.work.batch, self.work.instances, self.work.n)
        active = torch.rand(shape) <= self.density
        x = torch.where(active, torch.rand(shape), torch.zeros(()))
        self.optimiser.zero_grad(set_to_none=True)
        hidden = torch.einsum("bin,imn->bim", x, self.W)
        out = torch.relu(torch.einsum("bim,imn->bin", hidden, self.W) + self.b)
        error = self.importance * (x - out) ** 2
        error.sum(dim=2).mean(dim=0).sum().backward()
        self.optimiser.step()

    def time_steps(self, steps: int) -> float:
        """Seconds for some steps of training."""
        begin = time.perf_counter()
        for _ in range(steps):
            self.step()
        return time.perf_counter() - begin


class Tuned:
    """The same work with everything spared that PyTorch lets one spare."""

    def __init__(self, work: Work, dense: bool, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.work = work
        density = torch.tensor(work.densities(dense), dtype=torch.float32)[:, None, None]
        self.reciprocal = 1 / density
        self.importance = torch.ones(work.n)
        self.W = torch.nn.Parameter(_weights(work))
        self.b = torch.nn.Parameter(torch.zeros(work.instances, work.n))
        self.W.grad, self.b.grad = torch.empty_like(self.W), torch.empty_like(self.b)
        self.optimiser = torch.optim.Adam([self.W, self.b], lr=1e-3, fused=True)
        shape = (work.instances, work.batch)
        self.x, self.z = torch.empty(*shape, work.n), torch.empty(*shape, work.n)
        self.h, self.dh = torch.empty(*shape, work.m), torch.empty(*shape, work.m)

    @torch.no_grad()
    def step(self) -> None:
        """The same step, in place."""
        x, z, W = self.x, self.z, self.W
        x.uniform_().mul_(self.reciprocal)
        torch.nn.functional.threshold_(x.neg_(), -1.0, 0.0).neg_()  # u/p if u < p, else 0
        torch.bmm(x, W.mT, out=self.h)
        torch.baddbmm(self.b[:, None], self.h, W, out=z)
        torch.relu_(z)
        on = z > 0
        # ∂loss/∂z = 2 I (x′ − x) where the ReLU is on, over the batch.
        z.sub_(x).mul_(on).mul_(self.importance * (2 / self.work.batch))
        torch.bmm(z, W.mT, out=self.dh)
        torch.bmm(self.h.mT, z, out=self.W.grad)
        self.W.grad.baddbmm_(self.dh.mT, x)
        torch.sum(z, dim=1, out=self.b.grad)
        self.optimiser.step()

    def time_steps(self, steps: int) -> float:
        """Seconds for some steps of training."""
        begin = time.perf_counter()
        for _ in range(steps):
            self.step()
        return time.perf_counter() - begin
