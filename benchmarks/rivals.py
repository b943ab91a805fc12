"""How far are trained models above the bottom of their basin, and above the best that is known?

Trains small models with few steps, many features and low densities, and writes
``build/tables/rivals.md``: own loss, bottom of its own basin, best known, and whose it is.
``python -m benchmarks.rivals [--steps 2000] [--only 60,20,0.1]``
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from agreement.description.rivals import BOTTOM, bottom, rivals
from ground.results import write_whole
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.training.train import train
from theory.loss.floats import gradient_of
from theory.loss.problem import as_problem

__all__ = ["CASES", "Row", "rows"]

# (n, m) and the densities at which each is trained.
CASES: tuple[tuple[int, int, tuple[float, ...]], ...] = (
    (12, 3, (0.3, 0.2, 0.1, 0.05, 0.02)),
    (12, 5, (0.3, 0.2, 0.1, 0.05, 0.02)),
    (16, 5, (0.3, 0.2, 0.1, 0.05, 0.02)),
    (20, 5, (0.3, 0.2, 0.1, 0.05, 0.02)),
    (20, 8, (0.3, 0.2, 0.1, 0.05, 0.02)),
    (30, 10, (0.3, 0.2, 0.1, 0.05, 0.02)),
    (40, 10, (0.3, 0.1, 0.05, 0.02)),
    (60, 20, (0.3, 0.1, 0.05, 0.02)),
    (100, 30, (0.3, 0.1, 0.05, 0.02)),
    (200, 40, (0.1, 0.02)),
)
STEPS, BATCH, RATE, SEED = 2000, 256, 5e-3, 13


class Row(NamedTuple):
    """One trained model beside its rivals."""

    n: int
    m: int
    density: float
    own: float
    bottom: float
    converged: bool | None
    best: float
    source: str
    seconds: float

    @property
    def gap(self) -> float:
        """Of the model to the best known, relative."""
        return self.own / self.best - 1 if self.best else 0.0

    @property
    def unfinished(self) -> float:
        """The part of the gap that more training would close."""
        return self.own / self.bottom - 1 if self.bottom else 0.0


def rows(steps: int, cases: tuple[tuple[int, int, tuple[float, ...]], ...]) -> Iterator[Row]:
    """Train each model and hold it against its rivals."""
    for n, m, densities in cases:
        for p in densities:
            features = IndependentFeatures(p, n_features=n)
            run = train(
                ReluOutput(), features, n_hidden=m, seed=SEED, steps=steps, batch=BATCH,
                learning_rate=RATE,
            )  # fmt: skip
            W, b = run.W.values[0].astype(float), run.b.values[0].astype(float)
            problem = as_problem(W, b, p, None)
            begun = time.perf_counter()
            own = float(gradient_of(problem)[0][0])
            low = bottom(problem, own)
            best = rivals(problem, own, own=low)[0]
            spent = time.perf_counter() - begun
            recomputed = float(gradient_of(problem.at(best.W[None], best.b[None]))[0][0])
            if not best.loss <= low.loss <= own or abs(recomputed / best.loss - 1) > 1e-9:
                raise RuntimeError(
                    f"({n}, {m}) at p = {p:g}: own {own}, bottom {low.loss}, best {best.loss}, "
                    f"which is {recomputed} when computed again"
                )
            source = "itself" if best.source == BOTTOM else best.source
            yield Row(n, m, p, own, low.loss, low.converged, best.loss, source, spent)


def table(found: list[Row], steps: int) -> str:
    """In Markdown."""
    gaps = np.array([row.gap for row in found])
    beaten = sum(row.best < row.bottom * (1 - 1e-6) for row in found)
    lines = [
        "# Trained models beside their rivals",
        "",
        f"{len(found)} models, each trained once: Adam, {steps} steps of {BATCH}, learning rate "
        f"{RATE:g}. A known model is better than the bottom of their own basin for {beaten}; "
        f"median gap {100 * np.median(gaps):.2f} %, largest {100 * gaps.max():.1f} %. A bottom "
        "in brackets was not reached within the bound on evaluations.",
        "",
        "| n, m | p | own loss | bottom | best known | gap | of it unfinished | best is | s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in found:
        low = f"{row.bottom:.6g}" if row.converged else f"({row.bottom:.6g})"
        lines.append(
            f"| {row.n}, {row.m} | {row.density:g} | {row.own:.6g} | {low} | {row.best:.6g} | "
            f"{100 * row.gap:.2f} % | {100 * row.unfinished:.2f} % | {row.source} | "
            f"{row.seconds:.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Parse, train, compare, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rivals", description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="of training (%(default)s)")
    parser.add_argument("--only", help="one model, as n,m,p")
    options = parser.parse_args()
    cases = CASES
    if options.only is not None:
        n, m, p = options.only.split(",")
        cases = ((int(n), int(m), (float(p),)),)
    total = sum(len(densities) for _, _, densities in cases)
    found = []
    for row in tqdm(rows(options.steps, cases), total=total, unit="model"):
        found.append(row)
        tqdm.write(f"{row}")
    path = Path("build/tables/rivals.md")
    write_whole(
        path, lambda target: Path(target).write_text(table(found, options.steps), encoding="utf-8")
    )
    print(table(found, options.steps))


if __name__ == "__main__":
    main()
