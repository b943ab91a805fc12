"""A figure is a folder: what it plans, measures, derives and draws, found by its name.

    plan.py       PLANS, by profile: sizes, runs, seeds; `plan.configuration()` is what marks data
    measured.py   measure(plan, parts) → Dataset: trains, and keeps finished chunks in `parts`
    derived.py    derive(plan) → Dataset: what theory says
    figure.py     draw(plan, measured, derived) → Drawing: asserts the claim, then draws it

What is not needed is left out, files and parameters alike.  A function that needs another figure's
data says so by a parameter: ``packing_theory_derived`` is what packing_theory derived.
"""

from __future__ import annotations

import importlib
import re
import shutil
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

import xarray as xr

from figures.kit.cost import costed
from figures.kit.profile import ROOT, Profile
from ground.results import configured, load, save

__all__ = ["Folder", "folder", "folders"]

_NEED = re.compile(r"(?:(?P<figure>\w+)_)?(?P<kind>measured|derived)")
_KINDS = {"measured": "measure", "derived": "derive"}


@dataclass(frozen=True)
class Folder:
    """One figure's folder, ``figures/family/name``."""

    name: str
    path: Path

    def has(self, part: str) -> bool:
        """Whether the figure has ``measured``, ``derived`` or another part of its own."""
        return (self.path / f"{part}.py").exists()

    def part(self, part: str) -> ModuleType:
        """Import one of its modules."""
        if not self.has(part):
            parts = sorted(path.stem for path in self.path.glob("[a-z]*.py"))
            raise ValueError(f"figure {self.name} has {', '.join(parts)}, and no {part}.py")
        return importlib.import_module(f"figures.{self.path.parent.name}.{self.name}.{part}")

    def plan(self, profile: Profile) -> Any:
        """Sizes and runs in a profile."""
        return self.part("plan").PLANS[profile.name]

    def make(self, kind: str, profile: Profile) -> None:
        """Measure or derive, and keep the result with the plan's configuration."""
        with costed(self.name, _KINDS[kind], profile):
            result = self.call(kind, _KINDS[kind], profile)
            result = configured(result.drop_attrs(), self.plan(profile).configuration())
            save(result, profile.data(self.name, kind))
        # Only a measurement under way keeps its chunks: the next one starts afresh.
        if kind == "measured":
            shutil.rmtree(profile.parts(self.name), ignore_errors=True)

    def draw(self, profile: Profile) -> Any:
        """Check the claim, draw, keep picture, row and sentences; return the `Drawing`."""
        # Not typed by name: data depend on this file and on what it imports, and not on the style.
        with costed(self.name, "draw", profile):
            drawing = self.call("figure", "draw", profile)
            drawing.write(self.name, profile)
        return drawing

    def load(self, kind: str, profile: Profile) -> xr.Dataset:
        """What was measured or derived with this very plan, or an error that says what to do."""
        configuration = self.plan(profile).configuration()
        return load(profile.data(self.name, kind), configuration=configuration)

    def call(self, part: str, function: str, profile: Profile) -> Any:
        """Call a function of a part with what its parameters name."""
        work = getattr(self.part(part), function)
        names = signature(work).parameters
        given = {name: self._given(name, profile) for name in names}
        try:
            return work(**given)
        except ValueError as error:
            if type(error) is not ValueError:  # a claim that fails has told all
                raise
            # What a file holds may be no number; who made it cannot know from the argument's name.
            read = [str(path) for name in names if (path := self._file(name, profile)) is not None]
            if not read:
                raise
            raise ValueError(
                f"{error}; this was read from {', '.join(read)}: remove it to make it anew"
            ) from error

    def _file(self, parameter: str, profile: Profile) -> Path | None:
        """Where the data lie that a parameter names."""
        match = _NEED.fullmatch(parameter)
        return match and profile.data(match["figure"] or self.name, match["kind"])

    def _given(self, parameter: str, profile: Profile) -> Any:
        if parameter == "plan":
            return self.plan(profile)
        if parameter == "parts":
            return profile.parts(self.name)
        if match := _NEED.fullmatch(parameter):
            source = folder(match["figure"]) if match["figure"] else self
            return source.load(match["kind"], profile)
        raise ValueError(
            f"parameter must be plan, parts, measured, derived or a figure's data such as "
            f"packing_theory_derived, got {parameter!r} in figure {self.name}"
        )


def folders(root: Path = ROOT) -> dict[str, Folder]:
    """Every figure, by name."""
    paths = sorted(path.parent for path in (root / "figures").glob("*/*/figure.py"))
    return {path.name: Folder(path.name, path) for path in sorted(paths, key=lambda p: p.name)}


def folder(name: str) -> Folder:
    """The figure of that name, or an error that says which there are."""
    known = folders()
    if name not in known:
        raise ValueError(f"figure must be one of {', '.join(known)}, got {name!r}")
    return known[name]
