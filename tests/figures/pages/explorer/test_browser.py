"""In a real Chromium: the mouse is moved, keys are pressed, and what is read is theory's number."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cache

import pytest

import theory
from tests.figures.pages.explorer.browsing import Reader, browser

pytestmark = pytest.mark.extra("playwright", "plotly")


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
    """Equal to six digits, or to what rounding leaves of a loss that is nothing."""
    return abs(value - known) <= 5e-7 * abs(known) + 1e-13


@cache
def searched(call):
    """A search, which several numbers of a page may come from."""
    return eval(call, {"theory": theory})


def run(call):
    """What a copied line gives."""
    if search := re.fullmatch(r"(theory\.optimum\(.*\))(\.[\w\[\].]+)", call):
        return float(eval("found" + search[2], {"found": searched(search[1])}))
    return float(eval(call, {"theory": theory}))


def held(reader, panel):
    """Every number with a call equals what the call gives, by its label; how many there were."""
    calls = reader.calls(panel)
    for value, call, label in calls:
        assert same(value, run(call)), (value, call)
        name = re.search(r"theory\.(\w+)\(", call)[1]
        where = getattr(theory, name).__module__
        assert any(
            function.startswith(f"{where}:{name}") for function in theory.result(label).functions
        ), (label, name)
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


POINTS = [(1, 10), (0.9, 1.0), (0.417, 0.4826), (0.09929, 0.11855)]


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
            held(reader, "surface")
            assert same(reader.number("optimum", "surface"), known[0].loss)
            # The page has starts of its own, and may find what theory's miss; not the reverse.
            found = [value for value, *_ in reader.calls("surface")]
            assert all(any(same(value, each.loss) for value in found) for each in known)
            for _, call, _ in reader.calls("surface")[1:]:
                _, dW, db = eval(call.removesuffix("[0]"), {"theory": theory})
                assert max(abs(dW).max(), abs(db).max()) < 1e-9, "it is a flat place"
        before = reader.number("optimum", "surface")
        page.focus("#slider-density")
        page.keyboard.press("ArrowLeft")
        assert reader.number("optimum", "surface") < before, "sparser features cost less"
        assert held(reader, "surface") >= 1


def test_five_features_are_walked_by_keys(reader, data):
    reader.open("along")
    page, known = reader.page, data["along"]
    page.focus("#slider-along")
    for at in (0, 1):
        page.keyboard.press("Home" if at == 0 else "End")
        best = known["searches"][0]["minima"][at][0]
        assert same(reader.number("optimum", "along"), best[0])
        assert best[1] in page.text_content("#panel-along .winner").lower()
        assert best[1] in page.text_content("#live")
        assert held(reader, "along") >= 1 + len(known["families"]) + len(known["energies"])


def test_a_polytope_is_chosen_and_turned(reader, data):
    reader.open("packing")
    page, known = reader.page, data["packing"]
    page.focus("#slider-packing")
    for at, key in enumerate(["Home", "ArrowRight", "ArrowRight"]):
        page.keyboard.press(key)
        k = known["names"].index(known["winner"][at])
        assert same(reader.number("benefit", "packing"), known["benefit"][at][k])
        assert held(reader, "packing") == 5
        call = page.text_content("#panel-packing .note + .call code")
        assert known["winner"][at] in known["names"]
        assert (
            theory.packing([known["densities"][at]], names=known["names"]).winner.item()
            == (known["winner"][at])
        )
        assert call == f"theory.packing([{known['densities'][at]:g}]).winner.item()"
    page.click("button.rank:has-text('24-cell')")
    assert page.locator("#panel-packing .solid circle").count() == 24
    assert page.locator("#panel-packing .squares title").count() == 24**2
    before = page.get_attribute("#panel-packing .solid", "data-turn")
    page.focus("#panel-packing .solid")
    page.keyboard.press("ArrowLeft")
    by_key = page.get_attribute("#panel-packing .solid", "data-turn")
    box = page.locator("#panel-packing .solid").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 90, steps=3)
    page.mouse.up()
    assert len({before, by_key, page.get_attribute("#panel-packing .solid", "data-turn")}) == 3


def test_nets_are_those_of_the_wing(reader, data):
    reader.open("computation")
    page, nets = reader.page, data["computation"]["nets"]
    for net in nets[2:4]:
        page.select_option("#net-density", str(net["density"]))
        page.select_option("#net-name", net["name"])
        assert same(reader.number("net", "computation"), net["loss"])
    assert held(reader, "computation") >= 5


def test_the_mouse_reads_the_diagram_under_attack(reader, data):
    reader.open("attack")
    known = data["attack"]
    for i, j in ((0, 0), (1, 1)):
        reader.page.mouse.move(*cell_of(reader, "robust", i, j, 2))
        assert same(reader.number("optimum", "attack"), known["robust"][i][j][0])
        assert same(reader.number("trained", "attack"), known["trained"][i][j][0])
        assert held(reader, "attack") == 3


def test_the_price_of_activity_is_a_slider(reader, data):
    reader.open("penalty")
    page, known = reader.page, data["penalty"]
    page.focus("#slider-level")
    for at, key in enumerate(["Home", "ArrowRight", "ArrowRight"]):
        page.keyboard.press(key)
        x, y = cell_of(reader, "penalised", 1, 0, 3)
        page.mouse.move(x, y - 40)
        page.mouse.move(*cell_of(reader, "penalised", 2, 0, 3))
        shown = reader.number("optimum", "penalty")
        assert shown in [float(f"{row[j][0]:.7g}") for row in known["optima"][at] for j in (0, 1)]
        assert held(reader, "penalty") >= 2
        trained = page.locator("#panel-penalty output[data-name=trained]").count()
        assert trained == (known["levels"][at] == 0.2)


def test_the_first_picture_is_fast_and_nothing_is_too_wide(chromium, page_file):
    for width in (1280, 390):
        with reading(chromium, page_file, width=width) as reader:
            page = reader.page
            page.wait_for_function("performance.getEntriesByName('first picture').length")
            time = page.evaluate("performance.getEntriesByName('first picture')[0].startTime")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert time < 3000, f"{time:.0f} ms on a machine that runs tests beside"
