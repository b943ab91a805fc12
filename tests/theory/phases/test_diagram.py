"""D06: the diagram of candidates holds the best of them at every point."""

from __future__ import annotations

import json
from itertools import product

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from ground.structure import Structure
from tests.theory.phases.ties import SMALL, densities, floats, ratios
from theory.phases.candidates import candidates
from theory.phases.diagram import phase_diagram
from theory.phases.lines import importance_vector


@pytest.mark.result("D06")
@pytest.mark.parametrize("sizes", SMALL)
@given(
    st.lists(densities, min_size=1, max_size=3, unique=True),
    st.lists(ratios, min_size=1, max_size=3, unique=True),
)
def test_phase_diagram_holds_the_best_candidate(sizes, p_grid, r_grid):
    diagram = phase_diagram(*sizes, floats(p_grid), floats(r_grid))
    assert diagram.loss.dims == diagram.structure.dims == ("density", "importance")
    for (i, density), (j, ratio) in product(enumerate(p_grid), enumerate(r_grid)):
        importance = importance_vector(sizes[0], sp.Rational(ratio))
        losses = {c: c.loss(density, importance) for c in candidates(*sizes)}
        best = min(losses.values())
        assert abs(diagram.loss.values[i, j] - float(best)) <= 1e-14 * max(1, ratio)
        weights = floats(importance)
        winners = {str(c.structure.canonical(weights)) for c, v in losses.items() if v == best}
        near = {str(c.structure.canonical(weights)) for c, v in losses.items() if v - best < 1e-13}
        assert diagram.structure.values[i, j] in winners | near


def test_configuration_is_complete():
    diagram = phase_diagram(2, 1, [0.5, 0.1], [1.0])
    assert json.loads(diagram.attrs["configuration"]) == {
        "kind": "theory.phase_diagram",
        "n_features": 2,
        "n_hidden": 1,
        "densities": [0.5, 0.1],
        "importances": [1.0],
        "against": "candidates",
    }
    assert Structure.parse(diagram.structure.values[1, 0]) == Structure(((0, 1),))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, 1, [0.0], [1.0]), r"densities must lie in \(0, 1\]"),
        ((2, 1, [1.5], [1.0]), "densities must lie in"),
        ((2, 1, [0.5], [-1.0]), "importances must be positive"),
        ((2, 1, [0.5], [float("nan")]), "importances must be positive"),
        ((2, 1, 0.5, [1.0]), "densities must be a list"),
        ((2, 1, [0.5], []), "importances must be a list"),
        ((1, 2, [0.5], [1.0]), "n_hidden must not exceed"),
        ((2, 1, [0.5], [1.0], "training"), "against must be 'candidates' or 'optimum'"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        phase_diagram(*arguments)
