"""What computing in superposition gains over the naive solution, and from which density on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray

SEEN = 0.03  # density from which held-out samples hold thousands of active pairs

__all__ = ["Crossing", "Gain", "crossing", "gain_of", "gain_row"]


@dataclass(frozen=True)
class Crossing:
    """Where a branch of nets meets the naive solution.

    Attributes
    ----------
    density, error : float
        By linear interpolation between two densities, and its standard error from those of the
        losses; NaN where the branch does not cross.
    slope : float
        Of the ratio of losses by density there.
    """

    density: float
    error: float
    slope: float


@dataclass(frozen=True, eq=False)
class Gain:
    """Nets of one size against the naive solution, over density.

    Attributes
    ----------
    density : (density,)
        Falling.
    ratio, ratio_error : (start, density, run)
        Exact loss of trained nets over the naive one.
    off : float
        Held-out losses from exact ones: root of the mean squared distance in standard errors,
        where enough active pairs are held out to have some.
    best, best_error : (density,)
        Least loss of all that was found, by theory, over the naive one.
    code : (density,)
        The same of a code in closed form; NaN where there is none.
    branch_density, branch, branch_error : (step,)
        The branch of the best nets, followed up in density.
    meets : Crossing
    """

    density: FloatArray
    ratio: FloatArray
    ratio_error: FloatArray
    off: float
    best: FloatArray
    best_error: FloatArray
    code: FloatArray
    branch_density: FloatArray
    branch: FloatArray
    branch_error: FloatArray
    meets: Crossing

    @property
    def gain(self) -> FloatArray:
        """1 − L/L_naive of the best, (density,)."""
        return 1 - self.best

    def of_start(self, start: int) -> tuple[FloatArray, FloatArray]:
        """Mean gain of the runs from one start and its standard error, (density,).

        That over the runs, and that of their losses' samples, which they have in common.
        """
        gain, sampled = 1 - self.ratio[start], self.ratio_error[start].mean(axis=-1)
        over_runs = gain.std(axis=-1, ddof=1) / np.sqrt(gain.shape[-1])
        return gain.mean(axis=-1), np.hypot(over_runs, sampled)


def crossing(density: FloatArray, ratio: FloatArray, error: FloatArray) -> Crossing:
    """Where a ratio, followed by rising density, first passes 1.

    Examples
    --------
    >>> crossing(np.array([0.3, 0.4]), np.array([0.9, 1.1]), np.array([0.01, 0.01])).density
    0.35
    """
    order = np.argsort(density)
    p, r, e = density[order], ratio[order], error[order]
    above = np.flatnonzero((r[:-1] < 1) & (r[1:] >= 1))
    if not above.size:
        return Crossing(np.nan, np.nan, np.nan)
    k = above[0]
    slope = (r[k + 1] - r[k]) / (p[k + 1] - p[k])
    share = (1 - r[k]) / (r[k + 1] - r[k])
    spread = np.hypot((1 - share) * e[k], share * e[k + 1])
    return Crossing(
        round(float(p[k] + share * (p[k + 1] - p[k])), 12), float(spread / slope), float(slope)
    )


def gain_of(measured: xr.Dataset, derived: xr.Dataset) -> Gain:
    """Hold nets of one size against the naive solution.

    Parameters
    ----------
    measured : Dataset (start, density, run)
        With loss and loss_error, held out.
    derived : Dataset (start, density, run, step)
        With loss, error, naive, best, best_error, code, and branch_density, branch_naive, branch,
        branch_error.
    """
    runs = ("start", "density", "run")
    naive = derived["naive"].values
    branch, error = (
        (derived[name] / derived["branch_naive"]).values for name in ("branch", "branch_error")
    )
    p = derived["branch_density"].values
    loss, spread = (derived[name].transpose(*runs).values for name in ("loss", "error"))
    held, held_error = (measured[name].transpose(*runs).values for name in ("loss", "loss_error"))
    # Where active pairs are rare, few are held out and their spread is not seen.
    seen = derived["density"].values >= SEEN
    off = ((held - loss) / np.hypot(held_error, spread))[:, seen]
    return Gain(
        derived["density"].values,
        loss / naive[:, None],
        spread / naive[:, None],
        float(np.sqrt(np.mean(off**2))),
        derived["best"].values / naive,
        derived["best_error"].values / naive,
        derived["code"].values / naive,
        p,
        branch,
        error,
        crossing(p, branch, error),
    )


def gain_row(gains: dict[str, Gain], onset: float, block: Crossing) -> dict[str, Any]:
    """The row of the table of agreement: sizes by name, the onset of arms, a block's crossing."""
    row: dict[str, Any] = {
        "arm_onset": onset,
        "gain_crossing_block": block.density,
        "gain_crossing_error_block": block.error,
    }
    for name, gain in gains.items():
        row |= {
            f"gain_crossing_{name}": gain.meets.density,
            f"gain_crossing_error_{name}": gain.meets.error,
            f"gain_sparsest_{name}": float(gain.gain[gain.density.argmin()]),
        }
    row["held_out_off"] = max(gain.off for gain in gains.values())
    return row
