"""A hash names a configuration: every field of it, and nothing else."""

from __future__ import annotations

import copy
import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement import configuration_hash
from agreement.interchange.configuration import canonical, configuration_of
from agreement.strategies import feature_laws
from numeric import IndependentFeatures, ReluOutput

NUMBERS = st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9)
LEAVES = NUMBERS | st.booleans() | st.none() | st.text(max_size=4)
CONFIGURATIONS = st.dictionaries(
    st.text(min_size=1, max_size=4).filter(lambda key: key not in ("axes", "origin")),
    st.recursive(
        LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=6,
    ),
    min_size=1,
    max_size=4,
)


def shuffled(value, rng):
    if isinstance(value, dict):
        items = [(key, shuffled(each, rng)) for key, each in value.items()]
        rng.shuffle(items)
        return dict(items)
    return [shuffled(each, rng) for each in value] if isinstance(value, list) else value


@settings(max_examples=25)
@given(CONFIGURATIONS, st.integers(0, 10**6))
def test_the_order_of_keys_makes_no_difference(configuration, seed):
    other = shuffled(configuration, random.Random(seed))
    assert configuration_hash(configuration) == configuration_hash(other)
    assert configuration_hash(configuration) == configuration_hash(
        json.loads(json.dumps(configuration))
    )


@settings(max_examples=25)
@given(CONFIGURATIONS, st.data())
def test_any_other_field_is_another_hash(configuration, data):
    key = data.draw(st.sampled_from(sorted(configuration)))
    value = data.draw(LEAVES)
    other = {**configuration, key: value}
    same = canonical(configuration[key]) == canonical(value)
    assert (configuration_hash(other) == configuration_hash(configuration)) == same
    assert configuration_hash({**configuration, "more": 1}) != configuration_hash(configuration)


@settings(max_examples=15)
@given(feature_laws(), st.data())
def test_every_field_of_a_model_s_configuration_counts(law, data):
    configuration = configuration_of(law, 1)
    before = configuration_hash(configuration)
    for section in ("features", "model"):
        for key, value in configuration[section].items():
            other = copy.deepcopy(configuration)
            other[section][key] = [value, "other"]
            assert configuration_hash(other) != before, (section, key)
            del other[section][key]
            assert configuration_hash(other) != before, (section, key)
    assert configuration_hash({**configuration, "n_hidden": 2}) != before


def test_what_lies_beside_a_model_is_not_in_its_hash():
    configuration = configuration_of(IndependentFeatures(0.1, n_features=2), 1)
    beside = {"axes": {"W": ["hidden", "feature"]}, "origin": {"loss": 0.1}}
    assert configuration_hash({**configuration, **beside}) == configuration_hash(configuration)


@given(st.floats(1e-300, 1e300))
def test_the_last_bits_of_a_number_make_no_difference(value):
    """Powers may differ in them between machines; twelve digits differ only at a tie."""
    digits = float(f"{value:.11g}")
    up, down = np.nextafter(digits, np.inf), np.nextafter(digits, 0)
    assert canonical(float(up)) == canonical(digits) == canonical(float(down))
    assert canonical(digits * (1 + 2e-11)) != canonical(digits)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (1.0, "1"),
        (-0.0, "0"),
        (True, "true"),
        ("1", '"1"'),
        (1e-5, "1e-05"),
        (np.float64(0.7) ** np.arange(3), "[1,0.7,0.49]"),
        ({"b": [None], "a": (2,)}, '{"a":[2],"b":[null]}'),
    ],
)
def test_the_canonical_text(value, text):
    assert canonical(value) == text


def test_the_hash_of_one_model_is_what_it_always_was():
    """Files bear it: it must not change from version to version."""
    law = IndependentFeatures(0.1, 0.9 ** np.arange(5))
    found = configuration_of(law, 2, model=ReluOutput())
    assert configuration_hash(found) == "c35ebf55037c"


@pytest.mark.parametrize("bad", [{"a": float("nan")}, {"a": {1: 2}}, {"a": object()}])
def test_what_json_has_not_is_refused(bad):
    with pytest.raises(ValueError, match="configuration must hold"):
        configuration_hash(bad)


def test_a_configuration_is_a_mapping():
    with pytest.raises(TypeError, match="configuration must be"):
        configuration_hash([1])
