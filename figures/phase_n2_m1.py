"""phase_n2_m1: is the extra of two features ignored, dedicated, or in superposition?"""

from __future__ import annotations

from agreement.compare import agreement_row
from agreement.report import write_row
from figures.claims import claim
from figures.data.phase_n2_m1 import NAME, configuration
from figures.diagrams import diagram_result, draw_diagrams, found
from figures.profile import Profile
from figures.style import save_figure
from ground.results import load

CLAIM = (
    "Two features in one dimension have three phases, with sharp borders: the extra feature is "
    "ignored, has the dimension to itself, or shares it as an antipodal pair."
)


def draw(profile: Profile) -> None:
    """Check the three phases and that no model beats the optimum; draw."""
    measured = load(profile.data(NAME, "measured"), configuration=configuration(profile))
    derived = load(profile.data(NAME, "derived"))
    row = agreement_row(derived.sel(against="candidates"), derived.sel(against="optimum"), measured)
    phases = {"[1] (2)", "[2] (1)", "[1 2]"}
    claim(set(found(measured)) == phases, f"training finds three phases, got {found(measured)}")
    claim(set(found(derived)) == phases, f"theory has three phases, got {found(derived)}")
    claim(row["below_optimum"] == 0, "no trained model lies below the exact optimum")
    figure, _ = draw_diagrams(
        measured, derived, title="Two features, one dimension: the fate of the extra feature"
    )
    save_figure(figure, profile.figure(NAME))
    write_row(profile.root / "tables", NAME, row)
    diagram_result(NAME, CLAIM, measured, derived, row).write(profile)
