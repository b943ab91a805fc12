"""What is derived: closed forms, exact optima, boundaries.  Never trains, never samples."""

from theory.certificate import Certificate, certify, certify_grid
from theory.citation import cite
from theory.composition import Composition, best_composition
from theory.float_loss import loss_and_gradient
from theory.kgons import KGon, kgon, kgon_levels
from theory.one_hot import one_hot_loss, one_hot_loss_and_gradient
from theory.polytopes import Polytope, polytope
from theory.registry import result, results

__all__ = [
    "Certificate",
    "Composition",
    "KGon",
    "Polytope",
    "best_composition",
    "certify",
    "certify_grid",
    "cite",
    "kgon",
    "kgon_levels",
    "loss_and_gradient",
    "one_hot_loss",
    "one_hot_loss_and_gradient",
    "polytope",
    "result",
    "results",
]
