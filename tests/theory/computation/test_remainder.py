"""What many active features may cost: never more than the bound, and sometimes as much."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.strategies import densities, two_layer_nets
from tests.theory.computation.test_patterns import all_patterns
from theory.computation.remainder import active_tails, remainder_bound

WIDE = settings.get_profile("wide").max_examples
FEW = settings() if settings.default.max_examples >= WIDE else settings(max_examples=30)


def bound_of(net, most_active):
    how = {"high": 1.0, "most_active": most_active, **net.how}
    return remainder_bound(net.W1, net.W2, net.b, net.density, net.importance, **how)


@pytest.mark.result("D26")
@FEW
@given(two_layer_nets(4, 3))
def test_the_bound_holds_and_falls(net):
    n = len(net.b)
    whole, last = all_patterns(net)[0], np.inf
    for most_active in range(n + 1):
        bound = bound_of(net, most_active)
        rest = whole - all_patterns(net, most_active)[0]
        assert rest <= bound * (1 + 1e-12) + 1e-14 * net.scale
        assert bound <= last
        last = bound
    assert last == 0.0


@pytest.mark.result("D26")
@given(two_layer_nets(4, 2))
def test_it_is_sharp_for_a_silent_net(net):
    silent = net.change(W2=np.zeros_like(net.W2), b=np.zeros_like(net.b))
    whole = all_patterns(silent)[0]
    for most_active in range(len(net.b)):
        rest = whole - all_patterns(silent, most_active)[0]
        assert bound_of(silent, most_active) == pytest.approx(rest, rel=1e-9, abs=1e-14 * net.scale)


@pytest.mark.result("D26")
@given(st.lists(densities(), min_size=1, max_size=5), st.integers(0, 5))
def test_tails_are_sums_over_patterns(values, most_active):
    p = np.array(values)
    n = len(p)
    one, two, none = active_tails(p, most_active)
    for known, found in [
        ((), none),
        *(((j,), one[j]) for j in range(n)),
        *(((j, l), two[j, l]) for j in range(n) for l in range(n) if j != l),
    ]:
        sure = np.where(np.isin(np.arange(n), known), 1.0, p)
        expected = sum(
            np.prod(np.where(pattern, sure, 1 - sure))
            for pattern in product((False, True), repeat=n)
            if sum(pattern) > most_active
        )
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.result("D26")
def test_a_hundred_features_are_bounded_in_time():
    rng = np.random.default_rng(0)
    n, m = 100, 40
    W1, W2 = rng.normal(size=(m, n)) / 10, rng.normal(size=(n, m)) / 10
    how = {"target": "absolute", "output": "relu", "low": -1.0, "high": 1.0}
    nearly = 0.02 * (1 + 1e-9 * rng.normal(size=n))  # a kind for each feature
    bounds = [
        remainder_bound(W1, W2, np.zeros(n), p, np.ones(n), most_active=2, **how)
        for p in (np.full(n, 0.02), nearly)
    ]
    assert bounds[0] == pytest.approx(bounds[1], rel=1e-7)
