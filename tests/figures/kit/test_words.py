"""Lists and tables in a figure's sentences, as Markdown and as HTML."""

from __future__ import annotations

import pytest

from figures.kit.words import bullets, markdown_table
from figures.pages.blocks import blocks


def test_a_list_stands_apart_from_its_sentence():
    assert "Two levels:" + bullets(["5+", "6"]) == "Two levels:\n\n- 5+\n- 6\n"


def test_a_table_has_a_rule_and_as_many_cells_everywhere():
    text = markdown_table(["p", "ratio"], [["0.05", "3.72"]])
    assert text == "\n\n| p | ratio |\n|---|---|\n| 0.05 | 3.72 |\n"
    with pytest.raises(ValueError, match="rows must have 2 cells, got 1"):
        markdown_table(["p", "ratio"], [["0.05"]])


def test_blocks_set_what_words_write():
    text = "At `p` < 1:" + markdown_table(["p", "a & b"], [["0.05", "`x`"]]) + bullets(["one < 2"])
    assert blocks(text) == (
        "<p>At <code>p</code> &lt; 1:</p>"
        "<table><tr><th>p</th><th>a &amp; b</th></tr>"
        "<tr><td>0.05</td><td><code>x</code></td></tr></table>"
        "<ul><li>one &lt; 2</li></ul>"
    )
    assert blocks("One sentence, as it is.") == "One sentence, as it is."
