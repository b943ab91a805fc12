"""Where a run keeps its files, and how fine it is: the profiles paper and quick."""

from __future__ import annotations

import hashlib
import inspect
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"paper": ROOT / "build", "quick": ROOT / "build" / "quick"}


@dataclass(frozen=True)
class Profile:
    """A resolution (``paper`` or ``quick``) and the folder its results go to."""

    name: str
    root: Path

    @classmethod
    def named(cls, name: str, root: Path | None = None) -> Profile:
        """Return the profile of that name, or say which there are."""
        if name not in FOLDERS:
            raise ValueError(f"profile must be one of {', '.join(FOLDERS)}, got {name!r}")
        return cls(name, root or FOLDERS[name])

    def data(self, figure: str, kind: Literal["measured", "derived"]) -> Path:
        """The netCDF file of a figure's data."""
        return self.root / "data" / f"{figure}.{kind}.nc"

    def parts(self, figure: str) -> Path:
        """The folder of finished chunks of a measurement that is under way."""
        return self.root / "data" / f"{figure}.parts"

    def figure(self, figure: str) -> Path:
        """The picture."""
        return self.root / "figures" / f"{figure}.png"

    def table(self, name: str, suffix: str = ".json") -> Path:
        """A table."""
        return self.root / "tables" / f"{name}{suffix}"


def cores(default: int | None = None) -> int:
    """Processes for independent work: the environment's ``JOBS``, or all cores."""
    jobs = os.environ.get("JOBS", str(default or os.cpu_count()))
    if not re.fullmatch(r"[0-9]{1,4}", jobs) or int(jobs) < 1:
        raise ValueError(f"JOBS must be a number of processes, at least 1, got {jobs[:60]!r}")
    return int(jobs)


def digest_of(*sources: str | Callable[..., Any], root: Path = ROOT) -> str:
    """Digest of the sources a result is made from, so that no chunk outlives its code.

    Parameters
    ----------
    *sources : str or class or function
        A house by name, with all its wings; or what the work calls, which stands for its module.
    """
    paths: list[Path] = []
    for source in sources:
        if isinstance(source, str):
            paths += sorted((root / source).rglob("*.py"))
        else:
            paths.append(Path(inspect.getfile(source)).resolve())
    digest = hashlib.sha256()
    for path in paths:
        place = path.relative_to(root).as_posix()
        digest.update(place.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
