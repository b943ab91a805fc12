"""A figure says whose claim it shows and what became of it, in words that can be checked."""

from __future__ import annotations

import pytest

from figures.kit.profile import Profile
from figures.kit.result import VERDICTS, Drawing, Result, read_results

WORDS = ("phase_n2_m1", "A claim.", "A set-up.", "A prediction.", "A finding.")


@pytest.mark.parametrize("whose", ["the paper's", "ours", "Chen et al. 2023"])
@pytest.mark.parametrize("verdict", VERDICTS)
def test_an_entry_is_read_back_as_it_was_written(tmp_path, whose, verdict):
    profile = Profile.named("quick", tmp_path)
    entry = Result(*WORDS, whose, f"{verdict}: at every density.", "Three panels.")
    entry.write(profile)
    assert read_results(profile) == [entry]
    assert entry.outcome == verdict


@pytest.mark.parametrize("whose", ["", "the papers", "Ours", "Chen et al."])
def test_a_claim_is_someones(whose):
    with pytest.raises(ValueError, match="whose must be"):
        Result(*WORDS, whose, "holds: at every density.")


@pytest.mark.parametrize("verdict", ["", "holds", "holds.", "Holds: yes.", "true: yes", "not: no"])
def test_a_verdict_begins_with_a_word_and_goes_on(verdict):
    with pytest.raises(ValueError, match="verdict must begin with one of holds, corrected"):
        Result(*WORDS, "ours", verdict)


def test_a_drawing_without_them_is_none():
    with pytest.raises(TypeError, match="whose"):
        Drawing(None, *WORDS[1:])


def test_nothing_is_written_of_a_drawing_whose_words_are_wrong(tmp_path):
    drawing = Drawing(None, *WORDS[1:], whose="ours", verdict="perhaps: so", row={"cells": 1})
    with pytest.raises(ValueError, match="verdict"):
        drawing.write("phase_n2_m1", Profile.named("quick", tmp_path))
    assert not list(tmp_path.rglob("*.*"))
