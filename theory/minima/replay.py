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
from theory.minima.certificate_replay import ABOVE, refuse, refuse_file

__all__ = ["corrupted", "main"]

DENSITIES, IMPORTANCES = np.geomspace(1, 0.01, 32), np.geomspace(0.1, 10, 32)
SMALL = (0.1, (1.0, 1.0), 1e-2)  # a cell with few boxes, to be corrupted


def corrupted(
    arrays: Mapping[str, Any], rng: np.random.Generator, levels: slice = slice(8, 12)
) -> tuple[str, dict[str, Any]]:
    """Return a certificate with one thing wrong, and what.

    Parameters
    ----------
    arrays : mapping
        What a file of a certificate holds.
    rng : Generator
        Chooses what is wrong, and where.
    levels : slice
        Levels of the tree in which a box may be touched.
    """
    made = {name: np.array(value) for name, value in arrays.items()}
    starts = np.concatenate([[0], np.cumsum(made["sizes"])])
    done = [np.mean(codes >= ABOVE) for codes in np.split(made["codes"], starts[1:-1])]
    # A level with boxes of both kinds.
    depth = int(rng.choice([d for d in range(len(done))[levels] if 0 < done[d] < 1]))
    level = slice(starts[depth], starts[depth + 1])
    here = made["codes"][level]
    halved, settled = np.flatnonzero(here < ABOVE), np.flatnonzero(here >= ABOVE)
    kinds = ["upper", "lower", "point", "root", "density", "halved", "settled", "pruned", "short"]
    kind = str(rng.choice(kinds))
    if kind == "upper":
        made["upper"] = made["upper"] * (1 - 10.0 ** -rng.integers(3, 8))
        made["lower"] = np.minimum(made["lower"], made["upper"])
    elif kind == "lower":
        made["lower"] = made["upper"] * (1 + 10.0 ** -rng.integers(3, 8))
    elif kind == "point":
        made["point"][rng.integers(4)] += 2.0 ** -rng.integers(2, 8)
    elif kind == "root":
        made["root"][4 + rng.integers(4)] /= 2
    elif kind == "density":
        made["density"] = made["density"] * (1 + rng.choice([-1, 1]) * 10.0 ** -rng.integers(1, 4))
    elif kind == "halved":  # a box that had to be halved is called done
        here[rng.choice(halved)] = rng.integers(ABOVE, 9)
    elif kind == "settled":  # a box that was done is halved, and its halves have no reasons
        here[rng.choice(settled)] = rng.integers(0, ABOVE)
    elif kind == "pruned":  # a box that had to be halved is called done, and all below it is gone
        made["codes"], made["sizes"] = _pruned(made, depth, int(rng.choice(halved)))
    else:  # the file ends early
        made["sizes"] = made["sizes"][: depth + 1]
        made["codes"] = made["codes"][: starts[depth + 1]]
    return kind, made


def _pruned(made: Mapping[str, Any], depth: int, box: int) -> tuple[Any, Any]:
    """Codes and sizes without what a box was halved into."""
    found = np.split(made["codes"], np.cumsum(made["sizes"])[:-1])
    gone = np.array([box])
    for later in range(depth, len(found)):
        codes = found[later]
        split = np.flatnonzero(codes < ABOVE)
        ours = np.flatnonzero(np.isin(split, gone))
        children = np.concatenate([ours, len(split) + ours])
        if later == depth:
            codes[box] = ABOVE
        else:
            found[later] = np.delete(codes, gone)
        gone = children
    return np.concatenate(found), np.array([len(codes) for codes in found])


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
    refused = [f"p = {p:.4g}, r = {r:.4g}: {why}" for p, r, _, _, why in found if why]
    boxes, seconds = sum(each[2] for each in found), sum(each[3] for each in found)
    print(
        f"{len(found)} cells, {boxes} boxes, replayed in {seconds:.0f} CPU seconds: "
        f"{len(found) - len(refused)} accepted"
    )
    print("\n".join(refused) or "every reason of every cell holds")
    density, importance, tolerance = SMALL
    arrays = certificate_arrays(density, importance, tolerance=tolerance)
    rng = np.random.default_rng(0)
    tried = [corrupted(arrays, rng, slice(None)) for _ in range(100)]
    passed = [kind for kind, made in tried if refuse(made) is None]
    print(f"{len(tried)} corrupted certificates: {len(tried) - len(passed)} refused")
    return int(bool(refused or passed))


def _cell(density: float, ratio: float) -> tuple[float, float, int, float, str | None]:
    arrays = certificate_arrays(density, (1.0, ratio))
    start = process_time()
    why = refuse(arrays)
    return density, ratio, len(arrays["codes"]), process_time() - start, why


if __name__ == "__main__":
    sys.exit(main())
