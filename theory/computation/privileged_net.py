r"""An autoencoder whose hidden ReLU layer makes its neurons a privileged basis, and its alignment.

g(x) = ReLU(V ReLU(Wx + β) + c), with weights of its own on the way out and a bias in both layers:
the architecture of MAIS-O48, whose monosemanticity index is the least alignment of a neuron.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray

__all__ = ["PrivilegedNet"]


@dataclass(frozen=True, eq=False)
class PrivilegedNet:
    """g(x) = ReLU(V ReLU(Wx + β) + c), and its expected loss [D32].

    Attributes
    ----------
    W : (k, n)
    beta : (k,)
    V : (n, k)
    c : (n,)
    loss : float
        Expected loss at the density it was made for.
    """

    W: FloatArray
    beta: FloatArray
    V: FloatArray
    c: FloatArray
    loss: float

    @property
    def alignment(self) -> float:
        """M: the least max_i W_ji² / ‖W_j‖² of any neuron that reads something; 1 if none does."""
        squares = self.W**2
        norms = squares.sum(axis=1)
        reading = norms > 0
        if not reading.any():
            return 1.0
        return float((squares[reading].max(axis=1) / norms[reading]).min())

    def output(self, x: FloatArray) -> FloatArray:
        """g(x) of inputs (..., n)."""
        hidden = np.maximum(x @ self.W.T + self.beta, 0)
        return np.asarray(np.maximum(hidden @ self.V.T + self.c, 0))
