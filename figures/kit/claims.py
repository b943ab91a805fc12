"""A figure asserts its claim before it draws it."""

from __future__ import annotations


class ClaimError(ValueError):
    """What the figure is about to show is not so."""


def claim(holds: bool, text: str) -> None:
    """Go on if the claim holds; otherwise stop before anything is drawn."""
    if not holds:
        raise ClaimError(f"claim fails: {text}")
