"""A bar that shows how far long work is, loaded only where somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(total: int, unit: str, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """A function to call with how many units were done, and a bar on stderr if it is shown.

    Examples
    --------
    >>> with progress_bar(3, "descent", shown=False) as advance:
    ...     advance(2)
    """
    if not shown:
        yield lambda _: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, unit=unit, leave=False) as bar:
        yield lambda done: bar.update(done) and None
