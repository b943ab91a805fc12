r"""Descent of the exact loss from a given two-layer net, and along a path of densities [D33].

Inputs with at most two active features are integrated, the others are a fixed sample (D26), so that
the loss is an ordinary function, smooth almost everywhere, and a quasi-Newton method descends it in
hundreds of evaluations.  A net fits the sample that it descends a little better than its law; so it
is judged by another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray, as_list, check_at_most, check_positive_int
from theory.computation.nets import TwoLayerNets, as_two_layer_nets
from theory.computation.two_layers import terms_of

__all__ = ["RefinedNet", "nets_along", "refined_net"]

MOST_FEATURES = 40
EXACT = 2  # active features, integrated
MEMORY = 30  # pairs of steps and gradients that L-BFGS keeps


@dataclass(frozen=True, eq=False)
class RefinedNet:
    """Where a descent of the exact loss ended [D33].

    Attributes
    ----------
    W1 : (m, n), W2 : (n, m), b : (n,)
    density : (n,)
    loss : float
        Its expected loss, inputs with three and more active features by a fresh sample.
    error : float
        Standard error of that.
    fitted : float
        The loss on the sample that was descended.
    evaluations : int
    """

    W1: FloatArray
    W2: FloatArray
    b: FloatArray
    density: FloatArray
    loss: float
    error: float
    fitted: float
    evaluations: int


def refined_net(
    W1: Any,
    W2: Any,
    b: Any,
    *,
    density: Any,
    importance: Any = None,
    target: str = "absolute",
    output: str = "relu",
    low: float = -1.0,
    high: float = 1.0,
    points: int = 256,
    judged: int = 2048,
    iterations: int = 200,
) -> RefinedNet:
    r"""Descend the exact loss from a net, by L-BFGS [D33].

    .. math:: \min_{W_1, W_2, b} \sum_i I_i E[(t(x_i) - f(W_2 ReLU(W_1 x) + b)_i)^2]

    Parameters
    ----------
    W1 : array_like (m, n)
    W2 : array_like (n, m)
    b : array_like (n,) or None
    density, importance : array_like, () or (n,)
    target, output, low, high
        As in `theory.two_layer_loss`.
    points : int
        Of the sample that is descended, in each of 8 scramblings.
    judged : int
        Of the fresh one.
    iterations : int
        At most.

    Returns
    -------
    RefinedNet
        Its loss may exceed that of the start by what the sample misled, a few standard errors.

    Raises
    ------
    ValueError
        Naming the argument; for n above 40, where an evaluation takes a tenth of a second.

    Examples
    --------
    >>> start = [[1.0], [-0.8]], [[0.9, 1.0]], [0.1]
    >>> bool(refined_net(*start, density=0.5).loss < 1e-10)
    True
    """
    nets = as_two_layer_nets(
        W1, W2, b, density, importance, target=target, output=output, low=low, high=high
    )
    if nets.shape:
        raise ValueError(f"W1 must be of one net, of shape (m, n), got {nets.shape} of them")
    check_at_most("n_features", nets.W1.shape[-1], MOST_FEATURES, "an evaluation would take long")
    for name, value in (("points", points), ("judged", judged), ("iterations", iterations)):
        check_at_most(name, check_positive_int(name, value), 10**5, "for the time it takes")
    return _descended(nets, points, judged, iterations)


def nets_along(
    W1: Any,
    W2: Any,
    b: Any,
    *,
    densities: Any,
    importance: Any = None,
    target: str = "absolute",
    output: str = "relu",
    low: float = -1.0,
    high: float = 1.0,
    points: int = 256,
    judged: int = 2048,
    iterations: int = 200,
) -> list[RefinedNet]:
    r"""Follow a net from density to density, each time descending from where it was [D33].

    .. math:: θ_{k+1} = descended(θ_k; p_{k+1})

    Parameters
    ----------
    W1, W2, b
        The first net.
    densities : array_like (k,)
        p, in the order of the path.
    importance, target, output, low, high, points, judged, iterations
        As in :func:`refined_net`.

    Returns
    -------
    list of RefinedNet
        One a density.

    Raises
    ------
    ValueError
        As :func:`refined_net`; for densities outside [0, 1].

    Examples
    --------
    >>> path = nets_along([[1.0], [-0.8]], [[0.9, 1.0]], None, densities=[0.5, 0.4])
    >>> [round(net.loss, 9) for net in path]
    [0.0, 0.0]
    """
    path = as_list("densities", densities)
    if path.size > 1000 or (path < 0).any() or (path > 1).any():
        raise ValueError(f"densities must be at most 1000 numbers in [0, 1], got {densities!r}")
    found: list[RefinedNet] = []
    for p in path:
        net = refined_net(
            W1, W2, b, density=p, importance=importance, target=target, output=output, low=low,
            high=high, points=points, judged=judged, iterations=iterations,
        )  # fmt: skip
        found.append(net)
        W1, W2, b = net.W1, net.W2, net.b
    return found


def _descended(nets: TwoLayerNets, points: int, judged: int, iterations: int) -> RefinedNet:
    _, m, n = nets.W1.shape
    # So that steps and stops do not depend on the units of the loss.
    unit = float((nets.density[0] * nets.importance[0]).sum()) or 1.0

    def at(theta: FloatArray) -> TwoLayerNets:
        return nets._replace(
            W1=theta[: m * n].reshape(1, m, n),
            W2=theta[m * n : 2 * m * n].reshape(1, n, m),
            b=theta[2 * m * n :].reshape(1, n),
        )

    def objective(theta: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = terms_of(at(theta), EXACT, points, 0)
        flat = np.concatenate([part.ravel() for part in gradient])
        return float(np.asarray(value.loss)) / unit, flat / unit

    start = np.concatenate([nets.W1.ravel(), nets.W2.ravel(), nets.b.ravel()])
    options: Any = {"maxiter": iterations, "maxcor": MEMORY, "ftol": 1e-13, "gtol": 1e-10}
    end = minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
    last = at(np.asarray(end.x))
    # Another seed: what was descended flatters.
    loss = terms_of(last, EXACT, judged, 1)[0]
    return RefinedNet(
        last.W1[0],
        last.W2[0],
        last.b[0],
        nets.density[0],
        float(np.asarray(loss.loss)),
        float(np.asarray(loss.error)),
        float(end.fun) * unit,
        int(end.nfev),
    )
