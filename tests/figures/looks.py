"""What single figures have to show and say, beyond being readable: each was once wrong.

A check takes the drawing that a figure returns; `CHECKS` has it by the figure's name.
"""

from __future__ import annotations

import re
from itertools import combinations

import matplotlib.text
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import StepPatch


def titled(figure, start):
    """The axes whose title, wherever it stands, begins so."""
    for ax in figure.findobj(lambda each: hasattr(each, "get_xscale")):
        if any(ax.get_title(loc).startswith(start) for loc in ("left", "center", "right")):
            return ax
    raise AssertionError(f"no panel {start!r}")


def curves(ax):
    """Lines with three points or more that are not all in one place."""
    return [
        line for line in ax.get_lines() if len(line.get_xdata()) > 2 and line.get_ls() != "None"
    ]


def labelled_ticks(axis):
    axis.figure.canvas.draw()
    low, high = sorted(axis.get_view_interval())
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    return [t for t in ticks if low <= t.get_loc() <= high and t.label1.get_text()]


def crossing(figure):
    """Pairs of texts within axes, annotations and labels at the side, that stand in each other."""
    figure.canvas.draw()
    boxes = [
        (text.get_text(), text.get_window_extent())
        for ax in figure.axes
        for text in ax.findobj(matplotlib.text.Annotation)
        if text.get_visible() and text.get_text()
    ]
    return [
        (one, other)
        for (one, first), (other, second) in combinations(boxes, 2)
        if min(first.x1, second.x1) - max(first.x0, second.x0) > 1
        and min(first.y1, second.y1) - max(first.y0, second.y0) > 1
    ]


def pressure(drawing):
    """More features are not always cleaner, and its own row says when they are."""
    assert "not always" in " ".join(
        t.get_text() for t in drawing.picture.findobj(matplotlib.text.Text)
    )
    assert re.match(r"corrected: .*only from three .* With two, none is left", drawing.verdict)
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", drawing.training, re.MULTILINE)
    late = {int(ratio): float(cells.split("|")[-3].split()[0]) for ratio, cells in rows}
    ratios = sorted(late)
    assert ratios[0] == 2
    assert late[2] == max(late.values())
    assert [late[ratio] for ratio in ratios[1:]] == sorted(late[ratio] for ratio in ratios[1:])


def dimensions_per_feature(drawing):
    """At how many densities D* is near 1/2 is said of each size: no wide range."""
    assert drawing.verdict.startswith("corrected: ")
    assert drawing.verdict.endswith("no wide ranges.")
    among = re.findall(r"\((\d+/\d+), (\d+) of (\d+) densities\)", drawing.verdict)
    assert {"400/30"} < {size for size, _, _ in among}
    assert all(0 < int(flat) <= int(every) for _, flat, every in among)


def phase_n3_m2(drawing):
    """The candidates' boundary is drawn where it is one, not over the optimum or training."""
    assert curves(titled(drawing.picture, "a "))
    for panel in ("b ", "c "):
        assert not curves(titled(drawing.picture, panel))


def phase_n2_m1(drawing):
    """No two kinds of line look alike, and the legend's mark is that of the panel."""
    lines = curves(titled(drawing.picture, "b "))
    styles = {(to_rgba(line.get_color()), line.get_ls()) for line in lines}
    for one, other in combinations(styles, 2):
        differ = np.abs(np.subtract(one[0], other[0])).max() > 0.25
        assert differ or one[1] != other[1], "two kinds of line that one can't tell apart"
    (legend,) = drawing.picture.legends
    branching = [h for h in legend.legend_handles if "branches" in h.get_label()]
    points = [
        line
        for line in titled(drawing.picture, "a ").get_lines()
        if line.get_marker() == "o" and line.get_ls() == "None"
    ]
    for mark in (*branching, *points):
        assert to_rgba(mark.get_markerfacecolor()) == to_rgba("white")
    assert branching
    assert points


def pca_collapse(drawing):
    """The exact staircase steps at the exact thresholds; its axis has more than one number."""
    ax = titled(drawing.picture, "b ")
    (stairs,) = ax.findobj(StepPatch)
    thresholds = [line.get_xdata()[0] for line in ax.get_lines() if line.get_ls() == ":"]
    assert thresholds
    np.testing.assert_array_equal(stairs.get_data().edges[1:-1], thresholds)
    assert len(labelled_ticks(titled(drawing.picture, "c ").xaxis)) > 2


def perturbed_feature(drawing):
    """Axes have more than one number."""
    for panel in ("b ", "c "):
        assert len(labelled_ticks(titled(drawing.picture, panel).xaxis)) > 2


def kgon_levels(drawing):
    """The names of levels at the right stand apart."""
    assert drawing.picture.findobj(matplotlib.text.Annotation)
    assert not crossing(drawing.picture)


def correlated_features(drawing):
    """The next minimum is named in the legend, off its line; the floor is marked as one."""
    (legend,) = drawing.picture.legends
    words = [text.get_text() for text in legend.get_texts()]
    assert any("next minimum" in word for word in words)
    assert any("or less" in word for word in words)
    inside = [t.get_text() for ax in drawing.picture.axes for t in ax.texts]
    assert not any("next minimum" in word for word in inside)


def intro_n5_m2(drawing):
    """Panels have letters."""
    texts = [text.get_text() for text in drawing.picture.findobj(matplotlib.text.Text)]
    assert any(re.match(r"a\s+\w", text) for text in texts)


def basic_results(drawing):
    """WᵀW is square, and that superposition is cut off at 1 is to be seen."""
    images = [ax for ax in drawing.picture.axes if ax.get_images()]
    square = [ax for ax in images if np.shape(ax.get_images()[0].get_array())[0] > 1]
    boxes = [ax.get_window_extent() for ax in square if ax.get_box_aspect() is not None]
    assert boxes
    for box in boxes:
        assert abs(box.width / box.height - 1) < 0.02
    bars = [ax._colorbar for ax in drawing.picture.axes if hasattr(ax, "_colorbar")]
    assert {"both", "max"} <= {bar.extend for bar in bars}


def feature_dimensionality(drawing):
    """Colours have a scale, fractions stand inside, no picture is a ball of wool."""
    shown = drawing.picture
    assert [ax for ax in shown.axes if hasattr(ax, "_colorbar") and "D_i" in ax.get_ylabel()]
    panel = titled(shown, "a ")
    shown.canvas.draw()
    named = [text for text in panel.texts if "/" in text.get_text()]
    assert named
    for text in named:
        assert text.get_window_extent().x0 > panel.get_window_extent().x0
    words = " ".join(text.get_text() for text in shown.findobj(matplotlib.text.Text))
    for end in re.findall(r"from \$p\$ = ([\d.]+) down all hang together", words):
        densities = [re.match(r"\$p\$ = ([\d.]+)", ax.get_title()) for ax in shown.axes]
        assert all(float(p[1]) > float(end) for p in densities if p)


CHECKS = {
    check.__name__: check
    for check in (
        correlated_features, dimensions_per_feature, feature_dimensionality, intro_n5_m2,
        kgon_levels, pca_collapse, perturbed_feature, phase_n2_m1, phase_n3_m2,
        pressure,
    )
} | {"basic_results_n20_m5": basic_results, "basic_results_n80_m20": basic_results}  # fmt: skip
