"""The page on scaling: its fits, that it has every ladder, and that each ladder can be climbed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scaling.cost import Measured, cpu_seconds, growth
from benchmarks.scaling.ladders import LADDERS
from benchmarks.scaling.page import page
from benchmarks.scaling.width import Wide, engine_of, exponents, large_block_loss, wide
from numeric.training.arrays_engine import Arrays
from theory.geometry.large_blocks import large_block

PAGE = Path(__file__).resolve().parents[2] / "docs" / "SCALING.md"
DEAR = {"optimum", "certificate of (2, 1)", "packing", "worst attack"}


def test_growth_finds_powers_and_factors():
    sizes = [2.0, 4.0, 16.0]
    assert growth(sizes, [3 * s**1.5 for s in sizes], "power") == pytest.approx(1.5)
    assert growth(sizes, [0.1 * 3**s for s in sizes], "exponential") == pytest.approx(3)


def test_time_is_that_of_the_processor():
    """Sleeping costs none; twice the work costs more."""
    import time

    data = np.ones(100_000)
    assert cpu_seconds(lambda: time.sleep(0.02), least=0.001, tries=1) < 0.01
    once = cpu_seconds(lambda: np.sort(data), least=0.01)
    assert cpu_seconds(lambda: [np.sort(data) for _ in range(8)], least=0.01) > 2 * once


@pytest.mark.parametrize("ladder", LADDERS, ids=lambda one: f"{one.what}, {one.size}")
def test_a_ladder_climbs_and_can_be_called(ladder):
    assert list(ladder.values) == sorted(ladder.values)
    assert len(ladder.values) >= ladder.last >= 3
    assert ladder.why.endswith(".")
    if ladder.what not in DEAR:
        ladder.make(ladder.values[0])()


def test_the_page_in_docs_has_every_ladder_as_it_is_now():
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| .+? \| .+? \| (?:× )?(-?[\d.]+) \| ", text, re.M)
    there = {(what, size) for what, size, _ in rows}
    assert there >= {(ladder.what, ladder.size) for ladder in LADDERS}
    for ladder in LADDERS:
        assert ladder.why in text


def test_the_page_says_what_was_measured():
    measured = [Measured(one.what, one.size, one.values, one.values, 1.25) for one in LADDERS]
    models = [Wide(40 * k, 4 * k, 0.02, 1e-3 / k, 1e-6, 1.1e-3 / k) for k in (1, 2, 4)]
    text = page(
        LADDERS, measured, [models], models, machine="this one", date="today", steps=7, batch=8
    )
    assert text.count("1.25 |") == len(LADDERS)
    assert "at p = 0.02 trained m^-1.00, large blocks m^-1.00" in text
    assert "| 0.02 | 40 | 4 | 10 | 0.1523 ± 0.0002 | 0.1675 | 0.909 |" in text


def test_a_wide_model_beside_the_large_block():
    """Few steps: no better than the limit, and on its way from the loss of a model of zeros."""
    found = wide(60, 6, steps=60, batch=64, held_out=4096)
    assert found.predicted == large_block_loss(60, 6, 0.02)
    assert found.loss > found.predicted
    assert exponents([found, Wide(60, 12, 0.02, found.loss / 2, 0.0, found.predicted / 4)]) == (
        pytest.approx((-1, -2))
    )


def test_large_blocks_lose_what_is_ignored_and_what_is_kept():
    """At n/m = 40 and p = .02 a block wants 10.5 features a dimension; the others are ignored."""
    kept = large_block(0.02)
    share = kept.features_per_dimension / 40
    expected = share * kept.loss + (1 - share) * (0.02 / 3 - 0.02**2 / 4)
    assert large_block_loss(640, 16, 0.02) == pytest.approx(expected, rel=1e-9)
    assert large_block_loss(64, 16, 0.02) == pytest.approx(large_block(0.02, ratio=4).loss)


def test_engines_by_name():
    assert engine_of("auto") == "auto"
    assert engine_of("torch:cuda") == Arrays("torch", "cuda", draws="device")
    assert engine_of("array_api_strict") == Arrays("array_api_strict")
