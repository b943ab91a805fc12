"""The nearest takeovers are those that the search on a grid finds."""

from __future__ import annotations

import pytest

from theory.geometry.nearest import nearest_takeovers
from theory.geometry.packing import best_block

pytestmark = pytest.mark.result("D14")


def test_both_blocks_save_the_same_there():
    sparser, denser = nearest_takeovers(0.15, up_to=2)
    for change in (sparser, denser):
        dense, sparse = (best_block(name, change.density) for name in (change.dense, change.sparse))
        assert dense.benefit == pytest.approx(sparse.benefit, rel=1e-9)
    assert sparser.dense == denser.sparse == "pentagon"  # it is the best known in between
    assert sparser.density < 0.15 < denser.density


def test_at_the_ends_of_the_table_there_is_no_further_change():
    assert nearest_takeovers(1.0, up_to=1)[1] is None
    with pytest.raises(ValueError, match="density"):
        nearest_takeovers(0.0)
