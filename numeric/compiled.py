"""Compiled once and kept: the cache of the kernels, keyed on everything that they are made of.

Numba keeps the machine code of a function for as long as the file of that function does not
change. But a kernel has other files' functions compiled into it: after a change there it would
silently go on with the old ones. So the cache of the kernels lies in a folder named after a
digest of all their files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

__all__ = ["compiled"]

_HERE = Path(__file__).parent
_PATTERNS = ("streams.py", "kernels*.py")


def digest() -> str:
    """Of the source of all files with compiled functions."""
    found = hashlib.sha256()
    for path in sorted({path for pattern in _PATTERNS for path in _HERE.glob(pattern)}):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


_FOLDER = str(Path(numba.config.CACHE_DIR or _HERE / "__pycache__") / f"kernels-{digest()}")


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorate a function that Numba compiles, without the interpreter's lock, and keeps.

    Parameters
    ----------
    **options
        Of `numba.njit`.

    Notes
    -----
    A function with `fastmath` is forced into its callers. Were it called, the linker would pick
    the copy that was loaded first, its own or one out of a caller's machine code: LLVM may have
    ordered the sums of the two differently, and a run would differ in its last bits between the
    process that compiled the kernels and those that find them in the cache.
    """
    if "fastmath" in options:
        options = {"forceinline": True, **options}

    def decorate(function: Callable[..., Any]) -> Any:
        # Numba reads the folder when it decorates; other code's caches stay where they are.
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = _FOLDER
        try:
            return numba.njit(cache=True, nogil=True, **options)(function)
        finally:
            numba.config.CACHE_DIR = before

    return decorate
