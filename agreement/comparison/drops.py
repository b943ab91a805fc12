"""Jumps of trained features beside drops of the exact loss: do they come together?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray
from numeric.measure.coincidence import Coincidence, Surroundings, coincidence
from numeric.measure.geometry import feature_dimensionality, norms
from numeric.measure.jumps import Jump, JumpRule, events, jumps
from theory.loss.floats import loss_and_gradient
from theory.one_hot.potential import one_hot_loss

__all__ = ["Drops", "crossing", "drops_of", "drops_row", "exact_losses", "linear_rule"]


@dataclass(frozen=True, eq=False)
class Drops:
    """Runs of one set-up in logarithmic time.

    Attributes
    ----------
    time : array (T,)
        ln of the step.
    dimensionality : array (T, run, n)
        D_i.
    loss : array (T, run)
        Exact.
    jumps : list of list of Jump, one a run
    linear : int
        Jumps that the same rule finds in time itself, its window the same share of the record.
    found : Coincidence
        Of the events of all runs with drops of the loss.
    """

    time: FloatArray
    dimensionality: FloatArray
    loss: FloatArray
    jumps: list[list[Jump]]
    linear: int
    found: Coincidence

    @property
    def count(self) -> int:
        """Jumps of all features of all runs."""
        return sum(map(len, self.jumps))


def exact_losses(W: FloatArray, b: FloatArray, density: float, importance: Any) -> FloatArray:
    """Exact loss of models of few features, (...); one-hot data at density 0."""
    if density == 0:
        return np.asarray(one_hot_loss(W, b, importance))
    return loss_and_gradient(W, b, density=density, importance=importance, method="exact")[0]


def drops_of(
    steps: Any,
    W: FloatArray,
    loss: FloatArray,
    *,
    rule: JumpRule,
    present: float,
    around: Surroundings,
    seed: int = 0,
) -> Drops:
    """Find the jumps of D_i of several runs, and hold them against their exact losses.

    Parameters
    ----------
    steps : array_like (T,)
        Above 0, rising.
    W : array (T, run, m, n)
    loss : array (T, run)
        Exact, as `exact_losses` gives it.
    rule : JumpRule
        In ln t.
    present : float
        Norm from which on a feature is there.
    around : Surroundings
        In ln t.
    seed : int
        Of the shifts.

    Raises
    ------
    ValueError
        No run jumps.
    """
    step = np.asarray(steps, dtype=np.float64)
    time = np.log(step)
    D, there = feature_dimensionality(W), norms(W) >= present
    runs = range(W.shape[1])
    found = [jumps(time, D[:, r], rule, present=there[:, r]) for r in runs]
    linear = linear_rule(rule, time, step)
    return Drops(
        time=time,
        dimensionality=D,
        loss=loss,
        jumps=found,
        linear=sum(len(jumps(step, D[:, r], linear, present=there[:, r])) for r in runs),
        found=coincidence(
            time, loss.T, [events(each, rule.window) for each in found], around, seed=seed
        ),
    )


def linear_rule(rule: JumpRule, time: FloatArray, step: FloatArray) -> JumpRule:
    """The rule for time itself: its window is the same share of the whole record."""
    share = rule.window / (time[-1] - time[0])
    return JumpRule(share * float(step[-1] - step[0]), rule.least, rule.plateau)


def drops_row(found: Mapping[str, Drops], flow: FloatArray, descent: FloatArray) -> dict[str, Any]:
    """The row of the table of agreement: all set-ups together, the weakest where one counts.

    Parameters
    ----------
    found : mapping of Drops
        By set-up.
    flow, descent : array (T,)
        Exact loss along the flow, and of gradient descent from the same start at the same times.
    """
    each = list(found.values())
    return {
        "runs": sum(one.loss.shape[1] for one in each),
        "jumps": sum(one.count for one in each),
        "jumps_linear": sum(one.linear for one in each),
        "jump_events": sum(one.found.events for one in each),
        "jump_excess_min": min(one.found.excess for one in each),
        "jump_errors_min": min(one.found.excess / one.found.error for one in each),
        "jump_own_min": min(one.found.excess - one.found.others for one in each),
        "jump_rank_max": max(one.found.rank for one in each),
        "flow_off_max": flow_off(flow, descent),
    }


def flow_off(flow: Sequence[float] | FloatArray, trained: Sequence[float] | FloatArray) -> float:
    """Largest difference of two losses at the same times, as a share of the first one."""
    flow, trained = np.asarray(flow), np.asarray(trained)
    return float(np.max(np.abs(flow - trained) / flow[0]))


def crossing(time: FloatArray, loss: FloatArray, level: float) -> float:
    """When a loss first falls below a level, its logarithm linear in between; NaN if it does not.

    Examples
    --------
    >>> round(crossing(np.array([0.0, 1.0]), np.exp([2.0, 0.0]), float(np.e)), 12)
    0.5
    """
    logs = np.log(np.asarray(loss, dtype=np.float64))
    below = np.flatnonzero(logs < np.log(level))
    if not len(below):
        return float("nan")
    last = int(below[0])
    if last == 0:
        return float(time[0])
    share = (logs[last - 1] - np.log(level)) / (logs[last - 1] - logs[last])
    return float(time[last - 1] + share * (time[last] - time[last - 1]))
