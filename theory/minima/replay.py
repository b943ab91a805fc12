"""Certificates of (2, 1) searched, and replayed in ball arithmetic by code of its own [D10].

``python -m theory.minima.replay`` does every second cell each way of the diagram of 32 × 32 and
tries a hundred corrupted certificates; ``--every 1`` does all 1024, ``--jobs 2`` in two processes;
with names of files it checks these.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from time import process_time
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from ground.workers import worker_processes
from theory.minima.certificate_file import certificate_arrays
from theory.minima.certificate_replay import refuse, refuse_file, replayed

__all__ = ["corrupted", "main"]

DENSITIES, IMPORTANCES = np.geomspace(1, 0.01, 32), np.geomspace(0.1, 10, 32)
KINDS = (
    "upper", "lower", "point", "reach", "density", "roles", "changed", "dropped",
    "inserted", "short", "long",
)  # fmt: skip
SMALL = (0.02, (1.0, 1.0), 0.5)  # a cell with few boxes, to be corrupted


def corrupted(
    arrays: Mapping[str, Any], rng: np.random.Generator, kind: str | None = None
) -> tuple[str, dict[str, Any]]:
    """Return a certificate with one thing wrong, and what.

    Parameters
    ----------
    arrays : mapping
        What a file of a certificate holds.
    rng : Generator
        Chooses what is wrong, and where.
    kind : str, optional
        One of `KINDS`; any of them when left out.
    """
    made = {name: np.array(value) for name, value in arrays.items()}
    program = made["program"]
    at = int(rng.integers(len(program)))
    kind = kind or str(rng.choice(KINDS))
    if kind == "upper":
        made["upper"] = made["upper"] * (1 - 10.0 ** -rng.integers(3, 8))
        made["lower"] = np.minimum(made["lower"], made["upper"])
    elif kind == "lower":
        made["lower"] = made["upper"] * (1 - 10.0 ** -rng.integers(4, 8))
    elif kind == "point":
        made["point"][rng.integers(4)] += 2.0 ** -rng.integers(2, 8)
    elif kind == "reach":
        made["reach"][rng.integers(2)] /= 2
    elif kind == "density":
        made["density"] = made["density"] * (1 + 10.0 ** -rng.integers(1, 4))
    elif kind == "roles":
        made["roles"] = ~made["roles"]
    elif kind == "changed":
        program[at] = rng.choice([byte for byte in range(8) if byte != program[at]])
    elif kind == "dropped":
        made["program"] = np.delete(program, at)
    elif kind == "inserted":
        made["program"] = np.insert(program, at, rng.integers(6))
    elif kind == "short":
        made["program"] = program[:at]
    else:
        made["program"] = np.append(program, program[at])
    return kind, made


def main(arguments: list[str] | None = None) -> int:
    """Search and replay cells, or replay files; 0 if every certificate holds."""
    parser = argparse.ArgumentParser(prog="python -m theory.minima.replay", description=__doc__)
    parser.add_argument("files", nargs="*", help="certificates to check")
    parser.add_argument("--every", type=int, default=2, help="one cell of so many each way (2)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
    options = parser.parse_args(arguments)
    if options.files:
        wrong = {file: refuse_file(file) for file in options.files}
        for file, why in wrong.items():
            print(f"{file}: {why or 'every reason holds'}")
        return int(any(wrong.values()))
    return _cells(options.every, options.jobs)


def _cells(every: int, jobs: int) -> int:
    with worker_processes(jobs):
        found = Parallel()(
            delayed(_cell)(p, r) for p in DENSITIES[::every] for r in IMPORTANCES[::every]
        )
    refused = [f"p = {p:.4g}, r = {r:.4g}: {why}" for p, r, why, *_ in found if why]
    boxes, intervals, searched, seconds = (sum(each[k] for each in found) for k in (3, 4, 5, 6))
    print(
        f"{len(found)} cells, {boxes} boxes of weights, {intervals} intervals of a bias, "
        f"found in {searched:.0f} and replayed in {seconds:.0f} CPU seconds: "
        f"{len(found) - len(refused)} accepted"
    )
    print("\n".join(refused) or "every reason of every cell holds")
    density, importance, tolerance = SMALL
    arrays = certificate_arrays(density, importance, tolerance=tolerance)
    rng = np.random.default_rng(0)
    tried = [corrupted(arrays, rng) for _ in range(100)]
    passed = [kind for kind, made in tried if refuse(made) is None]
    print(f"{len(tried)} corrupted certificates: {len(tried) - len(passed)} refused")
    return int(bool(refused or passed))


def _cell(density: float, ratio: float) -> tuple[float, float, str | None, int, int, float, float]:
    start = process_time()
    arrays = certificate_arrays(density, (1.0, ratio))
    found = process_time()
    why, boxes, intervals = replayed(arrays)
    return density, ratio, why, boxes, intervals, found - start, process_time() - found


if __name__ == "__main__":
    sys.exit(main())
