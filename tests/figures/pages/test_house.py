"""The picture of the house: rooms, floors and arrows as the imports have them."""

from __future__ import annotations

import matplotlib.image
import pytest

from figures.pages.house import PLACES, House, write_house

# Walls that the design asks for: at most so many rooms on so many floors.
REACH = {"theory": (16, 7), "numeric": (11, 5), "agreement": (8, 4), "figures": (13, 4)}


def build(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_a_room_stands_on_the_highest_that_it_uses(tmp_path):
    files = {
        "theory/__init__.py": "from theory.high.one import x",
        "theory/low.py": "",
        "theory/middle/one.py": "def f():\n    import theory.low",
        "theory/middle/two.py": "from theory.middle import one",
        "theory/high/one.py": "from theory.low import x\nfrom theory.middle.two import y",
    }
    house = House("theory", build(tmp_path, files))
    assert house.floors == {"low": 0, "middle": 1, "high": 2}
    assert house.size == (3, 3, 3)


def test_a_circle_is_named(tmp_path):
    files = {"theory/a.py": "import theory.b", "theory/b.py": "import theory.a"}
    with pytest.raises(ValueError, match="a → b"):
        House("theory", build(tmp_path, files)).floors  # noqa: B018


@pytest.mark.parametrize("name", REACH)
def test_the_house_stays_low(name):
    rooms, floors, _ = House(name).size
    assert (rooms, floors) <= REACH[name]
    assert floors <= REACH[name][1]


def test_the_picture_is_drawn(tmp_path):
    write_house(tmp_path / "house.png")
    assert matplotlib.image.imread(tmp_path / "house.png").std() > 0.05
    assert set(PLACES) >= set(REACH)
