"""Five features in two dimensions, importance 0.9^i, from dense to sparse."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.basics.intro_n5_m2.plan import Plan
from ground.structure import structure_of
from theory.minima.along import better, crossings
from theory.minima.optimum import optimum


def derive(plan: Plan) -> xr.Dataset:
    """Follow the best known model along the density, and find where its structure changes.

    Returns
    -------
    Dataset
        ``W``, ``b``, ``loss``, ``structure`` by density; ``crossing`` (change), the densities at
        which the structure changes, ``before`` and ``after`` it, and ``jump``, how far WᵀW
        moves there (Frobenius): 0 for a continuous change; ``curve_W``, the optimum followed at
        finer densities.
    """
    n, m, I = plan.n_features, plan.n_hidden, plan.importance
    best, also = [], None
    for p in plan.densities:
        found = optimum(n, m, density=p, importance=I, starts=32, also=also)
        carried = found.minima[: plan.carried]
        also = np.array([one.W for one in carried]), np.array([one.b for one in carried])
        best.append(found)
    changes, curve = [], []
    for k in range(len(best) - 1):
        ends = [(plan.densities[j], best[j].W, best[j].b) for j in (k, k + 1)]
        changes += crossings(*ends, importance=I)
        between = np.geomspace(ends[0][0], ends[1][0], plan.finer, endpoint=False)
        curve += [better(*ends, float(p), I) for p in between]
    curve.append((plan.densities[-1], best[-1].W, best[-1].b))
    return xr.Dataset(
        {
            "W": (("density", "hidden", "feature"), np.array([one.W for one in best])),
            "b": (("density", "feature"), np.array([one.b for one in best])),
            "loss": ("density", [one.loss for one in best]),
            "structure": ("density", [str(structure_of(one.W)) for one in best]),
            "importance": ("feature", I),
            "crossing": ("change", np.array([change[0] for change in changes])),
            "before": ("change", [change[1] for change in changes]),
            "after": ("change", [change[2] for change in changes]),
            "jump": ("change", np.array([change[3] for change in changes])),
            "curve_W": (("curve_density", "hidden", "feature"), np.array([W for _, W, _ in curve])),
        },
        {"density": list(plan.densities), "curve_density": [p for p, _, _ in curve]},
    )
