"""Two orthonormal bases of one space: how much the features of two sets must interfere."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.local_bases.plan import Plan
from theory.polytopes.frames import welch_bound


def derive(plan: Plan) -> xr.Dataset:
    """Least rms interference of unit vectors, and that across sets if there is none within.

    The mean of (Ŵ_i·Ŵ_j)² over i ≠ j is at least the square of Welch's bound, and equal to it for
    a tight frame [D13].  Two orthonormal bases are one; all their interference is across.
    """
    n, m = plan.runs.n_features, plan.runs.n_hidden
    least = float(welch_bound(n, m))
    ordered, across = n * (n - 1), n * n // 2  # pairs i ≠ j, and those of different sets
    return xr.Dataset({"least": least, "across": least * np.sqrt(ordered / across)})
