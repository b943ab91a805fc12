"""In a real Chromium: the mouse is moved, keys are pressed, and what is read is theory's number."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

import theory
from tests.figures.pages.explorer.browsing import Reader, browser

pytestmark = [pytest.mark.xdist_group("explorer"), pytest.mark.extra("playwright", "plotly")]


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, browser(playwright) as found:
        yield found


@contextmanager
def reading(chromium, page_file, **how):
    """A reader; afterwards there was no error, no warning, no request."""
    found = Reader(chromium, page_file, **how)
    yield found
    assert found.trouble == []
    assert found.foreign == []
    found.page.close()


@pytest.fixture
def reader(chromium, page_file):
    with reading(chromium, page_file) as found:
        yield found


def same(value, known):
    """Equal to six digits."""
    return abs(value - known) <= 5e-7 * abs(known)


def run(call):
    """What a copied line gives."""
    return float(eval(call, {"theory": theory, "np": np}))


def held(reader, panel):
    """Every number with a call equals what the call gives; how many there were."""
    calls = reader.calls(panel)
    for value, call in calls:
        assert same(value, run(call)), (value, call)
    return len(calls)


def cell_of(reader, name, i, j, size):
    """Screen coordinates of a cell of a diagram of so many cells."""
    box = reader.page.locator(f"[data-diagram={name}]").bounding_box()
    scale = box["width"] / 384
    x = box["x"] + scale * (44 + 330 * (i + 0.5) / size)
    return x, box["y"] + scale * (8 + 330 * (1 - (j + 0.5) / size))


def test_the_mouse_reads_the_phase_diagrams(reader, data):
    for key, known in zip(("n2_m1", "n3_m2"), data["phases"]["diagrams"], strict=True):
        reader.page.check(f"input[value={key}]")
        size = len(known["densities"])
        for i, j in ((0, 0), (size - 1, size - 1), (1, size - 2)):
            reader.page.mouse.move(*cell_of(reader, "theory" if i else "trained", i, j, size))
            p, r = known["densities"][i], known["importances"][j]
            importance = [1.0] * (known["n"] - 1) + [r]
            best = theory.optimum(known["n"], known["m"], density=p, importance=importance)
            assert same(reader.number("optimum", "phases"), best.loss)
            assert same(reader.number("trained", "phases"), known["cells"][i][j]["trained"][0])
            assert held(reader, "phases") >= 3
            said = reader.page.text_content("#live")
            assert f"importance {float(f'{r:.3g}'):g}" in said


def test_keys_alone_reach_the_same(reader, data):
    page, known = reader.page, data["phases"]["diagrams"][0]
    for _ in range(3):
        page.keyboard.press("Tab")  # tab list, radio buttons, first diagram
    assert page.evaluate("document.activeElement.dataset.diagram") == "theory"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "focus is seen"
    for key in ["ArrowLeft", "ArrowDown"] * 4 + ["ArrowRight", "ArrowUp", "ArrowUp"]:
        page.keyboard.press(key)
    cell = known["cells"][1][2]
    assert same(reader.number("optimum", "phases"), cell["minima"][0][0])
    assert same(reader.number("trained", "phases"), cell["trained"][0])
    assert "optimum loss" in page.text_content("#live")


def test_tabs_are_walked_by_arrows(reader):
    page = reader.page
    page.focus("#tab-phases")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-surface"
    assert page.is_visible("#panel-surface")
    assert page.is_hidden("#panel-phases")


POINTS = [(1, 10), (0.3, 0.8), (0.9, 1.0), (0.417, 0.4826), (0.09929, 0.11855), (0.05, 2.0)]


def test_minima_found_in_the_page_are_theorys(chromium, page_file):
    address = "#tab=surface&density=0.2&importance=0.5"
    with reading(chromium, page_file, address=address) as reader:
        page = reader.page
        page.wait_for_selector("#panel-surface output")
        best = theory.optimum(2, 1, density=0.2, importance=[1, 0.5])
        assert same(reader.number("optimum", "surface"), best.loss), "a view can be cited"
        assert page.evaluate("location.hash") == address
        for p, r in POINTS:
            for name, value in (("density", p), ("importance", r)):
                page.fill(f"#field-{name}", str(value))
                page.press(f"#field-{name}", "Enter")
            known = theory.optimum(2, 1, density=p, importance=[1, r]).minima
            assert held(reader, "surface") == len(known)
            assert same(reader.number("optimum", "surface"), known[0].loss)
        before = reader.number("optimum", "surface")
        page.focus("#slider-density")
        page.keyboard.press("ArrowLeft")
        assert reader.number("optimum", "surface") < before, "sparser features cost less"
        assert held(reader, "surface") >= 1


def test_the_first_picture_is_fast_and_nothing_is_too_wide(chromium, page_file):
    for width in (1280, 390):
        with reading(chromium, page_file, width=width) as reader:
            page = reader.page
            page.wait_for_function("performance.getEntriesByName('first picture').length")
            time = page.evaluate("performance.getEntriesByName('first picture')[0].startTime")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert time < 3000, f"{time:.0f} ms on a machine that runs tests beside"
