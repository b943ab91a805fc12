"""A page small enough for tests, made as the real one is, from tiny plans of the same figures."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from figures.kit.folder import folders
from figures.pages.explorer import build
from figures.pages.explorer.plan import Plan
from figures.phases import boundaries

TINY = Plan(starts=4)
SIZES = {
    "phase_n2_m1": {"size": 4, "restarts": 2, "steps": 150, "batch": 256},
    "phase_n3_m2": {"size": 3, "restarts": 2, "steps": 150, "batch": 256},
}


@pytest.fixture(scope="session")
def load(tmp_path_factory):
    """Data of a figure, at tiny sizes, each made once."""

    @cache
    def data(name, kind):
        figure = folders()[name]
        plan = replace(figure.part("plan").PLANS["quick"], **SIZES[name])
        if kind == "measured":
            return figure.part("measured").measure(plan, tmp_path_factory.mktemp(name))
        return boundaries.derive(plan)

    return data


@pytest.fixture(scope="session")
def data(load):
    """What each tab shows, by its key."""
    return {each.key: build.data_of(each, TINY, load) for each in build.TABS}


@pytest.fixture(scope="session")
def page_text(load):
    """The page itself."""
    return build.page(TINY, load, "tiny")


@pytest.fixture(scope="session")
def page_file(page_text, tmp_path_factory):
    """Where the page lies."""
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    path.write_text(page_text, encoding="utf-8")
    return path
