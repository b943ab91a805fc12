"""The optimum over a diagram: continuation finds what many starts find."""

from __future__ import annotations

import numpy as np
import pytest

from ground.results import configuration_of
from theory.loss.floats import loss_and_gradient
from theory.minima.diagram import optimum_phase_diagram
from theory.minima.optimum import optimum


@pytest.mark.parametrize("bias", [True, False])
def test_a_diagram_is_its_cells(bias):
    """Continuation finds what many starts find, cell by cell; loss(p, 1/r) = loss(p, r)/r."""
    densities, importances = np.geomspace(1.0, 0.02, 9), np.geomspace(0.1, 10.0, 9)
    diagram = optimum_phase_diagram(2, 1, densities, importances, bias=bias)
    for i, j in np.random.default_rng(0).integers(0, 9, size=(12, 2)):
        importance = np.array([1.0, importances[j]])
        cell = optimum(2, 1, density=densities[i], importance=importance, bias=bias, starts=32)
        assert float(diagram.loss[i, j]) == pytest.approx(cell.loss, rel=1e-9)
        again = loss_and_gradient(
            diagram.W[i, j], diagram.b[i, j], density=densities[i], importance=importance
        )
        assert float(again[0]) == pytest.approx(cell.loss, rel=1e-9)
    mirror = diagram.loss.values[:, ::-1] * importances
    np.testing.assert_allclose(diagram.loss.values, mirror, rtol=1e-9)
    assert configuration_of(diagram)["against"] == "optimum"
    if bias:
        assert set(np.unique(diagram.structure)) == {"[1 2]", "[1] (2)", "[2] (1)"}
    else:
        assert (diagram.b == 0.0).all()


def test_the_larger_diagram_has_its_phases():
    """(3, 2): the digon with either partner, the last feature ignored; each seen to be optimal."""
    densities, importances = np.geomspace(0.9, 0.02, 5), np.geomspace(0.1, 10.0, 5)
    diagram = optimum_phase_diagram(3, 2, densities, importances)
    assert {"[1 2] [3]", "[1] [2 3]", "[1] [2] (3)"} <= set(np.unique(diagram.structure))
    for i, j in ((0, 0), (1, 2), (2, 4), (4, 1)):
        importance = np.array([1.0, 1.0, importances[j]])
        cell = optimum(3, 2, density=densities[i], importance=importance, starts=32)
        assert float(diagram.loss[i, j]) == pytest.approx(cell.loss, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"densities": [0.0]}, "densities"),
        ({"densities": 0.5}, "densities"),
        ({"importances": [-1.0]}, "importances"),
        ({"importances": [0.0]}, "importances"),
        ({"importances": []}, "importances"),
        ({"starts": 0}, "starts"),
        ({"coarse": 0}, "coarse"),
    ],
)
def test_bad_grids_are_named(change, names):
    arguments = {"densities": [0.5], "importances": [1.0]} | change
    with pytest.raises(ValueError, match=names):
        optimum_phase_diagram(2, 1, **arguments)
