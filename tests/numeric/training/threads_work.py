"""Train each kind of run on 1, 2 and 4 threads, and print digests of the results as JSON."""

from __future__ import annotations

import hashlib
import json
import sys

import numba

from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.training.arrays_engine import Arrays
from numeric.training.train import train

THREADS = (1, 2, 4)
# (n, m, instances, engine): "large" is what has 400 weights or more.
KINDS = {
    "small, many": (3, 2, 9, "fused"),
    "small, one": (3, 2, 1, "fused"),
    "large, many": (40, 12, 5, "fused"),
    "large, one": (40, 12, 1, "fused"),
    "array engine": (3, 2, 5, "array"),
    "arrays of a library": (3, 2, 5, Arrays("numpy")),
}


def digest(kind, threads):
    """Of every number that a short run gives."""
    n, m, instances, engine = KINDS[kind]
    result = train(
        ReluOutput(), IndependentFeatures(0.3, n_features=n), n_hidden=m, instances=instances,
        engine=engine, threads=threads, seed=5, steps=12, batch=300, held_out=2048,
    )  # fmt: skip
    total = hashlib.sha256()
    for name in sorted(result.variables):
        total.update(result[name].values.tobytes())
    return total.hexdigest()


if __name__ == "__main__":
    if max(THREADS) > numba.config.NUMBA_NUM_THREADS:
        raise RuntimeError(f"Numba has {numba.config.NUMBA_NUM_THREADS} threads only")
    found = {kind: {k: digest(kind, k) for k in THREADS} for kind in KINDS}
    sys.stdout.write(json.dumps(found))
