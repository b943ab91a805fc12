"""Attacks on x' = ReLU(WᵀWx + b), input by input: fixed, the best of n, projected gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_array_api_obj
from array_api_compat import device as device_of

from ground.checks import (
    as_floats,
    as_importance,
    as_model,
    as_number,
    check_choice,
    check_positive_int,
)
from numeric.adversary.ascent import ascend, losses, on_the_sphere, strongest
from numeric.adversary.directions import dealt, live_features, unit_directions
from numeric.namespaces import like, to_numpy

__all__ = ["KINDS", "Attacked", "attack"]

KINDS = ("analytic", "fixed", "gradient", "random")


@dataclass(frozen=True, eq=False)
class Attacked:
    """What an attack did to each sample.

    Attributes
    ----------
    delta : array (..., batch, n_features)
        δ, what was added to the input.
    loss, clean : array (..., batch)
        Σ_i I_i (x_i − x'_i)² with the attack and without; the target is the clean x.
    feature : int array (..., batch), optional
        Which feature's direction was taken, from 0; none for projected gradient.
    """

    delta: Any
    loss: Any
    clean: Any
    feature: Any = None


def attack(
    W: Any,
    b: Any,
    x: Any,
    *,
    size: float,
    kind: str = "analytic",
    feature: int | None = None,
    importance: Any = None,
    live_above: float | None = None,
    steps: int = 40,
    restarts: int = 3,
    seed: int = 0,
) -> Attacked:
    r"""Attack each input of a model within ‖δ‖ ≤ size, the target staying clean.

    .. math:: \max_\delta \; \sum_i I_i \big(x_i - \mathrm{ReLU}(W^T W (x + \delta) + b)_i\big)^2,
              \qquad \delta_k = \text{size} \cdot G_k / \|G_k\|, \quad G = W^T W

    Parameters
    ----------
    W : array (..., n_hidden, n_features)
    b : array (..., n_features)
    x : array (..., batch, n_features)
        Inputs. Leading axes of W and x broadcast. Arrays of any library are attacked where they
        are; lists become NumPy's.
    size : float
        λ ≥ 0, the length of δ; the paper takes 0.1 of the mean input norm (`mean_input_norm`).
    kind : {"analytic", "fixed", "gradient", "random"}
        "analytic": the paper's, the best of the n attacks δ_k on each input. "fixed": δ_k of one
        feature on all. "random": δ_k of a live feature, dealt to the rows in turn as
        `RandomFeatureAttack` does. "gradient": projected gradient ascent from the analytic attack
        and from random points; never below "analytic", and a lower bound of the worst case.
    feature : int, optional
        k of a fixed attack, from 0.
    importance : array (..., n_features), optional
        I, ones by default.
    live_above : float, optional
        Features with ‖W_k‖ below it are dead and don't attack. None is the raw convention: a
        feature that is all but dropped attacks at full strength, since G_k/‖G_k‖ keeps length 1.
    steps, restarts : int
        Of the ascent; `restarts` counts the random starts.
    seed : int
        Of the random starts.

    Returns
    -------
    Attacked

    Raises
    ------
    ValueError
        A size below 0 or not finite; no bias (give zeros); a feature without direction (G_k = 0);
        no live feature at all; shapes that don't fit.

    Examples
    --------
    The digon, attacked where nothing is active: the output of one feature rises by √2 λ.

    >>> found = attack([[1.0, -1.0]], [0.0, 0.0], [[0.0, 0.0]], size=0.1)
    >>> found.delta.round(3)
    array([[ 0.071, -0.071]])
    >>> found.loss.round(3)
    array([0.02])
    """
    W, b, x, weights = _checked(W, b, x, importance)
    size = as_size("size", size)
    live_above = as_threshold(live_above)
    check_choice("kind", kind, KINDS)
    steps = check_positive_int("steps", steps)
    restarts = check_positive_int("restarts", restarts)
    xp = array_namespace(W, x)
    d, _ = unit_directions(W)
    alive = _live(W, live_above)
    clean = losses(W, b, x, x, weights)
    best = None
    if kind == "fixed":
        choice = xp.full_like(xp.astype(clean, xp.int64), _feature(feature, alive))
    elif feature is not None:
        raise ValueError(f'feature belongs to kind "fixed", got feature={feature!r} with {kind!r}')
    elif kind == "random":
        turns = xp.argmax(xp.astype(dealt(alive, x.shape[-2]), xp.int8), axis=-1)
        choice = xp.zeros_like(clean, dtype=xp.int64) + turns
    else:
        choice, best = strongest(W, b, x, weights, size * d, alive)
    delta = size * _rows(d, choice)
    if best is None:
        best = losses(W, b, x, x + delta, weights)
    if kind != "gradient":
        return Attacked(delta, best, clean, choice)
    if size > 0:
        rng = np.random.default_rng(as_seed(seed))
        starts = [delta, *(on_the_sphere(rng, delta, size) for _ in range(restarts))]
        for start in starts:
            end, top = ascend(W, b, x, weights, start, size, steps)
            better = top > best
            best = xp.where(better, top, best)
            delta = xp.where(better[..., None], end, delta)
    return Attacked(delta, best, clean)


def as_size(name: str, value: Any, *, positive: bool = False) -> float:
    """The length of an attack."""
    allowed = "one finite number > 0" if positive else "one finite number ≥ 0"
    return as_number(name, value, allowed, lambda v: (v > 0 if positive else v >= 0) and v < 1e100)


def as_seed(value: Any) -> int:
    """A seed: a whole number, not negative."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise ValueError(f"seed must be a whole number ≥ 0, got {value!r}")
    return int(value)


def as_threshold(value: Any) -> float | None:
    """The length below which a feature is dead; None where none is."""
    if value is None:
        return None
    allowed = "None or a positive number, the length ‖W_k‖ below which a feature is dead"
    return as_number("live_above", value, allowed, lambda v: 0 < v < np.inf)


def _checked(W: Any, b: Any, x: Any, importance: Any) -> tuple[Any, Any, Any, Any]:
    """Arrays of one library that fit each other."""
    if b is None:
        raise ValueError("b must be the model's biases, got None: give zeros where it has none")
    weights, biases = as_model(to_numpy(W), to_numpy(b))
    inputs = as_floats("x", to_numpy(x))
    n = weights.shape[-1]
    if inputs.ndim < 2 or inputs.shape[-1] != n or 0 in inputs.shape:
        raise ValueError(f"x must have shape (..., batch, {n}) to fit W, got {inputs.shape}")
    if not np.isfinite(inputs).all():
        raise ValueError("x must be finite, got NaN or infinity in it")
    importances = as_importance(importance if importance is None else to_numpy(importance), n)
    leading = (weights.shape[:-2], inputs.shape[:-2], importances.shape[:-1])
    try:
        np.broadcast_shapes(*leading)
    except ValueError:
        raise ValueError(
            f"leading axes of W, x and importance must broadcast, got {leading}"
        ) from None
    # What is another library's stays there.
    home = W if is_array_api_obj(W) and not isinstance(W, np.ndarray) else weights
    b = b if home is W else biases
    return home, like(b, home), like(x if home is W else inputs, home), like(importances, home)


def _live(W: Any, live_above: float | None) -> Any:
    """Which features attack, at least one in each model."""
    xp = array_namespace(W)
    alive = live_features(W, live_above)
    if not bool(xp.all(xp.any(alive, axis=-1))):
        least = "0" if live_above is None else f"live_above = {live_above:g}"
        raise ValueError(
            f"W must have a live feature in each model, a column longer than {least}: without one "
            "no attack has a direction"
        )
    if live_above is None and not bool(xp.all(alive)):
        raise ValueError(
            "W must have no zero column, as G_k/‖G_k‖ is 0/0 there; live_above, such as "
            "live_above=1e-3, leaves dead features out"
        )
    return alive


def _feature(feature: Any, alive: Any) -> int:
    """The feature of a fixed attack."""
    n = alive.shape[-1]
    whole = isinstance(feature, int | np.integer) and not isinstance(feature, bool)
    if not (whole and 0 <= feature < n):
        raise ValueError(f"feature must be a whole number in 0…{n - 1}, got {feature!r}")
    if not bool(array_namespace(alive).all(alive[..., feature])):
        raise ValueError(f"feature must be live in each model, got {feature}, which is not")
    return int(feature)


def _rows(d: Any, choice: Any) -> Any:
    """The row of d that each sample chose, (..., batch, n)."""
    xp = array_namespace(d)
    columns = xp.arange(d.shape[-1], dtype=choice.dtype, device=device_of(d))
    return xp.matmul(xp.astype(choice[..., None] == columns, d.dtype), d)
