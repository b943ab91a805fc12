"""PyTorch's sides: as the public notebooks train, as well as we can make it, and compiled.

Eager: parameters with a leading axis of instances, einsum, autograd, `torch.optim.Adam`,
gate and value drawn apart. Tuned: one draw for both, batched products in place, gradient by
hand, no autograd, Adam's fused kernel. Compiled: the same gradient by hand as a function that
`torch.compile` turns into C++.
"""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.works import Setting, Work

__all__ = ["Compiled", "Eager", "Tuned"]


class _Side:
    """Parameters, optimiser, and steps one after the other."""

    def __init__(self, work: Work, setting: Setting, *, fused: bool) -> None:
        torch.set_num_threads(setting.threads)
        torch.manual_seed(setting.seed)
        self.work = work
        self.importance = torch.ones(work.n)
        self.W = torch.nn.Parameter(torch.tensor(work.start(), dtype=torch.float32))
        self.b = torch.nn.Parameter(torch.zeros(work.instances, work.n))
        self.density = torch.tensor(work.densities(setting.dense), dtype=torch.float32)[:, None]
        options = {"fused": True} if fused else {}
        self.optimiser = torch.optim.Adam([self.W, self.b], lr=setting.rate, **options)

    def step(self) -> None:
        """Fresh batch, forward, backward, Adam."""
        raise NotImplementedError

    def advance(self, steps: int) -> int:
        """Take some steps; returns how many were taken."""
        for _ in range(steps):
            self.step()
        return steps

    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """W (instances, m, n) and b (instances, n)."""
        return self.W.detach().numpy(), self.b.detach().numpy()


class Eager(_Side):
    """As its users write it."""

    def __init__(self, work: Work, setting: Setting) -> None:
        super().__init__(work, setting, fused=False)

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


class Tuned(_Side):
    """The same work with everything spared that PyTorch lets one spare."""

    def __init__(self, work: Work, setting: Setting) -> None:
        super().__init__(work, setting, fused=True)
        self.reciprocal = 1 / self.density[:, None]
        self.W.grad, self.b.grad = torch.empty_like(self.W), torch.empty_like(self.b)
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


def _gradient(
    W: torch.Tensor, b: torch.Tensor, u: torch.Tensor, p: torch.Tensor, weight: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Of the mean loss by W and b, from uniforms u."""
    x = torch.where(u < p, u / p, 0.0)
    h = torch.bmm(x, W.mT)
    z = torch.relu(torch.baddbmm(b[:, None], h, W))
    dz = torch.where(z > 0, z - x, 0.0) * weight
    dh = torch.bmm(dz, W.mT)
    return torch.baddbmm(torch.bmm(h.mT, dz), dh.mT, x), dz.sum(dim=1)


class Compiled(_Side):
    """One compiled function for draw to gradient; needs a C++ compiler where it runs."""

    def __init__(self, work: Work, setting: Setting) -> None:
        super().__init__(work, setting, fused=True)
        self.u = torch.empty(work.instances, work.batch, work.n)
        self.weight = self.importance * (2 / work.batch)
        torch.compiler.reset()
        self.gradient = torch.compile(_gradient, dynamic=False)
        with torch.no_grad():  # what cannot be compiled shows here
            self.gradient(self.W, self.b, self.u.uniform_(), self.density[:, None], self.weight)

    @torch.no_grad()
    def step(self) -> None:
        """The same step, compiled but for the draw and Adam."""
        self.W.grad, self.b.grad = self.gradient(
            self.W, self.b, self.u.uniform_(), self.density[:, None], self.weight
        )
        self.optimiser.step()
