"""Small groups are groups, and their representations represent them [D46]."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from theory.polytopes.groups import irreducible, small_groups, subgroups

pytestmark = pytest.mark.result("D46")
GROUPS = list(small_groups(27))
SOME = [g for g in GROUPS if g.name in ("Z7", "D5", "A4", "SL(2,3)", "Z2 × Z6", "Z9:Z3(4,0)")]


def test_tables_are_those_of_groups():
    for group in GROUPS:
        table, k = group.table, group.order
        assert np.array_equal(table[0], np.arange(k))
        assert np.array_equal(table[:, 0], np.arange(k))
        assert np.array_equal(np.sort(table, axis=1), np.tile(np.arange(k), (k, 1)))
        assert np.array_equal(table[table], table[:, table])


def test_there_are_as_many_as_there_should_be():
    """Known counts; of order 16 two of fourteen, of 24 one of fifteen, are not of these kinds."""
    known = {4: 2, 6: 2, 8: 5, 9: 2, 10: 2, 12: 5, 14: 2, 15: 1, 18: 5, 20: 5, 21: 2, 22: 2, 27: 5}
    counted = Counter(group.order for group in GROUPS)
    assert {order: counted[order] for order in known} == known
    assert (counted[16], counted[24]) == (12, 14)


@pytest.mark.parametrize("group", SOME, ids=lambda group: group.name)
def test_representations_are_orthogonal_irreducible_and_all(group):
    parts = irreducible(group)
    total = 0.0
    for rho in parts:
        d = len(rho[0])
        np.testing.assert_allclose(rho[:, None] @ rho[None], rho[group.table], atol=1e-9)
        np.testing.assert_allclose(
            rho @ rho.swapaxes(1, 2), np.tile(np.eye(d), (group.order, 1, 1)), atol=1e-9
        )
        # Irreducible over R: the mean square of the character is 1, 2 or 4, by Schur's lemma.
        kind = np.mean(np.trace(rho, axis1=1, axis2=2) ** 2)
        assert min(abs(kind - known) for known in (1, 2, 4)) < 1e-9
        total += d * d / kind
    # Sum of d²/kind over real irreducible parts is the order of the group.
    assert total == pytest.approx(group.order)


def test_subgroups_are_closed():
    for group in SOME:
        for members in subgroups(group):
            inside = set(members)
            assert {int(group.table[a, b]) for a in members for b in members} == inside
            assert group.order % len(members) == 0
