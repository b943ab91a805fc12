"""docs/MODELS.md: its Python runs and prints what the page says, and so do its commands."""

from __future__ import annotations

import re
from pathlib import Path

from agreement.cli import main
from ground.version import installed_version

PAGE = Path(__file__).resolve().parents[3] / "docs" / "MODELS.md"


def test_the_page_is_what_happens(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```(python|sh|text)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    scope: dict = {}
    for kind, block in blocks:
        if kind == "text":
            assert capsys.readouterr().out == block.replace("0.1.0", installed_version())
            continue
        capsys.readouterr()
        if kind == "python":
            exec(compile(block, PAGE.name, "exec"), scope)
            continue
        for line in block.splitlines():
            program, *arguments = line.split()
            assert program == "superposition"
            assert main(arguments) == 0, line
    made = {path.name for path in tmp_path.iterdir()}
    assert {"best.npz", "mine.npz", "run.npz", "antiprism.npz", "models", "h.npz"} <= made
    assert len(list((tmp_path / "models").iterdir())) > 20
