"""Models whose decoder is not the encoder's transpose: how far from tied, and from which tied one.

With a linear hidden layer only the product D E counts: E may be multiplied by any invertible
matrix and D by its inverse.  So what is described is the tied model whose WᵀW is nearest to D E,
which no such change moves, and not the encoder, which any of them does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray

__all__ = ["Untied", "nearest_tied"]


@dataclass(frozen=True, eq=False)
class Untied:
    """Encoder and decoder, and how far they are from a tied model.

    Attributes
    ----------
    encoder, decoder : array (m, n), (n, m)
    scale : float
        c for which c Eᵀ is nearest to D.
    apart : float
        ‖D − Eᵀ‖ / ‖D‖.
    apart_scaled : float
        ‖D − c Eᵀ‖ / ‖D‖: zero where the decoder is a multiple of the encoder's transpose.
    from_tied : float
        ‖D E − WᵀW‖ / ‖D E‖ for the tied W that is described: zero where the model computes what
        a tied one does, whatever D and E look like.
    """

    encoder: FloatArray
    decoder: FloatArray
    scale: float
    apart: float
    apart_scaled: float
    from_tied: float

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return {
            "scale": self.scale,
            "decoder_from_encoder": self.apart,
            "decoder_from_scaled_encoder": self.apart_scaled,
            "from_tied": self.from_tied,
        }

    def __str__(self) -> str:
        return (
            f"untied: ‖D − Eᵀ‖ is {100 * self.apart:.3g} % of ‖D‖, after the best scale "
            f"{self.scale:.4g} of Eᵀ {100 * self.apart_scaled:.3g} %; described is the tied model "
            f"whose WᵀW is nearest to D E ({100 * self.from_tied:.3g} % of it away)"
        )


def nearest_tied(
    encoder: FloatArray, decoder: FloatArray, *, linear: bool = True
) -> tuple[FloatArray, Untied]:
    """The tied W (m, n) whose WᵀW is nearest to D E, turned towards E, and how far it is.

    Parameters
    ----------
    encoder, decoder : array (m, n), (n, m)
    linear : bool
        False where the hidden layer isn't, so that its axes are given: then W is E.
    """
    product = decoder @ encoder
    if linear:
        values, vectors = np.linalg.eigh((product + product.T) / 2)
        m = len(encoder)
        W = np.sqrt(np.maximum(values[-m:], 0.0))[:, None] * vectors[:, -m:].T
        left, _, right = np.linalg.svd(encoder @ W.T)
        W = left @ right @ W
    else:
        W = encoder
    size = float(np.linalg.norm(decoder)) or 1.0
    scale = float((decoder * encoder.T).sum() / ((encoder**2).sum() or 1.0))
    return W, Untied(
        encoder,
        decoder,
        scale,
        float(np.linalg.norm(decoder - encoder.T)) / size,
        float(np.linalg.norm(decoder - scale * encoder.T)) / size,
        float(np.linalg.norm(product - W.T @ W)) / (float(np.linalg.norm(product)) or 1.0),
    )
