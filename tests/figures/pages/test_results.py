"""RESULTS has contents, verdicts, words and run times, and shows pictures at reading width."""

from __future__ import annotations

import json
import re

import matplotlib.image
import numpy as np
import pytest

from figures.kit.agreement_table import write_row
from figures.kit.cost import costed
from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.pages.glossary import GLOSSARY
from figures.pages.results import commit, speed, write_results

ENTRIES = (
    Result("phase_n2_m1", "A claim.", "A set-up.", "A theory.", "A finding.",
           "the paper's", "corrected: by 9 %.", "Four panels [a to d]."),
    Result("pca_collapse", "Another claim.", "Set-up.", "Theory:\n\n- one\n- two\n", "",
           "ours", "holds: everywhere."),
)  # fmt: skip


@pytest.fixture
def written(tmp_path):
    profile = Profile.named("quick", tmp_path / "build")
    for entry in ENTRIES:
        entry.write(profile)
        picture = profile.figure(entry.target)
        picture.parent.mkdir(exist_ok=True)
        matplotlib.image.imsave(picture, np.zeros((900, 2100, 3)))
    write_row(profile.root / "tables", "phase_n2_m1", {"cells": 4, "agree_optimum": 0.75})
    with costed("phase_n2_m1", "measure", profile):
        pass
    write_results(profile, tmp_path)
    return tmp_path, (tmp_path / "RESULTS.md").read_text(encoding="utf-8")


def test_contents_lead_to_each_figure_and_say_what_became_of_its_claim(written):
    _, text = written
    links = re.findall(r"\[\w+\]\(#(\w+)\)", text)
    headings = re.findall(r"^## `?(\w+)`?$", text, re.M)
    assert set(links) <= {heading.lower() for heading in headings}
    assert "Verdicts on 2 claims: holds 1, corrected 1, not found 0." in text
    assert "| [phase_n2_m1](#phase_n2_m1) | the paper's | corrected | 0.0 | – | – |" in text
    assert "| [pca_collapse](#pca_collapse) | ours | holds | – | – | – |" in text


def test_a_section_says_claim_verdict_numbers_and_run_time(written):
    _, text = written
    for words in (
        "![Four panels (a to d).](docs/phase_n2_m1.png)",
        "![Another claim.](docs/pca_collapse.png)",
        "**Claim (the paper's).** A claim.",
        "**Verdict.** Corrected: by 9 %.",
        "**Theory.** Theory:\n\n- one\n- two",
        "| phase agrees with the best known model | 75.0 % |",
        "**Run time.** CPU time: measure 0.0 s.",
        "**Run time.** Not recorded.",
    ):
        assert words in text
    assert text.count("**Training.**") == 1, "what a figure doesn't say is left out"


def test_words_are_explained(written):
    _, text = written
    for word, meaning in GLOSSARY.items():
        escaped = word.replace("*", r"\*")
        assert f"- **{escaped}**: {meaning}" in text


def test_pictures_keep_enough_pixels_to_be_read(written):
    root, _ = written
    assert matplotlib.image.imread(root / "docs" / "phase_n2_m1.png").shape[:2] == (450, 1050)


def test_the_commit_is_named_or_unknown(tmp_path):
    assert re.fullmatch(r"`[0-9a-f]{10}`( with changes)?|unknown", commit())
    assert commit(tmp_path) == "unknown"


def bench(profile, **fields):
    """A table of `make bench` beside the others."""
    profile.table("x").parent.mkdir(parents=True, exist_ok=True)
    profile.table("bench", ".md").write_text("# Speed\n\nNine times.\n", encoding="utf-8")
    profile.table("bench").write_text(json.dumps(fields), encoding="utf-8")
    return "\n".join(speed(profile))


def test_speed_is_shown_only_if_the_machine_was_idle(tmp_path):
    profile = Profile.named("quick", tmp_path / "build")
    assert speed(profile) == []
    assert "Nine times." in bench(profile, marked=False)
    # One that does not say is of an older bench, which did not look.
    for fields in ({"marked": True}, {}):
        text = bench(profile, **fields)
        assert "Nine times." not in text
        assert "not idle" in text
