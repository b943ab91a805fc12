"""`superposition completion`: what a shell needs to complete the command."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from agreement.commands.options import examples, write

if TYPE_CHECKING:
    from agreement.commands.options import Verbs

SHELLS = ("bash", "zsh", "tcsh")
# bash sources the first file when the command is first completed.
EXAMPLES = (
    ("superposition completion bash > superposition.bash", "then: source superposition.bash"),
    ("superposition completion zsh > _superposition", "in a folder of $fpath"),
)

__all__ = ["add", "run"]


def add(commands: Verbs) -> None:
    """For which shell."""
    command = commands.add_parser("completion", help=run.__doc__, epilog=examples(EXAMPLES))
    command.set_defaults(command=run)
    command.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or tcsh")


def run(options: argparse.Namespace) -> int:
    """Print a script that completes this command's verbs, options and files in a shell."""
    try:
        import shtab
    except ImportError as error:
        raise ValueError("completion needs shtab to write the script: pip install shtab") from error
    _mark(options.parser, {"FILE": shtab.FILE, "FOLDER": shtab.DIRECTORY})
    script = shtab.complete(options.parser, shell=options.shell)
    write(script.removesuffix("\n"))
    return 0


def _mark(parser: argparse.ArgumentParser, kinds: dict[str, Any]) -> None:
    """Tell shtab which arguments are files or folders: those whose value is called so."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                _mark(sub, kinds)
        elif action.metavar in kinds:
            action.complete = kinds[action.metavar]  # type: ignore[attr-defined]
