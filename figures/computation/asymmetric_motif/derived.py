"""Theory: the motif with and without inhibition, with all weights free, and nested scales."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.computation.asymmetric_motif.plan import Plan
from theory.computation.absolute_value import naive_loss
from theory.computation.asymmetric_motif import best_motif, motif_density, motif_loss
from theory.computation.nested_scales import motif_exchanges, nested_loss
from theory.computation.relaxed_motif import relaxed_motif


def derive(plan: Plan) -> xr.Dataset:
    """Losses over that of the naive solution and best asymmetries, along density."""
    p = np.geomspace(plan.lowest / 1.15, 0.6, plan.curve)
    naive = naive_loss(3, 5, density=p[:, None])
    best, literal = ([best_motif(float(x), share=share) for x in p] for share in (0.5, 1.0))
    dots = plan.density[:: plan.free]
    free = [relaxed_motif(float(x), points=plan.points, steps=plan.steps) for x in dots]
    exchanges = motif_exchanges()
    return xr.Dataset(
        {
            "motif": ("curve", np.array([each.loss for each in best]) / naive),
            "literal": ("curve", np.array([each.loss for each in literal]) / naive),
            "papers": ("curve", motif_loss(2.0, density=p) / naive),
            "alone": ("curve", motif_loss(1.0, density=p, inhibition=False) / naive),
            "nested": ("curve", nested_loss(p) / naive),
            "a": ("curve", [each.a for each in best]),
            "a_literal": ("curve", [each.a for each in literal]),
            "free": ("dot", [each.loss / each.naive for each in free]),
            "free_error": ("dot", [each.error / each.naive for each in free]),
            "free_a": ("dot", [float(np.sqrt(each.in_ratio)) for each in free]),
            "W1": (("dot", "hidden", "feature"), [each.W1 for each in free]),
            "W2": (("dot", "feature", "hidden"), [each.W2 for each in free]),
            "b": (("dot", "feature"), [each.b for each in free]),
            "papers_density": motif_density(2.0),
            "literal_density": motif_density(2.0, share=1.0),
            "exchange_motif": exchanges.motif,
            "exchange_literal": exchanges.literal,
            "exchange_nested": exchanges.nested,
        },
        {"curve": p, "dot": dots},
    )
