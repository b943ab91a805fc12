"""The page itself: data, printed formulas, scripts and style in one file that needs no server."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from importlib import import_module
from inspect import signature
from pathlib import Path
from string import Template
from typing import Any

import xarray as xr

from figures.kit.folder import folder
from figures.kit.profile import Profile
from figures.kit.style import PHASES
from figures.pages.explorer.encode import script_json
from figures.pages.explorer.formulas import javascript
from figures.pages.explorer.plan import PLANS, Plan
from figures.pages.explorer.tabs import TABS, Tab
from figures.rules import NEED
from ground.results import write_text
from ground.structure import IGNORED_BELOW
from theory.derivations.registry import results

__all__ = ["cost", "page", "write_explorer"]

PARTS = Path(__file__).with_name("page")
MOST = 8_000_000  # bytes of the page
SECONDS = 0.06  # of one core, a cell whose minima are searched, all else shared out
# Scripts in the order in which one needs another; each tab's comes after them.
SCRIPTS = (
    "dom",
    "numbers",
    "state",
    "tabs",
    "phases",
    "diagram",
    "model",
    "fact",
    "plot",
    "slider",
)
SCRIPTS += ("loss", "minima", "squares", "solid", "polytope")

Load = Callable[[str, str], xr.Dataset]
"""Figure and kind ("measured" or "derived") to its data."""


def cost(profile: Profile) -> str:
    """What building takes, to be said before: no file holds every minimum.

    >>> cost(Profile.named("quick"))
    'explorer: searches every minimum of 133 cells, about 8 s of one core'
    """
    plan = PLANS[profile.name]
    sizes = [folder(f"phase_{name}").plan(profile).size for name in ("n2_m1", "n3_m2")]
    cells = sum(size**2 for size in sizes) + plan.along * len(plan.falloffs)
    return (
        f"explorer: searches every minimum of {cells} cells, about {SECONDS * cells:.0f} s of "
        "one core"
    )


def write_explorer(profile: Profile) -> Path:
    """Write ``explorer.html`` from the data of a profile, and return its path.

    Raises
    ------
    ValueError
        Data that are missing or of another plan, or a page that has grown too large.
    ImportError
        Plotly is not installed.
    """
    plan = PLANS[profile.name]
    text = page(plan, lambda figure, kind: folder(figure).load(kind, profile), profile.name)
    size = len(text.encode())
    if size > MOST:
        raise ValueError(f"explorer must stay under {MOST / 1e6:g} MB, got {size / 1e6:.2f} MB")
    path = profile.root / "explorer.html"
    write_text(path, text)
    return path


def page(plan: Plan, load: Load, profile: str = "paper") -> str:
    """The whole page as text."""
    data = {each.key: data_of(each, plan, load) for each in TABS}
    first, *later = (
        f'<script type="application/json" id="data-{key}">{script_json(value)}</script>'
        for key, value in {**data}.items()
    )
    style = f'<script type="application/json" id="data-style">{script_json(style_data())}</script>'
    return Template(_part("page.html")).substitute(
        style=_part("page.css"),
        buttons="\n".join(_button(each) for each in TABS),
        panels="\n".join(_panel(each) for each in TABS),
        footer=escape(f"superposition-theory, profile {profile}. Data: {_origin(plan)}"),
        first=f"{style}\n{first}",
        formulas=javascript(),
        scripts="\n".join(map(_part, scripts())),
        later="\n".join(later),
        plotly=plotly_source(),
    )


def scripts() -> list[str]:
    """File names of the scripts, in order."""
    return [f"{name}.js" for name in (*SCRIPTS, *(f"{each.key}_tab" for each in TABS), "start")]


def data_of(tab: Tab, plan: Plan, load: Load) -> Any:
    """Call a tab's ``panel`` with what its parameters name."""
    work = import_module(f"figures.pages.explorer.{tab.key}").panel
    given: dict[str, Any] = {}
    for name in signature(work).parameters:
        match = NEED.fullmatch(name)
        given[name] = plan if match is None else load(match["figure"], match["kind"])
    return work(**given)


def style_data() -> dict[str, Any]:
    """Colours, thresholds and titles that all tabs share."""
    return {
        "phases": [{"name": name, "colour": colour} for name, colour in PHASES.items()],
        "ignored": IGNORED_BELOW,
        "titles": {entry.label: entry.title for entry in results()},
    }


def plotly_source() -> str:
    """Plotly's own script, which the page evaluates when a picture first needs it."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise ImportError("the explorer needs plotly: pip install '.[docs]'") from error
    return str(get_plotlyjs()).replace("</script", "<\\/script")


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8").strip()


def _button(each: Tab) -> str:
    return (
        f'<button type="button" role="tab" id="tab-{each.key}" data-key="{each.key}" '
        f'aria-controls="panel-{each.key}" aria-selected="false">{escape(each.title)}</button>'
    )


def _panel(each: Tab) -> str:
    return (
        f'<section role="tabpanel" id="panel-{each.key}" aria-labelledby="tab-{each.key}" hidden>'
        f'<p class="about">{escape(each.about)}</p><div class="content"></div></section>'
    )


def _origin(plan: Plan) -> str:
    return (
        "figures of the same profile, and theory when the page was built "
        f"({plan.starts} spread starts a cell). Every result: superposition cite D03."
    )
