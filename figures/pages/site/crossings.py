"""A Sphinx extension: labels and public names become links wherever they stand.

A label such as D07 leads to its derivation; a name between backticks, ``theory.optimum`` or the
full path of its module, to its page in the reference.  Authors write them as they do in the
sources, and nothing else.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from figures.pages.site.names import HOUSES, names
from theory.derivations.registry import LABEL, results

__all__ = ["Crossings", "public", "setup"]

_WHOLE = (nodes.reference, nodes.title, nodes.literal, nodes.FixedTextElement, nodes.math,
          addnodes.pending_xref, addnodes.desc_signature, nodes.raw, nodes.target,
          nodes.comment, addnodes.download_reference, nodes.term)  # fmt: skip


class Crossings(SphinxTransform):
    """Replace labels in text, and literal names, by references to them."""

    default_priority = 600

    def apply(self, **_: Any) -> None:
        """Go through one page as it is read."""
        here = self.env.docname
        for text in list(self.document.findall(nodes.Text)):
            if not _inside(text, _WHOLE) and LABEL.search(text):
                _replace(text, _linked(str(text), here))
        for literal in list(self.document.findall(nodes.literal)):
            path = public(literal.astext(), here)
            if path and not _inside(literal, (nodes.reference, nodes.title, addnodes.pending_xref)):
                cross = _crossing("py", "obj", path, here)
                literal.replace_self(cross)
                cross += literal


def public(text: str, here: str = "") -> str | None:
    """The public name that a piece of code is, as users write it; None if it is none.

    >>> public("theory.minima.optimum.optimum"), public("theory.optimum()")
    ('theory.optimum', 'theory.optimum')
    """
    path = text.removesuffix("()").replace(":", ".")
    if path in _homes():
        return _homes()[path]
    # In a docstring a neighbour needs no house; a plain word is more likely an argument.
    room, _, own = here.removeprefix("reference/").partition("/")
    telling = "_" in path or path != path.lower()
    if here.startswith("reference/") and own != path and telling:
        return _homes().get(f"{room}.{path}")
    return None


@cache
def _homes() -> dict[str, str]:
    """Public names by every path that leads to them."""
    every = [name for house in HOUSES for name in names(house)]
    return {each.path: each.path for each in every} | {
        f"{each.module}.{each.thing.__name__}": each.path for each in every if each.kind != "module"
    }


def _linked(text: str, here: str) -> list[nodes.Node]:
    known = {entry.label for entry in results()} - {here.rpartition("/")[2]}
    pieces: list[nodes.Node] = []
    end = 0
    for match in LABEL.finditer(text):
        if match[0] in known:
            cross = _crossing("std", "ref", match[0].lower(), here)
            cross += nodes.inline("", match[0])
            pieces += [nodes.Text(text[end : match.start()]), cross]
            end = match.end()
    return [*pieces, nodes.Text(text[end:])]


def _crossing(domain: str, kind: str, target: str, here: str) -> addnodes.pending_xref:
    return addnodes.pending_xref(
        "", refdomain=domain, reftype=kind, reftarget=target, refexplicit=True, refwarn=True,
        refdoc=here,
    )  # fmt: skip


def _replace(text: nodes.Text, pieces: list[nodes.Node]) -> None:
    if len(pieces) > 1:
        text.parent.replace(text, pieces)


def _inside(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, inner: nodes.Element
) -> nodes.Node | None:
    """A public name by the path of its module; what exists but has no page stays as it is."""
    if node.get("refdomain") != "py":
        return None
    target = str(node["reftarget"])
    path = public(target)
    if path and path != target:
        domain = env.domains["py"]
        return domain.resolve_xref(
            env, str(node.get("refdoc", env.docname)), app.builder, "obj", path, node, inner
        )
    house = str(node.get("py:module") or "").split(".")[0]
    return inner if _exists(target) or _exists(f"{house}.{target}") else None


def _exists(path: str) -> bool:
    """Whether a path names something of this project, public or not."""
    pieces = path.split(".")
    if pieces[0] not in (*HOUSES, "ground"):
        return False
    for count in range(len(pieces), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(pieces[:count]))
            for piece in pieces[count:]:
                thing = getattr(thing, piece)
        except (ImportError, AttributeError):
            continue
        return True
    return False


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform, and who answers for names without a page."""
    app.add_transform(Crossings)
    app.connect("missing-reference", _resolve)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
