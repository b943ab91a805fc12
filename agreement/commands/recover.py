"""`superposition recover`: features in a file of activations."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import numpy as np

from agreement.commands.options import numbers, positive, told, write

if TYPE_CHECKING:
    from agreement.commands.options import Verbs

__all__ = ["add", "run"]


def add(commands: Verbs) -> None:
    """Which array, which decoders, how often."""
    command = commands.add_parser("recover", help=run.__doc__)
    command.set_defaults(command=run)
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


def run(options: argparse.Namespace) -> int:
    """Count and recover the features in a file of activations, and say what is left open."""
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
        progress=told if sys.stderr.isatty() else None,
    )
    write(found.to_json() if options.json else str(found))
    return 0
