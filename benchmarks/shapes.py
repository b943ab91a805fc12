"""How often does a description name what a model was built of?

Sixty models of known make-up (every named family, some beside a cloud without structure; noise,
leaning spans, unequal lengths, rotated, shuffled, with ignored features and spare dimensions) and
two hundred Gaussian clouds, in which every name is a false one.  Writes
``build/tables/shapes.md``.  ``python -m benchmarks.shapes [--models 60] [--clouds 200]``
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agreement.description.hierarchy import factors_of
from agreement.description.parts import Part
from ground.checks import FloatArray
from ground.results import write_whole
from theory.polytopes.shapes import Shape, named_shapes

__all__ = ["Built", "built", "families", "gaussian_cloud", "right", "table"]

NOISE = (0.0, 0.02, 0.04, 0.06, 0.08)  # relative to each feature's length
LEANING = (0.0, 5.0, 10.0)  # degrees, of the two spans of a model that lean most
SIZES = (4, 400)  # features
MOST_LEANING = 0.6  # sum of all leanings, as the least eigenvalue of the spans' Gram matrix


@dataclass(frozen=True, eq=False)
class Built:
    """A model of known make-up.

    Attributes
    ----------
    W : array (m, n)
    parts : tuple of (name, features)
        With the name None for a cloud.
    ignored : frozenset of int
    noise, leaning : float
    """

    W: FloatArray
    parts: tuple[tuple[str | None, frozenset[int]], ...]
    ignored: frozenset[int]
    noise: float
    leaning: float


def families() -> list[Shape]:
    """Every name there is: polygons and simplices of up to eight features, all others."""
    every = [shape for k in range(1, 28) for shape in named_shapes(k)]
    return [shape for shape in every if shape.kind in {"other", "free"} or shape.n_vertices <= 8]


def built(
    shapes: Sequence[Shape],
    rng: np.random.Generator,
    *,
    noise: float,
    leaning: float,
    cloud: tuple[int, int] | None = None,
    spare: int = 0,
    ignored: int = 0,
) -> Built:
    """A model of these parts, and of a cloud of (features, dimensions) beside them."""
    blocks = [shape.vertices_of(_gram(shape, rng)) for shape in shapes]
    names: list[str | None] = [shape.name for shape in shapes]
    if cloud is not None:
        blocks.append(_unit(rng.normal(size=(cloud[1], cloud[0]))))
        names.append(None)
    owner = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])
    d, n = len(owner), sum(block.shape[1] for block in blocks)
    m = min(d + spare, n + ignored)
    spans = np.zeros((m, d))
    spans[:d] = _leaning_spans(owner, leaning, rng)
    columns = [
        spans[:, owner == part] @ block * rng.uniform(0.5, 1.5) for part, block in enumerate(blocks)
    ]
    W = np.hstack([*columns, np.zeros((m, ignored))])
    W *= rng.uniform(0.9, 1.1, size=W.shape[1])
    W += noise * np.linalg.norm(W, axis=0) * _unit(rng.normal(size=W.shape))
    rotation, _ = np.linalg.qr(rng.normal(size=(m, m)))
    order = rng.permutation(W.shape[1])
    place, first, parts = np.argsort(order), 0, []
    for name, block in zip(names, blocks, strict=True):
        members = place[first : first + block.shape[1]]
        parts.append((name, frozenset(int(i) for i in members)))
        first += block.shape[1]
    left = frozenset(int(i) for i in place[n:])
    return Built((rotation @ W)[:, order], tuple(parts), left, noise, leaning)


def right(model: Built) -> tuple[list[bool], tuple[Part, ...]]:
    """Whether each part is found: its name, its features, no more and no fewer."""
    found = factors_of(model.W).parts
    named = {(part.match.name if part.match else None, frozenset(part.features)) for part in found}
    return [part in named for part in model.parts], found


def gaussian_cloud(seed: int) -> FloatArray:
    """10 to 100 features in 3 to 30 dimensions."""
    rng = np.random.default_rng([13, seed])
    n = int(rng.integers(10, 101))
    m = int(rng.integers(3, min(30, n) + 1))
    return rng.normal(size=(m, n)) / np.sqrt(m)


def models(count: int, largest: int = SIZES[1]) -> Iterator[Built]:
    """Each noise and leaning in turn, sizes spread evenly over their logarithms."""
    every = families()
    for seed in range(count):
        rng = np.random.default_rng([7, seed])
        wanted = np.exp(rng.uniform(np.log(SIZES[0]), np.log(largest)))
        turn, shapes = list(rng.permutation(len(every))), []
        while turn and sum(shape.n_vertices for shape in shapes) < wanted:
            shape = every[turn.pop()]
            turn = turn or list(rng.permutation(len(every)))
            if sum(s.n_vertices for s in shapes) + shape.n_vertices <= max(wanted, 4):
                shapes.append(shape)
            elif shapes and sum(s.n_vertices for s in shapes) > 0.8 * wanted:
                break
        yield built(
            shapes,
            rng,
            noise=NOISE[seed % len(NOISE)],
            leaning=LEANING[seed // len(NOISE) % len(LEANING)],
            cloud=(24, 8) if seed % 4 == 3 and largest >= 100 else None,
            spare=int(rng.integers(0, 4)),
            ignored=int(rng.integers(0, 4)),
        )


def table(count: int, clouds: int) -> str:
    """Rates by noise in Markdown, and what was not named."""
    rows: dict[float, list[tuple[Built, list[bool], float, float]]] = {eps: [] for eps in NOISE}
    missed = []
    for model in models(count):
        start = time.perf_counter()
        good, found = right(model)
        seconds = time.perf_counter() - start
        estimates = [part.noise for part in found if part.noise]
        rows[model.noise].append((model, good, seconds, float(np.median(estimates or [np.nan]))))
        for (name, members), is_good in zip(model.parts, good, strict=True):
            if not is_good:
                parts = [part for part in found if members & set(part.features)]
                instead = ", ".join(_said(part) for part in parts)
                missed.append(
                    f"- {name or 'cloud'} of {len(members)} (noise {model.noise:.0%}, leaning "
                    f"{model.leaning:g}°, W {model.W.shape}): {instead}"
                )
    lines = [
        "# Names of known make-up",
        "",
        f"{count} models of {len(families())} families, n = {SIZES[0]}–{SIZES[1]}, spans leaning "
        f"by up to {LEANING[-1]:g}°. A factor is right with its name and exactly its features.",
        "",
        "| noise | factors | named right | models all right | noise found (median) | slowest, s |",
        "|---|---|---|---|---|---|",
    ]
    for eps, results in rows.items():
        factors = [is_good for _, good, _, _ in results for is_good in good]
        whole = [all(good) for _, good, _, _ in results]
        lines.append(
            f"| {eps:.0%} | {len(factors)} | {sum(factors)} ({np.mean(factors):.1%}) | "
            f"{sum(whole)} of {len(whole)} | {np.nanmedian([r[3] for r in results]):.1%} | "
            f"{max(result[2] for result in results):.2f} |"
        )
    false = sum(
        any(part.match is not None for part in factors_of(gaussian_cloud(seed)).parts)
        for seed in range(clouds)
    )
    lines += ["", f"Random Gaussian clouds with a name: {false} of {clouds}.", ""]
    lines += ["Not found:", "", *missed] if missed else ["Every factor was found."]
    return "\n".join(lines) + "\n"


def _said(part: Part) -> str:
    return f"{part.match.name if part.match else 'unnamed'} of {len(part.features)}"


def _gram(shape: Shape, rng: np.random.Generator) -> FloatArray:
    if shape.tight is None:
        return shape.gram
    # A digon × square with a third for the digon is a cube.
    return shape.gram_of(float(rng.uniform(0.45 if shape.turns else 0.25, 0.6)))


def _leaning_spans(owner: FloatArray, degrees: float, rng: np.random.Generator) -> FloatArray:
    """Orthonormal bases of the parts, random but for the largest angle between two of them."""
    across = np.triu(rng.normal(size=(len(owner), len(owner))), 1)
    across = np.where(owner[:, None] == owner, 0.0, across + across.T)
    largest = max(
        (
            float(np.linalg.norm(across[np.ix_(owner == i, owner == j)], 2))
            for i in np.unique(owner)
            for j in range(i)
        ),
        default=0.0,
    )
    if not largest or not degrees:
        return np.eye(len(owner))
    across *= np.sin(np.radians(degrees)) / largest
    across *= min(1.0, MOST_LEANING / -float(np.linalg.eigvalsh(across)[0]))
    sizes, axes = np.linalg.eigh(np.eye(len(owner)) + across)
    return np.asarray((axes * np.sqrt(sizes)) @ axes.T)


def _unit(columns: FloatArray) -> FloatArray:
    return np.asarray(columns / np.linalg.norm(columns, axis=0))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shapes", description=__doc__)
    parser.add_argument("--models", type=int, default=60)
    parser.add_argument("--clouds", type=int, default=200)
    options = parser.parse_args()
    text = table(options.models, options.clouds)
    path = Path("build/tables/shapes.md")
    write_whole(path, lambda temporary: Path(temporary).write_text(text, encoding="utf-8"))
    print(text)


if __name__ == "__main__":
    main()
