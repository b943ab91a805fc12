"""Matching of the motif: found where planted, in any order, scale and signs; rare by chance."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from agreement.comparison.motif_occurrence import median_asymmetry, motif_row, occurrence
from agreement.comparison.motifs import (
    NULLS,
    aligned,
    balanced,
    chance_of_motifs,
    most_typical,
)
from agreement.description.motifs import Criteria, find_motifs
from theory.computation.absolute_value import naive_net
from theory.computation.asymmetric_motif import asymmetric_motif, motif_loss
from theory.computation.nested_scales import nested_net

pytestmark = pytest.mark.result("D31")


def disguised(net, seed):
    """The same function of turned and reordered features, neurons reordered and rescaled."""
    rng = np.random.default_rng(seed)
    features, rows = rng.permutation(3), rng.permutation(5)
    scale, signs = np.exp(rng.normal(size=5)), rng.choice([-1.0, 1.0], 3)
    W1 = (scale[:, None] * net.W1)[rows][:, features] * signs
    W2 = (net.W2 / scale)[:, rows][features]
    return W1, W2, net.b[features]


@given(st.floats(1.3, 5.0), st.floats(0.25, 0.75), st.integers(0, 10**6))
def test_a_planted_motif_is_found_and_comes_back_as_the_theory_writes_it(a, share, seed):
    net = asymmetric_motif(a, share=share)
    W1, W2, b = disguised(net, seed)
    motifs = find_motifs(W1[None], W2[None])
    assert motifs.found.sum() == motifs.mutual.sum() == 2
    assert motifs.in_ratio[motifs.found] == pytest.approx([a * a, a * a])
    assert motifs.repaired[motifs.found] == pytest.approx([1.0, 1.0])
    back = aligned(W1, W2, b)
    one, two = (asymmetric_motif(a, share=each) for each in (share, 1 - share))
    assert any(
        np.allclose(back.W1, each.W1) and np.allclose(back.W2, each.W2) for each in (one, two)
    )


def test_the_papers_weights_are_one_shared_neuron_and_its_inhibitor():
    net = asymmetric_motif(2.0, share=1.0)
    motifs = find_motifs(net.W1[None], net.W2[None])
    assert motifs.found[0].tolist() == [True, False, False, False, False]
    assert not motifs.mutual.any()
    assert motifs.in_ratio[0, 0] == motifs.out_ratio[0, 0] == 4


def test_what_is_no_motif():
    naive = naive_net(3, 5, density=0.2)
    alone = asymmetric_motif(2.0, inhibition=False)
    symmetric = asymmetric_motif(1.0)
    for net in (naive, alone, symmetric, nested_net(10.0)):
        assert not find_motifs(net.W1[None], net.W2[None]).found.any()
    motifs = find_motifs(alone.W1[None], alone.W2[None])
    assert motifs.asymmetric[0, :2].all()
    strict = Criteria(ratio=5.0)
    net = asymmetric_motif(2.0)
    assert not find_motifs(net.W1[None], net.W2[None], strict).found.any()


def test_chance_is_counted_on_nets_without_motifs_too():
    rng = np.random.default_rng(3)
    W1, W2 = rng.standard_normal((400, 5, 3)), rng.standard_normal((400, 3, 5))
    share = find_motifs(*balanced(W1, W2)).found.any(axis=-1).mean()
    chance = chance_of_motifs(W1, W2, draws=4, seed=0)
    assert set(chance) == set(NULLS)
    # Gaussian nets are as good as their own shuffles: binomial errors of 400 and 1600 nets.
    for name in ("shuffled", "dealt"):
        pooled = (share + 4 * chance[name]) / 5
        assert abs(chance[name] - share) < 5 * np.sqrt(max(pooled, 1e-3) * (1 / 400 + 1 / 1600))
    planted = asymmetric_motif(2.0)
    copies = [np.broadcast_to(W, (100, *W.shape)) for W in (planted.W1, planted.W2)]
    assert max(chance_of_motifs(*copies, draws=4, seed=1).values()) < 0.2


def test_balancing_changes_no_net():
    rng = np.random.default_rng(0)
    W1, W2 = rng.standard_normal((7, 5, 3)), rng.standard_normal((7, 3, 5))
    W1[0, 2] = 0
    V1, V2 = balanced(W1, W2)
    assert np.allclose(
        np.linalg.norm(V1, axis=-1)[:, [0, 1, 3, 4]], np.linalg.norm(V2, axis=-2)[:, [0, 1, 3, 4]]
    )
    x = rng.standard_normal((7, 3, 11))
    assert np.allclose(V2 @ np.maximum(V1 @ x, 0), W2 @ np.maximum(W1 @ x, 0))


def test_occurrence_counts_what_is_there():
    p = np.array([0.2, 0.1])
    nets = [asymmetric_motif(2.0), asymmetric_motif(2.0, inhibition=False)]
    stacked = {
        name: np.stack([[getattr(net, name) for net in nets]] * 2) for name in ("W1", "W2", "b")
    }
    axes = {"W1": ("h", "f"), "W2": ("f", "h"), "b": ("f",)}
    measured = xr.Dataset(
        {f"{name}_x": (("density", "run", *axes[name]), stacked[name]) for name in axes},
        {"density": p},
    )
    found = occurrence(measured, "x", draws=2, points=64, seed=0)
    assert found.rate.tolist() == [0.5, 0.5]
    assert found.asymmetric.all()
    assert found.error == pytest.approx(np.full(2, np.sqrt(0.125)))
    assert found.in_ratio[:, 0].tolist() == [4, 4]
    assert np.isnan(found.in_ratio[:, 1]).all()
    assert not found.dead.any()
    naive = p * (4 - 3 * p) / (3 * (8 - 3 * p))
    for run, inhibition in enumerate((True, False)):
        loss = motif_loss(2.0, density=p, inhibition=inhibition)
        assert found.ratio[:, run] == pytest.approx(loss / naive, rel=1e-2)
    assert median_asymmetry(found.in_ratio[0]) == 2
    derived = xr.Dataset(
        {"free_a": ("dot", [2.0]), "exchange_motif": 0.15, "papers_density": 0.19,
         "literal_density": 0.4, "exchange_nested": 0.45},
        {"dot": [0.1]},
    )  # fmt: skip
    row = motif_row({"x": found}, derived)
    assert (row["motif_nets"], row["motif_rate"], row["motif_mutual_rate"]) == (2, 0.5, 0.5)
    assert row["motif_asymmetry_off"] == 0
    motifs = find_motifs(stacked["W1"][0], stacked["W2"][0])
    assert most_typical(motifs) == 0
