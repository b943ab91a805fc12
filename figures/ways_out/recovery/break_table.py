"""Geometry × noise × method: up to which density half is recovered, beside what theory allows."""

from __future__ import annotations

import numpy as np
import xarray as xr

from agreement.comparison.recovery_breaks import Break, limits
from figures.ways_out.recovery.looks import METHODS
from figures.ways_out.recovery.plan import Plan


def break_table(plan: Plan, found: list[Break], derived: xr.Dataset) -> str:
    """A line a geometry and noise."""
    methods = [name for name in METHODS if name != "signed"]
    heads = [
        "model", "σ/ℓ", *(METHODS[name][2] for name in methods), "lone rays, exact",
        "mixtures cost less from", "true dictionary decodes half to", "any decoder at most to",
        "noise forbids below",
    ]  # fmt: skip
    lines = [" | ".join(heads), " | ".join("---" for _ in heads)]
    theory = limits(derived)
    of = {(each.geometry, each.noise, each.method): each for each in found}
    for name in plan.geometries:
        for noise in plan.levels:
            mixing = float(derived["mixing"][0]) if name == "digon" else np.nan
            forbidden = float(derived["forbidden"].sel(geometry=name, noise=noise))
            values = [
                *((theory[name]["lone"], mixing) if noise == 0 else (np.nan, np.nan)),
                *((theory[name][k] if noise == 0 else np.nan) for k in ("decoded", "decoded_most")),
            ]
            words = [
                name, f"{noise:g}", *(_word(of[name, noise, method]) for method in methods),
                *("—" if np.isnan(x) else f"{x:.3f}" for x in values), f"{forbidden:.4f}",
            ]  # fmt: skip
            lines.append(" | ".join(words))
    body = "\n".join(f"| {line} |" for line in lines)
    return (
        "The density from which on less than half of the features are recovered, mean of the runs "
        "that recover half at all (how many of how many) with half of its 95 % interval, at λ = "
        f"{plan.l1[0]:g} ℓ; between the densities measured by the log. Beside it, without noise: "
        "where half of the rays have two lone samples; where mixed axes cost less than the "
        "features' own; where pursuit with the true dictionary, and any decoder at most, decodes "
        "half of the samples. Last, with noise: below this density no unbiased estimate knows a "
        f"direction to a cosine of {1 - plan.tolerance:g}, even with all codes known (D42, 6).\n\n"
        f"{body}\n"
    )


def _word(each: Break) -> str:
    if not each.at.runs:
        return f"nowhere (0 of {each.seeds})"
    half = "" if np.isnan(each.at.half) else f" ± {each.at.half:.3f}"
    return f"{each.at.value:.3f}{half} ({each.at.runs} of {each.seeds})"
