"""The table of agreement: every entry has a form, also one that a coarse run did not find."""

from __future__ import annotations

from figures.kit.agreement_table import HEADINGS, markdown, shown


def test_what_was_not_found_is_a_dash():
    assert shown("motif_asymmetry_off", None) == "–"
    assert "–" in markdown({"asymmetric_motif": {"motif_asymmetry_off": None}})


def test_counts_and_numbers_of_any_row_have_a_form():
    for key in HEADINGS:
        for value in (3, 0.25, None):
            assert shown(key, value)
