"""Binding the site: sources gathered, Sphinx run, every link followed."""

from __future__ import annotations

import shutil
from pathlib import Path

from figures.kit.profile import Profile, cores
from figures.pages.evidence import evidence
from figures.pages.site.links import check_links
from figures.pages.site.source import BY_HAND, gather

__all__ = ["bind", "write_site"]


def write_site(profile: Profile, report: Path) -> str:
    """Make the whole site of a profile; what was made, in a line.

    Raises
    ------
    RuntimeError
        Sphinx warned, a link leads nowhere, or a page would fetch something from the net.
    """
    site, work = profile.root / "site", profile.root / "site-work"
    if gather(profile, evidence(report), work / "source"):
        for folder in (site, work / "doctrees"):  # pages of what is gone
            shutil.rmtree(folder, ignore_errors=True)
    bind(work / "source", site, work / "doctrees", tags=("tutorial",))
    explorer = profile.root / "explorer.html"
    if explorer.exists():
        # The page that introduces it is explorer.html.
        shutil.copyfile(explorer, site / "explore.html")
    links = check_links(site)
    if links.broken or links.elsewhere:
        raise RuntimeError(
            f"links lead nowhere: {'; '.join(links.broken[:20]) or 'none'}; "
            f"fetched from the net: {'; '.join(links.elsewhere[:20]) or 'none'}"
        )
    outside = "\n".join(f"{address}  ({count})" for address, count in sorted(links.outside.items()))
    (work / "addresses.txt").write_text(outside + "\n", encoding="utf-8")
    return f"{site / 'index.html'}: {links.said}"


def bind(source: Path, site: Path, doctrees: Path, tags: tuple[str, ...] = ()) -> None:
    """Run Sphinx over a folder of sources, as ``docs/site/conf.py`` says.

    Raises
    ------
    RuntimeError
        It warned of something; the warnings have been printed.
    """
    from sphinx.cmd.build import build_main

    arguments = ["-b", "html", "-c", BY_HAND, "-d", doctrees, "-j", cores()]
    arguments += ["-n", "-W", "--keep-going", "-q", *(word for tag in tags for word in ("-t", tag))]
    if build_main([str(word) for word in (*arguments, source, site)]):
        raise RuntimeError("the site has warnings: they are above")
