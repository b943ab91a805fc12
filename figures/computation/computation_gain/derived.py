"""Exact losses of naive solutions, codes, trained and refined nets; the branch that crosses."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.computation.computation_gain.plan import Plan
from ground.checks import FloatArray
from theory.computation.absolute_codes import circle_code
from theory.computation.absolute_value import naive_loss, naive_net
from theory.computation.arms import arm_onset
from theory.computation.refined import RefinedNet, refined_net
from theory.computation.two_layers import two_layer_loss

RUNS = ("start", "density", "run")
PARTS = {"W1": ("hidden", "feature"), "W2": ("feature", "hidden"), "b": ("feature",)}
TOP = 1.08  # ratio to the naive loss at which a branch is left
BLOCK = (4, 6)  # features, neurons: crosses the naive loss as dense as any net found
BLOCK_DENSITY = 0.3
SPARSEST = 0.2  # of a branch; from there on more of the loss is sampled
Net = tuple[FloatArray, FloatArray, FloatArray]


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """For each size m, by density: ``naive_m``, ``best_m``, ``best_error_m``, ``code_m``; of every
    trained net ``loss_m``, ``error_m`` (start, density, run); and along the branch, ``step_m``,
    ``branch_density_m``, ``branch_m``, ``branch_error_m``, ``branch_naive_m``, ``branch_W1_m``, ….

    Losses have one and two active features exact and the others by one sample common to all nets,
    those of best nets and branches by another one than they were refined on.
    """
    block = best_block(plan)
    done = [of_size(plan, m, of_hidden(measured, m), block) for m in plan.hidden]
    return xr.merge([xr.Dataset({"onset": arm_onset()}), *done])


def of_hidden(measured: xr.Dataset, m: int) -> xr.Dataset:
    """What was trained of one size, its names without the size."""
    names = {f"{name}_{m}": name for name in ("W1", "W2", "b", "loss", "loss_error")}
    return measured[list(names)].rename({**names, f"hidden_{m}": "hidden"})


def of_size(plan: Plan, m: int, trained: xr.Dataset, block: Net) -> xr.Dataset:
    """Everything of one size."""
    p = trained["density"].values
    naive = naive_losses(plan, m, p)
    loss, error = exact_losses(plan, trained)
    code = circle_code(plan.n_features, m)
    codes = [judged(plan, (code.W1, code.W2, code.b), x) for x in p]
    candidates = [
        [
            best_trained(trained, loss, k),
            (code.W1, code.W2, code.b),
            naive_parts(plan, m, x),
            blocks_of(plan, m, block, x),
        ]
        for k, x in enumerate(p)
    ]
    best = swept(plan, candidates, p)
    ratio = np.array([net.loss for net in best]) / naive
    # The densest density at which superposition clearly pays, and from there up.
    first = int(np.flatnonzero(ratio < plan.clearly)[0])
    branch = branch_from(plan, m, best[first])
    path = np.array([float(net.density[0]) for net in branch])
    for k, net in enumerate(best):
        same = [other for other in branch if abs(other.density[0] - net.density[0]) < 1e-9]
        best[k] = min([net, *same], key=lambda other: other.loss)
    # The naive solution is among what was found, and its loss is known.
    ends = [
        (min(net.loss, known), net.error if net.loss < known else 0.0)
        for net, known in zip(best, naive, strict=True)
    ]
    step, hidden = f"step_{m}", f"hidden_{m}"
    data = {
        "naive": ("density", naive),
        "best": ("density", [loss for loss, _ in ends]),
        "best_error": ("density", [error for _, error in ends]),
        "code": ("density", codes),
        "loss": (RUNS, loss),
        "error": (RUNS, error),
        "branch_density": (step, path),
        "branch_naive": (step, naive_losses(plan, m, path)),
        "branch": (step, [net.loss for net in branch]),
        "branch_error": (step, [net.error for net in branch]),
        "branch_W1": ((step, hidden, "feature"), [net.W1 for net in branch]),
        "branch_W2": ((step, "feature", hidden), [net.W2 for net in branch]),
    }
    return xr.Dataset({f"{name}_{m}": value for name, value in data.items()}, {"density": p})


def naive_losses(plan: Plan, m: int, p: FloatArray) -> FloatArray:
    """At each density."""
    return np.asarray(naive_loss(plan.n_features, m, density=p[:, None]))


def naive_parts(plan: Plan, m: int, p: float) -> Net:
    """The naive solution."""
    net = naive_net(plan.n_features, m, density=p)
    return net.W1, net.W2, net.b


def best_block(plan: Plan) -> Net:
    """Four features in six neurons: the best of descents from matched outputs at one density."""
    rng = np.random.default_rng(plan.seed)
    found = []
    for _ in range(plan.block_starts):
        W1 = rng.standard_normal((BLOCK[1], BLOCK[0]))
        W2 = np.abs(W1.T) / np.sum(W1**2, axis=0)[:, None]
        found.append(refined(plan, (W1, W2, np.zeros(BLOCK[0])), BLOCK_DENSITY))
    return parts_of(min(found, key=lambda net: net.loss))


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
        two_layer_loss(W1[:, k], W2[:, k], b[:, k], p, points=plan.points)
        for k, p in enumerate(trained["density"].values)
    ]
    loss, error = ([getattr(each, name) for each in found] for name in ("loss", "error"))
    return np.stack(loss, axis=1), np.stack(error, axis=1)


def best_trained(trained: xr.Dataset, loss: FloatArray, number: int) -> Net:
    """The net with the least exact loss at one density."""
    start, run = np.unravel_index(loss[:, number].argmin(), loss[:, number].shape)
    net = trained.isel(start=start, density=number, run=run)
    W1, W2, b = (net[name].transpose(*axes).values for name, axes in PARTS.items())
    return W1, W2, b


def swept(plan: Plan, candidates: list[list[Net]], p: FloatArray) -> list[RefinedNet]:
    """The best net of each density: refined from sparse to dense, then back.

    At each density the candidate of least loss is refined: its own ones, and the net of the
    density before.
    """
    best: dict[int, RefinedNet] = {}
    for order in (range(len(p))[::-1], range(len(p))):
        before: list[Net] = []
        for k in order:
            own = [parts_of(best[k])] if k in best else candidates[k]
            start = min([*own, *before], key=lambda net: judged(plan, net, p[k]))
            net = refined(plan, start, p[k])
            if k not in best or net.loss < best[k].loss:
                best[k] = net
            before = [parts_of(best[k])]
    return [best[k] for k in range(len(p))]


def branch_from(plan: Plan, m: int, net: RefinedNet) -> list[RefinedNet]:
    """Followed up in density until it loses to the naive solution, and down to the sparsest."""
    up, down = [net], [net]
    while True:
        p = float(up[-1].density[0])
        naive = naive_losses(plan, m, np.array([p]))[0]
        if up[-1].loss > TOP * naive or p + plan.step > 0.95:
            break
        up.append(refined(plan, parts_of(up[-1]), round(p + plan.step, 6)))
    while (p := round(float(down[-1].density[0]) - plan.step, 6)) >= SPARSEST - 1e-9:
        down.append(refined(plan, parts_of(down[-1]), p))
    return [*down[:0:-1], *up]


def refined(plan: Plan, net: Net, p: float) -> RefinedNet:
    """Descended on the plan's samples."""
    return refined_net(
        *net,
        density=p,
        points=plan.dense_points if p >= SPARSEST else plan.points,
        judged=plan.judged,
        iterations=plan.iterations,
    )


def judged(plan: Plan, net: Net, p: float) -> float:
    """The loss of a net as it is, on the common sample."""
    return float(two_layer_loss(*net, p, points=plan.points).loss)


def parts_of(net: RefinedNet) -> Net:
    """Its weights and biases."""
    return net.W1, net.W2, net.b
