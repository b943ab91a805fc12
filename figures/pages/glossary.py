"""The words of RESULTS and of the site, for readers new to this field."""

from __future__ import annotations

GLOSSARY = {
    "feature": "one of the n inputs x_i; it is 0 unless active, and then uniform on [0, 1].",
    "hidden dimension": "one of the m < n numbers in h = W x, from which x' = ReLU(Wᵀ h + b) "
    "restores the features.",
    "density p": "the probability that a feature is active; the paper's sparsity is S = 1 − p.",
    "importance": "the weight I_i of a feature in the loss E Σ I_i (x_i − x'_i)², a sum over "
    "features.",
    "represented, ignored, dead": "a feature is represented if ‖W_i‖ ≥ 0.1, else ignored; dead if "
    "its output is 0 for every input, so that no gradient reaches it.",
    "dedicated": "alone in its hidden dimension, at right angles to all others.",
    "superposition": "features that are not at right angles: each disturbs the others. Of one "
    "feature, Σ_{j≠i} (Ŵ_i·W_j)².",
    "digon": "two features in one dimension, opposite each other: an antipodal pair. Likewise "
    "triangle (3 in 2), tetrahedron (4 in 3), pentagon (5 in 2), square antiprism (8 in 3).",
    "structure [1 4] [2 3] (5)": "features that share a subspace in square brackets, ignored ones "
    "in round ones.",
    "D*, D_i": "dimensions per feature m/‖W‖², and what share of a dimension feature i has: 1 if "
    "dedicated, 1/2 in a digon.",
    "best known model": "the W and b of least expected loss that descents on its closed form find "
    "from many starts, without training and without samples. That none is better is certified for "
    "(2, 1), cell by cell; elsewhere it is what was found.",
    "proved, certified, found": "proved: by a derivation that can be read. Certified: by a finite "
    "computation with bounds of its own errors. Found: by a search, which may have missed better.",
    "candidates": "the solutions that the paper compares in its phase diagrams: unit vectors, no "
    "bias.",
    "free block": "a few features in a few dimensions whose weights are all searched, with no "
    "symmetry given.",
    "gap": "the exact loss of a trained model over that of the best known one, minus 1.",
    "first order, continuous": "a transition at which the best model jumps, or doesn't.",
    "decade": "a factor of ten; distances between densities are given in decades.",
    "CPU seconds": "time of all cores together, of the step and its worker processes.",
}
