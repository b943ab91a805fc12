"""How long a search over all weights takes, said before it starts.

Measured on two busy cores, and rough by a factor of three: one descent takes some tens of Newton
steps up to six features; up to fourteen the descents of a search in stages cost little, and the
last steps of some ten of them most; beyond, one takes some hundreds of gradients.
"""

from __future__ import annotations

from theory.minima.stages import STAGED_UP_TO
from theory.minima.starts import STRUCTURED_UP_TO

LONGEST = 3600.0  # seconds beyond which a search is refused
SAID = 10.0  # seconds from which it is worth saying
# Starts at natural solutions, beside the spread ones.
_NATURAL = {4: 25, 5: 66, 6: 356}


def optimum_seconds(n: int, m: int, starts: int, low: float = 0.0) -> float:
    """Estimate for :func:`theory.minima.optimum.optimum`.

    Parameters
    ----------
    n, m : int
    starts : int
        Spread ones.
    low : float
        Of the features: where it is not zero, there are 4ⁿ faces and not 3ⁿ.

    Examples
    --------
    >>> optimum_seconds(5, 2, 64) < 10 < optimum_seconds(10, 4, 64) < optimum_seconds(100, 20, 1)
    True
    """
    n, m, starts = (min(value, 10**9) for value in (n, m, starts))  # Python's whole numbers grow
    few = n <= STRUCTURED_UP_TO
    if few:
        one = 0.045 * 4.5 ** (n - 6)
    elif n <= STAGED_UP_TO:
        one = 0.05 * 1.8 ** (n - 7) * (m / 3.0)
    else:
        one = 1.7 * (n / 12.0) ** 3 * (m / 4.0)
    if low != 0.0 and n <= 10:
        one *= (4.0 / 3.0) ** n
    return one * (starts + (_NATURAL.get(n, 0) if few else 0))


def in_words(seconds: float) -> str:
    """Such as "20 seconds", "17 minutes", "80 hours".

    >>> in_words(1000.0)
    '17 minutes'
    """
    for size, unit in ((3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.2g} seconds"


def say_cost(n: int, m: int, starts: int, low: float = 0.0) -> str:
    """A sentence for a search that takes long; "" for one that does not."""
    seconds = optimum_seconds(n, m, starts, low)
    if seconds < SAID:
        return ""
    return (
        f"searching {n} features in {m} dimensions takes some {in_words(seconds)} with {starts} "
        "starts (--starts); Ctrl-C ends it"
    )


def check_cost(n: int, m: int, starts: int, low: float = 0.0) -> None:
    """Refuse a search that would not end within the hour.

    Raises
    ------
    ValueError
        With what would.
    """
    seconds = optimum_seconds(n, m, starts, low)
    if seconds > LONGEST:
        raise ValueError(
            f"n_features = {n} with starts = {starts} would take some {in_words(seconds)}: take "
            "fewer of either, or ask best_composition, packing or mixture, which need no search"
        )
