"""Lines among the D_i of trained models: values that more features share than chance explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray

__all__ = ["Line", "lines"]


@dataclass(frozen=True)
class Line:
    """A local excess of D_i over its surroundings.

    Attributes
    ----------
    dimensionality : float
        Centre of the bin.
    count : int
        D_i in it.
    expected : float
        From the bins on its fuller side.
    z : float
        Significance of the excess, in standard deviations, after allowing for all bins searched.
    """

    dimensionality: float
    count: int
    expected: float
    z: float


def lines(
    dimensionality: FloatArray,
    *,
    width: float = 0.01,
    around: int = 4,
    gap: int = 1,
    least: float = 3.0,
) -> list[Line]:
    """Lines in a set of D_i: bins that hold more than the bins around them can explain.

    The background of a bin is taken from the `around` bins on that side of it which hold more, so
    that neither an edge nor a slope makes a line, and `gap` bins away, so that a line does not hide
    itself.  Given T counts in w such bins, the count of one more follows a negative binomial law
    (a Poisson law whose mean is known from T only).  A line reaches its count with a chance below
    that of `least` standard deviations, times the bins searched; of adjacent bins the fullest
    stands for it.

    Parameters
    ----------
    dimensionality : (n,)
        D_i of represented features.
    width : float
        Of a bin.
    around, gap : int
        In bins.
    least : float
        Standard deviations.
    """
    from scipy.stats import nbinom, norm  # half a second that few callers need

    edges = np.arange(-0.5 * width, 1 + 1.5 * width, width)
    counts = np.histogram(dimensionality, edges)[0]
    centres = (edges[1:] + edges[:-1]) / 2
    padded = np.pad(counts, around + gap)
    below, above = (
        np.stack([padded[around + gap + k :][: len(counts)] for k in steps]).sum(axis=0)
        for steps in (range(-around - gap, -gap), range(gap + 1, around + gap + 1))
    )
    total = np.maximum(below, above)
    expected = (total + 1) / around
    log_chance = nbinom.logsf(counts - 1, total + 1, around / (around + 1)) + np.log(len(counts))
    z = np.where(log_chance < 0, -norm.ppf(np.exp(np.maximum(log_chance, -700.0))), 0.0)
    found = []
    for k in np.flatnonzero(z >= least):
        if counts[k] == counts[max(0, k - 1) : k + 2].max():
            found.append(Line(float(centres[k]), int(counts[k]), float(expected[k]), float(z[k])))
    return found
