"""Every setting in a line: scores with their intervals over seeds."""

from __future__ import annotations

import xarray as xr

from agreement.comparison.recovered import chosen, mean_of
from figures.ways_out.recovery.measured import CELL
from figures.ways_out.recovery.plan import Plan

SCORES = {
    "recovered": "recovered", "mcc": "MCC", "uniqueness": "unique", "precision": "precision",
    "recall": "recall", "f1": "F1", "l0": "L0", "dead": "dead", "shrinkage": "shrinkage",
}  # fmt: skip


def table(plan: Plan, measured: xr.Dataset) -> str:
    """density × geometry × λ × noise × method, mean ± half of the 95 % interval."""
    names = CELL[:-1]
    settings = dict.fromkeys(zip(*(measured[name].values.tolist() for name in names), strict=True))
    heads = ["model", "p", "σ/ℓ", "λ/ℓ", "method", *SCORES.values(), "loss/truth − 1"]
    lines = [" | ".join(heads), " | ".join("---" for _ in heads)]
    for setting in settings:
        cells = chosen(measured, **dict(zip(names, setting, strict=True)))
        words = [str(x) if isinstance(x, str) else f"{x:g}" for x in setting]
        for score in SCORES:
            mean = mean_of(cells[score].values)
            words.append(f"{mean.value:.3f} ± {mean.half:.3f}")
        gap = cells["loss"].values / cells["truth"].values - 1
        words.append(f"{mean_of(gap).value:+.4f}")
        lines.append(" | ".join(words))
    body = "\n".join(f"| {line} |" for line in lines)
    return (
        f"Means over {plan.seeds} seeds with half of their 95 % interval; L0 is per sample. "
        "Shrinkage is the mean ratio of lengths, reconstruction over activation. A learner's loss "
        f"is held against the true directions' with the best codes.\n\n{body}\n"
    )
