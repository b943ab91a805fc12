"""All steps of a run: what is kept on the way, and which instances stop before the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from ground.checks import as_at_least_zero, check_positive_int
from numeric.models.network import axes_of
from numeric.training.engines import Run

__all__ = ["Plateau", "run_to_the_end"]

HISTORY_POINTS = 100


@dataclass(frozen=True)
class Plateau:
    """Stop an instance once its loss has stopped falling.

    The mean batch loss over each window of `window` steps is compared with the best so far;
    after `patience` windows without a relative fall of `tolerance`, the instance stops. Each
    instance judges by its own losses, so it stops at the same step in any company.

    Parameters
    ----------
    window : int
        Steps whose batch losses are averaged.
    tolerance : float
        Least relative fall that counts, at least 0.
    patience : int
        Windows in a row without such a fall, after which the instance stops.

    Raises
    ------
    ValueError
        A number out of its range.

    Examples
    --------
    >>> Plateau(window=100).patience
    3
    """

    window: int = 500
    tolerance: float = 1e-3
    patience: int = 3

    def __post_init__(self) -> None:
        check_positive_int("window", self.window)
        check_positive_int("patience", self.patience)
        as_at_least_zero("tolerance", self.tolerance)


def run_to_the_end(
    run: Run,
    rates: np.ndarray,
    snapshots: tuple[int, ...],
    plateau: Plateau | None,
    progress: bool,
) -> dict[str, Any]:
    """Take all steps; returns the variables of the result.

    An instance whose loss or parameters are no longer finite stops there: it has diverged.
    """
    steps, count = len(rates), len(run.theta)
    window = plateau.window if plateau else max(1, steps // HISTORY_POINTS)
    marks = sorted({*range(window, steps, window), steps, *(s for s in snapshots if s)})
    kept = {0: run.theta.copy()} if 0 in snapshots else {}
    active = np.ones(count, dtype=bool)
    taken = np.zeros(count, dtype=np.int64)
    diverged = np.zeros(count, dtype=bool)
    history = []
    judge = _Judge(plateau, count)
    with tqdm(total=steps, disable=not progress, unit="step", leave=False) as bar:
        for mark in marks:
            if not active.any():
                run.taken = mark
                history.append(np.full(count, np.nan))
            else:
                share = rates[run.taken : mark]
                history.append(run.advance(share, np.flatnonzero(active)))
                taken[active] = mark
                goes_on = judge.goes_on(history[-1], len(share), mark)
                finite = np.isfinite(history[-1]) & np.all(np.isfinite(run.theta), axis=1)
                diverged |= active & ~finite
                active &= goes_on & finite
                bar.update(len(share))
            if mark in snapshots:
                kept[mark] = run.theta.copy()
    out: dict[str, Any] = _named(run, run.theta, ("instance",))
    out["history"] = (("step", "instance"), np.array(history))
    out["step"] = ("step", np.array(marks))
    out["steps_taken"] = ("instance", taken)
    settled = ~active if plateau else _settled(out["history"][1])
    out["converged"] = ("instance", settled & ~diverged)
    out["diverged"] = ("instance", diverged)
    if snapshots:
        stack = np.array([kept[s] for s in snapshots])
        for name, value in _named(run, stack, ("snapshot", "instance")).items():
            out[f"{name}_snapshots"] = value
        out["snapshot"] = ("snapshot", np.array(snapshots))
    return out


class _Judge:
    """The plateau rule, applied to the losses of whole windows."""

    def __init__(self, rule: Plateau | None, count: int) -> None:
        self.rule = rule
        self.best = np.full(count, np.inf)
        self.misses = np.zeros(count, dtype=np.int64)
        self.sum = np.zeros(count)
        self.steps = 0

    def goes_on(self, losses: np.ndarray, steps: int, mark: int) -> np.ndarray:
        """Which instances have not met the rule; snapshots may have split a window."""
        if self.rule is None:
            return np.ones(len(losses), dtype=bool)
        self.sum += steps * losses
        self.steps += steps
        if mark % self.rule.window == 0:
            mean = self.sum / self.steps
            better = mean < self.best * (1 - self.rule.tolerance)
            self.misses = np.where(better, 0, self.misses + 1)
            self.best = np.where(better, mean, self.best)
            self.sum, self.steps = np.zeros(len(losses)), 0
        return self.misses < self.rule.patience


def _settled(history: np.ndarray) -> np.ndarray:
    """Whether the last tenth of the history lies within 1 % of the tenth before."""
    tenth = max(1, len(history) // 10)
    if len(history) < 2 * tenth:
        return np.zeros(history.shape[1], dtype=bool)
    with np.errstate(invalid="ignore", over="ignore"):  # of instances that diverged
        last, before = history[-tenth:].mean(axis=0), history[-2 * tenth : -tenth].mean(axis=0)
        return np.asarray(np.abs(last - before) <= 0.01 * before)


def _named(run: Run, theta: np.ndarray, lead: tuple[str, ...]) -> dict[str, Any]:
    """Parameters as variables with named axes."""
    return {name: ((*lead, *axes_of(name)), value) for name, value in run.parameters(theta).items()}
