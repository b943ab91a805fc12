"""A certificate of (2, 1) as a file: the boxes of its search, and what it claims of them [D10].

The file is NumPy's ``.npz`` and holds, of one cell,

    density, importance (2,)        the model
    lower, upper                    bounds of the least loss
    point (4,)                      w1, w2, b1, b2, whose loss is at most `upper`
    root (8,)                       the first box, centre and half-widths
    roles (2, 2) bool               whether a minimiser may have |w1| ≥ 0.1 (first axis: no, yes)
                                    and |w2| ≥ 0.1 (second axis)
    codes, sizes                    what became of each box, level after level, and how many boxes
                                    each level has

A code below 4 is the axis (w1, w2, b1, b2) across which a box is halved; the next level has the
lower halves of those that are, in their order, then the upper halves.  4: the loss is nowhere on
the box as low as `upper`.  5: the box is left; the loss is at least `lower` on it.  6: no minimiser
has biases such as these.  `theory.minima.certificate_replay` checks a file and shares no code with
what writes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ground.results import write_whole
from theory.minima.certificate import OUTSIDE, Search, searched

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
    found = searched(density, importance, tolerance=tolerance, budget=20_000_000)
    if not _complete(found):
        raise RuntimeError(f"at density {density} boxes are left that were not settled")
    weights = (1.0, 1.0) if importance is None else importance
    return {
        "density": np.float64(density),
        "importance": np.asarray(np.broadcast_to(weights, 2), dtype=np.float64),
        "lower": np.float64(found.certificate.lower),
        "upper": np.float64(found.certificate.upper),
        "point": np.concatenate([found.certificate.W[0], found.certificate.b]),
        "root": found.root,
        "roles": found.roles,
        "codes": np.concatenate(found.levels),
        "sizes": np.array([len(level) for level in found.levels]),
    }


def _complete(found: Search) -> bool:
    """Whether no box of the last level was halved."""
    return bool((found.levels[-1] == OUTSIDE).all() or (found.levels[-1] >= 4).all())
