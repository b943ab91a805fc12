"""Lists and tables in a figure's sentences."""

from __future__ import annotations

import pytest

from figures.kit.words import bullets, markdown_table


def test_a_list_stands_apart_from_its_sentence():
    assert "Two levels:" + bullets(["5+", "6"]) == "Two levels:\n\n- 5+\n- 6\n"


def test_a_table_has_a_rule_and_as_many_cells_everywhere():
    text = markdown_table(["p", "ratio"], [["0.05", "3.72"]])
    assert text == "\n\n| p | ratio |\n|---|---|\n| 0.05 | 3.72 |\n"
    with pytest.raises(ValueError, match="rows must have 2 cells, got 1"):
        markdown_table(["p", "ratio"], [["0.05"]])
