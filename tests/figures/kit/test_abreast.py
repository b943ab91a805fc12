"""Several figures at a time: each after what it needs, and one that fails stops no other."""

from __future__ import annotations

import os
from concurrent.futures import Executor, Future
from types import SimpleNamespace

import pytest

from figures.kit import abreast
from figures.kit.abreast import make_figures
from figures.kit.folder import Folder
from figures.kit.profile import Profile, cores


@pytest.fixture
def profile(tmp_path):
    return Profile.named("quick", tmp_path)


@pytest.fixture
def made(monkeypatch):
    """Figures in the order in which they are drawn, by parts that cost nothing."""
    drawn = []

    def make(self, kind, profile):
        profile.data(self.name, kind).parent.mkdir(exist_ok=True)
        profile.data(self.name, kind).write_text(kind)

    def draw(self, profile):
        profile.figure(self.name).parent.mkdir(exist_ok=True)
        profile.figure(self.name).write_text("drawn")
        drawn.append(self.name)

    monkeypatch.setattr(Folder, "make", make)
    monkeypatch.setattr(Folder, "draw", draw)
    return drawn


def test_a_figure_is_made_after_those_whose_data_it_needs(made, profile, capsys):
    make_figures(["decoding", "feature_dimensionality", "pressure"], profile, abreast=1)
    # And these first, lest the last of them be made alone at the end.
    needed = ["packing_theory", "dimensions_per_feature", "feature_dimensionality"]
    assert made == [*needed, "decoding", "pressure"]
    assert capsys.readouterr().out.split() == [str(profile.figure(name)) for name in made]
    made.clear()
    make_figures(["decoding", "feature_dimensionality", "pressure"], profile, abreast=1)
    assert made == []


def test_data_made_anew_make_anew_what_needs_them(made, profile):
    make_figures(["dimensions_per_feature"], profile, abreast=1)
    made.clear()
    profile.data("packing_theory", "derived").unlink()
    make_figures(["dimensions_per_feature", "pressure"], profile, abreast=1)
    assert sorted(made) == ["dimensions_per_feature", "packing_theory", "pressure"]
    assert made.index("packing_theory") < made.index("dimensions_per_feature")


def test_one_that_fails_stops_only_those_that_need_it(made, profile, monkeypatch, capsys):
    draw = Folder.draw

    def failing(self, profile):
        if self.name == "packing_theory":
            raise ValueError("the moon\n is a cheese")
        draw(self, profile)

    monkeypatch.setattr(Folder, "draw", failing)
    with pytest.raises(RuntimeError, match="not made: dimensions_per_feature, packing_theory"):
        make_figures(["dimensions_per_feature", "pressure"], profile, abreast=1)
    assert made == ["pressure"]
    assert "figures: packing_theory: the moon is a cheese\n" in capsys.readouterr().err
    monkeypatch.setattr(Folder, "draw", draw)
    make_figures(["dimensions_per_feature", "pressure"], profile, abreast=1)
    assert made == ["pressure", "packing_theory", "dimensions_per_feature"]


def test_an_interruption_is_passed_on(made, profile, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Folder, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_figures(["pressure"], profile)


def test_unknown_figures_and_none_at_a_time_are_refused(profile):
    with pytest.raises(ValueError, match="figure must be one of"):
        make_figures(["phase_n9_m9"], profile)
    with pytest.raises(ValueError, match="abreast must be a number of figures, at least 1, got 0"):
        make_figures(["pressure"], profile, abreast=0)


def test_workers_share_the_processes_that_are_allowed(monkeypatch):
    monkeypatch.setenv("JOBS", "5")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    with abreast._workers(2) as pool:
        assert pool.submit(cores).result() == 3
        assert pool.submit(os.getenv, "NUMBA_NUM_THREADS").result() == "3"
    with abreast._workers(1) as here:
        assert here.submit(os.getpid).result() == os.getpid()


def test_the_number_at_a_time_follows_cores_and_memory(monkeypatch):
    monkeypatch.setenv("JOBS", "1")
    assert abreast.room() == 1
    monkeypatch.setenv("JOBS", "8")
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 10**6, "SC_PAGE_SIZE": 4000}.get)
    assert abreast.room() == 2
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 10**6, "SC_PAGE_SIZE": 3000}.get)
    assert abreast.room() == 1


def test_no_more_figures_are_begun_than_are_made_at_a_time(made, profile, monkeypatch):
    """So that after an interruption none is made to its end that nobody waits for."""
    begun, most = [], []

    class Later(Executor):
        def submit(self, function, /, *given):
            future = Future()
            begun.append((future, function, given))
            most.append(len(begun))
            return future

    def one_ends(running, **_):
        future, function, given = begun.pop(0)
        future.set_result(function(*given))
        return SimpleNamespace(done={future} & set(running))

    monkeypatch.setattr(abreast, "_workers", lambda _: Later())
    monkeypatch.setattr(abreast, "wait", one_ends)
    names = ["pressure", "decoding", "kgon_levels", "dimensions_per_feature", "feature_count"]
    make_figures(names, profile, abreast=2)
    assert max(most) == 2
    assert sorted(made) == sorted([*names, "packing_theory"])
