"""Make what is out of date of one figure, all in one process, by the rules that make reads."""

from __future__ import annotations

from pathlib import Path

from figures.kit.folder import Folder
from figures.kit.profile import ROOT, Profile
from figures.rules import DATA, KINDS, Sources, figure_rules

__all__ = ["out_of_date", "refresh"]


def refresh(figure: Folder, profile: Profile) -> None:
    """Measure and derive what is missing or older than what it is made from, then draw.

    What is done is kept: after an interruption the same call goes on with the part that was under
    way.

    Parameters
    ----------
    figure : Folder
    profile : Profile
        Its resolution, and where the files are.

    Raises
    ------
    ValueError
        Data that can't be read, or a claim that fails; what was made before stays.
    """
    sources = Sources()
    for kind in KINDS:
        if figure.has(kind) and _is_old(_data(figure.name, kind), figure, profile, sources):
            figure.make(kind, profile)
    figure.draw(profile)


def out_of_date(figure: Folder, profile: Profile, sources: Sources) -> bool:
    """Whether any of a figure's files is missing or older than what it is made from.

    Parameters
    ----------
    figure : Folder
    profile : Profile
    sources : Sources
        Imports read so far; those of a figure without picture are not asked for.
    """
    targets = [_data(figure.name, kind) for kind in KINDS if figure.has(kind)]
    targets.append(f"$(B)/figures/{figure.name}.png")
    return any(not _path(target, profile).exists() for target in targets) or any(
        _is_old(target, figure, profile, sources) for target in targets
    )


def _data(name: str, kind: str) -> str:
    return f"$(B)/data/{name}.{kind}.nc"


def _is_old(target: str, figure: Folder, profile: Profile, sources: Sources) -> bool:
    path = _path(target, profile)
    if not path.exists():
        return True
    made = path.stat().st_mtime_ns
    needs = [_path(need, profile) for need in figure_rules(figure.path, sources)[target]]
    return any(not need.exists() or need.stat().st_mtime_ns > made for need in needs)


def _path(target: str, profile: Profile) -> Path:
    """The file that a rule of make names."""
    if match := DATA.match(target):
        return profile.data(match["figure"], match["kind"])
    if target.startswith("$(B)"):
        return profile.root / target.removeprefix("$(B)/")
    return ROOT / target
