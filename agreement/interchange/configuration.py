"""The configuration of a model: what it is an answer to, as JSON, and the hash that names it.

Two configurations have the same hash when they say the same, in whatever order and on whatever
machine: keys are sorted, and numbers are decimals of twelve significant digits, so that neither
the last bit of a power nor 1 against 1.0 makes a difference.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ground.checks import as_density, as_importance, as_number, check_kind

__all__ = ["canonical", "configuration_hash", "configuration_of", "law_of_data"]

DIGITS = 12
LENGTH = 12  # hexadecimal digits of a hash: a chance of 10⁻⁹ that any two of 700 models share one
# Not what a model is an answer to, but how its file is read and who wrote it.
BESIDE = ("axes", "origin")


def canonical(value: Any) -> str:
    """JSON that is the same for equal values: sorted keys, decimals of twelve digits, no spaces.

    Raises
    ------
    ValueError
        Numbers that are not finite, or anything that JSON has not.

    Examples
    --------
    >>> canonical({"density": 0.1 + 0.2, "bias": True, "n_hidden": 2.0})
    '{"bias":true,"density":0.3,"n_hidden":2}'
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | str):
        return json.dumps(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return _decimal(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(map(canonical, value))}]"
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        entries = (f"{json.dumps(key)}:{canonical(value[key])}" for key in sorted(value))
        return f"{{{','.join(entries)}}}"
    raise ValueError(
        f"configuration must hold finite numbers, words, lists and maps, got {value!r}"
    )


def _decimal(value: float) -> str:
    """Twelve significant digits; whole numbers as such."""
    rounded = float(f"{value:.{DIGITS}g}")
    if rounded.is_integer() and abs(rounded) < 1e15:
        return str(int(rounded))
    return repr(rounded)


def configuration_hash(configuration: Mapping[str, Any]) -> str:
    r"""Twelve hexadecimal digits that name a configuration.

    .. math:: \text{SHA-256 of the canonical JSON, less axes and origin}

    Parameters
    ----------
    configuration : mapping
        Of `save_model`, or any that JSON can hold, such as a result of `numeric.train` carries.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        Something that JSON has not, or a number that is not finite.

    Examples
    --------
    >>> configuration_hash({"a": 1, "b": 0.5}) == configuration_hash({"b": 0.5, "a": 1.0})
    True
    """
    check_kind("configuration", configuration, Mapping, "a mapping with words as keys")
    kept = {key: value for key, value in configuration.items() if key not in BESIDE}
    return hashlib.sha256(canonical(kept).encode()).hexdigest()[:LENGTH]


def configuration_of(law: Any, n_hidden: int, *, model: Any = None) -> dict[str, Any]:
    """What a model of m hidden dimensions is an answer to, as `numeric.train` writes it.

    Parameters
    ----------
    law : law of numeric
    n_hidden : int
    model : model of numeric, optional
        ReLU(WᵀWx + b) when left out.
    """
    from numeric.models.two_layers import ReluOutput

    kind = ReluOutput() if model is None else model
    return {
        "features": law.configuration(),
        "model": kind.configuration(),
        "n_hidden": int(n_hidden),
    }


def law_of_data(
    n_features: int,
    *,
    density: Any = None,
    importance: Any = None,
    low: Any = 0.0,
    high: Any = 1.0,
    law: Any = None,
) -> Any:
    """A law of numeric out of what `describe` takes: densities, a law, or theory's Sets.

    Returns
    -------
    law of numeric, or None
        None where neither density nor law is given.

    Raises
    ------
    ValueError
        Both density and law, importance alone, values out of range, a law of other features.
    """
    low = as_number("low", low, "a finite number")
    high = as_number("high", high, "a finite number")
    if law is None:
        if density is None:
            if importance is not None:
                raise ValueError("importance is of use only with a density or a law")
            return None
        from numeric.features.independent import IndependentFeatures

        p, weights = as_density(density, n_features), as_importance(importance, n_features)
        return IndependentFeatures(p, weights, None, low, high)  # type: ignore[arg-type]
    if density is not None:
        raise ValueError("law and density cannot both be given: a law has its own densities")
    features = _numeric(law, importance)
    if features.n_features != n_features:
        raise ValueError(
            f"law must be of {n_features} features, as W is, got one of {features.n_features}"
        )
    return features


def _numeric(law: Any, importance: Any) -> Any:
    """A law that can be sampled; theory's sets have no importance of their own."""
    from numeric.features.independent import AnticorrelatedSets, CorrelatedSets
    from numeric.features.law import Features
    from theory.loss.sets import Sets

    if isinstance(law, Sets):
        kind = {"correlated": CorrelatedSets, "anticorrelated": AnticorrelatedSets}[law.kind]
        return kind(law.sizes, law.density, importance)
    check_kind("law", law, Features, "theory.Sets or a law of numeric, such as OneHot")
    if importance is not None:
        raise ValueError("importance must be left out with a law, which has its own")
    return law
