"""README's example runs as it stands, and its pictures and commands exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_ten_lines_run(capsys):
    code = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    exec(compile(code, "README.md", "exec"), {})
    lines = capsys.readouterr().out.strip().splitlines()
    exact, numbers, *description, attacked, computed, priced = lines
    assert "digon" in "\n".join(description)
    assert exact == "p**2/3"
    best, trained, gap = map(float, numbers.split())
    assert 0 <= gap < 0.05
    assert best <= trained
    falling, under_attack = re.fullmatch(r"\[(.*)\] (\S+) \[.*\]", attacked).groups()
    assert sorted(map(float, falling.split()), reverse=True) == [*map(float, falling.split())]
    assert float(under_attack) > best
    assert 0.085 < float(computed) < 0.095
    under_price, codes, bottleneck = re.fullmatch(r"(\S+) (\(.*\)) (\S+)", priced).groups()
    assert codes == "(2000, 2)"
    # What no decoder can undo is less than the best toy loses, and L1 costs loss.
    assert float(bottleneck) < best < float(under_price)


def test_pictures_and_targets_exist():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", TEXT, re.MULTILINE):
        assert re.search(rf"^{target}:", make, re.MULTILINE), target


def test_what_a_newcomer_asks_is_answered():
    for asked in (
        ".venv/bin/superposition",
        "half an hour",
        "compiled at their first use",
        "*mean* over features",
        "JOBS=",
        "SCHEDULER=tcp://",
    ):
        assert asked in " ".join(TEXT.split()), asked
