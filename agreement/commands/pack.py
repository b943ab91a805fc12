"""`superposition pack`: which polytopes fill a hidden space best."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from agreement.commands.options import examples, json_option, one_number, steps, whole, write

if TYPE_CHECKING:
    from agreement.commands.options import Verbs

__all__ = ["add", "run"]

EXAMPLES = (
    ("superposition pack --density 0.05", "which polytope, whatever it needs of features"),
    ("superposition pack --density 0.05 --features 200 --hidden 20", "which mixture"),
    ("superposition pack --density 0.2 --up-to 2", "of what fits a plane"),
)


def add(commands: Verbs) -> None:
    """At which density, and in which space."""
    command = commands.add_parser("pack", help=run.__doc__, epilog=examples(EXAMPLES))
    command.set_defaults(command=run)
    space = command.add_argument_group("features and space")
    space.add_argument("--density", required=True, metavar="P", help="p = 1 - sparsity, in (0, 1]")
    space.add_argument(
        "--features", type=whole, metavar="N", help="how many (as many as blocks want)"
    )
    space.add_argument("--hidden", type=whole, metavar="M", help="dimensions, with --features")
    space.add_argument(
        "--up-to", type=whole, metavar="K", help="only blocks of at most K dimensions"
    )
    json_option(command.add_argument_group("the answer"))


def run(options: argparse.Namespace) -> int:
    """Say which polytope or mixture is best known at a density, and by how much."""
    from agreement.answers.pack import STEPS, pack_answer

    density = one_number("--density", options.density)
    if (options.features is None) != (options.hidden is None):
        given = "--features" if options.hidden is None else "--hidden"
        raise ValueError(f"--features and --hidden go together, got only {given}")
    with steps(options, STEPS, "asking theory") as told:
        found = pack_answer(
            density, options.features, options.hidden, up_to=options.up_to, told=told
        )
    write(found.to_json() if options.json else str(found))
    return 0
