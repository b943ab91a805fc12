"""Compiled once and kept: the cache of the kernels, keyed on everything that they are made of.

Numba keeps the machine code of a function for as long as the file of that function does not
change. But a kernel has other files' functions compiled into it: after a change there it would
silently go on with the old ones. So the cache of the kernels lies in a folder named after a
digest of every file with compiled functions, in whichever house and wing it is.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["compiled", "digest", "sources"]

_HERE = Path(__file__).parent
_HOUSES = ("theory", "numeric")
NOTICE = "compiling kernels, once for this version of the code: some seconds each"


def sources(root: Path = _HERE.parent) -> list[Path]:
    """Every file below the houses of `root` that compiles, which it does through this one."""
    files = [path for house in _HOUSES for path in sorted((root / house).rglob("*.py"))]
    return [path for path in files if b"ground.compiled" in path.read_bytes()]


@cache
def digest(root: Path = _HERE.parent) -> str:
    """Of all files with compiled functions: their places and what is in them."""
    found = hashlib.sha256()
    for path in sources(root):
        place = path.relative_to(root).as_posix()
        found.update(place.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


@cache
def _say_when_compiling() -> None:
    """Say so on a terminal, once: the first use of a kernel takes seconds, and later ones none."""
    from numba.core import event

    class Notice(event.Listener):
        said = False

        def on_start(self, happened: Any) -> None:
            kernel = happened.data["dispatcher"].py_func.__module__
            if kernel.split(".")[0] in _HOUSES and not self.said and sys.stderr.isatty():
                self.said = True
                sys.stderr.write(NOTICE + "\n")

        def on_end(self, happened: Any) -> None:
            del happened

    event.register("numba:compile", Notice())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time, where the system can say so: neither Windows nor every disk can."""
    with ExitStack() as held:
        with suppress(ImportError, OSError):
            import fcntl

            path.parent.mkdir(parents=True, exist_ok=True)
            fcntl.flock(held.enter_context(path.open("w")), fcntl.LOCK_EX)
        yield


def _saved_alone(dispatcher: Any) -> Any:
    """Let two processes that compile one function for two kinds of arguments keep both.

    Numba reads the list of what there is, adds a name to it, and writes both: of two processes at
    once the later would take the earlier one's name, and the machine code for other arguments.
    """
    if not hasattr(dispatcher, "_cache"):  # NUMBA_DISABLE_JIT leaves functions what they are
        return dispatcher
    cached = dispatcher._cache._cache_file
    save = cached.save

    def alone(key: Any, data: Any) -> None:
        with _alone(Path(f"{cached._index_path}.lock")):
            save(key, data)

    cached.save = alone
    return dispatcher


def compiled(*, borrowing: bool = False, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorate a function that Numba compiles, without the interpreter's lock, and keeps.

    Parameters
    ----------
    borrowing : bool
        The function makes no array and returns none: all that it touches is its caller's, who
        keeps it. So nobody counts who holds what, as Numba does otherwise, with two locked
        instructions for each array, view or tuple that is handed on: in the step of a small model
        they took as long as its arithmetic. What it calls borrows too.
    **options
        Of `numba.njit`.

    Notes
    -----
    Write arrays into arrays number by number: NumPy's assignment brings its texts of errors, one or
    two seconds of compilation for each number of dimensions, and more in every caller.

    A function with `fastmath` is forced into its callers. Were it called, the linker would pick
    the copy that was loaded first, its own or one out of a caller's machine code: LLVM may have
    ordered the sums of the two differently, and a run would differ in its last bits between the
    process that compiled the kernels and those that find them in the cache.
    """
    if "fastmath" in options:
        options = {"forceinline": True, **options}

    # Always said: what is not said is taken over from the function that is being compiled.
    options = {"_nrt": not borrowing, **options}

    import numba  # half a second that only who computes should pay

    _say_when_compiling()

    def decorate(function: Callable[..., Any]) -> Any:
        # Numba reads the folder when it decorates; other code's caches stay where they are.
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(Path(before or _HERE / "__pycache__") / f"kernels-{digest()}")
        try:
            return _saved_alone(numba.njit(cache=True, nogil=True, **options)(function))
        finally:
            numba.config.CACHE_DIR = before

    return decorate
