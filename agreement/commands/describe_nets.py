"""What `superposition describe` does with two-layer nets: their options, their answer."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from agreement.commands.options import steps, write

if TYPE_CHECKING:
    from agreement.description.files import Contents
    from agreement.description.net_record import TwoLayerDescription
    from ground.checks import FloatArray

HIDDEN = ("auto", "linear", "relu")
TARGETS = ("auto", "absolute", "identity", "relu")

__all__ = ["described_nets", "net_options", "why_a_net"]


def net_options(command: Any) -> None:
    """What the hidden layer is, and what is to be computed."""
    command.add_argument(
        "--hidden",
        choices=HIDDEN,
        default="auto",
        help="hidden layer of the model: linear, or a ReLU that computes (what the file says)",
    )
    command.add_argument(
        "--target",
        choices=TARGETS,
        default="auto",
        help="what a net with a ReLU on its hidden layer is to compute of each feature: |x|, x or "
        "ReLU(x); makes the hidden layer a ReLU (read off its answers)",
    )
    command.add_argument(
        "--output", choices=("relu", "linear"), help="output of such a net (what the file says)"
    )


def why_a_net(options: argparse.Namespace, contents: Contents) -> str | None:
    """Why the file is taken to hold nets whose hidden layer is a ReLU; None if it is not."""
    from agreement.description.net_files import computes

    if options.hidden == "linear":
        for name in ("target", "output"):
            if getattr(options, name) not in (None, "auto"):
                raise ValueError(f"--{name} is of use only with --hidden relu")
        return None
    if options.hidden == "relu":
        return "as --hidden says"
    if options.target != "auto":
        return "as there is a --target"
    if options.output is not None:
        return "as there is an --output"
    return computes(contents, options.weights, options.decoder)


def described_nets(
    options: argparse.Namespace,
    contents: Contents,
    why: str,
    density: Any,
    importance: Any,
) -> tuple[TwoLayerDescription, ...]:
    """Read, describe and print.

    Parameters
    ----------
    density, importance : functions
        Of the number of nets, and of the number of features: what the options say.
    """
    from agreement.description.net_files import nets_in
    from agreement.description.net_several import describe_net, describe_nets

    if options.plot:
        raise ValueError("--plot draws models with a linear hidden layer: see --hidden")
    nets = nets_in(
        contents, options.weights, options.bias, options.decoder, options.layout, options.instance
    )
    p: FloatArray | None = density(len(nets))
    how = {
        "importance": importance(nets[0].W1.shape[-1]),
        "target": options.target,
        "output": options.output,
        "low": options.low,
        "high": options.high,
        "against_best": not options.no_best,
        "why": why,
    }
    if options.instance == "all" or options.densities is not None:
        with steps(options, 1, "describing"):
            several = describe_nets(nets, density=p, **how)
        write(several.to_json() if options.json else str(several))
        return several.models
    with steps(options, 1, "describing"):
        one = describe_net(nets[0], density=p, **how)
    write(one.to_json() if options.json else str(one))
    return (one,)
