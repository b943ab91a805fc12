"""The table of the bench in Markdown; one of a run that was disturbed says so before all else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from agreement.description.words import counted
from benchmarks.compare import PEERS

__all__ = ["NAMES", "markdown", "what_marked"]

NAMES = {
    "ours": "ours",
    "eager": "PyTorch eager",
    "tuned": "PyTorch tuned",
    "compiled": "torch.compile",
    "jax": "JAX",
    "dense": "ours, dense",
}


def markdown(result: Mapping[str, Any]) -> str:
    """The whole page, from what `benchmarks.__main__` writes as JSON."""
    rows = result["works"]
    lines = ["# Speed beside PyTorch and JAX", ""]
    if result["marked"]:
        lines += [*_warning(rows, result["beside"]), ""]
    lines += [
        f"{result['machine']}; {result['date'][:10]}; "
        + ", ".join(f"{name} {_version(name)}" for name in ("torch", "jax", "numpy", "numba"))
        + f"; {result['threads']} threads a side. Milliseconds a step of wall time / of CPU time "
        "of all threads: fresh batch, forward, backward, Adam, in float32. Medians of "
        f"{result['rounds']} rounds, the sides taken in turns, each in its own process. A round "
        "in which the machine was not idle is left out; " + _left_out(rows) + ".",
        "",
        "| work (n, m, instances, batch) | densities | "
        + " | ".join(NAMES[side] for side in ("ours", *PEERS))
        + " | best peer / ours | eager / ours | floor | ours / floor |",
        "|" + "---|" * 11,
    ]
    for name, row in rows.items():
        best = row["best"]
        lines.append(
            f"| {name} | {row['densities']} | "
            + " | ".join(_time(row.get(side)) for side in ("ours", *PEERS))
            + f" | {_ratio(row, best)}{f', {NAMES[best]}' if best else ''}"
            + f" | {_ratio(row, 'eager')} | {row['floor_ms']:.3g} | {row['times_floor']:.1f} |"
        )
    lines += [
        "",
        "Eager: as PyTorch's users write it, with einsum, autograd, `torch.optim.Adam`, gate and "
        "value drawn apart. Tuned, as well as we can make it: one draw for both, batched products "
        "in place, gradient by hand, fused Adam. `torch.compile`: the same gradient as a function, "
        "compiled. JAX: `jit` of a `scan` over steps, `grad`, one draw, the faster of two layouts. "
        "Before they are timed, all sides train the first 40 steps from the same weights, and "
        "their losses on the same unseen samples agree within 6 standard deviations of ours over "
        f"seeds (largest difference {_furthest(rows):.1f}).",
        "",
        *_missing(rows),
        "Every density 1, where nothing can be left out:",
        "",
        "| work | ours, dense | eager / ours, dense | floor |",
        "|---|---|---|---|",
    ]
    for name, row in rows.items():
        both = "eager" in row and "dense" in row
        ratio = row["eager"]["wall_ms"] / row["dense"]["wall_ms"] if both else None
        lines.append(
            f"| {name} | {_time(row.get('dense'))} | {f'{ratio:.1f}' if ratio else '–'} | "
            f"{row['floor_dense_ms']:.3g} |"
        )
    lines += [
        "",
        "The floor: one random word for each active value, five products of n·m multiply-adds "
        "for each sample that is not empty, parameters moved once; at the rates measured on "
        f"{result['rates']}; shared by two cores.",
    ]
    lines += _growth(result["growth"]) if result["growth"] else []
    return "\n".join(lines) + "\n"


def what_marked(result: Mapping[str, Any]) -> list[str]:
    """The works too few of whose rounds count, and what disturbed them, each kind once."""
    lines = []
    for name, row in result["works"].items():
        if row["marked"]:
            last = {_kind(mark): mark for turn in row["rounds"] for mark in turn["marks"]}
            words = sorted(last.values())
            lines.append(f"{name}: {row['undisturbed']} rounds count; {'; '.join(words)}")
    return lines


def _warning(rows: Mapping[str, Any], beside: int) -> list[str]:
    """Loud, with what disturbed it most often."""
    words = Counter(
        _kind(mark) for row in rows.values() for turn in row["rounds"] for mark in turn["marks"]
    )
    disturbed = sum(bool(turn["marks"]) for row in rows.values() for turn in row["rounds"])
    total = sum(len(row["rounds"]) for row in rows.values())
    loops = f" It was run beside {counted(beside, 'busy loop')}, to show this." if beside else ""
    return [
        "> **MARKED: THE MACHINE WAS NOT IDLE. DO NOT QUOTE THESE NUMBERS.** "
        f"{disturbed} of {total} rounds were disturbed.{loops} Times of a machine that is shared "
        "are no one's speed: threads that wait for each other lose most. `make docs` leaves this "
        "table out of RESULTS.md.",
        ">",
        *(f"> - {count} times: {mark}" for mark, count in words.most_common(6)),
    ]


def _kind(mark: str) -> str:
    """The mark without its numbers, so that the same are counted together."""
    return " ".join("…" if any(c.isdigit() for c in word) else word for word in mark.split())


def _left_out(rows: Mapping[str, Any]) -> str:
    count = sum(bool(turn["marks"]) for row in rows.values() for turn in row["rounds"])
    total = sum(len(row["rounds"]) for row in rows.values())
    return f"{count} of {total} were disturbed"


def _time(side: Mapping[str, float] | None) -> str:
    return f"{side['wall_ms']:.3g} / {side['cpu_ms']:.3g}" if side else "–"


def _ratio(row: Mapping[str, Any], side: str | None) -> str:
    if side is None or side not in row:
        return "–"
    r = row[side]["ratio"]
    return f"{r['median']:.1f} ({r['min']:.1f}–{r['max']:.1f})"


def _furthest(rows: Mapping[str, Any]) -> float:
    return max((abs(z) for row in rows.values() for z in row["losses_away"].values()), default=0.0)


def _missing(rows: Mapping[str, Any]) -> list[str]:
    """Why a side is not there, once for all works where it is the same."""
    reasons = {(side, why) for row in rows.values() for side, why in row["missing"].items()}
    return [f"No {NAMES[side]}: {why}\n" for side, why in sorted(reasons)]


def _growth(growth: list[Mapping[str, float]]) -> list[str]:
    lines = [
        "",
        "## (2, 1) as instances grow",
        "",
        "Batch 1024, densities 1 … 0.01. The memory is the whole process's, Python and "
        "compiler included.",
        "",
        "| instances | ms a step | µs a step and instance | peak memory, MiB |",
        "|---|---|---|---|",
    ]
    for row in growth:
        lines.append(
            f"| {row['instances']} | {row['ms_a_step']:.3g} | "
            f"{1e3 * row['ms_a_step'] / row['instances']:.2f} | {row['peak_MiB']:.0f} |"
        )
    return lines


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
