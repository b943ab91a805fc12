"""Losses of candidates as lines A(p) + r B(p), importances being (1, …, 1, r).

All diagrams vary the density p and the importance r of the last feature; the others have
importance one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from theory.conventions import p, r
from theory.phases.candidates import Candidate, candidates


def importance_vector(n_features: int, ratio: sp.Expr = r) -> list[sp.Expr]:
    """Return the importances (1, …, 1, r) of all diagrams."""
    return [sp.Integer(1)] * (n_features - 1) + [ratio]


@lru_cache(maxsize=1024)
def loss_line(candidate: Candidate) -> tuple[sp.Poly, sp.Poly]:
    """Return (A, B), the loss being A(p) + r B(p), as polynomials in p [D06]."""
    loss = candidate.loss(p, importance_vector(candidate.structure.n_features))
    parts = sp.Poly(loss, r, p, extension=True)
    zero = sp.Poly(0, p, domain=parts.domain)
    split = [zero, zero]
    for (power, degree), coefficient in parts.terms():
        split[power] += sp.Poly(coefficient * p**degree, p, domain=parts.domain)
    return split[0], split[1]


def distinct(n_features: int, n_hidden: int) -> tuple[Candidate, ...]:
    """Return the first candidate of each loss function of p and r."""
    last = n_features - 1
    by_shapes: dict[Any, Candidate] = {}
    for candidate in candidates(n_features, n_hidden):
        shapes = sorted((str(f.shape), last in f.features) for f in candidate.factors)
        by_shapes.setdefault((tuple(shapes), last in candidate.structure.ignored), candidate)
    first: dict[tuple[sp.Expr, sp.Expr], Candidate] = {}
    for candidate in by_shapes.values():
        constant, slope = loss_line(candidate)
        first.setdefault((constant.as_expr(), slope.as_expr()), candidate)
    return tuple(first.values())


def candidate_losses(
    n_features: int, n_hidden: int, densities: Any, importances: Any
) -> tuple[np.ndarray, tuple[Candidate, ...]]:
    """Return the losses (candidate, density, importance) of one candidate a phase, as floats [D06].

    Candidates with one loss for all p and r count as one phase; the first stands for it.
    """
    density, importance = np.asarray(densities, float), np.asarray(importances, float)
    catalogue = distinct(n_features, n_hidden)
    losses = np.empty((len(catalogue), len(density), len(importance)))
    for k, candidate in enumerate(catalogue):
        constant, slope = (
            np.polyval([float(c) for c in part.all_coeffs()], density)
            for part in loss_line(candidate)
        )
        losses[k] = constant[:, None] + slope[:, None] * importance
    return losses, catalogue
