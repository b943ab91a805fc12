"""Arrangements of packing as vertices, for tests of decoders."""

from __future__ import annotations

import numpy as np

from theory.polytopes.arrangements import arrangement


def block(name):
    """Unit vertices (d, k) of a family of packing."""
    family = arrangement(name)
    gram = family.gram_of(0.5 if family.tight is None else family.tight)
    values, vectors = np.linalg.eigh(gram)
    return (vectors * np.sqrt(np.maximum(values, 0.0))).T[-family.dimension :]
