"""Options that several verbs share, read the same way, and answers printed the same way."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agreement.description.record import Description
    from ground.checks import FloatArray

    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]
    Options = argparse.ArgumentParser | argparse._ArgumentGroup

__all__ = [
    "examples",
    "importances",
    "json_option",
    "matrix",
    "model_options",
    "numbers",
    "one_number",
    "positive",
    "range_options",
    "show",
    "shows_progress",
    "steps",
    "told",
    "whole",
    "world_options",
    "write",
]

LAYOUTS = ("hidden-features", "features-hidden", "auto")
SHOWN_AFTER = 2.0  # seconds: what is quicker needs no bar


def world_options(command: argparse.ArgumentParser) -> Options:
    """The law of values, importance, and the form of the answer; returns the law's group."""
    law = command.add_argument_group("the law")
    range_options(law)
    answer = command.add_argument_group("the answer")
    json_option(answer)
    answer.add_argument("--plot", metavar="FILE", help="write a picture too (.png, .svg, .pdf)")
    return law


def range_options(law: Options) -> None:
    """The range of an active feature, and importance."""
    law.add_argument(
        "--low", type=number, default=0.0, metavar="X", help="least value of an active feature (0)"
    )
    law.add_argument(
        "--high", type=number, default=1.0, metavar="X", help="largest value of it (1)"
    )
    law.add_argument("--importance", metavar="I", help="1,0.5,0.25 or 0.7^i; all 1 by default")


def json_option(answer: Options) -> None:
    """The form of the answer."""
    answer.add_argument(
        "--json", action="store_true", help="JSON, which counts from 0, instead of a table"
    )


def model_options(
    command: argparse.ArgumentParser,
    *,
    optional: bool = False,
    weights: str = "name of the weights in the file",
    bias: str = "name of the biases in the file; none to leave them",
    decoder: str = "name of an untied decoder; none to leave it",
) -> None:
    """What to read from a file of weights; where the file is optional, or numbers in its place."""
    group = command.add_argument_group("the model")
    group.add_argument(
        "file",
        metavar="FILE",
        nargs="?" if optional else None,
        help=".npz, .npy, .safetensors, .nc, or a PyTorch state dict (.pt)",
    )
    names = "NAME|NUMBERS" if optional else "NAME"
    group.add_argument("--weights", metavar=names, help=weights)
    group.add_argument("--bias", metavar=names, help=bias)
    group.add_argument("--decoder", metavar=names, help=decoder)
    group.add_argument(
        "--layout", choices=LAYOUTS, default="auto", help="axes of W in the file (what fits)"
    )
    group.add_argument(
        "--instance", type=indices, metavar="I[,J]", help="which model, along leading axes; or all"
    )
    size_option(group)


def size_option(group: Options) -> None:
    """How large a file may be."""
    group.add_argument(
        "--size-limit",
        type=number,
        metavar="GB",
        default=1.0,
        help="refuse files that unpack to more (%(default)s)",
    )


def examples(pairs: Sequence[tuple[str, str]]) -> str:
    """The end of a help text: command lines that can be copied, and what each is for."""
    return "\n".join(["examples:", *(f"  {line}\n      {why}" for line, why in pairs)])


def whole(text: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()):
        raise ValueError
    return int(text)


def number(text: str) -> float:
    """A number."""
    return float(text)


def indices(text: str) -> tuple[int, ...] | str:
    """Which models along leading axes."""
    return "all" if text == "all" else tuple(whole(word) for word in text.split(","))


# As argparse names them where it refuses a value.
whole.__name__ = "whole number"
number.__name__ = "number"
indices.__name__ = "whole numbers with commas between, or all"


def positive(option: str, value: float) -> float:
    """A number above zero."""
    if not 0 < value < math.inf:
        raise ValueError(f"{option} must be a positive number, got {value}")
    return value


def one_number(option: str, text: str) -> float:
    """One number and no more."""
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{option} must be one number, got {text!r}") from error


def matrix(option: str, text: str) -> list[list[Fraction]]:
    """Rows of exact numbers: commas within, semicolons between.

    >>> matrix("--weights", "1,-1;0,1/2")
    [[Fraction(1, 1), Fraction(-1, 1)], [Fraction(0, 1), Fraction(1, 2)]]
    """
    try:
        rows = [[_exact(word) for word in row.split(",")] for row in text.split(";")]
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(
            f"{option} must be numbers, with commas between and semicolons between rows, such as "
            f'"1,-1;0,0.5", got {text!r}'
        ) from error
    if len({len(row) for row in rows}) > 1:
        raise ValueError(f"{option} must have rows of one length, got {text!r}")
    return rows


def _exact(word: str) -> Fraction:
    """A decimal or a quotient, as it is written; powers of ten that floats do not hold are none."""
    if not math.isfinite(float(word.split("/")[0])) or len(word) > 40:
        raise ValueError
    return Fraction(word.strip())


def numbers(option: str, text: str) -> FloatArray:
    """One number, or several with commas between."""
    import numpy as np

    try:
        values = np.array([float(word) for word in text.split(",")])
    except ValueError as error:
        raise ValueError(
            f"{option} must be a number, or numbers with commas between, got {text!r}"
        ) from error
    return values if values.size > 1 else values[0]


def importances(text: str | None, n_features: int) -> FloatArray | None:
    """Numbers, or a power such as 0.7^i for 1, 0.7, 0.49, …"""
    import numpy as np

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


def shows_progress(options: argparse.Namespace) -> bool:
    """Whether somebody is there to see how far it is, and wants to."""
    return sys.stderr.isatty() and not getattr(options, "quiet", False)


@contextmanager
def steps(options: argparse.Namespace, total: int, what: str) -> Iterator[Callable[[], object]]:
    """A bar of so many steps, at a terminal, once it has taken long; yields what moves it on."""
    if not shows_progress(options):
        yield lambda: None
        return
    from threading import Timer

    from tqdm import tqdm

    with tqdm(total=total, desc=what, delay=SHOWN_AFTER, leave=False, file=sys.stderr) as bar:
        # A first step that takes long has to be seen, too.
        first = Timer(SHOWN_AFTER, bar.refresh)
        first.daemon = True
        first.start()
        try:
            yield bar.update
        finally:
            first.cancel()


def told(what: str) -> None:
    """Say on the error stream what is being done, or what was found."""
    print(f"superposition: {what}", file=sys.stderr)
