"""The page of the command line, read from the parsers themselves."""

from __future__ import annotations

import argparse

import agreement.cli as command

__all__ = ["command_page"]


def command_page() -> dict[str, str]:
    """Source of the page by file name."""
    parser = argparse.ArgumentParser(prog="superposition")
    commands = parser.add_subparsers()
    for verb in command.VERBS:
        verb.add(commands)
    parts = ["# Command line", (command.__doc__ or "").strip()]
    parts += [_command(name, each) for name, each in _summaries(commands).items()]
    return {"reference/command_line.md": "\n\n".join(parts) + "\n"}


def _summaries(
    commands: argparse._SubParsersAction,
) -> dict[str, tuple[str, argparse.ArgumentParser]]:  # type: ignore[type-arg]
    helps = {each.dest: each.help or "" for each in commands._get_subactions()}
    return {name: (helps.get(name, ""), parser) for name, parser in commands.choices.items()}


def _command(name: str, found: tuple[str, argparse.ArgumentParser]) -> str:
    summary, parser = found
    formatter = argparse.HelpFormatter(prog=parser.prog, width=72)
    formatter.add_usage(parser.usage, parser._actions, parser._mutually_exclusive_groups)
    usage = formatter.format_help().strip().removeprefix("usage: ")
    parts = [f"(superposition-{name})=\n## `superposition {name}`", _plain(summary)]
    if parser.description and parser.description != summary:
        parts.append(_plain(parser.description))
    parts.append(f"```text\n{usage}\n```")
    for group in parser._action_groups:
        shown = [each for each in group._group_actions if each.help != argparse.SUPPRESS]
        if shown:
            lines = "\n".join(_argument(each, parser) for each in shown)
            parts.append(f"{_plain(group.title or '').capitalize()}:\n\n{lines}")
    if parser.epilog:
        parts.append(f"```text\n{parser.epilog.strip()}\n```")
    return "\n\n".join(part for part in parts if part)


def _argument(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    formatter = argparse.HelpFormatter(prog=parser.prog)
    invocation = formatter._format_action_invocation(action)
    text = _plain(formatter._expand_help(action)) if action.help else "\u2002"
    return f"`{invocation}`\n: {text}\n"


def _plain(text: str) -> str:
    """Words as they are: nothing in them is Markdown but code between backticks."""
    pieces = " ".join(text.split()).split("`")
    return "".join(
        f"`{piece}`"
        if k % 2
        else piece.replace("\\", "\\\\").replace("*", r"\*").replace("<", r"\<")
        for k, piece in enumerate(pieces)
    ).replace("$", r"\$")
