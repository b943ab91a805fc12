"""The reference: one page a public name, and one of contents a house."""

from __future__ import annotations

from figures.pages.site.docstrings import plain_bars
from figures.pages.site.names import HOUSES, Name, names, wings

__all__ = ["reference_pages"]

_DOES = {
    "theory": "What is derived: closed forms, best known models, boundaries. It never trains.",
    "numeric": "What is measured: data, models, training, what trained weights look like. "
    "It knows nothing of theory.",
    "agreement": "What is compared: weights described, training held against theory.",
}


def reference_pages() -> dict[str, str]:
    """Sources of the reference by file name."""
    pages = {"reference/index.rst": _front()}
    for house in HOUSES:
        pages[f"reference/{house}.rst"] = _contents(house)
        pages |= {f"reference/{house}/{each.name}.rst": _page(each) for each in names(house)}
    return pages


def _front() -> str:
    counts = {house: len(names(house)) for house in HOUSES}
    lines = [*_title("Reference"), "Every public name has a page, written from its docstring.", ""]
    for house, count in counts.items():
        lines += [f":doc:`{house} <{house}>`, {count} names", f"    {_DOES[house]}", ""]
    lines += [".. toctree::", "    :hidden:", "", *(f"    {house}" for house in HOUSES)]
    return "\n".join([*lines, "    command_line", ""])


def _contents(house: str) -> str:
    lines = [*_title(f"``{house}``"), _DOES[house], ""]
    for wing, sentence, those in wings(house):
        lines += [f".. _{house}-{wing}:", "", *_title(f"``{house}.{wing}``", "-"), sentence, ""]
        lines += [".. list-table::", "    :widths: 38 62", "    :class: names", ""]
        for each in those:
            lines += [f"    * - :py:obj:`{each.name} <{each.path}>`", f"      - {_line(each)}"]
        lines += [""]
    lines += [".. toctree::", "    :hidden:", ""]
    lines += [f"    {each.name} <{house}/{each.name}>" for each in names(house)]
    return "\n".join([*lines, ""])


def _page(name: Name) -> str:
    lines = [*_title(f"``{name.path}``")]
    if name.kind == "module":
        lines += [f".. automodule:: {name.module}", "    :members:", ""]
        return "\n".join(lines)
    lines += [f".. currentmodule:: {name.house}", ""]
    lines += [f".. auto{name.kind}:: {name.house}.{name.name}"]
    if name.kind == "class":
        lines += ["    :members:"]
    lines += ["", f"Defined in ``{name.module}``.", ""]
    return "\n".join(lines)


def _line(name: Name) -> str:
    (line,) = plain_bars([name.first_line])
    return line


def _title(text: str, line: str = "=") -> list[str]:
    return [text, line * max(4, len(text)), ""]
