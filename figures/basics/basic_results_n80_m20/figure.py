"""basic_results_n80_m20: the same picture, rescaled."""

from __future__ import annotations

from figures.basics.basic_results_n80_m20.plan import NAME, configuration
from figures.basics.report import draw_basic_results
from figures.kit.profile import Profile


def draw(profile: Profile) -> None:
    """Check what both models keep, drop and share; draw."""
    draw_basic_results(NAME, configuration(profile), profile)
