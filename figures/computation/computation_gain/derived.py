"""Exact losses of naive solutions, codes and refined nets, and the branch that crosses."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.computation.computation_gain.plan import Plan
from ground.checks import FloatArray
from theory.computation.absolute_codes import circle_code
from theory.computation.absolute_value import naive_loss
from theory.computation.arms import arm_onset
from theory.computation.refined import RefinedNet, nets_along, refined_net
from theory.computation.two_layers import two_layer_loss

RUNS = ("start", "density", "run")
PARTS = {"W1": ("hidden", "feature"), "W2": ("feature", "hidden"), "b": ("feature",)}
Net = tuple[FloatArray, FloatArray, FloatArray]


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """For each size m: ``naive_m``, ``best_m``, ``best_error_m``, ``code_m`` (density), and
    ``branch_m``, ``branch_error_m``, ``branch_naive_m`` (step_m) with ``branch_density_m``.

    The best net at each density is the least, by fresh samples, of: the best trained one refined;
    the code refined; the net of the next density, sparser or denser, followed from there.
    """
    done = [of_size(plan, m, of_hidden(measured, m)) for m in plan.hidden]
    onset = xr.Dataset({"onset": arm_onset()})
    return xr.merge([onset, *done])


def of_hidden(measured: xr.Dataset, m: int) -> xr.Dataset:
    """What was trained of one size, its names without the size."""
    names = {f"{name}_{m}": name for name in ("W1", "W2", "b", "loss", "loss_error")}
    return measured[list(names)].rename({**names, f"hidden_{m}": "hidden"})


def of_size(plan: Plan, m: int, trained: xr.Dataset) -> xr.Dataset:
    """Everything of one size."""
    settings = {"points": plan.points, "judged": plan.judged, "iterations": plan.iterations}
    p = trained["density"].values
    naive = np.asarray(naive_loss(plan.n_features, m, density=p[:, None]))
    code = circle_code(plan.n_features, m)
    codes = [two_layer_loss(code.W1, code.W2, code.b, x, points=plan.points).loss for x in p]
    found = [
        [refined_net(*best_trained(trained, k), density=x, **settings)] for k, x in enumerate(p)
    ]
    sparse_first = nets_along(code.W1, code.W2, code.b, densities=p[::-1], **settings)
    for k, net in enumerate(reversed(sparse_first)):
        found[k].append(net)
    for k in range(1, len(p)):  # from dense to sparse, a net that does well goes on
        found[k].append(refined_net(*parts_of(least(found[k - 1])), density=p[k], **settings))
    best = [least(nets) for nets in found]
    ratio = np.array([net.loss for net in best]) / naive
    # The densest density at which superposition clearly pays, and from there up.
    first = int(np.flatnonzero(ratio < plan.clearly)[0])
    path = np.arange(p[first], min(p[first] + 6 * plan.step, 1.0) + 1e-9, plan.step)
    branch = nets_along(*parts_of(best[first]), densities=path, **settings)
    along = np.asarray(naive_loss(plan.n_features, m, density=path[:, None]))
    step = f"step_{m}"
    data = {
        "naive": ("density", naive),
        "best": ("density", [net.loss for net in best]),
        "best_error": ("density", [net.error for net in best]),
        "code": ("density", codes),
        "branch_density": (step, path),
        "branch_naive": (step, along),
        "branch": (step, [net.loss for net in branch]),
        "branch_error": (step, [net.error for net in branch]),
        "branch_W1": ((step, f"hidden_{m}", "feature"), [net.W1 for net in branch]),
        "branch_W2": ((step, "feature", f"hidden_{m}"), [net.W2 for net in branch]),
    }
    return xr.Dataset({f"{name}_{m}": value for name, value in data.items()}, {"density": p})


def best_trained(trained: xr.Dataset, number: int) -> Net:
    """The net with the least held-out loss at one density."""
    losses = trained["loss"].transpose(*RUNS).values[:, number]
    start, run = np.unravel_index(losses.argmin(), losses.shape)
    net = trained.isel(start=start, density=number, run=run)
    W1, W2, b = (net[name].transpose(*axes).values for name, axes in PARTS.items())
    return W1, W2, b


def least(nets: list[RefinedNet]) -> RefinedNet:
    """The net with the least loss on the fresh sample."""
    return min(nets, key=lambda net: net.loss)


def parts_of(net: RefinedNet) -> Net:
    """Its weights and biases."""
    return net.W1, net.W2, net.b
