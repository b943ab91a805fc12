"""D24 in formulas: how high the pass from the 4-gon to the pentagon is."""

from __future__ import annotations

import numpy as np
import sympy as sp

from theory.one_hot.barrier import kgon_barrier


def barrier_table() -> sp.Matrix:
    """Rows n, height ΔE, negative curvature, norm of the new feature at the saddle [D24]."""
    rows = []
    for n in (5, 6):
        found = kgon_barrier(n)
        numbers = (found.height, found.curvature, float(np.linalg.norm(found.W[:, 4])))
        rows.append([sp.Integer(n), *(sp.Float(f"{x:.7f}", 8).round(7) for x in numbers)])
    return sp.Matrix(rows)
