"""The recipes: every piece of code in them runs, and does what the page says."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

import figures.phases
import theory.derivations
from figures.kit.folder import Folder
from figures.kit.profile import ROOT, Profile
from figures.kit.result import read_results
from theory.derivations import refreshed
from theory.derivations.registry import _read

HOW_TO = ROOT / "docs" / "site" / "how_to"
CODE = re.compile(r"```python\n(.*?)```", re.S)
FILE = re.compile(r"```\{code-block\} python\n:caption: (\S+)\n\n(.*?)```", re.S)


def recipe(name):
    return (HOW_TO / f"{name}.md").read_text(encoding="utf-8")


def ran(name):
    """What the page's code leaves behind."""
    namespace = {"__name__": name}
    code = compile("\n".join(CODE.findall(recipe(name))), f"{name}.md", "exec", dont_inherit=True)
    exec(code, namespace)
    return namespace


def test_a_model_is_described(capsys):
    found = ran("describe")["found"]
    assert found.summary == "1 pentagon"
    assert found.gap > 0
    assert "pentagon" in capsys.readouterr().out


def test_a_target_is_trained_on():
    made = ran("target")
    x = np.array([[0.5, -1.0, 0.0]])
    assert np.array_equal(made["model"].target(x), x * x)
    assert made["run"]["loss"].shape == (2,)
    assert "square" in made["run"].attrs["configuration"]


def test_a_law_keeps_to_its_moments():
    made = ran("law")
    law, x = made["law"], made["x"]
    # Six standard errors of a mean, and of a mean product, of numbers in [0, 1].
    bound = 6 * 0.5 / np.sqrt(len(x))
    assert np.abs(x.mean(axis=0) - law.mean()).max() < bound
    assert np.abs(x.T @ x / len(x) - law.second_moments()).max() < bound
    assert made["run"]["W"].shape == (1, 2, 4)


def test_a_derivation_is_read_and_its_formula_refreshed(tmp_path, monkeypatch):
    text = re.search(r"```markdown\n(.*?)```", recipe("derivation"), re.S)[1]
    (tmp_path / "D99_silence.py").write_text(CODE.findall(recipe("derivation"))[0], "utf-8")
    monkeypatch.setattr(
        theory.derivations, "__path__", [*theory.derivations.__path__, str(tmp_path)]
    )
    assert refreshed(text) == text, "the page shows the formula that its code makes"
    sys.modules.pop("theory.derivations.D99_silence")
    path = tmp_path / "D99_silence.md"
    path.write_text(text, encoding="utf-8")
    entry = _read(path, {})
    assert (entry.label, entry.status) == ("D99", "proved")


def test_a_figure_is_made_from_its_four_files(tmp_path, monkeypatch):
    files = dict(FILE.findall(recipe("figure")))
    names = {path.rpartition("/")[2] for path in files}
    assert names == {"plan.py", "measured.py", "derived.py", "figure.py"}
    for path, text in files.items():
        place = tmp_path / path.removeprefix("figures/phases/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    monkeypatch.setattr(figures.phases, "__path__", [*figures.phases.__path__, str(tmp_path)])
    # Below a folder of that name, as every figure is below its family's.
    family = tmp_path / "phases"
    family.mkdir()
    (tmp_path / "best_pair").rename(family / "best_pair")
    figures.phases.__path__[-1] = str(family)
    made, profile = Folder("best_pair", family / "best_pair"), Profile("quick", tmp_path / "build")
    for kind in ("measured", "derived"):
        made.make(kind, profile)
    made.draw(profile)
    (entry,) = read_results(profile)
    assert entry.outcome == "holds"
    assert profile.figure("best_pair").exists()


@pytest.mark.parametrize("page", sorted(HOW_TO.glob("*.md")), ids=lambda path: path.stem)
def test_a_page_names_files_that_exist(page):
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:tests|numeric|theory|agreement|figures)/[\w/.]+)`", text):
        assert (ROOT / path).exists() or "xx_name" in path or "FAMILY" in path, path
