"""In which order the axes of W stand: what fits is taken, and where both fit its owner is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agreement.description.files import Contents

__all__ = ["LAYOUTS", "check_layout", "hint", "oriented"]

LAYOUTS = ("hidden-features", "features-hidden", "auto")


def check_layout(layout: str) -> None:
    if layout not in LAYOUTS:
        raise ValueError(f"layout must be one of {', '.join(LAYOUTS)}, got {layout!r}")


def oriented(
    contents: Contents,
    name: str,
    decoder: str | None,
    W: NDArray[Any],
    D: NDArray[Any] | None,
    layout: str,
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """W (..., m, n) and D (..., n, m)."""
    axes = contents.axes.get(name, ())
    if {"hidden", "feature"} <= set(axes):  # the file itself says
        W = np.moveaxis(W, [axes.index("hidden"), axes.index("feature")], [-2, -1])
        axes = contents.axes.get(decoder or "", ())
        if D is not None and {"hidden", "feature"} <= set(axes):
            D = np.moveaxis(D, [axes.index("feature"), axes.index("hidden")], [-2, -1])
        elif D is not None and D.shape[-2:] != W.shape[:-3:-1]:
            D = np.swapaxes(D, -1, -2)
        return W, D
    rows, columns = W.shape[-2:]
    turned = np.swapaxes(W, -1, -2)
    if layout == "auto":
        if rows == columns and not _same_either_way(W, D):
            raise ValueError(
                f"{contents.source}: {name} is square, {W.shape}, and may be read either way: "
                "say --layout hidden-features or --layout features-hidden"
            )
        swap = rows > columns
    else:
        swap = layout == "features-hidden"
    if D is not None:
        # Both may be stored in the same order of axes, or each as it multiplies.
        as_stored = D.shape[-2:] == W.shape[-2:] and rows != columns
        D = np.swapaxes(D, -1, -2) if as_stored != swap else D
    return (turned if swap else W), D


def _same_either_way(W: NDArray[Any], D: NDArray[Any] | None) -> bool:
    """Whether a square W is the same model read by rows and by columns."""
    if D is not None:
        return False
    with np.errstate(all="ignore"):
        turned = np.swapaxes(W, -1, -2)
        return bool(np.allclose(W @ turned, turned @ W, rtol=1e-12, atol=1e-12))


def hint(W: NDArray[Any], layout: str) -> str:
    """Another layout, where it would fit: never the one just given."""
    if layout == "hidden-features" and W.shape[-2] > W.shape[-1]:
        return ". Is W stored as (features, hidden)? Then: --layout features-hidden"
    if layout == "features-hidden" and W.shape[-2] > W.shape[-1]:
        return ". Is W stored as (hidden, features)? Then: --layout hidden-features"
    return ""
