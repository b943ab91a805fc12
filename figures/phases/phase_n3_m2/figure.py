"""phase_n3_m2: what becomes of the extra of three features in two dimensions?"""

from __future__ import annotations

import xarray as xr

from agreement.comparison.diagrams import agreement_row
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.phases.panels import described, draw_diagrams, found

CLAIM = (
    "Three features in two dimensions have four phases: the extra feature is ignored, dedicated "
    "at the cost of another, in a digon with another, or dedicated while the other two share."
)
VERDICT = (
    "corrected: two equally important features share one dimension, as a shrunken digon, rather "
    "than drop one of them, so that the second phase is nowhere best; and near r = 1 the triangle, "
    "which the paper leaves out, wins a strip."
)
IGNORED, DROPPED, DIGON, SHARED = "[1] [2] (3)", "[1] [3] (2)", "[1] [2 3]", "[1 2] [3]"
TRIANGLE = "[1 2 3]"


def draw(measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check the phases and that no model beats the optimum; draw."""
    row = agreement_row(derived.sel(against="candidates"), derived.sel(against="optimum"), measured)
    candidates, optimum = (set(found(derived.sel(against=a))) for a in derived["against"].values)
    claim(candidates == {IGNORED, DROPPED, DIGON, SHARED}, f"four candidates, got {candidates}")
    for phases, who in ((optimum, "the optimum"), (set(found(measured)), "training")):
        claim(phases >= {IGNORED, DIGON, SHARED}, f"{who} keeps three phases, got {phases}")
        claim(phases <= {IGNORED, DIGON, SHARED, TRIANGLE}, f"{who} drops one, got {phases}")
    claim(row["below_optimum"] == 0, "no trained model lies below the best known")
    figure, _ = draw_diagrams(
        measured, derived, title="Three features, two dimensions: the fate of the extra feature"
    )
    return described(figure, CLAIM, VERDICT, measured, derived, row)
