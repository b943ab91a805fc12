"""What is derived: closed forms, exact optima, boundaries.  Never trains, never samples."""

from theory.kgons import KGon, kgon, kgon_levels
from theory.one_hot import one_hot_loss, one_hot_loss_and_gradient

__all__ = [
    "KGon",
    "kgon",
    "kgon_levels",
    "one_hot_loss",
    "one_hot_loss_and_gradient",
]
