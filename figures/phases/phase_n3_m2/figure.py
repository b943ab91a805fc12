"""phase_n3_m2: what becomes of the extra of three features in two dimensions?"""

from __future__ import annotations

from agreement.comparison.diagrams import agreement_row
from figures.kit.agreement_table import write_row
from figures.kit.claims import claim
from figures.kit.profile import Profile
from figures.kit.style import save_figure
from figures.phases.panels import diagram_result, draw_diagrams, found
from figures.phases.phase_n3_m2.plan import NAME, configuration
from ground.results import load

CLAIM = (
    "The paper's four candidates divide the diagram: the extra feature is ignored, dedicated at "
    "the cost of another, in a digon with another, or dedicated while the other two share. Exact "
    "optimum and training correct it in two places: two equally important features share one "
    "dimension, as a shrunken digon, rather than drop one of them, so that the second region "
    "vanishes; and near r = 1 the triangle, which the paper leaves out, wins a strip."
)
IGNORED, DROPPED, DIGON, SHARED = "[1] [2] (3)", "[1] [3] (2)", "[1] [2 3]", "[1 2] [3]"
TRIANGLE = "[1 2 3]"


def draw(profile: Profile) -> None:
    """Check the phases and that no model beats the optimum; draw."""
    measured = load(profile.data(NAME, "measured"), configuration=configuration(profile))
    derived = load(profile.data(NAME, "derived"))
    row = agreement_row(derived.sel(against="candidates"), derived.sel(against="optimum"), measured)
    candidates, optimum = (set(found(derived.sel(against=a))) for a in derived["against"].values)
    claim(candidates == {IGNORED, DROPPED, DIGON, SHARED}, f"four candidates, got {candidates}")
    for phases, who in ((optimum, "the optimum"), (set(found(measured)), "training")):
        claim(phases >= {IGNORED, DIGON, SHARED}, f"{who} keeps three phases, got {phases}")
        claim(phases <= {IGNORED, DIGON, SHARED, TRIANGLE}, f"{who} drops one, got {phases}")
    claim(row["below_optimum"] == 0, "no trained model lies below the exact optimum")
    figure, _ = draw_diagrams(
        measured, derived, title="Three features, two dimensions: the fate of the extra feature"
    )
    save_figure(figure, profile.figure(NAME))
    write_row(profile.root / "tables", NAME, row)
    diagram_result(NAME, CLAIM, measured, derived, row).write(profile)
