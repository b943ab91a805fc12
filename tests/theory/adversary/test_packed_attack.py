"""Packings under attack: against models that are written out, and the limit of large blocks."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracles import z_bound
from theory.adversary.best_of import best_attack_vulnerability
from theory.adversary.gain import linear_vulnerability, vulnerability
from theory.adversary.mean_norm import mean_norm
from theory.adversary.packed_attack import best_blocks, packed_attack, weights_of
from theory.geometry.large_blocks import large_block
from theory.geometry.library import block_at, free_blocks
from theory.geometry.packing import packing

P = 0.2


def _whole(blocks):
    """W and b of so many copies of each block."""
    parts = [
        part for block, d in blocks for part in [weights_of(block)] * round(d / block.dimension)
    ]
    W = np.zeros((sum(len(w) for w, _ in parts), sum(len(b) for _, b in parts)))
    row = column = 0
    for w, b in parts:
        W[row : row + len(w), column : column + len(b)] = w
        row, column = row + len(w), column + len(b)
    return W, np.concatenate([b for _, b in parts])


@pytest.mark.result("D17", "D18")
def test_a_mixture_is_the_model_that_it_stands_for():
    blocks = [(block_at("digon", P), 3), (block_at("pentagon", P), 4), (block_at("cube", P), 3)]
    W, b = _whole(blocks)
    size = 0.3
    here = packed_attack(blocks, size=size)
    assert here.fixed == pytest.approx(float(vulnerability(W, b, size=size, density=P)), rel=1e-9)
    assert here.linear == pytest.approx(float(linear_vulnerability(W)), rel=1e-9)
    there = best_attack_vulnerability(W, b, size=size, density=P)
    assert here.best == pytest.approx(there.vulnerability, rel=1e-9)
    assert not here.limit


@pytest.mark.result("D18")
def test_a_free_block_is_taken_as_it_is():
    block = min(free_blocks(), key=lambda block: block.n_features)
    size = 0.3
    found = packed_attack([(block, block.dimension)], size=size)
    world = {"size": size, "density": block.density}
    assert found.fixed == pytest.approx(float(vulnerability(block.W, block.b, **world)), rel=1e-9)
    # That one looks for orthogonal factors first, and may find some in the block.
    there = best_attack_vulnerability(block.W, block.b, **world)
    noise = z_bound(1) * np.hypot(found.error, there.error)
    assert abs(found.best - there.vulnerability) <= noise


@pytest.mark.result("D14")
@pytest.mark.parametrize(("p", "n", "m"), [(0.3, 8, 5), (0.15, 60, 20)])
def test_what_is_not_computed_would_not_be_used(p, n, m):
    """Against the programme over all families, a few that cost little."""
    names = ["point", "digon", "triangle", "pentagon", "cube"]
    blocks = best_blocks(n, m, p, names=names)
    packed = packing([p], names=names)
    benefit = packed["benefit"].values[0]
    ratio = (packed["n_features"] / packed["dimension"]).values
    # A pair of kinds at whatever shares: the programme has two constraints.
    best = 0.0
    for one in range(len(names)):
        for other in range(len(names)):
            A = np.array([[1.0, 1.0], [ratio[one], ratio[other]]])
            candidates = [np.array([min(m, n / ratio[one]), 0.0])]
            if abs(np.linalg.det(A)) > 1e-9:
                candidates.append(np.linalg.solve(A, [m, n]))
            for share in candidates:
                if share.min() >= 0:
                    best = max(best, float(share @ benefit[[one, other]]))
    assert sum(d * block.benefit for block, d in blocks) == pytest.approx(best, rel=1e-7)


def _frame(n, m, seed):
    """An equally long tight frame of n unit vectors: waves of m/2 frequencies, signs at random."""
    rng = np.random.default_rng(seed)
    turn = 2 * np.pi / n * np.outer(rng.permutation(np.arange(1, n // 2))[: m // 2], np.arange(n))
    waves = np.concatenate([np.cos(turn), np.sin(turn)]) / np.sqrt(m // 2)
    return waves * rng.choice([-1.0, 1.0], n)


@pytest.mark.result("D18")
@pytest.mark.parametrize(("p", "ratio"), [(0.5, 2), (0.2, 3)])
def test_large_frames_tend_to_the_limit(p, ratio):
    """Samples of tight frames: what is off from the limit shrinks as they grow.

    An attack of 0.1 E‖x‖ grows with √n, so that nothing but the limit makes them alike.
    """
    block = large_block(p, ratio=ratio)
    off = []
    for n in (48, 432):
        m, size = n // ratio, 0.1 * mean_norm(n, p)
        W = np.sqrt(block.scale) * _frame(n, m, 0)
        G = W.T @ W
        # The block's bias is what is left when the mean of the others' interference is taken off.
        b = block.bias - p / 2 * (G.sum(axis=1) - np.diag(G))
        rng = np.random.default_rng(1)
        x = rng.random((400, n)) * (rng.random((400, n)) < p)
        z = x @ G + b
        moves = size * (G / np.linalg.norm(G, axis=1)[:, None]) @ G
        clean = ((x - np.maximum(z, 0)) ** 2).sum(axis=1)
        grown = np.stack([((x - np.maximum(z + a, 0)) ** 2).sum(axis=1) - clean for a in moves])
        fixed, best = grown.mean(axis=0), grown.max(axis=0)
        limit = packed_attack([(block, m)], size=size)
        assert limit.limit
        noise = z_bound(8) * np.array([fixed.std(), best.std()]) / 20 / size**2
        measured = np.array([fixed.mean(), best.mean()]) / size**2
        off.append((np.abs(measured - [limit.fixed, limit.best]), noise))
    (near, noise), (far, far_noise) = off[1], off[0]
    # Third moments make terms of n^-1/2: a third of what it was.
    assert np.all(near <= far / 3 + noise + far_noise), (far, near, noise)
    assert near[0] <= 0.02 * limit.fixed
    assert near[1] <= 0.05 * limit.best


@pytest.mark.result("D14")
@pytest.mark.parametrize("p", [0.05, 0.02])
def test_a_large_block_is_found_again_at_its_own_ratio(p):
    best = large_block(p, most=10)
    again = large_block(p, ratio=best.features_per_dimension)
    assert again.benefit == pytest.approx(best.benefit, rel=1e-9)


@pytest.mark.parametrize(
    ("blocks", "error", "name"),
    [
        ("digon", TypeError, "blocks"),
        ([("digon", 3)], TypeError, "blocks"),
        ([], ValueError, "blocks"),
        ([(block_at("digon", 0.2), 0)], ValueError, "blocks"),
        ([(block_at("digon", 0.2), 1), (block_at("digon", 0.3), 1)], ValueError, "blocks"),
        ([(large_block(0.1), 0.1)], ValueError, "blocks"),
    ],
)
def test_bad_blocks_are_named(blocks, error, name):
    with pytest.raises(error, match=name):
        packed_attack(blocks, size=0.3)
