"""Two Hypothesis profiles, one matplotlib backend, and marks that say what a test proves.

What becomes of a test that needs what not everybody has is in tests/extras.py; which tests stay
together in one worker, in tests/scopes.py.
"""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib as mpl
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from tests.extras import pytest_addoption, pytest_configure
from tests.scopes import pytest_xdist_make_scheduler

__all__ = ["pytest_addoption", "pytest_configure", "pytest_xdist_make_scheduler"]

mpl.use("agg")

_RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile(
    "default",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=50,
    suppress_health_check=_RELAXED,
)
# Every run of the wide profile looks elsewhere, and remembers what failed.
settings.register_profile(
    "wide",
    derandomize=False,
    database=DirectoryBasedExampleDatabase(".hypothesis/examples"),
    deadline=None,
    max_examples=10_000,
    print_blob=True,
    suppress_health_check=_RELAXED,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

TEXTS = Path(__file__).parent.parent / "theory" / "derivations"
LABELS = sorted(path.name[:3] for path in TEXTS.glob("D*.md"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hand the labels that a test's marks name to the report; workers send them along."""
    for item in items:
        for mark in item.iter_markers("result"):
            if not mark.args or not all(label in LABELS for label in mark.args):
                raise pytest.UsageError(
                    f"mark result must name labels among {', '.join(LABELS)}, "
                    f"got {mark.args} at {item.nodeid}"
                )
            item.user_properties += [("result", label) for label in mark.args]
