"""Whether a drawn figure can be read at its own size: width, size of text, what overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

__all__ = ["LEAST_TEXT", "WIDEST", "texts", "unreadable"]

LEAST_TEXT = 6.5  # points
WIDEST = 7.1  # inches: a page's width
_SLACK = 1.0  # pixels by which boxes may touch
_POINTS = 72  # to an inch


def unreadable(figure: Any) -> list[str]:
    """What stands in a reader's way, a sentence each; nothing if the figure can be read.

    The figure is laid out as it will be saved.  Said are: a width beyond a page's, text that is
    too small, text beyond the edge, and labels of one axis' ticks that overlap each other.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found = []
    width, _ = figure.get_size_inches()
    if width > WIDEST:
        found.append(f"the figure is {width:g} inches wide, more than {WIDEST:g}")
    # Rounded: sizes such as "small" are products of floats.
    small = [text for text in texts(figure) if round(text.get_fontsize(), 3) < LEAST_TEXT]
    found += [f"{text.get_text()!r} is set in {text.get_fontsize():.3g} points" for text in small]
    edge = figure.bbox
    for text in texts(figure):
        box = text.get_window_extent()
        over = max(edge.x0 - box.x0, edge.y0 - box.y0, box.x1 - edge.x1, box.y1 - edge.y1)
        if over > _SLACK:
            over *= _POINTS / figure.dpi
            found.append(f"{text.get_text()!r} is cut off at the edge by {over:.1f} points")
    for axis in _axes_shown(figure):
        found += [
            f"tick labels {one.get_text()!r} and {other.get_text()!r} overlap"
            for one, other in combinations(_tick_labels(axis), 2)
            if _overlap(one, other)
        ]
    return found


def texts(figure: Any) -> Iterator[Text]:
    """Every text that is shown somewhere in the figure."""
    hidden: set[int] = set()
    shown = {id(axis) for axis in _axes_shown(figure)}
    for axes in figure.findobj(Axes):
        if not axes.get_visible():
            hidden |= {id(text) for text in axes.findobj(Text)}
    for axis in figure.findobj(Axis):
        if id(axis) in shown:
            every = [tick.label1 for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())]
            hidden |= {id(text) for text in every} - {id(text) for text in _tick_labels(axis)}
        else:
            hidden |= {id(text) for text in axis.findobj(Text)}
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
            yield text


def _axes_shown(figure: Any) -> list[Axis]:
    every = figure.findobj(Axis)
    return [each for each in every if each.get_visible() and each.axes.axison]


def _tick_labels(axis: Axis) -> list[Text]:
    """Labels of the ticks within view."""
    low, high = sorted(axis.get_view_interval())
    slack = 1e-9 * (high - low)
    found = []
    for minor in (False, True):
        places = axis.get_ticklocs(minor=minor)
        for place, label in zip(places, axis.get_ticklabels(minor=minor), strict=False):
            if low - slack <= place <= high + slack and label.get_visible() and label.get_text():
                found.append(label)
    return found


def _overlap(one: Text, other: Text) -> bool:
    first, second = one.get_window_extent(), other.get_window_extent()
    wide = min(first.x1, second.x1) - max(first.x0, second.x0)
    high = min(first.y1, second.y1) - max(first.y0, second.y0)
    return bool(wide > _SLACK and high > _SLACK)
