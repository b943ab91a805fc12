"""What is derived: closed forms, exact optima, boundaries.  Never trains, never samples."""

from theory.citation import cite
from theory.kgons import KGon, kgon, kgon_levels
from theory.one_hot import one_hot_loss, one_hot_loss_and_gradient
from theory.registry import result, results

__all__ = [
    "KGon",
    "cite",
    "kgon",
    "kgon_levels",
    "one_hot_loss",
    "one_hot_loss_and_gradient",
    "result",
    "results",
]
