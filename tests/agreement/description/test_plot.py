"""The picture of a model reads at n = 5 and at n = 400."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure

from agreement.description import plot as module
from agreement.description.describe import describe
from agreement.description.plot import draw_gram, plot
from benchmarks.shapes import built, families


@lru_cache
def models() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    turn = 2 * np.pi * np.arange(5) / 5
    every = [shape for shape in families() if shape.n_vertices > 4]
    large = built(every, rng, noise=0.02, leaning=5, ignored=3).W
    return {
        "pentagon": np.array([np.cos(turn), np.sin(turn)]),
        "one line": np.array([[1.0, -0.9]]),
        "ignored": np.array([[1.0, 0, 0, 0], [0, 1, -1, 0], [0, 0, 0, 0.01]]),
        "all families": large,
        "cloud of 400": rng.normal(size=(100, 400)) / 10,
    }


@pytest.mark.parametrize("name", models())
def test_nothing_is_cropped(name, tmp_path, monkeypatch):
    """Titles were; every text stays inside the picture and tick labels don't touch."""
    W = models()[name]
    kept = []

    class Kept(Figure):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            kept.append(self)

    monkeypatch.setattr(module, "Figure", Kept)
    plot(W, describe(W), tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 10_000
    (figure,) = kept
    renderer = figure.canvas.get_renderer()
    outer = figure.bbox.padded(1)
    for axes in (figure, *figure.axes):
        for text in axes.texts if axes is figure else [*axes.texts, axes.title, axes.xaxis.label]:
            if not text.get_text() or not text.get_visible():
                continue
            box = text.get_window_extent(renderer)
            assert outer.contains(box.x0, box.y0), text
            assert outer.contains(box.x1, box.y1), text
    for axes in figure.axes:
        labels = [label for label in axes.get_xticklabels() if label.get_text()]
        boxes = [label.get_window_extent(renderer) for label in labels]
        inside = [box for box in boxes if outer.contains(box.x0, box.y0)]
        for one, other in pairwise(inside):
            assert not one.overlaps(other)


def test_a_digon_and_a_pentagon_have_colours_that_differ():
    """They looked alike: lightness (CIE) now differs by 10 of 100 at least."""
    axes = Figure().subplots()
    image = draw_gram(axes, np.array([[1.0, -1.0], [-1.0, 1.0]]), (0, 1), [2])
    shades = [lightness(image.cmap(image.norm(value))) for value in (-1.0, -0.81, -0.5, 0.0)]
    assert min(np.diff(shades)) > 10


def lightness(colour) -> float:
    rgb = np.array(colour[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16)


def test_a_format_nobody_writes_is_refused(tmp_path):
    with pytest.raises(ValueError, match="must end in one of"):
        plot(np.eye(2), describe(np.eye(2)), tmp_path / "picture.doc")
