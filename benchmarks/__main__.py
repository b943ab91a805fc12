"""Time every work on both sides, alternating, and write the tables.

``python -m benchmarks [--rounds 7] [--seconds 0.6] [--only 2,1,1000,1024]``
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.floor import Machine, floor_ms
from benchmarks.growth import grow
from benchmarks.worker import THREADS, Worker
from benchmarks.works import WORKS
from ground.results import write_whole

TABLES = Path("build/tables")
GROWTH = (10, 100, 1000, 10_000, 100_000)


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="alternations of the sides")
    parser.add_argument("--seconds", type=float, default=0.6, help="of each side in a round")
    parser.add_argument("--only", help="one work, as n,m,instances,batch")
    options = parser.parse_args()
    chosen = [
        number
        for number, work in enumerate(WORKS)
        if options.only is None or options.only.replace(",", ", ") == work.name
    ]
    if not chosen or options.rounds < 1:
        names = "; ".join(work.name.replace(" ", "") for work in WORKS)
        parser.error(f"--only must be one of {names}, and --rounds at least 1")
    machine = Machine()
    rows = {}
    bar = tqdm(chosen, unit="work")
    for number in bar:
        bar.set_description(WORKS[number].name)
        rows[WORKS[number].name] = _compare(number, machine, options.rounds, options.seconds)
    growth = [grow(count) for count in tqdm(GROWTH, unit="run", desc="growth")]
    _write(rows, growth, machine, options.rounds)


def _compare(number: int, machine: Machine, rounds: int, seconds: float) -> dict[str, object]:
    """Times of all sides in milliseconds a step, taken in turns."""
    work = WORKS[number]
    sides = {
        "ours": (Worker("ours"), False),
        "eager": (Worker("eager"), False),
        "tuned": (Worker("tuned"), False),
        "dense": (Worker("ours"), True),
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    try:
        steps = {}
        for name, (worker, dense) in sides.items():
            worker.make(number, dense)
            steps[name] = max(2, int(seconds / (worker.time(3) / 3)))
        for _ in range(rounds):
            for name, (worker, _dense) in sides.items():
                times[name].append(1e3 * worker.time(steps[name]) / steps[name])
    finally:
        for worker, _dense in sides.values():
            worker.close()
    ours, eager, tuned, dense = (np.array(times[name]) for name in sides)
    floor, dense_floor = (floor_ms(work, machine, flag) for flag in (False, True))
    return {
        "pytorch_ms": float(np.median(eager)),
        "ours_ms": float(np.median(ours)),
        **_ratio("ratio", eager / ours),
        "floor_ms": floor,
        "times_floor": float(np.median(ours)) / floor,
        "pytorch_tuned_ms": float(np.median(tuned)),
        **_ratio("ratio_tuned", tuned / ours),
        "ours_dense_ms": float(np.median(dense)),
        **_ratio("ratio_dense", eager / dense),
        "floor_dense_ms": dense_floor,
        "densities": f"1 … {work.densities().min():g}" if work.instances > 1 else "0.1",
    }


def _ratio(name: str, values: np.ndarray) -> dict[str, float]:
    return {
        name: float(np.median(values)),
        f"{name}_min": float(values.min()),
        f"{name}_max": float(values.max()),
    }


def _machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )


def _write(
    rows: dict[str, dict[str, object]],
    growth: list[dict[str, float]],
    machine: Machine,
    rounds: int,
) -> None:
    """The two tables."""
    text = _markdown(rows, growth, machine, rounds)
    write_whole(TABLES / "bench.md", lambda path: Path(path).write_text(text, encoding="utf-8"))
    data = json.dumps(rows, indent=2)
    write_whole(TABLES / "bench.json", lambda path: Path(path).write_text(data, encoding="utf-8"))
    print(text)


def _markdown(
    rows: dict[str, dict[str, object]],
    growth: list[dict[str, float]],
    machine: Machine,
    rounds: int,
) -> str:
    from importlib.metadata import version

    def spread(row: dict[str, object], name: str) -> str:
        return f"{row[name]:.1f} ({row[f'{name}_min']:.1f}–{row[f'{name}_max']:.1f})"

    lines = [
        "# Speed beside PyTorch",
        "",
        f"{_machine()}; PyTorch {version('torch')} on the CPU, NumPy {version('numpy')}, Numba "
        f"{version('numba')}; {THREADS} threads a side. Milliseconds a step: fresh batch, "
        "forward, backward, Adam, float32 batch.",
        f"Ratios: median (min–max) of {rounds} rounds, the sides taken in turns, each in its own "
        "process.",
        "",
        "| work (n, m, instances, batch) | densities | PyTorch | ours | ratio | floor | ours / "
        "floor |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        lines.append(
            f"| {name} | {row['densities']} | {row['pytorch_ms']:.3g} | {row['ours_ms']:.3g} | "
            f"{spread(row, 'ratio')} | {row['floor_ms']:.3g} | {row['times_floor']:.1f} |"
        )
    lines += [
        "",
        "PyTorch as its users write it: einsum, autograd, `torch.optim.Adam`, gate and value "
        "drawn apart. As well as we can make it: one draw for both, batched products in place, "
        "gradient by hand, fused Adam. Dense: every density 1, where nothing can be left out.",
        "",
        "| work | PyTorch tuned | ratio to it | ours dense | ratio dense | floor dense |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        lines.append(
            f"| {name} | {row['pytorch_tuned_ms']:.3g} | {spread(row, 'ratio_tuned')} | "
            f"{row['ours_dense_ms']:.3g} | {spread(row, 'ratio_dense')} | "
            f"{row['floor_dense_ms']:.3g} |"
        )
    lines += [
        "",
        "The floor: one random word for each active value, five products of n·m multiply-adds "
        "for each sample that is not empty, parameters moved once; at the rates measured on "
        f"{machine.describe()}; shared by two cores.",
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
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
