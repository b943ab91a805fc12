"""The regular pentagon is the only optimum of five one-hot features in the plane: a certificate.

``python -m theory.one_hot.pentagon`` searches, replays in ball arithmetic and says what is proved;
with a file name it keeps the certificate, and reads one that is there already.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ground.checks import check_positive_int
from ground.results import write_whole
from theory.one_hot.kgons import kgon
from theory.one_hot.pair_energy import gradient_range
from theory.one_hot.pentagon_search import Line, Region, search

__all__ = ["PentagonCertificate", "certify_pentagon", "load_pentagon_certificate"]

# Gaps between neighbours: below the first the energy of one pair is that of five; beyond the
# second the tangent is negative.  Dyadic, as all ends are.
NARROW, WIDE = 0.875, 1.40625
CLOSE = Region((NARROW, 0.0, 0.0, -6.0, -6.0), (NARROW, 6.0, 6.0, 0.5, 0.5))
TANGENT = Region((NARROW, 0.0, 0.0, -4.0, -4.0), (WIDE, 4.0, 4.0, 0.5, 0.5))
_NEAR, _GRAIN = 2.0**-11, 2.0**14  # half-width and grid of the box around the minimiser


@dataclass(frozen=True, eq=False)
class PentagonCertificate:
    """Reasons, box by box, that no five features in the plane do better than a pentagon [D44].

    Attributes
    ----------
    close : tuple of uint8 arrays (K,)
        Two neighbours 0.875 (50.1°) apart cost more than five of the pentagon's pairs.
    tangent : tuple of uint8 arrays (K,)
        From there to 1.40625 (80.6°) a pair costs no less than the tangent at 72° says.
    near : two tuples of 5 float
        The box around the pentagon's pair that `tangent` leaves out.
    """

    close: tuple[Any, ...]
    tangent: tuple[Any, ...]
    near: tuple[tuple[float, ...], tuple[float, ...]]

    @property
    def boxes(self) -> int:
        """How many there are in both trees."""
        return sum(map(len, self.close)) + sum(map(len, self.tangent))

    def refused(self, *, every: int = 1) -> str | None:
        """Say what does not hold, in ball arithmetic, or None if everything does [D44].

        Parameters
        ----------
        every : int ≥ 1
            Hold only every so manieth box against balls: a spot check, which proves nothing.

        Raises
        ------
        ImportError
            Without python-flint (extra `exact`).
        """
        from theory.one_hot.balls import ball
        from theory.one_hot.pentagon_replay import (
            minimiser,
            refuse_curvature,
            refuse_outside,
            refuse_tree,
        )

        check_positive_int("every", every)
        best = minimiser()
        five, flat = 5 * best.energy, ball(0.0)
        highest = best.energy + best.slope * (ball(NARROW) - best.angle)
        if not best.energy + best.slope * (ball(WIDE) - best.angle) < 0:
            return "the tangent is not negative at the widest gap searched"
        if not (best.slope < 0 and 5 * best.energy > 0):
            return "the energy does not fall at 72 degrees"
        edges = zip(TANGENT.low, *self.near, TANGENT.high, strict=True)
        if not all(r < n < N < R for r, n, N, R in edges):
            return "the box around the minimiser does not lie inside the region"
        return (
            refuse_outside((CLOSE.low, CLOSE.high), five)
            or refuse_outside((TANGENT.low, TANGENT.high), highest)
            or refuse_curvature(self.near, best)
            or refuse_tree((CLOSE.low, CLOSE.high), self.close, five, flat, best.angle, every=every)
            or refuse_tree(
                (TANGENT.low, TANGENT.high),
                self.tangent,
                best.energy,
                best.slope,
                best.angle,
                self.near,
                every=every,
            )
        )

    def save(self, path: str | Path) -> None:
        """Write it as .npz, whole or not at all.

        Parameters
        ----------
        path : path
        """
        parts = {f"close_{k:03}": level for k, level in enumerate(self.close)}
        parts |= {f"tangent_{k:03}": level for k, level in enumerate(self.tangent)}
        write_whole(
            path if str(path).endswith(".npz") else f"{path}.npz",
            lambda temporary: np.savez_compressed(temporary, near=np.array(self.near), **parts),
        )


def certify_pentagon() -> PentagonCertificate:
    r"""Search for a proof that the pentagon is the only optimum of five one-hot features [D44].

    .. math:: H(W, b) \ge 5\, e(72°) = 0.0791281\ldots \quad\text{for all } W \in R^{2 \times 5},
              b \in R^5,

    with equality for the regular pentagon alone, up to rotation, reflection and names.  The
    search takes seconds; `PentagonCertificate.refused` is the proof, and takes a minute.

    Returns
    -------
    PentagonCertificate

    Examples
    --------
    >>> certify_pentagon().boxes > 100_000
    True
    """
    pentagon = kgon(5)
    θ, a, b = 2 * np.pi / 5, pentagon.radius**2, pentagon.bias
    point = np.array([θ, a, a, b, b])
    slope = float(gradient_range(point, point)[0][0])
    pair = pentagon.loss / 5
    near = (
        tuple(float(x) for x in np.floor((point - _NEAR) * _GRAIN) / _GRAIN),
        tuple(float(x) for x in np.ceil((point + _NEAR) * _GRAIN) / _GRAIN),
    )
    around = Region(TANGENT.low, TANGENT.high, *near)
    return PentagonCertificate(
        search(CLOSE, Line(5 * pair, 0.0, θ)), search(around, Line(pair, slope, θ)), near
    )


def load_pentagon_certificate(path: str | Path) -> PentagonCertificate:
    """Read a certificate that `PentagonCertificate.save` wrote; nothing in it is believed [D44].

    Parameters
    ----------
    path : path

    Returns
    -------
    PentagonCertificate
        To be checked by its method `refused`.

    Raises
    ------
    ValueError
        If the file holds anything else.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = certify_pentagon()
    ...     found.save(f"{folder}/pentagon.npz")
    ...     load_pentagon_certificate(f"{folder}/pentagon.npz").boxes == found.boxes
    True
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            levels = [
                tuple(file[name] for name in sorted(file.files) if name.startswith(part))
                for part in ("close_", "tangent_")
            ]
            near = file["near"]
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path} is no certificate of the pentagon: {error}") from error
    if near.shape != (2, 5) or any(x.dtype != np.uint8 or x.ndim != 1 for y in levels for x in y):
        raise ValueError(f"{path} is no certificate of the pentagon: its arrays do not fit")
    low, high = (tuple(float(x) for x in side) for side in near)
    return PentagonCertificate(levels[0], levels[1], (low, high))


def main(arguments: Sequence[str]) -> int:
    """Search or read, replay, and say what is proved; status 1 if it is not."""
    path = Path(arguments[0]) if arguments else None
    if path is not None and path.exists():
        certificate = load_pentagon_certificate(path)
    else:
        certificate = certify_pentagon()
        if path is not None:
            certificate.save(path)
    problem = certificate.refused()
    print(f"{certificate.boxes} boxes: {problem or 'every reason holds'}")
    if problem is None:
        print("proved: H(W, b) ≥ 0.0791281..., with equality for regular pentagons alone")
    return int(problem is not None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
