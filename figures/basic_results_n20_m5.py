"""basic_results_n20_m5: what falls out of a linear model, and what a ReLU output adds."""

from __future__ import annotations

from figures.basicsreport import draw_basic_results
from figures.data.basic_results_n20_m5 import NAME, configuration
from figures.profile import Profile


def draw(profile: Profile) -> None:
    """Check what both models keep, drop and share; draw."""
    draw_basic_results(NAME, configuration(profile), profile)
