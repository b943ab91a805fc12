"""The command `superposition`: what a file of weights is, what the optimum is, how to cite."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

# Each command imports what it needs: a citation should not wait for kernels.
import numpy as np

from agreement.description.weights import LAYOUTS, load_weights

if TYPE_CHECKING:
    from agreement.description.record import Description
    from ground.checks import FloatArray

THRESHOLDS = ("ignored_below", "orthogonal_below", "named_within")

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; bad input ends with one line that says what to do, and status 2."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except (ValueError, OSError) as error:
        print(f"superposition: {error}", file=sys.stderr)
        return 2
    return 0


def describe_file(options: argparse.Namespace) -> None:
    """Say what a file of weights is: roles, orthogonal factors, polytopes, loss."""
    from agreement.description.describe import describe

    W, b = load_weights(
        options.file,
        weights=options.weights,
        bias=options.bias,
        layout=options.layout,
        instance=options.instance,
    )
    importance = _importance(options.importance, W.shape[1])
    if importance is not None and options.density is None:
        raise ValueError("--importance is of use only with --density, for the loss")
    found = describe(
        W,
        b,
        density=None if options.density is None else _numbers("--density", options.density),
        importance=importance,
        against_best=not options.no_best,
        **{name: getattr(options, name) for name in THRESHOLDS if hasattr(options, name)},
    )
    _show(found, W, options)


def optimum(options: argparse.Namespace) -> None:
    """Find the best model of all for few features, and say what it is."""
    from agreement.description.describe import describe
    from theory.minima.optimum import optimum as solve

    importance = _importance(options.importance, options.n_features)
    best = solve(
        options.n_features,
        options.n_hidden,
        density=_numbers("--density", options.density),
        importance=importance,
    )
    found = describe(
        best.W,
        best.b,
        density=_numbers("--density", options.density),
        importance=importance,
        against_best=False,
    )
    _show(found, np.asarray(best.W), options)


def cite_result(options: argparse.Namespace) -> None:
    """Print BibTeX for one result, or for this software and the paper it builds on."""
    from theory.derivations.citation import cite

    print(cite(options.label), end="")


def _show(found: Description, W: FloatArray, options: argparse.Namespace) -> None:
    if options.plot:
        from agreement.description.plot import plot

        plot(W, found, options.plot)
    print(found.to_json() if options.json else found)


def _numbers(option: str, text: str) -> FloatArray:
    """One number, or several with commas between."""
    try:
        values = np.array([float(word) for word in text.split(",")])
    except ValueError as error:
        raise ValueError(
            f"{option} must be a number, or numbers with commas between, got {text!r}"
        ) from error
    return values if values.size > 1 else values[0]


def _importance(text: str | None, n_features: int) -> FloatArray | None:
    """Numbers, or a power such as 0.7^i for 1, 0.7, 0.49, …"""
    if text is None:
        return None
    power = re.fullmatch(r"([0-9.]+)(\^|\*\*)i", text.replace(" ", ""))
    if power:
        return np.asarray(_numbers("--importance", power[1]) ** np.arange(n_features))
    return _numbers("--importance", text)


def _indices(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="superposition", description="Toy models of superposition: what is this W?"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("describe", help=describe_file.__doc__)
    command.set_defaults(command=describe_file)
    command.add_argument("file", help=".npz, .npy, .safetensors, or a PyTorch state dict (.pt)")
    command.add_argument("--density", metavar="P", help="1 - sparsity: one, or one per feature")
    _shared(command)
    command.add_argument("--weights", metavar="NAME", help="name of the weights in the file")
    command.add_argument("--bias", metavar="NAME", help="name of the biases in the file")
    command.add_argument(
        "--layout", choices=LAYOUTS, default=LAYOUTS[0], help="axes of W in the file (%(default)s)"
    )
    command.add_argument(
        "--instance", type=_indices, metavar="I[,J]", help="which model, along leading axes"
    )
    command.add_argument(
        "--no-best", action="store_true", help="do not look for the best known solution"
    )
    for name, metavar in zip(THRESHOLDS, ("NORM", "COS", "DISTANCE"), strict=True):
        # Left out, it is what `describe` says it is.
        option = f"--{name.replace('_', '-')}"
        command.add_argument(option, type=float, default=argparse.SUPPRESS, metavar=metavar)

    command = commands.add_parser("optimum", help=optimum.__doc__)
    command.set_defaults(command=optimum)
    command.add_argument("n_features", type=int, metavar="N", help="number of features")
    command.add_argument("n_hidden", type=int, metavar="M", help="hidden dimensions")
    command.add_argument(
        "--density", metavar="P", required=True, help="1 - sparsity: one, or one per feature"
    )
    _shared(command)

    command = commands.add_parser("cite", help=cite_result.__doc__)
    command.set_defaults(command=cite_result)
    command.add_argument("label", nargs="?", help="D01, D02, …; without one, the software")
    return parser


def _shared(command: argparse.ArgumentParser) -> None:
    command.add_argument("--importance", metavar="I", help="1,0.5,0.25 or 0.7^i; all 1 by default")
    command.add_argument("--json", action="store_true", help="JSON instead of a table")
    command.add_argument("--plot", metavar="FILE", help="write a picture too (.png, .svg, .pdf)")


if __name__ == "__main__":
    raise SystemExit(main())
