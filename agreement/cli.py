"""The command `superposition`: weights described, optima, features recovered, results cited.

Exit status: 0 for an answer; 1 where `--fail-above` finds a larger gap; 2 for bad input, in one
line that says what to do; 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

# Each verb imports what it needs when it runs: a citation should not wait for kernels.
from agreement.commands import cite, claims, describe, optimum, recover, zoo

VERBS = (
    describe,
    optimum,
    recover,
    zoo,
    cite,
    claims,
)
BAD, INTERRUPTED = 2, 130

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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="superposition",
        description="Toy models of superposition: what is this W?",
        epilog="Exit status: 0; 1 if --fail-above finds a larger gap; 2 for bad input; 130 after "
        "Ctrl-C.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for verb in VERBS:
        verb.add(commands)
    return parser


class _Version(argparse.Action):
    """Looked up when asked for: metadata takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from ground.version import installed_version

        print(f"superposition {installed_version()}")
        parser.exit()


if __name__ == "__main__":
    raise SystemExit(main())
