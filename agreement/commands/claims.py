"""`superposition claims`: what this project claims, and how far each claim is established."""

from __future__ import annotations

import argparse
import re
import textwrap
from typing import TYPE_CHECKING

from agreement.commands.options import examples, json_option, write

if TYPE_CHECKING:
    from agreement.commands.options import Verbs
    from theory.derivations.claims import Claim

__all__ = ["add", "run"]

WIDTH = 100
EXAMPLES = (
    ("superposition claims D44", "what is proved of the pentagon, and by what"),
    ("superposition claims --status open", "what nobody knows"),
    ("superposition claims MAIS-O42 --json", "what answers a problem posed elsewhere"),
)


def add(commands: Verbs) -> None:
    """Which claims, and in which form."""
    command = commands.add_parser("claims", help=run.__doc__, epilog=examples(EXAMPLES))
    command.set_defaults(command=run)
    command.add_argument(
        "labels", nargs="*", metavar="LABEL", help="D44, or a problem such as MAIS-O42; all if none"
    )
    command.add_argument(
        "--status",
        metavar="S,S,…",
        help="proved, certified, numerical, refuted or open; several with commas",
    )
    json_option(command)


def run(options: argparse.Namespace) -> int:
    """Print what is proved, certified, numerical, refuted or open."""
    found = _chosen(options.labels, options.status)
    if options.json:
        import json
        from dataclasses import asdict

        write(json.dumps([asdict(claim) for claim in found], indent=2, ensure_ascii=False))
    else:
        write("\n".join(map(_text, found)) or "no claim of that status")
    return 0


def _chosen(labels: list[str], status: str | None) -> list[Claim]:
    from theory.derivations.claims import STATUSES
    from theory.derivations.problems import problems
    from theory.derivations.registry import claims

    known = claims() | {problem.label: problem.claims for problem in problems()}
    for label in labels:
        if label not in known:
            raise ValueError(f"LABEL must be one of {', '.join(known)}, got {label!r}")
    wanted = list(STATUSES) if status is None else re.split(r",\s*", status)
    for word in wanted:
        if word not in STATUSES:
            raise ValueError(f"--status must be one of {', '.join(STATUSES)}, got {word!r}")
    # A claim that answers a problem is listed once.
    listed = dict.fromkeys(claim for label in labels or known for claim in known[label])
    return [claim for claim in listed if claim.status in wanted]


def _text(claim: Claim) -> str:
    """Its key, status and statement, and what it rests on, in as many lines as they take."""
    about = [claim.whose] if claim.whose != "this project" else []
    about += [claim.evidence] if claim.evidence else []
    statement = claim.statement.replace("$`", "$").replace("`$", "$")
    told = f"{claim.key:11}{claim.status:10} {statement}"
    lines = textwrap.wrap(told, WIDTH, subsequent_indent=" " * 22, break_long_words=False)
    if about:
        lines += textwrap.wrap(
            f"({'; '.join(about)})", WIDTH,
            initial_indent=" " * 22, subsequent_indent=" " * 22, break_long_words=False,
        )  # fmt: skip
    return "\n".join(lines)
