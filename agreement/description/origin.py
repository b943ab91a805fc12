"""Where a file's weights come from, as the file itself says: who saved them, as what, what loss.

`agreement.interchange` writes it beside the weights.  Reading runs nothing, and says whether the
weights are still those that were saved.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CONFIGURATION", "KEY", "axes_in", "changed", "configuration_from", "digest", "said_by"]

KEY = "superposition"  # of the configuration, in files whose other entries are anybody's
CONFIGURATION = "configuration"  # of netCDF files, as `numeric.train` has it
_MOST = 200  # characters of somebody's words that are repeated


def configuration_from(text: Any) -> Mapping[str, Any] | None:
    """The configuration of a result, where that is what the text holds."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def axes_in(
    configuration: Mapping[str, Any] | None, arrays: Mapping[str, NDArray[Any]]
) -> dict[str, tuple[str, ...]]:
    """Names of the axes of each array, where the file says them: as many as there are axes."""
    named = (configuration or {}).get("axes")
    if not isinstance(named, Mapping):
        return {}
    return {
        name: tuple(axes)
        for name, axes in named.items()
        if name in arrays
        and isinstance(axes, list)
        and all(isinstance(axis, str) for axis in axes)
        and len(set(axes)) == len(axes) == arrays[name].ndim
    }


def digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Sixteen hexadecimal digits that stand for the very bits of some arrays, as doubles.

    >>> digest({"W": np.zeros((1, 2))}) == digest({"W": np.zeros((1, 2), np.float32)})
    True
    >>> digest({"W": np.zeros((1, 2))}) == digest({"W": -np.zeros((1, 2))})
    False
    """
    found = hashlib.sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name], dtype="<f8")
        found.update(f"{name} {values.shape} ".encode())
        found.update(values.tobytes())
    return found.hexdigest()[:16]


def changed(configuration: Mapping[str, Any] | None, arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Whether weights are other than those that the file says were saved; False if it says none."""
    origin = (configuration or {}).get("origin")
    if not isinstance(origin, Mapping):
        return False
    saved = {name: arrays[name] for name in axes_in(configuration, arrays)}
    return bool(origin.get("weights") != digest(saved))


def said_by(configuration: Mapping[str, Any] | None, index: Iterable[int] = ()) -> tuple[str, ...]:
    """What a file says of its weights, in a sentence; nothing where it says nothing.

    Parameters
    ----------
    configuration : mapping or None
        Beside the weights.
    index : ints
        Which model, along leading axes: each has its own loss.

    Examples
    --------
    >>> said_by({"origin": {"version": "0.1.0", "source": "a digon", "loss": [0.5, 0.25]}}, [1])
    ('saved by superposition 0.1.0 as a digon, loss 0.25',)
    """
    origin = (configuration or {}).get("origin")
    if not isinstance(origin, Mapping):
        return ()
    words = [f"saved by superposition {_words(origin.get('version'))}"]
    if origin.get("source"):
        words[0] += f" as {_words(origin['source'])}"
    loss = _at(origin.get("loss"), index)
    if loss is not None:
        words.append(f"loss {loss:.6g}")
    if origin.get("label"):
        words.append(f"see {_words(origin['label'])}")
    if origin.get("hash"):
        words.append(f"configuration {_words(origin['hash'])}")
    return (", ".join(words),)


def _at(loss: Any, index: Iterable[int]) -> float | None:
    """The loss of one model."""
    for place in index:
        if not isinstance(loss, list) or not 0 <= place < len(loss):
            break
        loss = loss[place]
    # JSON has whole numbers beyond any float, and Python's reader takes NaN.
    return loss if isinstance(loss, float) and math.isfinite(loss) else None


def _words(value: Any) -> str:
    """Somebody's words, in one line that a terminal can show."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return " ".join(line.split())[:_MOST]
