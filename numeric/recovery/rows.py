"""Rows of directions and of codes, checked; and the likeness of two sets of directions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_floats

__all__ = ["LARGEST", "as_activations", "as_atoms", "as_codes", "cosines", "unit_rows"]

LARGEST = 1e100  # squares of what is larger, summed over rows, leave the floats


def as_atoms(name: str, value: Any, *, zero: bool = True) -> FloatArray:
    """Directions as rows (n_atoms, n_hidden), finite; rows of zeros only where `zero` allows."""
    atoms = as_floats(name, value)
    if atoms.ndim != 2 or 0 in atoms.shape:
        raise ValueError(f"{name} must have shape (n_atoms, n_hidden), got {atoms.shape}")
    _check_finite(name, atoms)
    empty = np.flatnonzero(~atoms.any(axis=1))
    if empty.size and not zero:
        raise ValueError(
            f"{name} must have no rows of zeros, which point nowhere (leave ignored features "
            f"out), got {empty.size}, the first of them row {empty[0]}"
        )
    return atoms


def as_activations(value: Any, n_hidden: int) -> FloatArray:
    """Activations (..., n_hidden), finite."""
    h = as_floats("activations", value)
    if h.ndim == 0 or h.shape[-1] != n_hidden:
        raise ValueError(
            f"activations must have shape (..., {n_hidden}) as the dictionary, got {h.shape}"
        )
    _check_finite("activations", h)
    return h


def as_codes(name: str, value: Any, n_atoms: int) -> FloatArray:
    """Codes (..., n_atoms) as (samples, n_atoms), at least one sample, finite."""
    codes = as_floats(name, value)
    if codes.ndim < 2 or codes.shape[-1] != n_atoms or not codes.size:
        raise ValueError(
            f"{name} must have shape (samples, {n_atoms}), one column an atom, got {codes.shape}"
        )
    _check_finite(name, codes)
    return codes.reshape(-1, n_atoms)


def unit_rows(rows: FloatArray) -> FloatArray:
    """Rows of unit length; rows of zeros stay. No square of a tiny entry may underflow."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    scaled = np.divide(rows, largest, out=np.zeros_like(rows), where=largest > 0)
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.divide(scaled, length, out=scaled, where=length > 0)


def cosines(first: FloatArray, second: FloatArray) -> FloatArray:
    """Cosines between the rows of two sets, (first, second); 0 for rows of zeros."""
    return np.clip(unit_rows(first) @ unit_rows(second).T, -1.0, 1.0)


def _check_finite(name: str, value: FloatArray) -> None:
    if not (np.abs(value) <= LARGEST).all():
        raise ValueError(
            f"{name} must have finite entries up to {LARGEST:g}, got NaN, infinity or more"
        )
