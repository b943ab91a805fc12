"""Stages are named whatever the turn, the order and the noise; routes and shares follow them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from agreement.comparison.set_losses import losses_under
from agreement.comparison.stages import (
    EVERY,
    Route,
    Share,
    routes,
    shares,
    stage_losses,
    stage_of,
    stage_offsets,
    stages_from,
    stages_of,
    stages_row,
)
from theory.geometry.set_stages import set_stages
from theory.loss.sets import Sets

STAGES = {stage.name: stage for stage in set_stages(0.05)}


@given(st.sampled_from(sorted(STAGES)), st.integers(0, 2**31), st.floats(0, 0.03), st.booleans())
def test_a_stage_keeps_its_name_in_any_turn_and_order_and_under_noise(name, seed, noise, swap):
    rng = np.random.default_rng(seed)
    W = Rotation.random(random_state=rng).as_matrix() @ STAGES[name].W
    order = np.concatenate([rng.permutation(3), 3 + rng.permutation(3)])
    W = W[:, np.roll(order, 3) if swap else order] + noise * rng.uniform(-1, 1, (3, 6))
    assert stage_of(W) == name


def test_stages_between_those_of_theory():
    x, y, z = np.eye(3)
    third = np.sqrt(1 / 3)
    cluster = [third * y] * 3
    assert stage_of(np.stack([third * x] * 3 + [0 * y] * 3, axis=1)) == "one set"
    assert stage_of(np.stack([z, x, x, *cluster], axis=1)) == "one pair and single"
    assert stage_of(np.stack([x, y, z, *cluster], axis=1)) == "one triangle"
    assert stage_of(np.stack([x, y, z, -x, -y, 0.1 * z], axis=1)) == "one feature lost"
    # Three digons, two of them within the sets, are no octahedron across them.
    assert stage_of(np.stack([x, -x, z, y, -y, -z], axis=1)) == "two triangles"
    # Halfway from the prism to the octahedron.
    Q = Rotation.from_rotvec(np.radians(153) * np.full(3, third)).as_matrix()
    assert stage_of(np.hstack([np.eye(3), -Q])) in ("two triangles", "prism")


def film(*names: str, each: int = 4) -> np.ndarray:
    """Snapshots of one run that shows each stage for some of them, (T, 1, 3, 6)."""
    return np.repeat([STAGES[name].W for name in names], each, axis=0)[:, None]


def test_snapshots_are_named_as_single_models_are():
    W = film(*STAGES, each=EVERY)
    assert stages_of(W)[:, 0].tolist() == [stage_of(one) for one in W[:, 0]]


def test_a_route_leaves_out_what_is_short_and_joins_what_it_parted():
    names = np.array([["a"] * 5 + ["b"] + ["a"] * 4 + ["c"] * 6]).T
    time = np.linspace(0, 1.5, 16)
    [route] = routes(names, time, stay=0.3)
    assert route == Route(("a", "c"), ((0, 9), (10, 15)))
    [every] = routes(names, time, stay=0.05)
    assert every.stages == ("a", "b", "a", "c")
    assert every.by(("c", "a")) == ("a", "c")


def test_the_last_stage_counts_however_short():
    names = np.array([["a"] * 15 + ["b"]]).T
    assert routes(names, np.linspace(0, 1.5, 16), stay=0.3)[0].stages == ("a", "b")


@given(st.lists(st.integers(0, 2), min_size=1, max_size=40))
def test_shares_of_routes_add_up_and_their_intervals_hold_them(kinds):
    found = shares([Route((str(kind),), ((0, 1),)) for kind in kinds], ("0", "1", "2"))
    assert sum(share.count for share in found.values()) == len(kinds)
    for share in found.values():
        low, high = share.interval
        assert 0 <= low <= share.value <= high <= 1
    counts = [share.count for share in found.values()]
    assert counts == sorted(counts, reverse=True)


def test_wilsons_interval_is_the_textbook_one():
    """(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), z = 1.959964."""
    z, n, p = 1.959963984540054, 64, 12 / 64
    centre, half = p + z**2 / 2 / n, z * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
    ends = np.array([centre - half, centre + half]) / (1 + z**2 / n)
    assert np.allclose(Share(12, 64).interval, ends, rtol=1e-12)
    assert str(Share(12, 64)) == f"19 % ({100 * ends[0]:.0f}–{100 * ends[1]:.0f})"


@pytest.mark.result("D25")
def test_losses_of_stages_are_read_where_a_run_waits():
    """A run that stands at each stage in turn is at its exact loss, and off by nothing."""
    W = film("nothing", "two clusters", "pair and single", "octahedron", each=6)
    b = np.repeat(
        [STAGES[n].b for n in ("nothing", "two clusters", "pair and single", "octahedron")],
        6,
        axis=0,
    )[:, None]
    law = Sets("correlated", (3, 3), 0.05)
    loss = losses_under(law, W, b)
    assert loss.shape == (24, 1)
    steps = np.exp(np.linspace(0, 6, 24))
    levels = {name: stage.loss for name, stage in STAGES.items()}
    found = stages_from(W, loss, steps, levels["octahedron"], stay=0.5)
    assert found.routes[0].stages == ("nothing", "two clusters", "pair and single", "octahedron")
    assert max(stage_offsets(found, levels).values()) < 1e-12
    assert found.ending("octahedron") == Share(1, 1)
    row = stages_row(found, found, levels, 0.25)
    assert (row["runs"], row["stages_prism"], row["stages_octahedron"]) == (2, 0.0, 1.0)
    assert row["best_gap"] == 0.0


def test_a_stage_is_read_at_its_slowest():
    time = np.linspace(0, 1, 11)
    loss = np.exp(-((time - 0.5) ** 3))[:, None]
    [value] = stage_losses([Route(("x",), ((0, 10),))], loss, time)["x"]
    assert value == loss[5, 0]
