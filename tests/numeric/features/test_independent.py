"""Laws of the data: exact moments against samples, by z-scores derived from the law itself."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric.features.independent import (
    AnticorrelatedSets,
    CorrelatedSets,
    ExactlyKActive,
    IndependentFeatures,
    OneHot,
)

FALSE_ALARM = 1e-6  # for one test, over all its comparisons and examples
BATCH = 20_000
KINDS = ["independent", "correlated", "anticorrelated", "exactly_k", "one_hot"]


def assert_mean(sample, mean, variance, reach, comparisons):
    """Sample means within Bernstein's bound, all together wrong with probability FALSE_ALARM.

    |mean error| ≤ √(2 σ² L / N) + 2 M L / (3 N), with L = log(2 comparisons / FALSE_ALARM) and
    M ≥ |value − mean|. The first term is a z-score bound; the second makes it hold for rare events,
    where no normal law does. A value without variance must equal its mean, to the rounding of
    a sum of n terms, n eps |mean|.
    """
    error = sample.mean(axis=0) - mean
    likely = np.log(2 * comparisons / FALSE_ALARM)
    n = len(sample)
    allowed = np.sqrt(2 * np.maximum(variance, 0) * likely / n) + 2 * reach * likely / (3 * n)
    rounding = 1e-12 + n * np.finfo(float).eps * np.abs(mean)
    allowed = np.where(variance < 1e-15, rounding, allowed)
    assert np.all(np.abs(error) <= allowed), (error, allowed)


densities = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.02, 1.0))
ranges = st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (0.5, 2.0), (1.0, 1.0)])


@st.composite
def laws(draw):
    low, high = draw(ranges)
    kind = draw(
        st.sampled_from(["independent", "correlated", "anticorrelated", "exactly_k", "one_hot"])
    )
    if kind == "independent":
        density = draw(st.lists(densities, min_size=1, max_size=5))
        return IndependentFeatures(density, low=low, high=high)
    if kind == "exactly_k":
        n = draw(st.integers(1, 5))
        return ExactlyKActive(n, draw(st.integers(1, n)), low=low, high=high)
    if kind == "one_hot":
        return OneHot(draw(st.integers(1, 5)), low=low, high=high)
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    density = draw(st.lists(densities, min_size=len(sizes), max_size=len(sizes)))
    if kind == "correlated":
        return CorrelatedSets(sizes, density, low=low, high=high)
    shares = [p / size for p, size in zip(density, sizes, strict=True)]
    return AnticorrelatedSets(sizes, shares, low=low, high=high)


def fourth_moment(law):
    return law.density * sum(law.low**k * law.high ** (4 - k) for k in range(5)) / 5


@given(laws(), st.integers(0, 2**32))
def test_moments_and_co_activity(law, seed):
    x = law.sample(np.random.default_rng(seed), BATCH)
    n = law.n_features
    assert x.shape == (BATCH, n)
    assert np.all((x == 0) | ((x >= law.low) & (x <= law.high)))
    active = (x != 0).astype(float)
    pairs = active[:, :, None] * active[:, None, :]
    pair_values = x[:, :, None] * x[:, None, :]
    mean, second, both = law.mean(), law.second_moment(), law.co_activity()
    np.testing.assert_array_equal(np.diagonal(both), law.density)
    seconds = law.second_moments()
    # Var[x_i x_j] from the square of the second moment of an active value.
    value2 = (law.low**2 + law.low * law.high + law.high**2) / 3
    fourth = both * value2**2
    fourth[np.arange(n), np.arange(n)] = fourth_moment(law)
    top = max(abs(law.low), abs(law.high))
    comparisons = settings.default.max_examples * (2 * n + 2 * n * n)
    assert_mean(x, mean, second - mean**2, 2 * top, comparisons)
    assert_mean(x**2, second, fourth_moment(law) - second**2, top**2, comparisons)
    assert_mean(pairs, both, both * (1 - both), 1.0, comparisons)
    assert_mean(pair_values, seconds, fourth - seconds**2, 2 * top**2, comparisons)


@given(laws(), st.integers(0, 2**32))
def test_active_values_are_uniform(law, seed):
    """Kolmogorov's distance, pooled over features, below its Dvoretzky–Kiefer–Wolfowitz bound."""
    x = law.sample(np.random.default_rng(seed), 2_000)
    for column in x.T:
        values = np.sort(column[column != 0])
        if len(values):
            if law.low == law.high:
                assert np.all(values == law.low)
                continue
            place = (values - law.low) / (law.high - law.low)
            steps = np.arange(1, len(values) + 1) / len(values)
            comparisons = 5 * settings.default.max_examples
            limit = np.sqrt(np.log(2 * comparisons / FALSE_ALARM) / (2 * len(values)))
            assert np.max(np.abs(place - steps)) < limit + 1 / len(values)


@given(laws())
def test_moments_by_exact_sums(law):
    """Closed forms against a midpoint rule on a grid of uniforms: no random numbers."""
    d = law.n_uniforms
    if d > 2:
        return
    points = round(60_000 ** (1 / d))
    axis = (np.arange(points) + 0.5) / points
    uniform = np.stack(np.meshgrid(*[axis] * d, indexing="ij"), axis=-1).reshape(-1, d)
    if isinstance(law, ExactlyKActive) and not isinstance(law, OneHot):
        # Ties among ranks sit on a set of measure zero that a grid hits: shift the axes apart.
        uniform = (uniform + np.arange(d) / d / points) % 1
    x = law.from_uniform(uniform)
    # A law jumps across at most a few cells of each axis: error ≤ jumps × height / points.
    top = max(abs(law.low), abs(law.high))
    jumps = 2 * (law.n_features + 1)
    np.testing.assert_allclose(x.mean(0), law.mean(), atol=jumps * top / points)
    np.testing.assert_allclose((x**2).mean(0), law.second_moment(), atol=jumps * top**2 / points)


def test_sets_are_what_they_say():
    rng = np.random.default_rng(1)
    active = CorrelatedSets((2, 3), (0.3, 0.6)).sample(rng, 500) != 0
    assert np.array_equal(active[:, 0], active[:, 1])
    assert np.array_equal(active[:, 2], active[:, 3])
    assert np.array_equal(active[:, 2], active[:, 4])
    assert not np.array_equal(active[:, 0], active[:, 2])
    x = CorrelatedSets((2,), 1.0).sample(rng, 500)
    assert not np.any(x[:, 0] == x[:, 1])
    active = AnticorrelatedSets((3, 2), (1 / 3, 1 / 2)).sample(rng, 500) != 0
    assert np.all(active[:, :3].sum(1) == 1)
    assert np.all(active[:, 3:].sum(1) == 1)
    assert np.all((ExactlyKActive(6, 2).sample(rng, 500) != 0).sum(1) == 2)
    assert np.all((OneHot(6).sample(rng, 500) != 0).sum(1) == 1)


def test_independent_features_do_not_share_a_mask():
    """The trap of one mask for two features, by broadcasting, in every leading axis."""
    law = IndependentFeatures(np.full((3, 2), 0.5))
    active = law.sample(np.random.default_rng(0), 64) != 0
    assert len(np.unique(active.transpose(0, 2, 1).reshape(6, 64), axis=0)) == 6


def test_a_feature_can_be_sparser_within_an_anticorrelated_set():
    law = AnticorrelatedSets((2,), (0.6, 0.4))
    x = law.sample(np.random.default_rng(0), BATCH)
    assert np.all((x != 0).sum(1) == 1)
    assert_mean(x != 0, law.density, law.density * (1 - law.density), 1.0, 2)


@pytest.mark.parametrize(
    "law",
    [
        IndependentFeatures([[0.1, 1.0], [0.5, 0.2]], [1, 2]),
        CorrelatedSets((2, 1), [[0.1, 0.2], [0.3, 0.4]]),
        AnticorrelatedSets((2, 1), [[0.1, 0.2], [0.3, 0.4]], low=-1),
        ExactlyKActive(3, 2, importance=np.arange(6).reshape(2, 3)),
        OneHot(3, importance=np.arange(6).reshape(2, 3)),
    ],
)
def test_instances(law):
    """Leading axes: each instance has its own law, and describes itself."""
    assert law.instances == (2,)
    assert law.sample(np.random.default_rng(0), 5).shape == (2, 5, law.n_features)
    uniform = np.random.default_rng(0).random((2, 5, law.n_uniforms))
    for index in range(2):
        one = law.instance(index)
        assert one.instances == ()
        assert type(one) is type(law)
        np.testing.assert_array_equal(
            one.from_uniform(uniform[index]), law.from_uniform(uniform)[index]
        )
        np.testing.assert_array_equal(one.importance, law.importance[index])
        np.testing.assert_array_equal(one.co_activity(), law.co_activity()[index])
    assert law.instance(0) != law.instance(1)
    assert len({law, law.instance(0), law.instance(1)}) == 3


@given(laws())
def test_configuration_is_json_and_complete(law):
    configuration = json.loads(json.dumps(law.configuration()))
    kind = {
        c.__name__: c
        for c in (IndependentFeatures, CorrelatedSets, AnticorrelatedSets, ExactlyKActive, OneHot)
    }[configuration.pop("law")]
    if kind is OneHot:
        configuration.pop("n_active")
    assert kind(**configuration) == law


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: IndependentFeatures(1.5, n_features=2), r"density .*\[0, 1\].*1.5"),
        (lambda: IndependentFeatures(float("nan"), n_features=2), "density"),
        (lambda: IndependentFeatures(0.5), "n_features is needed"),
        (lambda: IndependentFeatures(0.5, n_features=0), "n_features"),
        (lambda: IndependentFeatures([0.5, 0.5], [1, -1]), "importance .*-1"),
        (lambda: IndependentFeatures([0.5, 0.5], [1, float("nan")]), "importance"),
        (lambda: IndependentFeatures([0.5, 0.5], [1, 1, 1]), "density"),
        (lambda: IndependentFeatures(np.full((2, 3), 0.5), np.ones((4, 3))), "importance"),
        (lambda: IndependentFeatures([0.5], low=1, high=0), "low and high"),
        (lambda: IndependentFeatures([0.5], low=0, high=0), "low and high"),
        (lambda: CorrelatedSets((), 0.5), "sizes"),
        (lambda: CorrelatedSets((2, 0), 0.5), "sizes"),
        (lambda: CorrelatedSets((2, 1), (0.1, 0.2, 0.2)), "same for all features"),
        (lambda: CorrelatedSets((2, 1), (0.1, 0.2, 0.2, 0.4)), "density"),
        (lambda: AnticorrelatedSets((3,), 0.4), r"size × density must be ≤ 1.*1\.2"),
        (lambda: ExactlyKActive(3, 4), "n_active must be at most"),
        (lambda: ExactlyKActive(3, 0), "n_active"),
        (lambda: OneHot(2.5), "n_features"),
        (lambda: OneHot(2).sample(np.random.default_rng(0), 0), "batch"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_laws_are_frozen():
    law = IndependentFeatures([0.5, 0.2])
    with pytest.raises(AttributeError):
        law.density = 0.1
    with pytest.raises(ValueError, match="read-only"):
        law.density[0] = 0.1
