"""An optimum that was found, saved as what it is: of which problem, by how wide a search."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agreement.description.words import counted
from agreement.interchange.configuration import configuration_of, law_of_data
from agreement.interchange.save import write_model
from numeric.models.two_layers import ReluOutput

if TYPE_CHECKING:
    from ground.checks import FloatArray
    from theory.minima.optimum import Optimum

__all__ = ["LABEL", "problem_in_words", "save_optimum", "searched"]

LABEL = "D03"  # the derivation behind a search of the exact loss


def searched(n_hidden: int, *, law: Any, bias: bool = True, starts: int) -> dict[str, Any]:
    """The configuration of an optimum over all weights."""
    found = configuration_of(law, n_hidden, model=ReluOutput(bias=bias))
    return {**found, "found": {"by": "optimum", "starts": int(starts)}}


def save_optimum(
    path: Path,
    best: Optimum,
    *,
    starts: int,
    bias: bool = True,
    **world: Any,
) -> dict[str, Any]:
    """Save what :func:`theory.minima.optimum.optimum` found, at a checked path.

    Parameters
    ----------
    path : Path
        Of :func:`agreement.interchange.formats.as_path`.
    best : Optimum
    starts, bias, **world
        What it was called with.
    """
    m, n = best.W.shape
    law = law_of_data(n, **world)
    configuration = searched(m, law=law, bias=bias, starts=starts)
    return write_model(
        path,
        {"W": np.asarray(best.W), "b": np.asarray(best.b)},
        configuration,
        loss=best.loss,
        source=f"the optimum of {problem_in_words(law, m)}, best of {best.starts} descents",
        label=LABEL,
        more={"minima": len(best.minima), "converged": best.converged},
    )


def problem_in_words(law: Any, n_hidden: int) -> str:
    """Such as "5 features in 2 dimensions at density 0.1, importance 1 to 0.6561"."""
    sizes = f"{counted(law.n_features, 'feature')} in {counted(n_hidden, 'dimension')}"
    words = f"{sizes} at density {_span(law.density)}"
    if np.ptp(law.importance) or law.importance[0] != 1:
        words += f", importance {_span(law.importance)}"
    if (law.low, law.high) != (0.0, 1.0):
        words += f", on [{law.low:g}, {law.high:g}]"
    return words


def _span(values: FloatArray) -> str:
    """One number, or from the first to the last."""
    if np.ptp(values) == 0:
        return f"{values[0]:.4g}"
    return f"{values[0]:.4g} to {values[-1]:.4g}"
