"""The house as a picture: houses, their rooms, floor by floor, read from the imports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from figures.kit.profile import ROOT
from figures.kit.style import INK, PAGE
from figures.rules import Sources
from ground.results import write_whole

__all__ = ["House", "write_house"]

# Where a house stands in the picture: left edge and width of its column; rows from the ground up.
PLACES = {
    "ground": (0.0, 12.0),
    "theory": (0.0, 7.6),
    "numeric": (7.9, 4.1),
    "agreement": (0.0, 12.0),
    "figures": (0.0, 12.0),
}
ROWS = (("ground",), ("theory", "numeric"), ("agreement",), ("figures",))
ROOF = 0.65  # for the name
TONES = {
    "ground": "#D9D9D9",
    "theory": "#56B4E9",
    "numeric": "#E69F00",
    "agreement": "#009E73",
    "figures": "#CC79A7",
}


@dataclass(frozen=True)
class House:
    """The rooms of one house, each a folder or a file that stands by itself, and who uses whom.

    Attributes
    ----------
    name : str
    root : Path
        Of the project.
    """

    name: str
    root: Path = ROOT

    @cached_property
    def uses(self) -> dict[str, set[str]]:
        """Rooms of the same house that a room imports."""
        sources, folder = Sources(self.root), self.root / self.name
        found: dict[str, set[str]] = {}
        for path in sorted(folder.rglob("*.py")):
            if path.name == "__init__.py":
                continue
            room = _room(path, folder)
            used = {
                _room(other, folder)
                for other in sources.imports(path)
                if folder in other.parents and other.suffix == ".py"
            }
            found.setdefault(room, set()).update(used - {room, "__init__"})
        return found

    @cached_property
    def floors(self) -> dict[str, int]:
        """Floor of each room: 0 uses no other room, others stand on the highest that they use.

        Raises
        ------
        ValueError
            Rooms that use each other in a circle.
        """
        height: dict[str, int] = {}

        def climb(room: str, below: tuple[str, ...] = ()) -> int:
            if room in below:
                raise ValueError(f"rooms of {self.name} use each other: {' → '.join(below)}")
            if room not in height:
                under = [climb(other, (*below, room)) for other in sorted(self.uses[room])]
                height[room] = max(under, default=-1) + 1
            return height[room]

        for room in self.uses:
            climb(room)
        return height

    @property
    def size(self) -> tuple[int, int, int]:
        """Rooms, floors, arrows between rooms."""
        arrows = sum(len(used) for used in self.uses.values())
        return len(self.uses), max(self.floors.values()) + 1, arrows


def write_house(path: Path, root: Path = ROOT) -> None:
    """Draw every house with its rooms, the lowest floor at the bottom."""
    figure, axes = plt.subplots(figsize=(PAGE, 6.2), layout="constrained")
    bottom = 0.0
    for row in ROWS:
        heights = [_draw(axes, House(name, root), bottom) for name in row]
        bottom += max(heights) + ROOF
    axes.set(xlim=(-0.1, 12.1), ylim=(-0.1, bottom))
    axes.axis("off")
    write_whole(path, lambda file: figure.savefig(file, format="png", dpi=150))
    plt.close(figure)


def _room(path: Path, folder: Path) -> str:
    return path.relative_to(folder).parts[0].removesuffix(".py")


def _draw(axes: Axes, house: House, bottom: float) -> int:
    """Draw one house; how many floors it has."""
    left, width = PLACES[house.name]
    floors = house.floors
    top = max(floors.values()) + 1
    axes.text(left, bottom + top + 0.12, house.name, weight="bold", color=INK, va="bottom")
    for floor in range(top):
        rooms = sorted(room for room, level in floors.items() if level == floor)
        share = width / len(rooms)
        for place, room in enumerate(rooms):
            x, y = left + place * share, bottom + floor
            box = plt.Rectangle(
                (x + 0.04, y + 0.06), share - 0.08, 0.86, color=TONES[house.name], alpha=0.35, lw=0
            )
            axes.add_patch(box)
            axes.text(
                x + share / 2,
                y + 0.49,
                room.replace("__main__", "command line"),
                ha="center",
                va="center",
                color=INK,
                size=7,
            )
    return top
