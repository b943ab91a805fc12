"""What is this two-layer net?  Its neurons, its features, its exact loss, and what beats it."""

from __future__ import annotations

from typing import Any

import numpy as np

from agreement.description.arrays import plain
from agreement.description.assumed import independent_law
from agreement.description.net_neurons import features_of, neurons_of, side_slopes
from agreement.description.net_record import TwoLayerDescription
from agreement.description.net_rivals import LOSS_SECONDS, Circuit, affordable, circuits, loss_of
from ground.checks import FloatArray, as_floats, check_choice, check_flag, check_seed
from theory.computation.nets import OUTPUTS, TARGETS, as_two_layer_nets

__all__ = ["describe_two_layer", "read_target"]

READINGS = ("auto", *TARGETS)
OWN = "the net after a descent on its loss"


def describe_two_layer(
    W1: Any,
    W2: Any = None,
    b: Any = None,
    *,
    density: Any = None,
    importance: Any = None,
    target: str = "auto",
    output: str = "relu",
    low: float | None = None,
    high: float = 1.0,
    against_best: bool = True,
    seed: int = 0,
) -> TwoLayerDescription:
    r"""Say what a two-layer net computes: neurons, features, exact loss, better circuits.

    .. math:: y' = f(W_2 ReLU(W_1 x) + b)

    Parameters
    ----------
    W1 : array_like (m, n)
        Of one net; m may exceed n.
    W2 : array_like (n, m), optional
        W1ᵀ when left out: the model with a ReLU on its hidden layer.
    b : array_like (n,), optional
        Zero when left out, and then the description says so.
    density, importance : float or array_like (n,), optional
        With a density the loss is reported: exact where few features or few neurons make few
        linear regions; else exact for inputs with few active features, the rest sampled.
    target : {"auto", "absolute", "relu", "identity"}
        What y' is to be: |x|, ReLU(x) or x.  "auto" reads it off the net's answers to lone
        features, and says what it took.
    output : {"relu", "linear"}
        f.
    low, high : float
        Range of an active feature.  low is −1 by default, and 0 for the identity under a ReLU,
        which cannot be negative.
    against_best : bool
        Whether to look for better circuits too, which takes some seconds.
    seed : int
        Of the sample.

    Returns
    -------
    TwoLayerDescription

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, several nets at once, importance
        without density.

    Examples
    --------
    >>> pair = describe_two_layer([[1, 0], [-1, 0], [0, 1]], [[1, 1, 0], [0, 0, 1]], density=0.1)
    >>> print(pair.summary, "|", pair.phase)
    3 monosemantic neurons: 1 pair | 1 computed alone, 1 half computed
    >>> round(pair.loss, 6)  # one side of |x_2| is missing: p/6
    0.016667
    """
    check_choice("target", target, READINGS)
    check_choice("output", output, OUTPUTS)
    check_flag("against_best", against_best)
    stream = check_seed(seed)
    if importance is not None and density is None:
        raise ValueError("importance is of use only with a density, for the loss")
    notes = [] if b is not None else ["no bias given: taken as 0"]
    first = as_floats("W1", plain("W1", W1))
    tied = W2 is None
    second = np.swapaxes(first, -1, -2) if tied and first.ndim > 1 else plain("W2", W2)
    biases = plain("b", b)
    # The shapes are checked under the target that fits every range; then the target is read.
    known = as_two_layer_nets(first, second, biases, 0.0, target="relu", output=output)
    if np.ndim(first) != 2 or known.shape:
        raise ValueError(
            f"W1 must be that of one net (n_hidden, n_features), got shape {np.shape(first)}"
        )
    if target == "auto":
        target = read_target(known.W1[0], known.W2[0], output)
        notes.append(f"target taken as {_NAMES[target]}, from the answers to lone features")
    if low is None:
        low = 0.0 if target == "identity" and output == "relu" else -1.0
    nets = as_two_layer_nets(
        first, second, biases, 0.0 if density is None else density, importance,
        target=target, output=output, low=low, high=high,
    )  # fmt: skip
    if nets.shape:
        raise ValueError(
            "density and importance must be those of one net, got shapes "
            f"{np.shape(density)} and {np.shape(importance)}"
        )
    own = nets.W1[0], nets.W2[0], nets.b[0]
    found = neurons_of(own[0], own[1])
    facts: dict[str, Any] = {
        "target": target,
        "output": output,
        "neurons": found,
        "features": features_of(own[0], own[1], found, TARGETS[target], nets.low),
        "biases": tuple(own[2].tolist()),
        "tied": tied,
        "low": nets.low,
        "high": nets.high,
        "notes": tuple(notes),
    }
    if density is None:
        return TwoLayerDescription(**facts)
    most_active = affordable(nets, LOSS_SECONDS)
    loss = loss_of(nets, own, most_active, stream)
    mine = Circuit(OWN, float(loss.loss), float(loss.error), *own)
    ended = circuits(nets, mine, most_active, stream, tied) if against_best else (None,)
    return TwoLayerDescription(
        **facts,
        law=independent_law(nets.density[0], nets.importance[0], nets.low, nets.high),
        loss=mine.loss,
        loss_error=mine.error,
        loss_method=_method(most_active, len(own[2])),
        by_active_count=tuple(np.asarray(loss.by_active_count).tolist()),
        bottom=ended[0],
        circuits=tuple(each for each in ended[1:] if each is not None),
    )


_NAMES = {"absolute": "|x|", "relu": "ReLU(x)", "identity": "x"}


def read_target(W1: FloatArray, W2: FloatArray, output: str) -> str:
    """Which target a net's answers to lone features are nearest to, by the angle.

    Answers alike on both sides are those of |x|, opposite ones those of x, and one side alone is
    ReLU(x), or x on [0, 1] behind a ReLU, which is the same there.

    >>> read_target(np.eye(2), np.eye(2), "relu"), read_target(np.eye(2), np.eye(2), "linear")
    ('identity', 'relu')
    """
    slopes = side_slopes(W1, W2)
    if output == "relu":
        slopes = np.maximum(slopes, 0.0)
    size = np.linalg.norm(slopes)
    if size == 0:
        return "identity"
    mean = slopes.sum(axis=0)
    likeness = {
        name: float(mean @ np.array(sides) / np.linalg.norm(sides))
        for name, sides in TARGETS.items()
        if not (name == "identity" and output == "relu")
    }
    nearest = max(likeness, key=lambda name: likeness[name])
    return "identity" if nearest == "relu" and output == "relu" else nearest


def _method(most_active: int, n: int) -> str:
    if most_active >= n:
        return "exact"
    return f"exact for up to {most_active} active features, the rest sampled"
