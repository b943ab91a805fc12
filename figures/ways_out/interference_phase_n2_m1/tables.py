"""The tables of interference_phase_n2_m1: the surface, its lines, and weight decay."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.kit.words import markdown_table

MARKS = {1: "", 3: "*"}


def surface_table(derived: xr.Dataset) -> str:
    """λ_c by p and r."""
    rows = []
    for p in derived["table_density"].values:
        here = derived.sel(table_density=p)
        cells = [
            f"{value:.8f}{MARKS[int(order)]}" if order else "—"
            for value, order in zip(
                here["table_threshold"].values, here["table_order"].values, strict=True
            )
        ]
        rows.append([f"{p:g}", f"{1 - p:g}", *cells])
    headings = ["p", "S", *(f"r = {r:g}" for r in derived["table_importance"].values)]
    return (
        "# The critical interference λ_c of two features in one dimension\n\n"
        "Above it no two features share the dimension; for r > 1, λ_c(p, r) = r λ_c(p, 1/r). "
        "A star: the pair fades continuously, by a transition of third order; without one it is "
        "left by a jump. A dash: superposition is not best even at λ = 0."
        + markdown_table(headings, rows)
    )


def lines_table(derived: xr.Dataset) -> str:
    """Where the order changes, and the points at equal importance."""
    rows = [
        [f"{r:.4g}", *("—" if np.isnan(value) else f"{value:.6f}" for value in pair)]
        for r, *pair in zip(
            derived["line_importance"].values,
            derived["line_jump_below"].values,
            derived["line_jump_above"].values,
            strict=True,
        )
    ]
    points = [
        [str(kind), f"{p:.6f}", str(between)]
        for kind, p, between in zip(
            derived["point_kind"].values,
            derived["point_density"].values,
            derived["point_between"].values,
            strict=True,
        )
    ]
    return (
        "# Where the order of the transition changes along the surface\n\n"
        "Sparser than the first density the pair is left by a large jump, between both it fades "
        "continuously, denser than the second it is left by a small jump."
        + markdown_table(["r", "large jump below p", "small jump above p"], rows)
        + "\nPoints at r = 1, of the uneven pair U, the even one E, a faint one T and one "
        "feature I; at the top λ_c is largest." + markdown_table(["point", "p", "between"], points)
    )


def decay_table(derived: xr.Dataset) -> str:
    """Where pairs end under weight decay."""
    rows = []
    for p in derived["ends_density"].values:
        here = derived.sel(ends_density=p)
        pairs = [f"{value:.8f}" if value else "—" for value in here["ends_pair"].values]
        rows.append([f"{p:g}", f"{float(here['ends_lone'][0]):.8f}", *pairs])
    headings = ["p", "lone feature", *(f"r = {r:g}" for r in derived["ends_importance"].values)]
    return (
        "# Weight decay at which the pair dies, and the lone feature\n\n"
        "μ of L + μ‖W‖²; the pair is left by a jump to the lone feature, at r = 1 continuously. "
        "A dash: superposition is not best even without decay." + markdown_table(headings, rows)
    )
