"""Every result: its label, its text, and the functions that compute it.

Nothing is listed by hand, so nothing can go out of date.  A result exists when there is a text
``theory/derivations/Dxx_….md``; a function computes it when the first paragraph of its docstring
carries ``[Dxx]``.  A label never changes its meaning.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ground.checks import check_kind
from theory.derivations import FOLDER, texts
from theory.derivations.claims import Claim, claims_of, in_words

PACKAGE = Path(__file__).parent.parent
LABEL = re.compile(r"\bD\d\d\b")
_CITED = re.compile(r"\[(D\d\d(?:, D\d\d)*)\]")


@dataclass(frozen=True)
class Result:
    """One result that can be cited.

    Attributes
    ----------
    label : str
        ``D01``, ``D02``, ….
    title : str
        The title of its text, without the label.
    statement : str
        The section "Statement" of its text, in Markdown.
    functions : tuple of str
        What computes it, as ``module:name`` or ``module:Class.name``.
    derivation : str
        File name of its text in ``theory/derivations``.
    claims : tuple of Claim
        What the text claims, each with its status: proved, certified, numerical, refuted or open.
    """

    label: str
    title: str
    statement: str
    functions: tuple[str, ...]
    derivation: str
    claims: tuple[Claim, ...] = ()

    @property
    def status(self) -> str:
        """The statuses of its claims, as in ``proved, numerical, open``."""
        return in_words(self.claims)


@cache
def results() -> tuple[Result, ...]:
    """Every result of this project, by label.

    Returns
    -------
    tuple of Result

    Examples
    --------
    >>> results()[0].label
    'D01'
    """
    functions = labelled_functions()
    return tuple(_read(path, functions) for path in texts())


def result(label: str) -> Result:
    """Return the result of that label.

    Parameters
    ----------
    label : str
        Such as D07.

    Returns
    -------
    Result

    Examples
    --------
    >>> result("D01").title
    'The generating moment'

    Raises
    ------
    ValueError
        There is no such label.
    """
    check_kind("label", label, str, "text such as D07")
    known = {entry.label: entry for entry in results()}
    if label not in known:
        raise ValueError(f"label must be one of {', '.join(known)}, got {label!r}")
    return known[label]


@cache
def claims() -> dict[str, tuple[Claim, ...]]:
    """What each text claims, by label, without reading the code."""
    return {path.name[:3]: _claims(path.name, path.read_text(encoding="utf-8")) for path in texts()}


def heading(label: str) -> tuple[str, str]:
    """Title and file name of the text of that label, without reading anything else.

    Raises
    ------
    ValueError
        There is no such label.
    """
    check_kind("label", label, str, "text such as D07")
    known = {path.name[:3]: path for path in texts()}
    if label not in known:
        raise ValueError(f"label must be one of {', '.join(known)}, got {label!r}")
    path = known[label]
    with path.open(encoding="utf-8") as file:
        return _title(path.name, file.readline()), path.name


def status(label: str) -> str:
    """The statuses of a result's claims, as its `Result.status`, from its text alone.

    >>> status("D13")
    'proved'
    """
    name = heading(label)[1]
    return in_words(_claims(name, (FOLDER / name).read_text(encoding="utf-8")))


def labelled_functions() -> dict[str, tuple[str, ...]]:
    """Public functions, classes and methods of this package, by the labels they carry."""
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for name, node in _public(tree):
            for label in labels_in(ast.get_docstring(node)):
                found.setdefault(label, []).append(f"{module}:{name}")
    return {label: tuple(names) for label, names in sorted(found.items())}


def labels_in(docstring: str | None) -> list[str]:
    """Labels that the first paragraph of a docstring carries.

    >>> labels_in("The loss [D01, D02].")
    ['D01', 'D02']
    """
    summary = (docstring or "").split("\n\n", 1)[0]
    return [label for group in _CITED.findall(summary) for label in group.split(", ")]


_Definition = ast.FunctionDef | ast.ClassDef


def _public(node: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, _Definition]]:
    for child in node.body:
        if isinstance(child, _Definition) and not child.name.startswith("_"):
            yield prefix + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from _public(child, f"{child.name}.")


def _read(path: Path, functions: dict[str, tuple[str, ...]]) -> Result:
    text = path.read_text(encoding="utf-8")
    label = path.name[:3]
    return Result(
        label=label,
        title=_title(path.name, text),
        statement=section(path.name, text, "Statement"),
        functions=functions.get(label, ()),
        derivation=path.name,
        claims=_claims(path.name, text),
    )


def _claims(name: str, text: str) -> tuple[Claim, ...]:
    return claims_of(name[:3], section(name, text, "Status"))


def section(name: str, text: str, title: str) -> str:
    """Return a section of a text, without its heading.

    Raises
    ------
    ValueError
        The text, of that file's name, has no such section.
    """
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"{name} must have a section '## {title}'")
    return found[1].strip()


def _title(name: str, text: str) -> str:
    title = re.match(rf"# {name[:3]}\W+(.+)", text)
    if title is None:
        raise ValueError(f"{name} must begin with '# {name[:3]} · …'")
    return title[1].strip()
