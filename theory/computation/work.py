"""What exact losses of two-layer nets cost, said before they start.

Measured on a busy core, and rough by a factor of three.
"""

from __future__ import annotations

from math import comb

from theory.computation.nets import TwoLayerNets
from theory.computation.pattern_sample import SCRAMBLINGS
from theory.minima.cost import in_words

__all__ = ["LONGEST", "check_work", "seconds_by_count"]

LONGEST = 3600.0  # seconds beyond which a call is refused
MOST_BYTES = 4e9


def seconds_by_count(n: int, m: int, low: float, most_active: int) -> list[float]:
    """Estimates for inputs with 0, 1, … active features, loss and gradient of one net.

    Examples
    --------
    >>> seconds_by_count(10, 5, -1.0, 2)[2] < 1e-3 < 0.1 < seconds_by_count(100, 40, -1.0, 2)[2]
    True
    """
    sides = 1 if low == 0.0 else 2
    seconds = [0.0, 1e-9 * n * n * m * sides, 4e-9 * sides**2 * comb(n, 2) * n * (m / 2 + 4)]
    for k in range(3, min(most_active, n) + 1):
        # Some m^(k − 1) cells for each output; bends of the target at 0 add to them.
        base, growth = (3e-7, 4.0) if low == 0.0 else (2e-6, 10.0)
        each = base * growth ** (k - 3) * n * m ** (k - 1)
        seconds.append(each * comb(n, k))
    return seconds[: most_active + 1]


def check_work(nets: TwoLayerNets, most_active: int, points: int, steps: int = 1) -> None:
    """Refuse what would take minutes or more memory than there is, with the cost.

    Raises
    ------
    ValueError
        With what would not.
    """
    B, m, n = nets.W1.shape
    memory = 8.0 * SCRAMBLINGS * points * (3 * n + 2 * m)
    if memory > MOST_BYTES:
        raise ValueError(
            f"points = {points} of {n} features would need {memory / 1e9:.3g} GB; take at most "
            f"{int(points * MOST_BYTES / memory)}"
        )
    memory = 8.0 * (3.0 * n * n + 8.0 * m * n)
    if memory > MOST_BYTES:
        raise ValueError(
            f"W1 and W2 of {n} features and {m} neurons would need {memory / 1e9:.3g} GB"
        )
    seconds = [B * steps * each for each in seconds_by_count(n, m, nets.low, most_active)]
    if sum(seconds) > LONGEST:
        fits = [k for k in range(len(seconds)) if sum(seconds[: k + 1]) <= LONGEST]
        raise ValueError(
            f"most_active = {most_active} for {B} nets with W1 of shape {(m, n)}, steps = {steps}, "
            f"would take some {in_words(sum(seconds))}; most_active = {fits[-1]} takes "
            f"{in_words(sum(seconds[: fits[-1] + 1]))}"
        )
