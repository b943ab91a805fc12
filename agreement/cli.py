"""The command `superposition`: weights described, optima, features recovered, results cited.

Exit status: 0 for an answer; 1 where `--fail-above` finds a larger gap; 2 for bad input, in one
line that says what to do; 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

# Each command imports what it needs: a citation should not wait for kernels.
import numpy as np

if TYPE_CHECKING:
    from agreement.description.record import Description
    from ground.checks import FloatArray
    from theory.minima.optimum import Optimum

THRESHOLDS = ("ignored_below", "orthogonal_below", "named_within")
LAYOUTS = ("hidden-features", "features-hidden", "auto")
ABOVE, BAD, INTERRUPTED = 1, 2, 130

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; bad input ends with one line that says what to do, and status 2.

    Returns
    -------
    int
        The exit status: 0, 1 where `--fail-above` finds a larger gap, 2 for bad input, 130 after
        Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        status = int(options.command(options))
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has enough (`| head -1`); the interpreter must not flush into nothing either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("superposition: interrupted", file=sys.stderr)
        return INTERRUPTED
    except (ValueError, OSError, MemoryError, RuntimeError) as error:
        text = " ".join(str(error).split()) or f"{type(error).__name__}"
        print(f"superposition: {text}", file=sys.stderr)
        return BAD
    return status


def describe_file(options: argparse.Namespace) -> int:
    """Say what a file of weights is: roles, orthogonal factors, polytopes, loss."""
    from agreement.description.models import load_models
    from agreement.description.several import describe_model, describe_models

    models = load_models(
        options.file,
        weights=options.weights,
        bias=options.bias,
        decoder=options.decoder,
        layout=options.layout,
        instance=options.instance,
        most_bytes=_positive("--size-limit", options.size_limit) * 1e9,
    )
    importance = _importance(options.importance, models[0].W.shape[1])
    density = _density(options, len(models))
    known = density is not None or models[0].configuration is not None
    if importance is not None and not known:
        raise ValueError("--importance is of use only with --density, for the loss")
    if options.fail_above is not None:
        if not options.fail_above >= 0:
            raise ValueError(f"--fail-above must be a gap of at least 0, got {options.fail_above}")
        if options.no_best or not known:
            raise ValueError("--fail-above needs --density, and no --no-best: there is no gap else")
    how: dict[str, Any] = {
        "importance": importance,
        "against_best": not options.no_best,
        "low": options.low,
        "high": options.high,
        **{name: getattr(options, name) for name in THRESHOLDS if hasattr(options, name)},
    }
    if options.instance == "all" or options.densities is not None:
        if options.plot:
            raise ValueError("--plot draws one model: choose one with --instance")
        found = describe_models(models, density=density, **how)
        _write(found.to_json() if options.json else str(found))
        return _verdict(found.models, options)
    one = describe_model(models[0], density=density, **how)
    _show(one, models[0].W, options)
    return _verdict((one,), options)


def _verdict(found: Sequence[Description], options: argparse.Namespace) -> int:
    """Whether a gap is larger than `--fail-above` allows."""
    if options.fail_above is None:
        return 0
    gaps = [description.gap for description in found]
    unknown = [k for k, gap in enumerate(gaps) if gap is None]
    if unknown:
        raise ValueError("--fail-above: no rival is known, so there is no gap to compare")
    worst = max(gap for gap in gaps if gap is not None)
    if worst <= options.fail_above:
        return 0
    print(f"superposition: gap {worst:.3g} is above {options.fail_above:g}", file=sys.stderr)
    return ABOVE


def optimum(options: argparse.Namespace) -> int:
    """Find the best model of all for few features, and say what it is."""
    from agreement.description.describe import describe
    from theory.minima.cost import say_cost
    from theory.minima.optimum import optimum as solve

    importance = _importance(options.importance, options.n_features)
    density = _numbers("--density", options.density)
    world: dict[str, Any] = {
        "density": density,
        "importance": importance,
        "low": options.low,
        "high": options.high,
    }
    cost = say_cost(options.n_features, options.n_hidden, options.starts, options.low)
    if cost and sys.stderr.isatty():
        print(f"superposition: {cost}", file=sys.stderr)
    best = solve(
        options.n_features,
        options.n_hidden,
        bias=not options.no_bias,
        starts=options.starts,
        progress=sys.stderr.isatty(),
        **world,
    )
    found = describe(best.W, best.b, against_best=False, **world)
    _show(found, np.asarray(best.W), options, best)
    return 0


def _minima(best: Optimum) -> list[dict[str, Any]]:
    """All minima found, best first; features are counted from 0."""
    return [
        {
            "loss": minimum.loss,
            "structure": {
                "factors": minimum.structure.factors,
                "ignored": minimum.structure.ignored,
            },
            "starts": minimum.count,
            "W": minimum.W.tolist(),
            "b": minimum.b.tolist(),
        }
        for minimum in best.minima
    ]


def _minima_rows(best: Optimum) -> list[str]:
    from agreement.description.words import aligned

    rows = [("minimum", "loss", "above the best", "starts", "structure")]
    for number, minimum in enumerate(best.minima, 1):
        above = (minimum.loss - best.loss) / best.loss if best.loss else 0.0
        rows.append(
            (
                str(number),
                f"{minimum.loss:.6g}",
                f"{100 * above:.3g} %",
                str(minimum.count),
                str(minimum.structure),
            )
        )
    return [
        "",
        f"All minima found, by {best.starts} descents of which {best.converged} converged:",
        *aligned(rows, left={4}),
    ]


def recover_file(options: argparse.Namespace) -> int:
    """Count and recover the features in a file of activations, and say what is left open."""
    from agreement.recovery.activations import read_activations
    from agreement.recovery.report import recovery_report

    read = read_activations(
        options.file,
        name=options.name,
        most_bytes=_positive("--size-limit", options.size_limit) * 1e9,
    )
    found = recovery_report(
        read,
        options.atoms,
        methods=tuple(options.methods.split(",")),
        shares=np.atleast_1d(_numbers("--penalties", options.penalties)),
        starts=options.starts,
        noise=options.noise,
        seed=options.seed,
        progress=_told if sys.stderr.isatty() else None,
    )
    _write(found.to_json() if options.json else str(found))
    return 0


def _told(what: str) -> None:
    print(f"superposition: {what}", file=sys.stderr)


def cite_result(options: argparse.Namespace) -> int:
    """Print BibTeX for one result, or for this software and the paper it builds on."""
    from theory.derivations.citation import cite

    _write(cite(options.label).removesuffix("\n"))
    return 0


def _show(
    found: Description, W: FloatArray, options: argparse.Namespace, best: Optimum | None = None
) -> None:
    if options.plot:
        from agreement.description.plot import plot

        plot(W, found, options.plot)
    if options.json:
        import json

        printed = json.loads(found.to_json())
        if best is not None:
            printed["minima"] = _minima(best)
        _write(json.dumps(printed, indent=2))
    else:
        _write("\n".join([str(found), *(_minima_rows(best) if best is not None else [])]))


def _write(text: str) -> None:
    print(text)


def _density(options: argparse.Namespace, count: int) -> FloatArray | None:
    """Density for all models, or a column with one for each."""
    if options.densities is None:
        return None if options.density is None else _numbers("--density", options.density)
    if options.density is not None:
        raise ValueError("--density and --densities cannot both be given")
    values = np.atleast_1d(_numbers("--densities", options.densities))
    if len(values) != count:
        raise ValueError(
            f"--densities must be one for each of {count} models, got {len(values)}: "
            f"{options.densities}"
        )
    return np.asarray(values)[:, None]


def _positive(option: str, value: float) -> float:
    if not 0 < value < np.inf:
        raise ValueError(f"{option} must be a positive number, got {value}")
    return value


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


def _indices(text: str) -> tuple[int, ...] | str:
    return "all" if text == "all" else tuple(int(word) for word in text.split(","))


_indices.__name__ = "whole numbers with commas between, or all"  # as argparse names it


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="superposition",
        description="Toy models of superposition: what is this W?",
        epilog="Exit status: 0; 1 if --fail-above finds a larger gap; 2 for bad input; 130 after "
        "Ctrl-C.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("describe", help=describe_file.__doc__)
    command.set_defaults(command=describe_file)
    command.add_argument(
        "file", help=".npz, .npy, .safetensors, .nc, or a PyTorch state dict (.pt)"
    )
    command.add_argument("--density", metavar="P", help="1 - sparsity: one, or one per feature")
    command.add_argument(
        "--densities", metavar="P,P,…", help="one for each model along the leading axes"
    )
    _shared(command)
    command.add_argument("--weights", metavar="NAME", help="name of the weights in the file")
    command.add_argument(
        "--bias", metavar="NAME", help="name of the biases in the file; none to leave them"
    )
    command.add_argument(
        "--decoder", metavar="NAME", help="name of an untied decoder; none to leave it"
    )
    command.add_argument(
        "--layout", choices=LAYOUTS, default="auto", help="axes of W in the file (what fits)"
    )
    command.add_argument(
        "--instance", type=_indices, metavar="I[,J]", help="which model, along leading axes; or all"
    )
    command.add_argument(
        "--fail-above", type=float, metavar="GAP", help="exit with 1 if the gap is larger"
    )
    command.add_argument(
        "--size-limit",
        type=float,
        metavar="GB",
        default=1.0,
        help="refuse files that unpack to more (%(default)s)",
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
    command.add_argument(
        "--starts", type=int, default=64, metavar="K", help="descents from spread starts (64)"
    )
    command.add_argument("--no-bias", action="store_true", help="hold the biases at zero")

    command = commands.add_parser("recover", help=recover_file.__doc__)
    command.set_defaults(command=recover_file)
    command.add_argument("file", help="samples as rows: .npy, .npz, .csv, .safetensors, .nc, .pt")
    command.add_argument("--name", metavar="NAME", help="name of the array in the file")
    command.add_argument(
        "--atoms", type=int, metavar="N", help="directions to look for (as many as are counted)"
    )
    command.add_argument(
        "--methods",
        metavar="M,M,…",
        default="autoencoder,dictionary",
        help="of autoencoder, dictionary, lone_rays, sklearn (%(default)s)",
    )
    command.add_argument(
        "--penalties",
        metavar="S,S,…",
        default="0.1,0.3,0.6",
        help="λ as shares of the size of samples (%(default)s)",
    )
    command.add_argument(
        "--noise", type=float, metavar="SD", help="standard deviation in each dimension, if known"
    )
    command.add_argument(
        "--starts", type=int, default=4, metavar="K", help="of each decoder, the best kept (4)"
    )
    command.add_argument("--seed", type=int, default=0, metavar="K", help="of halves and starts")
    command.add_argument(
        "--size-limit",
        type=float,
        metavar="GB",
        default=1.0,
        help="refuse files that unpack to more (%(default)s)",
    )
    command.add_argument("--json", action="store_true", help="JSON instead of a table")

    command = commands.add_parser("cite", help=cite_result.__doc__)
    command.set_defaults(command=cite_result)
    command.add_argument("label", nargs="?", help="D01, D02, …; without one, the software")
    return parser


class _Version(argparse.Action):
    """Looked up when asked for: metadata takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from ground.version import installed_version

        print(f"superposition {installed_version()}")
        parser.exit()


def _shared(command: argparse.ArgumentParser) -> None:
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


if __name__ == "__main__":
    raise SystemExit(main())
