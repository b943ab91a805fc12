"""Every public name: whose face shows it, where it lives, what it is in a sentence."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from theory.derivations.registry import labels_in

__all__ = ["HOUSES", "Name", "names", "wings"]

HOUSES = ("theory", "numeric", "agreement")


@dataclass(frozen=True)
class Name:
    """One public name, as users write it: ``theory.optimum``.

    Attributes
    ----------
    house, name, module : str
        The face that shows it, the name, and the module in which it is defined.
    """

    house: str
    name: str
    module: str

    @property
    def path(self) -> str:
        """As users write it."""
        return f"{self.house}.{self.name}"

    @property
    def wing(self) -> str:
        """The room of the house that it stands in."""
        return self.module.split(".")[1]

    @property
    def thing(self) -> Any:
        """What it names."""
        return getattr(importlib.import_module(self.house), self.name)

    @property
    def kind(self) -> str:
        """``class``, ``module`` or ``function``, as Sphinx has directives for them."""
        if inspect.isclass(self.thing):
            return "class"
        return "module" if isinstance(self.thing, ModuleType) else "function"

    @property
    def first_line(self) -> str:
        """What it is, in the first sentence of its docstring, without labels."""
        paragraph = " ".join(inspect.getdoc(self.thing).split("\n\n", 1)[0].split())  # type: ignore[union-attr]
        return re.sub(r"\s*\[D\d\d(, D\d\d)*\]", "", paragraph)

    @property
    def labels(self) -> list[str]:
        """Labels of the results that it computes."""
        return labels_in(inspect.getdoc(self.thing))


@cache
def names(house: str) -> tuple[Name, ...]:
    """The public names of a house, sorted."""
    face = importlib.import_module(house)
    return tuple(Name(house, name, _home(face, name)) for name in sorted(face.__all__, key=_order))


def wings(house: str) -> Iterator[tuple[str, str, list[Name]]]:
    """The rooms of a house that show names: room, its sentence, its names."""
    found: dict[str, list[Name]] = {}
    for name in names(house):
        found.setdefault(name.wing, []).append(name)
    for wing, those in sorted(found.items()):
        text = inspect.getdoc(importlib.import_module(f"{house}.{wing}")) or ""
        yield wing, " ".join(text.split("\n\n", 1)[0].split()), those


def _home(face: ModuleType, name: str) -> str:
    thing = getattr(face, name)
    return thing.__name__ if isinstance(thing, ModuleType) else str(thing.__module__)


def _order(name: str) -> tuple[str, str]:
    return name.lower(), name
