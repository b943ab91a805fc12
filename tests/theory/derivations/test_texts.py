"""Every derivation shows what the code produces, and every label has one text."""

from __future__ import annotations

import json
import re

import pypandoc
import pytest
import sympy as sp

from theory.derivations import live_formulas, refreshed, texts

TEXTS = list(texts())


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_text_shows_the_live_formulas(path):
    text = path.read_text(encoding="utf-8")
    assert refreshed(text) == text, "run python -m theory.derivations --write"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_text_has_the_parts_a_reader_looks_for(path):
    text = path.read_text(encoding="utf-8")
    label = path.stem[:3]
    assert text.startswith(f"# {label}"), "the title carries the label"
    for part in ("Statement", "Proof", "Where it is used", "Reference"):
        assert re.search(rf"^#+ .*{part}", text, re.MULTILINE), f"{path.name} lacks {part}"
    assert live_formulas(text), f"{path.name} shows nothing that the code works out"


# Displayed, or in code, or safe in $`…`$, or, as the group, at the mercy of Markdown.
FORMULA = re.compile(r"\$\$.*?\$\$|\$`.+?`\$|`[^`\n]*`|\$([^$]+)\$", re.DOTALL)
REFUSED = (
    r"\\(operatorname|DeclareMathOperator|mbox|phantom|(re)?newcommand|def|require|href|class)\b"
)


def as_markdown(node) -> str:
    """What is left of a text for whoever looks for formulas after Markdown was read."""
    if isinstance(node, list):
        return "".join(map(as_markdown, node))
    kind, content = (node.get("t"), node.get("c")) if isinstance(node, dict) else (None, None)
    if kind == "Str":
        return content
    if kind in ("Space", "SoftBreak"):
        return " "
    if kind in ("Emph", "Strong", "Link"):
        return f"<{as_markdown(content)}>"
    return as_markdown(content) if isinstance(content, list) and kind != "Code" else ""


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_code_host_shows_the_formulas_as_they_are_written(path):
    """GitHub reads Markdown first, which eats \\, and takes )_+ … )_+ for emphasis."""
    text = path.read_text(encoding="utf-8")
    read = json.loads(pypandoc.convert_text(text, "json", format="gfm-tex_math_dollars"))
    left = as_markdown(read["blocks"])
    written = [" ".join(match[1].split()) for match in FORMULA.finditer(text) if match[1]]
    assert len(written) > 10
    assert [each for each in written if f"${each}$" not in left] == [], "write $`…`$"
    assert re.findall(REFUSED, text) == [], "GitHub refuses this macro"


def test_labels_are_unique():
    labels = [path.stem[:3] for path in TEXTS]
    assert len(labels) == len(set(labels))


def loss_of_an_ignored_feature() -> sp.Expr:
    p = sp.Symbol("p")
    return p / 3 - p**2 / 4


def test_a_changed_formula_is_noticed():
    stale = f"<!-- live: {__name__}:loss_of_an_ignored_feature -->\n$$ x $$\n<!-- /live -->\n"
    fresh = refreshed(stale)
    assert live_formulas(stale) == [(__name__, "loss_of_an_ignored_feature")]
    assert r"\frac{p^{2}}{4}" in fresh
    assert refreshed(fresh) == fresh


def test_new_markers_are_filled_each_by_itself_and_keep_their_place():
    marker = f"<!-- live: {__name__}:loss_of_an_ignored_feature -->"
    filled = refreshed(f"1. One\n   {marker}\n   <!-- /live -->\n\n{marker}\n<!-- /live -->\n")
    formula = r"- \frac{p^{2}}{4} + \frac{p}{3}"
    assert filled == (
        f"1. One\n   {marker}\n   $$\n   {formula}\n   $$\n   <!-- /live -->\n\n"
        f"{marker}\n$$\n{formula}\n$$\n<!-- /live -->\n"
    )


@pytest.mark.parametrize(
    "text",
    ["<!-- live: theory.nothing:here -->\n$$ $$\n<!-- /live -->", "<!-- live: theory:x -->\n$$ $$"],
)
def test_a_marker_that_names_nothing_is_refused(text):
    with pytest.raises(ValueError, match="text"):
        refreshed(text)
