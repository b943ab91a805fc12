r"""Expected loss of two-layer nets that compute: exact for few active features [D26].

$$ L = Σ_i I_i E[(t(x_i) − f(W_2 ReLU(W_1 x) + b)_i)²] $$

Inputs with at most two active features are integrated in closed form, for any number of features,
and up to four where there are few; the rest comes from a fixed sample with its standard error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray, check_choice, check_flag, check_seed, check_whole
from theory.computation.net_terms import Net, net_terms, world_of
from theory.computation.nets import TwoLayerNets, as_two_layer_nets
from theory.computation.remainder import remainder_bound
from theory.computation.work import check_work

__all__ = ["TwoLayerLoss", "two_layer_loss", "two_layer_loss_and_gradient"]

POINTS = 512
MOST_ACTIVE = 4


@dataclass(frozen=True, eq=False)
class TwoLayerLoss:
    """Expected loss of two-layer nets, by what is exact in it [D26].

    Attributes
    ----------
    loss : float or (...)
        `exact` and the sampled rest.  Without a sample it is `exact`, a lower bound.
    exact : float or (...)
        Of the inputs with at most `most_active` active features.
    by_active_count : (..., most_active + 1)
        What inputs with exactly 0, 1, … active features add to `exact`.
    error : float or (...)
        Standard error of the sampled rest, from independent scramblings; 0 where there is none.
    remainder : float or (...) or None
        Where asked for, a rigorous bound of what inputs with more than `most_active` active
        features add: the loss lies between `exact` and `exact` + `remainder`.
    """

    loss: float | FloatArray
    exact: float | FloatArray
    by_active_count: FloatArray
    error: float | FloatArray
    remainder: float | FloatArray | None


def two_layer_loss(
    W1: Any,
    W2: Any,
    b: Any,
    density: Any,
    importance: Any = None,
    *,
    target: str = "absolute",
    output: str = "relu",
    low: float = -1.0,
    high: float = 1.0,
    most_active: int = 2,
    points: int = POINTS,
    seed: int | list[int] = 0,
    bound: bool = False,
) -> TwoLayerLoss:
    r"""Expected loss of y' = f(W₂ ReLU(W₁x) + b), exact for few active features [D26].

    .. math:: L = \sum_i I_i E[(t(x_i) - y'_i)^2]

    Parameters
    ----------
    W1 : array_like (..., m, n)
        Of the hidden layer, which has no bias.  m may exceed n.
    W2 : array_like (..., n, m)
    b : array_like (..., n) or None
        None means none.
    density : array_like, () or (..., n)
    importance : array_like, () or (..., n), optional
        p_i, at most 1 and 0 allowed, and I_i.
    target : {"absolute", "relu", "identity"}
        t: |x|, ReLU(x) or x.
    output : {"relu", "linear"}
        f.
    low, high : float
        Range of an active feature, low ≤ 0 < high.  The identity under a ReLU output needs
        low = 0: it is refused where the output cannot reach it.
    most_active : {0, 1, 2, 3, 4}
        Inputs with at most so many active features are integrated; beyond 2 it takes much longer,
        and is refused where that is too long.
    points : int
        Of the sample for the others, in each of 8 scramblings, about; 0 for no sample.
    seed : int or list of int
        Of the sample, which is the same for all nets in the same world.
    bound : bool
        Whether to bound what is not integrated, too.

    Returns
    -------
    TwoLayerLoss

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Two neurons compute one absolute value:

    >>> two_layer_loss([[1.0], [-1.0]], [[1.0, 1.0]], None, 0.3).loss
    0.0

    One of them is half of it, p/6 is lost:

    >>> round(two_layer_loss([[1.0]], [[1.0]], None, 0.3).loss, 12)
    0.05
    """
    return two_layer_loss_and_gradient(
        W1, W2, b, density, importance, target=target, output=output, low=low, high=high,
        most_active=most_active, points=points, seed=seed, bound=bound,
    )[0]  # fmt: skip


def two_layer_loss_and_gradient(
    W1: Any,
    W2: Any,
    b: Any,
    density: Any,
    importance: Any = None,
    *,
    target: str = "absolute",
    output: str = "relu",
    low: float = -1.0,
    high: float = 1.0,
    most_active: int = 2,
    points: int = POINTS,
    seed: int | list[int] = 0,
    bound: bool = False,
) -> tuple[TwoLayerLoss, dict[str, FloatArray]]:
    r"""The same and its gradient, of exact and sampled inputs alike [D26].

    .. math:: \frac{\partial L}{\partial θ} = \sum_i 2 I_i E\Big[(y'_i - t_i)\,
       f'(z_i) \frac{\partial z_i}{\partial θ}\Big]

    Parameters
    ----------
    W1, W2, b, density, importance, target, output, low, high, most_active, points, seed, bound
        As in :func:`two_layer_loss`.

    Returns
    -------
    TwoLayerLoss
    dict
        "W1" (..., m, n), "W2" (..., n, m) and "b" (..., n).  At a kink, that of the side on
        which the unit is silent.  Tied weights W2 = W1ᵀ have the gradient gW1 + gW2ᵀ.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    L = p (w − 1)²/6 + p/6 for one neuron with W2 = w:

    >>> loss, gradient = two_layer_loss_and_gradient([[1.0]], [[0.5]], None, 0.3)
    >>> round(float(gradient["W2"][0, 0]), 12)
    -0.05
    """
    nets = as_two_layer_nets(
        W1, W2, b, density, importance, target=target, output=output, low=low, high=high
    )
    check_choice("most_active", most_active, range(MOST_ACTIVE + 1))
    check_work(nets, most_active, check_whole("points", points))
    check_flag("bound", bound)
    loss, gradient = terms_of(nets, most_active, points, check_seed(seed), bound)
    names = ("W1", "W2", "b")
    return loss, {
        name: value.reshape(nets.shape + value.shape[1:])
        for name, value in zip(names, gradient, strict=True)
    }


def terms_of(
    nets: TwoLayerNets, most_active: int, points: int, seed: int | list[int], bound: bool = False
) -> tuple[TwoLayerLoss, Net]:
    """Loss and gradient (B, …) of a checked value [D26]."""
    found = [
        net_terms((nets.W1[k], nets.W2[k], nets.b[k]), world_of(nets, k, most_active, points, seed))
        for k in range(len(nets.W1))
    ]
    counts = np.array([one.counts for one in found])
    dW1, dW2, db = (
        np.array([one.gradient[part] for one in found]).reshape(weights.shape)
        for part, weights in enumerate((nets.W1, nets.W2, nets.b))
    )

    how = {"target": nets.target, "output": nets.output, "low": nets.low, "high": nets.high}
    bounds = [
        remainder_bound(*net, **how, most_active=most_active)  # type: ignore[arg-type]
        for net in zip(nets.W1, nets.W2, nets.b, nets.density, nets.importance, strict=True)
        if bound
    ]

    def shaped(values: list[float]) -> Any:
        return np.reshape(values, nets.shape) if nets.shape else values[0]

    return TwoLayerLoss(
        shaped([one.loss for one in found]),
        shaped([one.exact for one in found]),
        counts.reshape(*nets.shape, most_active + 1),
        shaped([one.error for one in found]),
        shaped(bounds) if bound else None,
    ), (dW1, dW2, db)
