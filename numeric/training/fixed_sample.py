"""Fit on a fixed sample, with an optimiser that uses curvature.

Once the sample is fixed the loss is a function like any other, and SciPy's quasi-Newton and
trust-region methods descend it in hundreds of evaluations.  All instances see the same uniforms
(common random numbers), so that the difference between two of them is not the luck of the draw;
scrambled Sobol points make the sample represent its law better than random ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import xarray as xr
from scipy.optimize import minimize

from ground.checks import (
    as_at_least_zero,
    check_at_most,
    check_choice,
    check_positive_int,
    check_seed,
    check_whole,
)
from ground.points import sobol
from ground.results import configured
from numeric.features.independent import Features
from numeric.kernels.streams import Purpose, instance_streams
from numeric.models.network import axes_of
from numeric.models.two_layers import Model
from numeric.training.cost import check_cost
from numeric.training.feed import loss_and_gradient
from numeric.training.initialise import Initialiser, XavierNormal
from numeric.training.named import as_features, as_initial, as_learner
from numeric.training.penalty import Penalty, as_penalty, check_penalty

__all__ = ["fit_fixed_sample", "fixed_uniforms"]

Array = np.ndarray
METHODS = ("L-BFGS-B", "trust-ncg")
SAMPLES = ("sobol", "random")


def fixed_uniforms(features: Features, kind: str, size: int, rng: np.random.Generator) -> Array:
    """Uniforms (size, n_uniforms) that make a sample: random, or scrambled Sobol points.

    Parameters
    ----------
    kind : {"sobol", "random"}
    size : int
        Number of samples; for Sobol points a power of 2, without which they lose their balance.
    """
    check_at_most(
        "size", check_positive_int("size", size), 10**9 // features.n_uniforms, "it must fit"
    )
    check_choice("sample", kind, SAMPLES)
    if kind == "random":
        return rng.random((size, features.n_uniforms))
    if size & (size - 1):
        raise ValueError(f"size must be a power of 2 for Sobol points, got {size}")
    return np.asarray(sobol(features.n_uniforms, rng).random(size))


def fit_fixed_sample(
    model: Model,
    features: Features,
    *,
    n_hidden: int,
    seed: int | Sequence[int],
    sample: str = "sobol",
    size: int = 4096,
    instances: int | None = None,
    method: str = "L-BFGS-B",
    initial: Initialiser | str = XavierNormal(),  # noqa: B008 (frozen)
    penalty: Penalty | float | None = None,
    iterations: int = 2000,
    tolerance: float = 1e-7,
    held_out: int = 65_536,
    first_instance: int = 0,
) -> xr.Dataset:
    r"""Minimise the loss on one fixed sample, from each instance's own start.

    .. math:: \min_\theta \frac1N \sum_{s=1}^N \Big[ \textstyle\sum_i I_i (t_{si} - x'_{si})^2
              + \lambda_1 \sum_j |h_{sj}| \Big] + \lambda_2 \lVert W \rVert_F^2
              + \lambda_3 \sum_{i \ne j} (W_i \cdot W_j)^2

    Parameters
    ----------
    model, features : Model, Features
        As in `numeric.train`; leading axes of the features make each instance its own world.
    n_hidden : int
    seed : int or sequence of int
        Fixes the sample, which all instances share, and each instance's start.
    sample : {"sobol", "random"}
        Scrambled Sobol points, mapped through the law of the data, or random numbers.
    size : int
        Number of samples; a power of 2 for Sobol points.
    instances : int, optional
        By default the leading axes of the features; 1 if they have none.
    method : {"L-BFGS-B", "trust-ncg"}
        Of `scipy.optimize.minimize`. For trust-ncg, products with the Hessian are central
        differences of the gradient.
    initial : Initialiser
    penalty : Penalty or float, optional
        As in `numeric.train`.
    iterations : int
        At most.
    tolerance : float
        On the gradient: largest component for L-BFGS-B, norm for trust-ncg. L-BFGS-B also stops
        where the relative fall of the objective is below 1e-12.
    held_out : int
        Size of the fresh sample on which ``loss`` is measured.
    first_instance : int
        Number of the first instance.

    Returns
    -------
    Dataset
        As of `numeric.train`: parameters by ``instance``, ``loss`` and ``loss_error`` on the
        held-out sample without penalty, ``history`` (step, instance) of the objective (NaN after
        the end), ``steps_taken``, ``converged``; and ``objective`` on the fixed sample, the
        optimiser's ``message``, the number of ``evaluations`` of the gradient.

    Raises
    ------
    ValueError
        Naming the argument and what it got.

    Notes
    -----
    With ReLU outputs the loss on a sample is only piecewise smooth: each output that crosses zero
    moves the gradient by O(1/N). A tolerance far below that is met by luck only; ``converged`` says
    what the optimiser said, and ``message`` why.

    Examples
    --------
    >>> from numeric import IndependentFeatures, Linear
    >>> law = IndependentFeatures(1.0, n_features=2)
    >>> fit = fit_fixed_sample(Linear(bias=False), law, n_hidden=2, seed=0, size=256)
    >>> bool(fit.loss[0] < 1e-9)
    True
    """
    model, features, initial = as_learner(model), as_features(features), as_initial(initial)
    seed = check_seed(seed)
    added = as_penalty(penalty)
    count = _check(
        features, n_hidden, model, method, added, iterations, tolerance, instances, first_instance
    )
    check_positive_int("held_out", held_out)
    check_cost(
        weights=sum(int(np.prod(s)) for s in model.shapes(n_hidden, features.n_features).values()),
        n_features=features.n_features,
        batch=check_positive_int("size", size),
        instances=count,
        steps=iterations,
        held_out=held_out,
    )
    shared = np.random.SeedSequence(seed, spawn_key=(int(Purpose.TRAINING),))
    uniform = fixed_uniforms(features, sample, size, np.random.default_rng(shared))
    indices = range(first_instance, first_instance + count)
    starts = instance_streams(seed, indices, Purpose.INITIAL)
    unseen = instance_streams(seed, indices, Purpose.HELD_OUT)
    fits = []
    for k in range(count):
        law = features.instance(k) if features.instances else features
        start = initial.instance(k).draw(
            np.random.default_rng(starts[k]), n_hidden, features.n_features, model
        )
        fit = _fit(model, law, start, uniform, method, added, iterations, tolerance)
        fit |= _judge(model, law, fit["parameters"], held_out, np.random.default_rng(unseen[k]))
        fits.append(fit)
    configuration = {
        "kind": "fit_fixed_sample",
        "model": model.configuration(),
        "features": features.configuration(),
        "n_hidden": n_hidden,
        "seed": seed,
        "sample": sample,
        "size": size,
        "instances": count,
        "first_instance": first_instance,
        "method": method,
        "initial": initial.configuration(),
        "penalty": added.configuration(),
        "iterations": iterations,
        "tolerance": tolerance,
        "held_out": held_out,
    }
    return configured(_dataset(fits, np.array(indices)), configuration)


def _fit(
    model: Model,
    law: Features,
    start: dict[str, Array],
    uniform: Array,
    method: str,
    penalty: Penalty,
    iterations: int,
    tolerance: float,
) -> dict[str, Any]:
    """One instance, from its start to where the optimiser ends."""
    x = law.from_uniform(uniform)
    free = [name for name in start if name != "b" or model.bias]

    def objective(theta: Array) -> tuple[float, Array]:
        parameters = start | _unflatten(theta, {name: start[name] for name in free})
        loss, gradient = loss_and_gradient(model, None, parameters, x, law.importance, penalty)
        return float(loss), _flatten([gradient[name] for name in free])

    history: list[float] = []

    def remember(intermediate_result: Any) -> None:  # SciPy goes by this name
        history.append(float(intermediate_result.fun))

    options: dict[str, Any] = {"maxiter": iterations, "gtol": tolerance}
    settings: dict[str, Any] = {"jac": True, "method": method, "callback": remember}
    if method == "L-BFGS-B":
        options |= {"ftol": 1e-12, "maxfun": 20 * iterations}
    else:
        settings["hessp"] = _hessian_product(lambda theta: objective(theta)[1])
    theta: Any = _flatten([start[name] for name in free])
    result = minimize(cast(Any, objective), theta, options=cast(Any, options), **settings)
    return {
        "parameters": start | _unflatten(result.x, {name: start[name] for name in free}),
        "history": history or [float(result.fun)],
        "objective": float(result.fun),
        "converged": bool(result.success),
        "message": str(result.message),
        "evaluations": int(result.nfev),
    }


def _hessian_product(gradient: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    """H p by a central difference of the gradient along p."""

    def product(theta: Array, direction: Array) -> Array:
        length = np.linalg.norm(direction)
        if length == 0:
            return np.zeros_like(direction)
        # ε^(1/3) balances the truncation (ε²) against the rounding (eps/ε) of the difference.
        step = np.cbrt(np.finfo(float).eps) * (1 + np.linalg.norm(theta)) / length
        ahead, behind = gradient(theta + step * direction), gradient(theta - step * direction)
        return np.asarray((ahead - behind) / (2 * step))

    return product


def _judge(
    model: Model, law: Features, parameters: dict[str, Array], size: int, rng: np.random.Generator
) -> dict[str, float]:
    """Loss on a fresh sample, without penalty, and its standard error."""
    x = law.sample(rng, size)
    error = model.forward(parameters, x) - model.target(x)
    losses = (error * error) @ law.importance
    return {
        "loss": float(losses.mean()),
        "loss_error": float(losses.std(ddof=1) / np.sqrt(size)) if size > 1 else np.nan,
    }


def _dataset(fits: list[dict[str, Any]], instances: Array) -> xr.Dataset:
    """The instances side by side, histories padded with NaN."""
    longest = max(len(fit["history"]) for fit in fits)
    history = np.full((longest, len(fits)), np.nan)
    for k, fit in enumerate(fits):
        history[: len(fit["history"]), k] = fit["history"]
    out: dict[str, Any] = {
        name: (
            ("instance", *axes_of(name)),
            np.stack([fit["parameters"][name] for fit in fits]),
        )
        for name in fits[0]["parameters"]
    }
    for name in ("loss", "loss_error", "objective", "converged", "message", "evaluations"):
        out[name] = ("instance", np.array([fit[name] for fit in fits]))
    out["history"] = (("step", "instance"), history)
    out["steps_taken"] = ("instance", np.array([len(fit["history"]) for fit in fits]))
    return xr.Dataset(out, {"instance": instances, "step": np.arange(1, longest + 1)})


def _flatten(arrays: list[Array]) -> Array:
    return np.concatenate([np.ravel(a) for a in arrays])


def _unflatten(theta: Array, shapes: dict[str, Array]) -> dict[str, Array]:
    """Cut a vector into arrays of the given names and shapes."""
    ends = np.cumsum([a.size for a in shapes.values()])[:-1]
    parts = np.split(theta, ends)
    return {n: part.reshape(a.shape) for (n, a), part in zip(shapes.items(), parts, strict=True)}


def _check(
    features: Features,
    n_hidden: int,
    model: Model,
    method: str,
    penalty: Penalty,
    iterations: int,
    tolerance: float,
    instances: int | None,
    first_instance: int,
) -> int:
    """Check the arguments; the number of instances."""
    check_positive_int("n_hidden", n_hidden)
    check_positive_int("iterations", iterations)
    n = features.n_features
    if "W" in model.shapes(1, 1) and n_hidden > n:
        raise ValueError(
            f"n_hidden must not exceed n_features = {n} in a tied model, got {n_hidden}"
        )
    check_choice("method", method, METHODS)
    as_at_least_zero("tolerance", tolerance)
    check_penalty(penalty, model)
    check_whole("first_instance", first_instance)
    worlds = int(np.prod(features.instances))
    count = worlds if instances is None else check_positive_int("instances", instances)
    if features.instances and count != worlds:
        raise ValueError(
            f"instances must be {worlds}, one for each leading entry of the features, got {count}"
        )
    return count
