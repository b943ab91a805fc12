"""Exact losses of naive solutions, codes, trained and refined nets; the branch that crosses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from figures.computation.computation_gain.plan import Plan
from ground.checks import FloatArray
from theory.computation.absolute_codes import circle_code
from theory.computation.absolute_value import naive_loss, naive_net
from theory.computation.arms import arm_onset
from theory.computation.refine import refine_two_layer
from theory.computation.two_layers import two_layer_loss

RUNS = ("start", "density", "run")
PARTS = {"W1": ("hidden", "feature"), "W2": ("feature", "hidden"), "b": ("feature",)}
TOP = 1.08  # ratio to the naive loss at which a branch is left
BLOCK = (4, 6)  # features, neurons: crosses the naive loss as dense as any net found
BLOCK_DENSITY = 0.3  # where random starts find it; denser, they find the naive solution
SAMPLES, FRESH = 8, 10  # samples of a paired loss, and their seeds, on which nothing is refined
FEW = 4  # for trained nets, of which there are many
REFINED = 2  # trained nets of a density
DENSE = 0.2  # from here on more of the loss is sampled
Net = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Refined:
    """A net after a descent at one density, with its loss on a sample that it did not see."""

    net: Net
    density: float
    loss: float


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """For each size m, by density: ``naive_m``, ``best_m``, ``best_error_m``, ``code_m``; of every
    trained net ``loss_m``, ``error_m`` (start, density, run); and along the branch, ``step_m``,
    ``branch_density_m``, ``branch_m``, ``branch_error_m``, ``branch_naive_m``, ``branch_W1_m``, ….

    Losses have one and two active features exact, and the others by samples on which nothing was
    refined, common to all nets and to the naive solution.
    """
    blocks = blocks_along(plan)
    path = np.array(sorted(blocks))
    paid = [paired(blocks[p], float(p), 2 * plan.judged) for p in path]
    alone = xr.Dataset(
        {
            "onset": arm_onset(),
            "block_density": ("block_step", path),
            "block": ("block_step", [loss for loss, _ in paid]),
            "block_error": ("block_step", [error for _, error in paid]),
            "block_naive": ("block_step", naive_losses(*BLOCK, path)),
        }
    )
    done = [of_size(plan, m, of_hidden(measured, m), blocks) for m in plan.hidden]
    return xr.merge([alone, *done])


def of_hidden(measured: xr.Dataset, m: int) -> xr.Dataset:
    """What was trained of one size, its names without the size."""
    names = {f"{name}_{m}": name for name in ("W1", "W2", "b", "loss", "loss_error")}
    return measured[list(names)].rename({**names, f"hidden_{m}": "hidden"})


def of_size(plan: Plan, m: int, trained: xr.Dataset, blocks: dict[float, Net]) -> xr.Dataset:
    """Everything of one size."""
    p = trained["density"].values
    naive = naive_losses(plan.n_features, m, p)
    loss, error = exact_losses(plan, trained)
    code = circle_code(plan.n_features, m)
    codes = [judged(plan, (code.W1, code.W2, code.b), x) for x in p]
    candidates = [
        [
            *best_trained(trained, loss, k),
            (code.W1, code.W2, code.b),
            naive_parts(plan.n_features, m, x),
            blocks_of(plan, m, blocks[min(blocks, key=lambda q: abs(q - x))], x),
        ]
        for k, x in enumerate(p)
    ]
    best = swept(plan, candidates, p)
    ratio = np.array([net.loss for net in best]) / naive
    # The densest density at which superposition clearly pays, and from there up.
    first = int(np.flatnonzero(ratio < plan.clearly)[0])
    branch = branch_from(plan, m, best[first])
    path = np.array([float(net.density) for net in branch])
    for k, net in enumerate(best):
        same = [other for other in branch if abs(other.density - net.density) < 1e-9]
        best[k] = min([net, *same], key=lambda other: other.loss)
    known = [paired(net.net, float(net.density), plan.judged) for net in best]
    # The naive solution is among what was found, and its loss is exact.
    ends = [
        (min(value, alone), error if value < alone else 0.0)
        for (value, error), alone in zip(known, naive, strict=True)
    ]
    along = [paired(net.net, float(net.density), plan.judged) for net in branch]
    step, hidden = f"step_{m}", f"hidden_{m}"
    data = {
        "naive": ("density", naive),
        "best": ("density", [loss for loss, _ in ends]),
        "best_error": ("density", [error for _, error in ends]),
        "code": ("density", codes),
        "loss": (RUNS, loss),
        "error": (RUNS, error),
        "branch_density": (step, path),
        "branch_naive": (step, naive_losses(plan.n_features, m, path)),
        "branch": (step, [loss for loss, _ in along]),
        "branch_error": (step, [error for _, error in along]),
        "branch_W1": ((step, hidden, "feature"), [one.net[0] for one in branch]),
        "branch_W2": ((step, "feature", hidden), [one.net[1] for one in branch]),
    }
    return xr.Dataset({f"{name}_{m}": value for name, value in data.items()}, {"density": p})


def naive_losses(n: int, m: int, p: FloatArray) -> FloatArray:
    """At each density."""
    return np.asarray(naive_loss(n, m, density=p[:, None]))


def naive_parts(n: int, m: int, p: float) -> Net:
    """The naive solution."""
    net = naive_net(n, m, density=p)
    return net.W1, net.W2, net.b


def blocks_along(plan: Plan) -> dict[float, Net]:
    """Four features in six neurons by density: the best of descents, followed up and down."""
    rng = np.random.default_rng(plan.seed)
    found = []
    for _ in range(plan.block_starts):
        W1 = rng.standard_normal((BLOCK[1], BLOCK[0]))
        W2 = np.abs(W1.T) / np.sum(W1**2, axis=0)[:, None]
        found.append(refined(plan, (W1, W2, np.zeros(BLOCK[0])), BLOCK_DENSITY))
    first = refined(plan, min(found, key=lambda net: net.loss).net, BLOCK_DENSITY)
    blocks = {BLOCK_DENSITY: first.net}
    for step, last in ((plan.step, 0.55), (-plan.step, 0.2)):
        net = first
        while abs((p := round(float(net.density) + step, 6)) - BLOCK_DENSITY) <= abs(
            last - BLOCK_DENSITY
        ):
            net = refined(plan, net.net, p)
            blocks[p] = net.net
    return blocks


def blocks_of(plan: Plan, m: int, block: Net, p: float) -> Net:
    """As many such blocks as fit, pairs of the naive solution, and means for what is left."""
    n = plan.n_features
    W1, W2, b = np.zeros((m, n)), np.zeros((n, m)), np.full(n, p / 2)
    row = feature = 0
    while row + BLOCK[1] <= m and feature + BLOCK[0] <= n:
        rows, columns = slice(row, row + BLOCK[1]), slice(feature, feature + BLOCK[0])
        W1[rows, columns], W2[columns, rows], b[columns] = block
        row, feature = row + BLOCK[1], feature + BLOCK[0]
    while row + 2 <= m and feature < n:
        W1[[row, row + 1], feature], W2[feature, [row, row + 1]] = (1.0, -1.0), 1.0
        b[feature] = 0.0
        row, feature = row + 2, feature + 1
    return W1, W2, b


def exact_losses(plan: Plan, trained: xr.Dataset) -> tuple[FloatArray, FloatArray]:
    """Of every trained net and its standard error, (start, density, run)."""
    W1, W2, b = (trained[name].transpose(*RUNS, *axes).values for name, axes in PARTS.items())
    found = [
        paired((W1[:, k], W2[:, k], b[:, k]), float(p), plan.judged // 8, FEW)
        for k, p in enumerate(trained["density"].values)
    ]
    loss, error = (np.stack([each[part] for each in found], axis=1) for part in (0, 1))
    return loss, error


def paired(nets: Net, p: float, judged: int, samples: int = SAMPLES) -> tuple[Any, Any]:
    """Losses of nets (…,) and standard errors, by the differences from the naive solution.

    Both are taken on the same samples, and the naive loss is known, so that what the samples do to
    both alike drops out; independent samples give the error.
    """
    m, n = nets[0].shape[-2:]
    naive = naive_parts(n, m, p)
    differences = []
    for seed in range(FRESH, FRESH + samples):
        losses, same = (
            two_layer_loss(*net, p, points=judged // samples, seed=seed) for net in (nets, naive)
        )
        differences.append(np.asarray(losses.loss) - same.loss)
    known = naive_losses(n, m, np.array([p]))[0]
    error = np.std(differences, axis=0, ddof=1) / np.sqrt(samples)
    return known + np.mean(differences, axis=0), error


def best_trained(trained: xr.Dataset, loss: FloatArray, number: int) -> list[Net]:
    """At one density the nets with the least exact loss from the two best starts."""
    found = []
    for start in np.argsort(loss[:, number].min(axis=-1))[:REFINED]:
        net = trained.isel(start=start, density=number, run=loss[start, number].argmin())
        W1, W2, b = (net[name].transpose(*axes).values for name, axes in PARTS.items())
        found.append((W1, W2, b))
    return found


def swept(plan: Plan, candidates: list[list[Net]], p: FloatArray) -> list[Refined]:
    """The best net of each density: refined from sparse to dense, then back.

    On the way up the trained nets, the first candidates, are refined and so is the least of the
    others and the net of the density before; on the way back the least of all.
    """
    best: dict[int, Refined] = {}

    def least(nets: list[Net], k: int) -> Net:
        return min(nets, key=lambda net: judged(plan, net, p[k]))

    for k in range(len(p))[::-1]:
        trained, others = candidates[k][:REFINED], candidates[k][REFINED:]
        before = [best[k + 1].net] if k + 1 in best else []
        nets = [refined(plan, net, p[k]) for net in (*trained, least([*others, *before], k))]
        best[k] = min(nets, key=lambda net: net.loss)
    for k in range(1, len(p)):
        start = least([best[k].net, best[k - 1].net], k)
        best[k] = min(best[k], refined(plan, start, p[k]), key=lambda net: net.loss)
    return [best[k] for k in range(len(p))]


def branch_from(plan: Plan, m: int, net: Refined) -> list[Refined]:
    """Followed up in density until it loses to the naive solution, and down to the sparsest."""
    up, down = [net], [net]
    while True:
        p = float(up[-1].density)
        naive = naive_losses(plan.n_features, m, np.array([p]))[0]
        if up[-1].loss > TOP * naive or p + plan.step > 0.95:
            break
        up.append(refined(plan, up[-1].net, round(p + plan.step, 6)))
    while (p := round(float(down[-1].density) - plan.step, 6)) >= plan.sparsest - 1e-9:
        down.append(refined(plan, down[-1].net, p))
    return [*down[:0:-1], *up]


def refined(plan: Plan, net: Net, p: float) -> Refined:
    """Descended on the plan's samples."""
    points = plan.dense_points if p >= DENSE else plan.points
    end = refine_two_layer(*net, p, points=points, steps=plan.iterations)
    return Refined((end.W1, end.W2, end.b), float(p), float(end.held_out.loss))


def judged(plan: Plan, net: Net, p: float) -> float:
    """The loss of a net as it is, on the common sample."""
    return float(two_layer_loss(*net, p, points=plan.points).loss)
