"""Measure every ladder and the wide models, and write docs/SCALING.md.

``python -m benchmarks.scaling [--only "exact loss"]``; with ``--only`` it prints and writes
nothing.
"""

from __future__ import annotations

import argparse
import datetime
import json
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from benchmarks.__main__ import machine_name
from benchmarks.scaling.cost import climb
from benchmarks.scaling.ladders import LADDERS
from benchmarks.scaling.page import page
from benchmarks.scaling.width import BATCH, STEPS, wide
from ground.results import write_text
from numeric.training.threads import numba_threads

WIDTHS = (16, 32, 64, 128)
FEATURES, PER_DIMENSION = 640, 10
DENSITIES = (0.02, 0.005)
PAGE, TABLE = Path("docs/SCALING.md"), Path("build/tables/scaling.json")


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--only", help="only costs whose name holds this; they are printed")
    options = parser.parse_args()
    chosen = [one for one in LADDERS if options.only is None or options.only in one.what]
    measured = []
    with numba_threads(1):
        for ladder in tqdm(chosen, unit="ladder"):
            measured.append(climb(ladder))
            tqdm.write(f"{measured[-1]}")
    if options.only is not None:
        return
    fixed_n = [
        [wide(FEATURES, m, density=p) for m in tqdm(WIDTHS, unit="model", desc=f"p = {p:g}")]
        for p in DENSITIES
    ]
    fixed_ratio = [wide(PER_DIMENSION * m, m) for m in tqdm(WIDTHS, unit="model", desc="n/m")]
    date = datetime.date.today().isoformat()
    text = page(
        LADDERS, measured, fixed_n, fixed_ratio, machine=machine_name(), date=date, steps=STEPS,
        batch=BATCH,
    )  # fmt: skip
    write_text(PAGE, text)
    models = [one for group in (*fixed_n, fixed_ratio) for one in group]
    data = {"ladders": measured, "wide": models}
    plain = {name: [asdict(one) for one in values] for name, values in data.items()}
    write_text(TABLE, json.dumps(plain, indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()
