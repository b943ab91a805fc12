"""What cannot be read in a figure is said: width, small text, cut text, labels that overlap."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from figures.kit import style
from figures.kit.reading import LEAST_TEXT, texts, unreadable


@pytest.fixture
def drawn():
    figure, ax = plt.subplots(figsize=(style.COLUMN, 2))
    ax.plot([0, 1], [0, 1], label="a line")
    ax.set(xlabel="$1/p$", ylabel="loss", title="a  title")
    ax.legend()
    yield figure, ax
    plt.close(figure)


def test_a_figure_in_the_house_style_is_readable(drawn):
    figure, _ = drawn
    assert unreadable(figure) == []
    shown = {text.get_text() for text in texts(figure)}
    assert {"a line", "loss", "$1/p$", "a  title", "0.0", "1.0"} <= shown


def test_a_figure_wider_than_a_page_is_said_to_be(drawn):
    figure, _ = drawn
    figure.set_size_inches(8, 3)
    assert unreadable(figure) == ["the figure is 8 inches wide, more than 7.1"]


@pytest.mark.parametrize("kind", ["tick", "annotation", "legend"])
def test_small_text_is_named(drawn, kind):
    figure, ax = drawn
    if kind == "tick":
        ax.tick_params(axis="y", labelsize=LEAST_TEXT - 1)
    elif kind == "annotation":
        ax.text(0.5, 0.5, "tiny", fontsize=LEAST_TEXT - 1)
    else:
        ax.legend(fontsize=LEAST_TEXT - 1)
    found = unreadable(figure)
    assert found
    assert all(line.endswith("is set in 5.5 points") for line in found)


def test_text_of_what_is_not_shown_does_not_count(drawn):
    figure, ax = drawn
    ax.text(0.5, 0.5, "tiny", fontsize=2).set_visible(False)
    ax.tick_params(labelsize=2)
    ax.axis("off")
    assert unreadable(figure) == []


def test_text_beyond_the_edge_is_named(drawn):
    figure, ax = drawn
    long = ax.text(0.9, 0.5, "a very long remark that leaves the page")
    long.set_in_layout(False)
    (found,) = unreadable(figure)
    assert found.startswith("'a very long remark that leaves the page' is cut off at the edge by")


def test_tick_labels_that_overlap_are_named(drawn):
    figure, ax = drawn
    ax.set_xticks([0.5, 0.52], ["0.500", "0.520"])
    assert unreadable(figure) == ["tick labels '0.500' and '0.520' overlap"]
    ax.set_xticks([0.5, 0.52], ["0.500", ""])
    assert unreadable(figure) == []
