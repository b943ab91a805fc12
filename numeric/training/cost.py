"""What a training run asks of the machine, said before it starts."""

from __future__ import annotations

from ground.checks import check_at_most

__all__ = ["check_cost"]

MOST_NUMBERS = 2 * 10**9  # in one array: 16 GB
MOST_STEPS = 10**9
# Multiplications, each sample's through each weight and back: a month on fifty busy cores.
MOST_WORK = 1e18


def check_cost(
    *, weights: int, n_features: int, batch: int, instances: int, steps: int, held_out: int
) -> None:
    """Refuse what fits into no memory, or ends in nobody's lifetime.

    Parameters
    ----------
    weights : int
        Of one instance.
    n_features, batch, instances, steps, held_out : int

    Raises
    ------
    ValueError
        Naming the argument that is too large, with what would do.

    Examples
    --------
    >>> check_cost(weights=10, n_features=5, batch=1024, instances=10**9, steps=1, held_out=1024)
    Traceback (most recent call last):
        ...
    ValueError: instances must be at most 200000000 (their weights must fit), got 1000000000
    """
    if weights > MOST_NUMBERS:
        raise ValueError(f"n_hidden must leave at most {MOST_NUMBERS} weights, got {weights}")
    check_at_most("instances", instances, MOST_NUMBERS // weights, "their weights must fit")
    check_at_most("batch", batch, MOST_NUMBERS // n_features, "one batch must fit")
    check_at_most("steps", steps, MOST_STEPS, "weeks of the smallest model")
    check_at_most("held_out", held_out, MOST_STEPS, "minutes of the smallest model")
    work = 4.0 * weights * batch * instances * steps
    if work > MOST_WORK:
        raise ValueError(
            f"steps = {steps} with batch = {batch} and instances = {instances} would take some "
            f"{work:.0e} multiplications, and {MOST_WORK:.0e} take a month on fifty cores: ask for "
            "fewer"
        )
