"""`superposition cite`: BibTeX of a result."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from agreement.commands.options import examples, write

if TYPE_CHECKING:
    from agreement.commands.options import Verbs

__all__ = ["add", "run"]

EXAMPLES = (
    ("superposition cite", "this software, and the paper it builds on"),
    ("superposition cite D07", "one result"),
)


def add(commands: Verbs) -> None:
    """Which result."""
    command = commands.add_parser("cite", help=run.__doc__, epilog=examples(EXAMPLES))
    command.set_defaults(command=run)
    command.add_argument(
        "label", nargs="?", metavar="LABEL", help="D01, D02, …; without one, the software"
    )


def run(options: argparse.Namespace) -> int:
    """Print BibTeX for one result, or for this software and the paper it builds on."""
    from theory.derivations.citation import cite

    write(cite(options.label).removesuffix("\n"))
    return 0
