"""`superposition phase`: what is best at a point of a diagram."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from agreement.commands.options import examples, json_option, one_number, steps, whole, write

if TYPE_CHECKING:
    from agreement.commands.options import Verbs

__all__ = ["add", "run"]

EXAMPLES = (
    ("superposition phase --density 0.1 --importance 0.5", "two features in one dimension"),
    ("superposition phase 3 2 --density 0.5", "three in two, all equal: the triangle's strip"),
    ("superposition phase --density 0.75 --importance 0.9 --json", "everything, as JSON"),
)


def add(commands: Verbs) -> None:
    """Which diagram, and which point of it."""
    command = commands.add_parser("phase", help=run.__doc__, epilog=examples(EXAMPLES))
    command.set_defaults(command=run)
    point = command.add_argument_group("the point")
    point.add_argument(
        "n_features", nargs="?", type=whole, default=2, metavar="N", help="features (2; up to 6)"
    )
    point.add_argument(
        "n_hidden", nargs="?", type=whole, default=1, metavar="M", help="hidden dimensions (1)"
    )
    point.add_argument("--density", required=True, metavar="P", help="p = 1 - sparsity, in (0, 1]")
    point.add_argument(
        "--importance",
        default="1",
        metavar="R",
        help="of the last feature, the others having 1 (%(default)s)",
    )
    search = command.add_argument_group("the search and the answer")
    search.add_argument(
        "--starts",
        type=whole,
        default=32,
        metavar="K",
        help="descents from spread starts, in search of all minima (%(default)s)",
    )
    json_option(search)


def run(options: argparse.Namespace) -> int:
    """Say which phase is best at a density and importance, and how far its boundaries are."""
    from agreement.answers.phase import STEPS, phase_answer

    density = one_number("--density", options.density)
    importance = one_number("--importance", options.importance)
    with steps(options, STEPS, "asking theory") as told:
        found = phase_answer(
            options.n_features,
            options.n_hidden,
            density,
            importance,
            starts=options.starts,
            told=told,
        )
    write(found.to_json() if options.json else str(found))
    return 0
