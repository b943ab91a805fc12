"""basic_results_n20_m5: what falls out of a linear model, and what a ReLU output adds."""

from __future__ import annotations

from figures.basics.basic_results_n20_m5.plan import NAME, configuration
from figures.basics.report import draw_basic_results
from figures.kit.profile import Profile


def draw(profile: Profile) -> None:
    """Check what both models keep, drop and share; draw."""
    draw_basic_results(NAME, configuration(profile), profile)
