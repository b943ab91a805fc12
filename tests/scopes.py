"""Which tests stay together in one worker, and which begin first.

Workers of `make test` share nothing but the kernels on disk.  So tests that share what is dear to
make, a fixture of their file or the data of another figure, run in one worker, one after the
other: a scope.  A scope is a file of tests; each figure is one of its own, unless it shares data.
What takes long begins first, so that at the end no worker is left alone with it.

Pytest-xdist's own mark for groups renames tests, which pytest no longer allows; a scope is read
from the name that a test has.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from figures.rules import DATA, PICTURE, rules

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

FIGURES = "tests/figures/test_every_figure.py::test_a_figure_is_measured_derived_and_drawn"
EXPLORER = "tests/figures/pages/explorer/"
# A process works out each live formula of the derivations once, and these files want all of them.
FORMULAS = ("tests/figures/pages/test_book.py", "tests/theory/derivations/test_texts.py")

# Seconds of the scopes that take long, by one of their figures; what is not here takes less.
SECONDS = {
    "correlated_features": 29,
    "tests/numeric/training/test_sweep.py": 21,
    "adversarial_vulnerability": 18,
    "tests/test_bad_inputs.py": 18,
    "phase_n2_m1": 15,
    "tests/agreement/comparison/test_circuits.py": 14,
    "tests/theory/geometry/test_collapse.py": 14,
    "basic_results_n80_m20": 12,
    "tests/figures/pages/test_book.py": 12,
    "tests/ground/test_compiled.py": 12,
    "robust_phase_n2_m1": 11,
    "tests/figures/pages/explorer/": 11,
    "tests/numeric/models/test_two_layers.py": 10,
    "tests/test_laws.py": 10,
    "tests/theory/minima/test_stages.py": 10,
    "tests/theory/phases/test_candidates.py": 10,
    "geometric_transformations": 9,
    "tests/theory/transitions/test_first_pair.py": 9,
    "basic_results_n20_m5": 8,
    "tests/theory/dynamics/test_basin_probability.py": 8,
    "tests/theory/geometry/test_free_blocks.py": 8,
    "tests/theory/phases/test_diagram.py": 8,
    "adversarial_training": 7,
    "abs_superposition": 6,
    "basins_n2_m1": 6,
    "decoding": 6,
    "intro_n5_m2": 6,
    "tests/figures/pages/test_evidence.py": 6,
}
OTHERS = 1.0


def needed(target: str) -> list[tuple[str, str]]:
    """Data files that make is told a target needs, as (figure, kind)."""
    return [(match[1], match[2]) for match in map(DATA.match, rules()[target]) if match]


@cache
def families() -> dict[str, str]:
    """Of each figure all that share data with it, directly or through others, as one word."""
    together: dict[str, set[str]] = {}
    for target in rules():
        if own := PICTURE.match(target) or DATA.match(target):
            names = {own[1], *(figure for figure, _ in needed(target))}
            joined = names.union(*(together.get(name, set()) for name in names))
            together |= dict.fromkeys(joined, joined)
    return {name: "+".join(sorted(names)) for name, names in together.items()}


def scope(test: str) -> str:
    """The scope of a test, by the name that pytest gives it."""
    path = test.partition("::")[0]
    if test.startswith(f"{FIGURES}["):
        return families()[test.removeprefix(f"{FIGURES}[").removesuffix("]")]
    if path in FORMULAS:
        return "+".join(FORMULAS)
    return EXPLORER if path.startswith(EXPLORER) else path


def seconds(name: str) -> float:
    """What a scope takes, about."""
    return max(SECONDS.get(part, OTHERS) for part in name.split("+"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Hand out scopes where `--dist loadscope` asks for them; tests/conftest.py tells pytest."""
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Scopes(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid)

        def _assign_work_unit(self, node: Any) -> None:
            dearest = max(self.workqueue, key=seconds)
            self.workqueue.move_to_end(dearest, last=False)
            super()._assign_work_unit(node)

    return Scopes(config, log)
