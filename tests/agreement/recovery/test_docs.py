"""docs/RECOVER.md: its Python runs, its commands print what the page says they print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agreement.cli import main

PAGE = Path(__file__).resolve().parents[3] / "docs" / "RECOVER.md"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def assert_same(printed: str, shown: str):
    """The same words, and numbers as near as other machines' rounding leaves them."""
    words, expected = (NUMBER.sub("#", " ".join(text.split())) for text in (printed, shown))
    assert words == expected
    for found, number in zip(NUMBER.findall(printed), NUMBER.findall(shown), strict=True):
        assert float(found) == pytest.approx(float(number), rel=0.02, abs=0.02)


@pytest.mark.result("D43")
def test_the_page_is_what_its_commands_print(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```(python|sh|text)\n(.*?)```", text, re.DOTALL)
    kinds = [kind for kind, _ in blocks]
    assert kinds == ["sh", "python", "sh", "text", "sh", "text", "python", "text"]
    scope: dict = {}
    printed = ""
    for kind, block in blocks[1:]:  # the first one is the usage
        capsys.readouterr()
        if kind == "python":
            exec(compile(block, PAGE.name, "exec"), scope)
            printed = capsys.readouterr().out
        elif kind == "sh":
            program, *arguments = block.split()
            assert program == "superposition"
            assert main(arguments) == 0
            printed = capsys.readouterr().out
        else:
            assert_same(printed, block)


def test_the_page_links_to_what_exists():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).exists(), target
