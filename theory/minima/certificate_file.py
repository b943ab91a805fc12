"""A certificate of (2, 1) as a file: what its search did with each box, and what it claims [D10].

The file is NumPy's ``.npz`` and holds, of one cell,

    density, importance (2,)        the model
    lower, upper                    bounds of the least loss
    point (4,)                      w1, w2, b1, b2, whose loss is at most `upper`
    reach (2,)                      the first box of weights: 0 ≤ w1 ≤ reach[0], |w2| ≤ reach[1]
    roles (2, 2) bool               whether a minimiser may have |w1| ≥ 0.1 (first axis: no, yes)
                                    and |w2| ≥ 0.1 (second axis)
    program                         bytes, box after box, level after level

A box of weights has a range for each bias, which begins as all that a minimiser can have, rounded
outwards to multiples of 2⁻¹².  Its first byte says what is done with it.  0: one of the ranges is
empty.  1: the loss is at least `lower` on it.  2, 3: it is halved across w1 or w2, and its halves,
the lower one first, come in the next level.  4, 5: the biases are narrowed, and then it is halved.
After a 1, 4 or 5 comes how the range of b1 is cut, and then that of b2: 1, in the middle, and then
the same for the lower and for the upper part; 0, no more.  After a 4 or 5 each range's cuts are
followed by the numbers, from 0, of the first and last interval kept: no other holds a minimiser's
bias.  `theory.minima.certificate_replay` checks a file and shares no code with what writes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ground.results import write_whole
from theory.minima.certificate import searched

__all__ = ["certificate_arrays", "write_certificate"]


def write_certificate(
    path: str | Path,
    density: float,
    importance: Any = None,
    *,
    tolerance: float | None = None,
) -> None:
    """Search a certificate, as `theory.certify` does, and write it with all of its boxes [D10].

    Parameters
    ----------
    path : str or Path
        A file to be written, ``.npz``.
    density, importance, tolerance
        As for `theory.certify`.

    Raises
    ------
    RuntimeError
        The budget ran out before every box was settled.
    """
    arrays = certificate_arrays(density, importance, tolerance=tolerance)
    write_whole(Path(path), lambda file: np.savez_compressed(file, **arrays))


def certificate_arrays(
    density: float, importance: Any = None, *, tolerance: float | None = None
) -> dict[str, Any]:
    """What the file of a certificate holds."""
    found = searched(density, importance, tolerance=tolerance, budget=2_000_000)
    if found.certificate.status != "proved":
        raise RuntimeError(f"at density {density} boxes are left that were not settled")
    weights = (1.0, 1.0) if importance is None else importance
    return {
        "density": np.float64(density),
        "importance": np.asarray(np.broadcast_to(weights, 2), dtype=np.float64),
        "lower": np.float64(found.certificate.lower),
        "upper": np.float64(found.certificate.upper),
        "point": np.concatenate([found.certificate.W[0], found.certificate.b]),
        "reach": found.reach,
        "roles": found.roles,
        "program": found.program,
    }
