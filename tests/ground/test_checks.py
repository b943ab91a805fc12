"""Checks name the argument that is wrong."""

from __future__ import annotations

import re

import pytest

from ground.checks import as_density, as_importance, as_model, check_positive_int, check_sizes


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (lambda: as_density(1.5), "density"),
        (lambda: as_density(float("nan")), "density"),
        (lambda: as_density("often"), "density"),
        (lambda: as_density([0.1, 0.2], 3), "density"),
        (lambda: as_importance([1, -1], 2), "importance"),
        (lambda: as_importance([1, float("nan")], 2), "importance"),
        (lambda: as_importance([1, 1], 3), "importance"),
        (lambda: as_model([1, 2]), "W"),
        (lambda: as_model([[1, float("inf")]]), "W"),
        (lambda: as_model([[1, 2]], [1, 2, 3]), "b"),
        (lambda: as_model([[1, 2]], [1, float("nan")]), "b"),
        (lambda: as_model([[1], [2]]), "n_hidden"),
        (lambda: check_sizes(2, 3), "n_hidden"),
        (lambda: check_positive_int("restarts", 0), "restarts"),
        (lambda: check_positive_int("restarts", 2.5), "restarts"),
    ],
)
def test_bad_input_is_named(check, name):
    with pytest.raises(ValueError, match=rf"^{re.escape(name)} "):
        check()
