"""What is out of date is made, in order, and nothing else."""

from __future__ import annotations

import os
import time

import pytest

from figures.kit.folder import Folder, folder
from figures.kit.profile import Profile
from figures.kit.refresh import refresh

FIGURE = "dimensions_per_feature"  # its derived needs its measured, and another figure's


@pytest.fixture
def profile(tmp_path):
    return Profile.named("quick", tmp_path)


@pytest.fixture
def made(monkeypatch, profile):
    """Parts in the order in which they are made, by a figure whose parts cost nothing."""
    parts = []

    def make(self, kind, profile):
        path = profile.data(self.name, kind)
        path.parent.mkdir(exist_ok=True)
        path.write_text(kind)
        parts.append(kind)

    monkeypatch.setattr(Folder, "make", make)
    monkeypatch.setattr(Folder, "draw", lambda *_: parts.append("drawn"))
    folder("packing_theory").make("derived", profile)
    parts.clear()
    return parts


def age(profile, kind, seconds, figure=FIGURE):
    then = time.time() - seconds
    os.utime(profile.data(figure, kind), (then, then))


def test_all_parts_are_made_once_and_later_only_the_picture(made, profile):
    refresh(folder(FIGURE), profile)
    assert made == ["measured", "derived", "drawn"]
    refresh(folder(FIGURE), profile)
    assert made[3:] == ["drawn"]


def test_a_part_that_is_gone_or_older_than_its_sources_is_made_anew(made, profile):
    refresh(folder(FIGURE), profile)
    profile.data(FIGURE, "derived").unlink()
    refresh(folder(FIGURE), profile)
    assert made[3:] == ["derived", "drawn"]
    # Older than any file of this project, and derived from what is measured.
    age(profile, "measured", 1e9)
    refresh(folder(FIGURE), profile)
    assert made[5:] == ["measured", "derived", "drawn"]


def test_data_of_another_figure_count(made, profile):
    refresh(folder(FIGURE), profile)
    age(profile, "derived", -60, figure="packing_theory")
    refresh(folder(FIGURE), profile)
    assert made[3:] == ["derived", "drawn"]


def test_after_an_interruption_it_goes_on_with_the_part_under_way(made, profile, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "draw", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            refresh(folder(FIGURE), profile)
    refresh(folder(FIGURE), profile)
    assert made == ["measured", "derived", "drawn"]
