"""What is derived: closed forms, exact optima, boundaries.  Never trains, never samples."""

from theory.derivations.citation import cite
from theory.derivations.registry import result, results
from theory.dynamics.linear import learning_curve
from theory.geometry.collapse import Collapse, collapses
from theory.geometry.free_blocks import FreeBlock, best_free_block, free_block
from theory.geometry.large_blocks import LargeBlock, large_block
from theory.geometry.mixture import mixture
from theory.geometry.packing import Block, best_block, packing
from theory.geometry.takeovers import packing_transitions
from theory.loss.by_active_count import (
    free_interference,
    loss_by_active_count,
    single_feature_terms,
)
from theory.loss.exact import expected_loss
from theory.loss.exact_gradient import expected_gradient
from theory.loss.floats import hessian, loss_and_gradient
from theory.loss.linear import LinearOptimum, linear_loss, linear_optimum
from theory.loss.moments import generating_moment
from theory.loss.sets import Sets, set_loss
from theory.minima.along import minima_along
from theory.minima.certificate import Certificate, certify, certify_grid
from theory.minima.composition import Composition, best_composition
from theory.minima.diagram import optimum_phase_diagram
from theory.minima.optimum import Optimum, optimum
from theory.minima.orbits import Minimum
from theory.minima.sets import set_minima
from theory.one_hot.kgons import KGon, kgon, kgon_levels
from theory.one_hot.potential import one_hot_loss, one_hot_loss_and_gradient
from theory.phases.antipodal import AntipodalPair, best_antipodal_pair, best_biased_antipodal_pair
from theory.phases.boundary import Boundary, boundary
from theory.phases.candidates import Candidate, candidates
from theory.phases.diagram import phase_diagram
from theory.phases.envelope import multiple_points, phase_boundaries
from theory.polytopes.catalogue import Polytope, polytope
from theory.transitions.branches import spinodals
from theory.transitions.first_order import first_order_line
from theory.transitions.first_pair import first_pair_density
from theory.transitions.onset import onset_importance, tricritical_densities
from theory.transitions.special_points import special_points
from theory.transitions.true_boundary import boundary_importance, true_boundary

__all__ = [
    "AntipodalPair",
    "Block",
    "Boundary",
    "Candidate",
    "Certificate",
    "Collapse",
    "Composition",
    "FreeBlock",
    "KGon",
    "LargeBlock",
    "LinearOptimum",
    "Minimum",
    "Optimum",
    "Polytope",
    "Sets",
    "best_antipodal_pair",
    "best_biased_antipodal_pair",
    "best_block",
    "best_composition",
    "best_free_block",
    "boundary",
    "boundary_importance",
    "candidates",
    "certify",
    "certify_grid",
    "cite",
    "collapses",
    "expected_gradient",
    "expected_loss",
    "first_order_line",
    "first_pair_density",
    "free_block",
    "free_interference",
    "generating_moment",
    "hessian",
    "kgon",
    "kgon_levels",
    "large_block",
    "learning_curve",
    "linear_loss",
    "linear_optimum",
    "loss_and_gradient",
    "loss_by_active_count",
    "minima_along",
    "mixture",
    "multiple_points",
    "one_hot_loss",
    "one_hot_loss_and_gradient",
    "onset_importance",
    "optimum",
    "optimum_phase_diagram",
    "packing",
    "packing_transitions",
    "phase_boundaries",
    "phase_diagram",
    "polytope",
    "result",
    "results",
    "set_loss",
    "set_minima",
    "single_feature_terms",
    "special_points",
    "spinodals",
    "tricritical_densities",
    "true_boundary",
]
