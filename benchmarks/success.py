"""How often does a single run of (2, 1) reach the best solution, and what raises that?

Writes ``build/tables/success.md``: success rates by density, for one change at a time to the
protocol of the phase diagrams. ``python -m benchmarks.success [--restarts 100]``
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ground.results import write_whole
from numeric.training.phase_diagram import Protocol, phase_diagram

__all__ = ["VARIATIONS", "table"]

DENSITIES = (1.0, 0.5, 0.2, 0.1, 0.03, 0.01)
IMPORTANCES = (0.3, 0.8, 1.25, 3.0)
VARIATIONS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "initial scale × 1/10": {"gain": 0.1},
    "initial scale × 1/4": {"gain": 0.25},
    "initial scale × 1/2": {"gain": 0.5},
    "initial scale × 2": {"gain": 2.0},
    "initial scale × 4": {"gain": 4.0},
    "learning rate 0.005": {"learning_rate": 0.005},
    "learning rate 0.1": {"learning_rate": 0.1},
    "1000 steps": {"steps": 1000},
    "10 000 steps": {"steps": 10_000},
    "batch 128": {"batch": 128},
    "batch 8192": {"batch": 8192},
}


def table(restarts: int, progress: bool = True) -> str:
    """The table in Markdown: a row for each variation, a column for each density."""
    protocol = Protocol(2, 1)
    lines = [
        "# Single-run success, (2, 1)",
        "",
        f"Fraction of {restarts} runs whose held-out loss is within {100 * protocol.floor:g} % of "
        "the best run's of all variations, on the same held-out samples; mean over r = "
        f"{', '.join(f'{r:g}' for r in IMPORTANCES)}. Protocol: Adam, learning rate "
        f"{protocol.learning_rate:g} falling to 0 along half a cosine, {protocol.steps} steps, "
        f"batch {protocol.batch}, Xavier's initial scale. One change at a time.",
        "",
        "| variation | " + " | ".join(f"p = {p:g}" for p in DENSITIES) + " |",
        "|---|" + "---|" * len(DENSITIES),
    ]
    found = {}
    for name, change in tqdm(VARIATIONS.items(), disable=not progress, unit="variation"):
        found[name] = phase_diagram(
            2, 1, DENSITIES, IMPORTANCES, seed=1, restarts=restarts, **change
        ).loss_runs
    best = np.minimum.reduce([losses.min("restart") for losses in found.values()])
    for name, losses in found.items():
        good = (losses <= best[..., None] * (1 + protocol.floor)).mean(("importance", "restart"))
        lines.append(f"| {name} | " + " | ".join(f"{rate:.2f}" for rate in good.values) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.success", description=__doc__)
    parser.add_argument("--restarts", type=int, default=100)
    text = table(parser.parse_args().restarts)
    path = Path("build/tables/success.md")
    write_whole(path, lambda temporary: Path(temporary).write_text(text, encoding="utf-8"))
    print(text)


if __name__ == "__main__":
    main()
