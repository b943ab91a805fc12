"""The command `superposition`: its verbs, its exit status, and its errors in one line.

| Exit status | when |
|---|---|
| 0 | an answer; also where the reader of a pipe has enough |
| 1 | `describe --fail-above` found a larger gap |
| 2 | bad input, in one line that names the option or argument and what to do |
| 130 | Ctrl-C |
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

# Each verb imports what it needs when it runs: a citation should not wait for kernels.
from agreement.commands import (
    cite,
    claims,
    completion,
    describe,
    loss,
    optimum,
    pack,
    phase,
    recover,
)
from agreement.commands.options import examples

VERBS = (
    describe,
    optimum,
    phase,
    loss,
    pack,
    recover,
    cite,
    claims,
    completion,
)
BAD, INTERRUPTED = 2, 130
EXAMPLES = (
    ("superposition phase --density 0.1 --importance 0.5", "which phase is best there"),
    ("superposition describe weights.npz --density 0.05", "what a W of your own is"),
    ("superposition optimum 4 2 --density 0.1", "the best model of all"),
    ("superposition describe --help", "options of a verb, with examples"),
)
STATUS = (
    "exit status: 0 for an answer; 1 if --fail-above finds a larger gap; 2 for bad input; 130 "
    "after Ctrl-C"
)

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; bad input ends with one line that says what to do, and status 2.

    Returns
    -------
    int
        The exit status: 0, 1 where `--fail-above` finds a larger gap, 2 for bad input, 130 after
        Ctrl-C.
    """
    try:
        try:
            words = sys.argv[1:] if arguments is None else arguments
            options = _parser().parse_args(joined(words))
            status = int(options.command(options))
        finally:  # also after --help, which ends by itself
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has enough (`| head -1`); the interpreter must not flush into nothing either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("superposition: interrupted", file=sys.stderr)
        return INTERRUPTED
    except (ValueError, OSError, MemoryError, RuntimeError, ImportError) as error:
        text = " ".join(str(error).split()) or f"{type(error).__name__}"
        print(f"superposition: {text}", file=sys.stderr)
        return BAD
    return status


def joined(words: Sequence[str]) -> list[str]:
    """The words, numbers that begin with a minus tied to their option, which are none themselves.

    >>> joined(["loss", "--weights", "-1,1", "--density", "0.1"])
    ['loss', '--weights=-1,1', '--density', '0.1']
    """
    found: list[str] = []
    for word in words:
        before = found[-1] if found else ""
        if re.fullmatch(r"-[0-9.][-+0-9.eE/,;]*", word) and re.fullmatch(r"--[a-z-]+", before):
            found[-1] = f"{before}={word}"
        else:
            found.append(word)
    return found


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


class Parser(argparse.ArgumentParser):
    """Help as it is written, and errors in one line."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options.setdefault("formatter_class", _Formatter)
        if options.get("help"):
            options.setdefault("description", options["help"])
        super().__init__(*arguments, **options)

    def error(self, message: str) -> NoReturn:
        """End with status 2 and where to look."""
        self.exit(BAD, f"{self.prog}: {' '.join(message.split())} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="superposition",
        description="Toy models of superposition: what is this W, which phase is best, at what "
        "loss?",
        epilog=f"{examples(EXAMPLES)}\n\n{STATUS}",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    parser.add_argument("--quiet", action="store_true", help="no notes and no bars, only errors")
    # Whoever completes the command has to know all of it.
    parser.set_defaults(parser=parser)
    commands = parser.add_subparsers(
        required=True, metavar="COMMAND", title="commands", parser_class=Parser
    )
    for verb in VERBS:
        verb.add(commands)
    for command in commands.choices.values():
        # Left out here, it is what it was before the verb.
        command.add_argument(
            "--quiet", action="store_true", default=argparse.SUPPRESS, help="no notes and no bars"
        )
    return parser


class _Version(argparse.Action):
    """Looked up when asked for: metadata takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from ground.version import installed_version

        print(f"superposition {installed_version()}")
        parser.exit()


if __name__ == "__main__":
    raise SystemExit(main())
