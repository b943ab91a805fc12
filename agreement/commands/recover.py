"""`superposition recover`: features in a file of activations."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from agreement.commands.options import (
    examples,
    json_option,
    number,
    numbers,
    positive,
    shows_progress,
    size_option,
    told,
    whole,
    write,
)

if TYPE_CHECKING:
    from agreement.commands.options import Verbs

__all__ = ["add", "run"]

EXAMPLES = (
    ("superposition recover activations.npy", "counts, decoders, and what cannot be concluded"),
    (
        "superposition recover activations.npy --atoms 8 --methods dictionary --penalties 0.3",
        "one decoder of eight atoms",
    ),
)


def add(commands: Verbs) -> None:
    """Which array, which decoders, how often."""
    command = commands.add_parser("recover", help=run.__doc__, epilog=examples(EXAMPLES))
    command.set_defaults(command=run)
    read = command.add_argument_group("the activations")
    read.add_argument(
        "file",
        metavar="FILE",
        help="samples as rows: .npy, .npz, .csv, .safetensors, .nc, .pt",
    )
    read.add_argument("--name", metavar="NAME", help="name of the array in the file")
    size_option(read)
    read.add_argument(
        "--noise", type=number, metavar="SD", help="standard deviation in each dimension, if known"
    )
    search = command.add_argument_group("the decoders")
    search.add_argument(
        "--atoms", type=whole, metavar="N", help="directions to look for (as many as are counted)"
    )
    search.add_argument(
        "--methods",
        metavar="M,M,…",
        default="autoencoder,dictionary",
        help="of autoencoder, dictionary, lone_rays, sklearn (%(default)s)",
    )
    search.add_argument(
        "--penalties",
        metavar="S,S,…",
        default="0.1,0.3,0.6",
        help="λ as shares of the size of samples (%(default)s)",
    )
    search.add_argument(
        "--starts", type=whole, default=4, metavar="K", help="of each decoder, the best kept (4)"
    )
    search.add_argument("--seed", type=whole, default=0, metavar="K", help="of halves and starts")
    json_option(command.add_argument_group("the answer"))


def run(options: argparse.Namespace) -> int:
    """Count and recover the features in a file of activations, and say what is left open."""
    import numpy as np

    from agreement.recovery.activations import read_activations
    from agreement.recovery.report import recovery_report

    read = read_activations(
        options.file,
        name=options.name,
        most_bytes=positive("--size-limit", options.size_limit) * 1e9,
    )
    found = recovery_report(
        read,
        options.atoms,
        methods=tuple(options.methods.split(",")),
        shares=np.atleast_1d(numbers("--penalties", options.penalties)),
        starts=options.starts,
        noise=options.noise,
        seed=options.seed,
        progress=told if shows_progress(options) else None,
    )
    write(found.to_json() if options.json else str(found))
    return 0
