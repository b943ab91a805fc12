"""A figure's name as a heading."""

from __future__ import annotations

__all__ = ["named"]


def named(target: str) -> str:
    """Return a figure's name as a heading.

    >>> named("phase_n2_m1")
    'Phase, n = 2, m = 1'
    """
    words = [
        f"{word[0]} = {word[1:]}" if word[0] in "nm" and word[1:].isdigit() else word
        for word in target.split("_")
    ]
    sizes = [word for word in words if "=" in word]
    plain = " ".join(word for word in words if "=" not in word)
    return ", ".join([plain[:1].upper() + plain[1:], *sizes])
