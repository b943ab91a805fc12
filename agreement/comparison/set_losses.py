"""Exact losses of many trained models under a law of sets [D16]."""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from theory.loss.sets import Sets, set_loss

__all__ = ["losses_under"]


def losses_under(law: Sets, W: FloatArray, b: FloatArray) -> FloatArray:
    """Exact loss of each model (..., m, n) under a law of sets."""
    flat = zip(W.reshape(-1, *W.shape[-2:]), b.reshape(-1, b.shape[-1]), strict=True)
    return np.array([set_loss(w, c, law=law)[0] for w, c in flat]).reshape(W.shape[:-2])
