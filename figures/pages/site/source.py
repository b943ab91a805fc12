"""The site's sources in one folder: what is written by hand, and what is generated."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from figures.kit.profile import ROOT, Profile
from figures.kit.result import read_results
from figures.pages.evidence import Evidence
from figures.pages.results import thumbnail
from figures.pages.site.command_line import command_page
from figures.pages.site.derived import derivation_pages
from figures.pages.site.documents import document_pages
from figures.pages.site.pictures import picture_pages
from figures.pages.site.reference import reference_pages

__all__ = ["gather", "generated"]

BY_HAND = ROOT / "docs" / "site"
CARD_WIDTH = 600  # pixels of a small picture


def gather(profile: Profile, found: dict[str, Evidence], folder: Path) -> bool:
    """Bring the sources up to date; whether pages are gone that were there.

    A file whose text is the same is left alone, so that a second build reads only what changed.
    """
    pages = generated(profile, found)
    for path in sorted(BY_HAND.rglob("*.md")):
        pages[path.relative_to(BY_HAND).as_posix()] = path.read_text(encoding="utf-8")
    for name, text in pages.items():
        _write(folder / name, text)
    files = _files(profile)
    for name, source in files.items():
        _link(folder / name, source)
    for entry in read_results(profile):
        _shrink(profile.figure(entry.target), folder / "figures" / "small" / f"{entry.target}.png")
    kept = {*pages, *files}
    stale = [
        path
        for path in folder.rglob("*")
        if path.suffix in (".md", ".rst")
        and path.relative_to(folder).parts[0] != "tutorial"
        and path.relative_to(folder).as_posix() not in kept
    ]
    for path in stale:
        path.unlink()
    return bool(stale)


def generated(profile: Profile, found: dict[str, Evidence]) -> dict[str, str]:
    """Every page that is written from results, texts and docstrings, by file name."""
    return {
        **picture_pages(profile),
        **derivation_pages(profile, found),
        **reference_pages(),
        **command_page(),
        **document_pages(),
        "explorer.md": _explorer(profile),
    }


def _files(profile: Profile) -> dict[str, Path]:
    """Files that pages show or hand out: their place among the sources, and where they are."""
    files = {f"pictures/{path.name}": path for path in sorted((ROOT / "docs").glob("*.png"))}
    for entry in read_results(profile):
        for place, folder in (("full", "figures"), ("data", "data"), ("tables", "tables")):
            for path in sorted((profile.root / folder).glob(f"{entry.target}.*")):
                if path.suffix in (".png", ".svg", ".nc", ".json"):
                    files[f"figures/{place}/{path.name}"] = path
    pdf = profile.root / "derivations" / "derivations.pdf"
    return files | ({"derivations/derivations.pdf": pdf} if pdf.exists() else {})


def _explorer(profile: Profile) -> str:
    there = (profile.root / "explorer.html").exists()
    words = (
        '<p><a class="door" href="explore.html">Open the explorer</a></p>'
        if there
        else "It is not part of this build; `make explorer` makes it."
    )
    return (
        "# Explorer\n\nOne page on which optima answer at once: move over the phase diagrams and "
        "see the best weights, other minima and the trained model beside them. It holds "
        f"all that it needs, and works from a file.\n\n{words}\n"
    )


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _link(path: Path, source: Path) -> None:
    if path.exists() and path.resolve() == source.resolve():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    try:
        os.symlink(source.resolve(), path)
    except OSError:  # a file system without links
        shutil.copy2(source, path)


def _shrink(source: Path, target: Path) -> None:
    if source.exists() and (not target.exists() or target.stat().st_mtime < source.stat().st_mtime):
        target.parent.mkdir(parents=True, exist_ok=True)
        thumbnail(source, target, CARD_WIDTH)
