"""A Sphinx extension: formulas as MathML, set by pandoc in one batch, so that pages need no net.

Formulas are gathered while pages are read, set together before any is written, and kept with
Sphinx's environment, so that a second run sets only what is new.  On the page of a derivation the
displayed ones are numbered, (D01.1), (D01.2), …, as in the PDF.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape
from typing import Any

import pypandoc
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator

__all__ = ["mathml", "setup"]

Formula = tuple[str, bool]  # LaTeX, and whether it is displayed

_PAGE = re.compile(r"derivations/(D\d\d)")
_NUMBER = "formula_number"


def mathml(formulas: Iterable[Formula]) -> dict[Formula, str]:
    r"""Set formulas as MathML, all at once.

    Raises
    ------
    ValueError
        Formulas that cannot be set, named.

    >>> mathml([("x^2", False)])["x^2", False][:46]
    '<math display="inline" xmlns="http://www.w3.or'
    """
    wanted = list(dict.fromkeys(formulas))
    if not wanted:
        return {}
    empty = json.loads(pypandoc.convert_text("", "json", format="markdown"))
    empty["blocks"] = [_block(latex, displayed) for latex, displayed in wanted]
    how = ["--mathml", "--wrap=none", "--quiet"]
    html = pypandoc.convert_text(json.dumps(empty), "html5", format="json", extra_args=how)
    found = [each.strip() for each in re.findall(r"<p>(.*?)</p>", html, re.S)]
    # What pandoc cannot set it leaves as text.
    bad = [latex for (latex, _), each in zip(wanted, found, strict=True) if "<math" not in each]
    if bad:
        raise ValueError(f"formula cannot be set: {'; '.join(bad)}")
    return dict(zip(wanted, found, strict=True))


def _block(latex: str, displayed: bool) -> dict[str, Any]:
    kind = "DisplayMath" if displayed else "InlineMath"
    return {"t": "Para", "c": [{"t": "Math", "c": [{"t": kind}, _set(latex)]}]}


def _set(latex: str) -> str:
    """Lines of a formula need to be told so."""
    latex = latex.strip()
    outer = re.sub(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", "", latex, flags=re.S)
    return rf"\begin{{aligned}}{latex}\end{{aligned}}" if r"\\" in outer else latex


def _gather(app: Sphinx, doctree: nodes.document) -> None:
    """Keep what a page needs, and number what it displays."""
    here = app.env.docname
    label = _PAGE.fullmatch(here)
    _kept(app.env).setdefault(here, set()).update(
        (node.astext(), isinstance(node, nodes.math_block))
        for node in doctree.findall(lambda n: isinstance(n, nodes.math | nodes.math_block))
    )
    if label:
        for count, node in enumerate(doctree.findall(nodes.math_block), 1):
            node[_NUMBER] = f"{label[1]}.{count}"


def _kept(env: BuildEnvironment) -> dict[str, set[Formula]]:
    if not hasattr(env, "formulas"):
        env.formulas, env.mathml = {}, {}  # type: ignore[attr-defined]
    return env.formulas  # type: ignore[attr-defined,no-any-return]


def _forget(_: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _kept(env).pop(docname, None)


def _merge(_: Sphinx, env: BuildEnvironment, names: set[str], other: BuildEnvironment) -> None:
    _kept(env).update({name: _kept(other)[name] for name in names if name in _kept(other)})


def _set_all(_: Sphinx, env: BuildEnvironment) -> list[str]:
    """Set what no earlier run has set."""
    wanted = set[Formula]().union(*_kept(env).values())
    new = sorted(wanted - set(env.mathml))  # type: ignore[attr-defined]
    env.mathml |= mathml(new)  # type: ignore[attr-defined]
    return []


def _formula(self: HTML5Translator, node: nodes.math | nodes.math_block) -> str:
    formula = node.astext(), isinstance(node, nodes.math_block)
    known = self.builder.env.mathml  # type: ignore[attr-defined]
    return str(known.get(formula) or mathml([formula])[formula])


def _visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(_formula(self, node))
    raise nodes.SkipNode


def _visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    number = escape(str(node.get(_NUMBER, "")))
    identity = f' id="{number}"' if number else ""
    link = f'<a class="number" href="#{number}">({number})</a>' if number else ""
    self.body.append(
        f'<div class="formula"{identity}><div>{_formula(self, node)}</div>{link}</div>'
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer."""
    app.add_html_math_renderer("pandoc", (_visit_inline, None), (_visit_block, None))
    app.connect("doctree-read", _gather)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("env-updated", _set_all)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
