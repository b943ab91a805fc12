"""Which version of this software runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "superposition-theory"


def installed_version() -> str:
    """Version of the installed distribution; "unknown" for a bare folder of sources."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"
