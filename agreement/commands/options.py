"""Options that several verbs share, read the same way, and answers printed the same way."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from agreement.description.record import Description
    from ground.checks import FloatArray

    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["importances", "numbers", "positive", "show", "told", "world_options", "write"]


def world_options(command: argparse.ArgumentParser) -> None:
    """The law of values, importance, and the form of the answer."""
    command.add_argument(
        "--low", type=float, default=0.0, help="least value of an active feature (0)"
    )
    command.add_argument(
        "--high", type=float, default=1.0, help="largest value of an active feature (1)"
    )
    command.add_argument("--importance", metavar="I", help="1,0.5,0.25 or 0.7^i; all 1 by default")
    command.add_argument(
        "--json", action="store_true", help="JSON, which counts from 0, instead of a table"
    )
    command.add_argument("--plot", metavar="FILE", help="write a picture too (.png, .svg, .pdf)")


def positive(option: str, value: float) -> float:
    """A number above zero."""
    if not 0 < value < np.inf:
        raise ValueError(f"{option} must be a positive number, got {value}")
    return value


def numbers(option: str, text: str) -> FloatArray:
    """One number, or several with commas between."""
    try:
        values = np.array([float(word) for word in text.split(",")])
    except ValueError as error:
        raise ValueError(
            f"{option} must be a number, or numbers with commas between, got {text!r}"
        ) from error
    return values if values.size > 1 else values[0]


def importances(text: str | None, n_features: int) -> FloatArray | None:
    """Numbers, or a power such as 0.7^i for 1, 0.7, 0.49, …"""
    if text is None:
        return None
    power = re.fullmatch(r"([0-9.]+)(\^|\*\*)i", text.replace(" ", ""))
    if power:
        return np.asarray(numbers("--importance", power[1]) ** np.arange(n_features))
    return numbers("--importance", text)


def show(
    found: Description,
    W: FloatArray,
    options: argparse.Namespace,
    *,
    more: dict[str, Any] | None = None,
    rows: tuple[str, ...] = (),
) -> None:
    """Print a description, with more entries in JSON and more rows in text, and draw it."""
    if options.plot:
        from agreement.description.plot import plot

        plot(W, found, options.plot)
    if options.json:
        import json

        write(json.dumps({**json.loads(found.to_json()), **(more or {})}, indent=2))
    else:
        write("\n".join([str(found), *rows]))


def write(text: str) -> None:
    """Print an answer."""
    print(text)


def told(what: str) -> None:
    """Say on the error stream what is being done."""
    print(f"superposition: {what}", file=sys.stderr)
