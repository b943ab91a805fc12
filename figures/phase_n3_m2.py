"""phase_n3_m2: what becomes of the extra of three features in two dimensions?"""

from __future__ import annotations

from agreement.compare import agreement_row
from agreement.report import write_row
from figures.claims import claim
from figures.data.phase_n3_m2 import NAME, configuration
from figures.diagrams import diagram_result, draw_diagrams, found
from figures.profile import Profile
from figures.style import save_figure
from ground.results import load

CLAIM = (
    "Three features in two dimensions: the extra feature is ignored, dedicated at the cost of "
    "another, in a digon with another, or dedicated while the other two share. The triangle, "
    "which the paper leaves out, is a fifth solution."
)
# The extra feature ignored; W orthogonal to (1,0,0), to (0,1,1) and to (1,1,0); the triangle.
PAPER = {"[1] [2] (3)", "[1] [3] (2)", "[1] [2 3]", "[1 2] [3]"}
TRIANGLE = "[1 2 3]"


def draw(profile: Profile) -> None:
    """Check the phases and that no model beats the optimum; draw."""
    measured = load(profile.data(NAME, "measured"), configuration=configuration(profile))
    derived = load(profile.data(NAME, "derived"))
    row = agreement_row(derived.sel(against="candidates"), derived.sel(against="optimum"), measured)
    for dataset, who in ((measured, "training"), (derived, "theory")):
        phases = set(found(dataset))
        claim(phases >= PAPER, f"{who} finds the paper's four phases, got {sorted(phases)}")
        claim(phases <= PAPER | {TRIANGLE}, f"{who} finds no sixth phase, got {sorted(phases)}")
    claim(row["below_optimum"] == 0, "no trained model lies below the exact optimum")
    figure, _ = draw_diagrams(
        measured, derived, title="Three features, two dimensions: the fate of the extra feature"
    )
    save_figure(figure, profile.figure(NAME))
    write_row(profile.root / "tables", NAME, row)
    diagram_result(NAME, CLAIM, measured, derived, row).write(profile)
