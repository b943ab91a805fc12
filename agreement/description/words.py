"""Plain words and plain tables: counts in their plural, columns that line up."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["aligned", "counted", "listed", "unnamed"]

_PLURALS = {
    "density": "densities",
    "icosahedron": "icosahedra",
    "octahedron": "octahedra",
    "tetrahedron": "tetrahedra",
}


def counted(count: int, name: str) -> str:
    """The count with the name in its plural: "2 rectified 4-simplices", "1 feature".

    >>> counted(2, "4-simplex"), counted(1, "feature"), counted(2, "triangle × triangle")
    ('2 4-simplices', '1 feature', '2 triangle × triangle products')
    """
    if count == 1:
        return f"1 {name}"
    if " × " in name:
        return f"{count} {name} products"
    if name in _PLURALS:
        return f"{count} {_PLURALS[name]}"
    if name.endswith("simplex"):
        return f"{count} {name[:-2]}ices"
    for kind in ("cloud of ", "free block of "):
        if name.startswith(kind):
            return f"{count} {kind[:-4]}s of {name[len(kind) :]}"
    return f"{count} {name}s"


def aligned(rows: Sequence[Sequence[str]], *, left: set[int]) -> list[str]:
    """Lay out a table in plain text: columns padded, numbers to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if k in left else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def unnamed(features: Sequence[int], *, sure: bool) -> str:
    """What a factor without a name is called; a cloud where it has no structure and some size."""
    k = len(features)
    return f"unnamed {k}-feature factor" if sure or k < 6 else f"cloud of {k} features"


def listed(features: tuple[int, ...], most: int = 12) -> str:
    """Numbers from 1, the first few of many."""
    words = [str(i + 1) for i in features[:most]]
    return " ".join(words) + (f" … ({len(features)})" if len(features) > most else "")
