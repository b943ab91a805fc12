"""Two Hypothesis profiles, one matplotlib backend, and nothing else that is global."""

from __future__ import annotations

import os

import matplotlib as mpl
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

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
