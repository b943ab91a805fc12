"""Which polytope, or mixture of polytopes, fills a hidden space best at a density [D13, D14].

All features are equally important and equally dense.  What wins is the best of what is known: of
the symmetric arrangements of the library, and of blocks of any shape that were searched for and
shipped.  Large blocks are a limit and no model, and stand beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agreement.answers.law import law_dict, law_words
from agreement.answers.words import above
from agreement.description.words import aligned, counted
from ground.checks import as_positive_density, check_at_most, check_positive_int, check_sizes

if TYPE_CHECKING:
    from theory.geometry.large_blocks import LargeBlock
    from theory.geometry.takeovers import Transition

__all__ = ["STEPS", "PackAnswer", "Rival", "pack_answer"]

STEPS = 3
MOST_FEATURES, MOST_HIDDEN = 2000, 400  # of a model of whole blocks: half a minute
_TIE = 1e-8  # of benefits: what two searches for one block differ by
_SAME = 1.02  # ratio of densities up to which a shipped free block is of use


@dataclass(frozen=True)
class Rival:
    """One kind of block at its best scale and bias.

    Attributes
    ----------
    name : str
    dimension, n_features : int
    dimensionality : float
        D_i, or the mean of it where blocks have no symmetry.
    fill : float
        D* = m/‖W‖_F² of a space filled with it.
    benefit : float
        Loss saved per hidden dimension, against ignoring all features.
    feature_loss : float
        Mean loss of one of its features over that of ignoring it.
    model_loss : float or None
        Of n features in m dimensions, as many blocks as there is room for, counts not whole.
    """

    name: str
    dimension: int
    n_features: int
    dimensionality: float
    fill: float
    benefit: float
    feature_loss: float
    model_loss: float | None


@dataclass(frozen=True)
class Mixture:
    """The best mixture of blocks for n and m, and the best model of whole blocks.

    Attributes
    ----------
    n_features, n_hidden : int
    loss, fill : float
        Of the mixture, counts not whole, and its D* = m/‖W‖_F².
    shares : tuple of (name, share of dimensions, share of features)
    whole_loss, whole_fill : float or None
        Of a model of whole blocks; None where that would take minutes.
    whole : str
        Such as "3 × 2_21 polytope, 1 × hexagon".
    """

    n_features: int
    n_hidden: int
    loss: float
    fill: float
    shares: tuple[tuple[str, float, float], ...]
    whole_loss: float | None
    whole_fill: float | None
    whole: str


@dataclass(frozen=True, eq=False)
class PackAnswer:
    """Everything that theory knows of packing at one density.

    Attributes
    ----------
    density : float
    rivals : tuple of Rival
        Most saved per dimension first.
    large : LargeBlock
        The limit of large blocks, of at most n/m features for each dimension.
    sparser, denser : Transition or None
        The nearest changes of the best polytope.
    mixture : Mixture or None
    """

    density: float
    rivals: tuple[Rival, ...]
    large: LargeBlock
    sparser: Transition | None
    denser: Transition | None
    mixture: Mixture | None

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def to_json(self) -> str:
        """All numbers in full."""
        return json.dumps(_as_dict(self), indent=2)


def pack_answer(
    density: float,
    n_features: int | None = None,
    n_hidden: int | None = None,
    *,
    up_to: int | None = None,
    told: Callable[[], object] | None = None,
) -> PackAnswer:
    """Ask theory which blocks fill a space best.

    Parameters
    ----------
    density : float
        p in (0, 1].
    n_features, n_hidden : int, optional
        Both or neither; without them features are as many as any block wants.
    up_to : int, optional
        Only blocks of at most so many dimensions.
    told : callable, optional
        Called after each of `STEPS` steps.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.
    """
    from theory.geometry.large_blocks import large_block
    from theory.geometry.nearest import nearest_takeovers

    p = as_positive_density("density", density)
    if (n_features is None) != (n_hidden is None):
        raise ValueError("features and hidden must be given together, got one of them")
    if n_features is not None:
        check_sizes(n_features, n_hidden)
        check_at_most("features", n_features, MOST_FEATURES, "minutes beyond")
    if up_to is not None:
        check_positive_int("up_to", up_to)
    step = told or (lambda: None)
    room = None if n_features is None or n_hidden is None else (n_features, n_hidden)
    rivals = _rivals(p, up_to, room)
    step()
    sparser, denser = nearest_takeovers(p, up_to=up_to)
    step()
    large = large_block(p, most=np.inf if room is None else room[0] / room[1])
    mixed = None if room is None else _mixture(p, *room, rivals, whole=up_to is None)
    step()
    return PackAnswer(p, rivals, large, sparser, denser, mixed)


def _rivals(p: float, up_to: int | None, room: tuple[int, int] | None) -> tuple[Rival, ...]:
    from theory.data_law import feature_variance
    from theory.geometry.library import DENSITIES, block_at, free_blocks
    from theory.geometry.packing import best_block
    from theory.polytopes.arrangements import arrangements

    unit = float(feature_variance(p))
    found = []

    def add(name: str, k: int, d: int, own: float, scale: float, benefit: float) -> None:
        loss = None
        if room is not None:
            n, m = room
            loss = n * unit - min(m / d, n / k) * d * benefit
        relative = 1.0 - benefit * d / (k * unit)
        found.append(Rival(name, d, k, own, d / (k * scale), benefit, relative, loss))

    for family in arrangements():
        if up_to is None or family.dimension <= up_to:
            # The table is a start for the best known; beyond it there are the usual ones.
            near = block_at(family.name, p) if p >= DENSITIES[-1] else None
            block = best_block(family.name, p, near=near)
            add(
                block.name,
                block.n_features,
                block.dimension,
                block.dimensionality,
                block.scale,
                block.benefit,
            )
    for free in free_blocks():
        near_enough = abs(np.log(p / free.density)) <= np.log(_SAME)
        # One that saves as much as a polytope of its size is that polytope.
        named = any(
            (rival.n_features, rival.dimension) == (free.n_features, free.dimension)
            and abs(rival.benefit - free.benefit) <= _TIE * free.benefit
            for rival in found
        )
        if near_enough and not named and (up_to is None or free.dimension <= up_to):
            name = f"free block of {free.n_features} features"
            own = float(np.mean(free.dimensionality))
            add(name, free.n_features, free.dimension, own, free.scale, free.benefit)
    return tuple(sorted(found, key=lambda rival: -rival.benefit))


def _mixture(p: float, n: int, m: int, rivals: tuple[Rival, ...], *, whole: bool) -> Mixture:
    from theory.geometry.mixture import mixture
    from theory.geometry.packed_model import packed
    from theory.loss.problem import as_problem

    mixed = mixture([p], n, m, names=_corners(rivals), large=False).isel(density=0)
    shares = sorted(
        (
            (str(block), float(share), float(taken))
            for block, share, taken in zip(
                mixed["block"].values, mixed["share"].values, mixed["features"].values, strict=True
            )
            if share > 1e-9
        ),
        key=lambda row: -row[1],
    )
    whole_loss = whole_fill = None
    blocks = ""
    if m <= MOST_HIDDEN and whole:
        model = packed(as_problem(np.zeros((m, n)), None, p, None))
        whole_loss, blocks = model.loss, model.counted
        whole_fill = float(m / (model.W**2).sum()) if model.W.any() else None
    return Mixture(
        n,
        m,
        float(mixed["loss"]),
        float(mixed["dimensions_per_feature"]),
        tuple(shares),
        whole_loss,
        whole_fill,
        blocks,
    )


def _corners(rivals: tuple[Rival, ...]) -> list[str]:
    """The polytopes that any best mixture is made of: corners of benefit over features needed."""
    from theory.polytopes.arrangements import arrangements

    named = {a.name for a in arrangements()}
    points = sorted(
        (rival.n_features / rival.dimension, rival.benefit, rival.name)
        for rival in rivals
        if rival.name in named
    )
    hull: list[tuple[float, float, str]] = [(0.0, 0.0, "")]  # all features ignored
    for x, y, name in points:
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (x - hull[-2][0]) <= (
            y - hull[-2][1]
        ) * (hull[-1][0] - hull[-2][0]):
            hull.pop()
        hull.append((x, y, name))
    return [name for *_, name in hull if name]


def _lines(found: PackAnswer) -> list[str]:
    best = found.rivals[0]
    return [
        f"Equal features at p = {found.density:g} (S = {1 - found.density:g}): which blocks fill "
        "a hidden space best?",
        f"Law: {law_words(found.density)}; all of one importance.",
        "",
        f"Best known per dimension: {best.name}, {counted(best.n_features, 'feature')} in "
        f"{counted(best.dimension, 'dimension')}, D_i = {best.dimensionality:.4g}; a space filled "
        f"with it has D* = m/‖W‖_F² = {best.fill:.4g} [D13, D14].",
        _large_line(found),
        *_takeover_lines(found),
        *_mixture_lines(found),
        "",
        *_rival_rows(found),
    ]


def _large_line(found: PackAnswer) -> str:
    share = found.large.benefit / found.rivals[0].benefit
    per_cent = f"{abs(100 * (share - 1)):.2g} % {'more' if share > 1 else 'less'}"
    ratio = found.large.features_per_dimension
    return (
        f"Large blocks, a limit and no model: {ratio:.3g} features for each dimension would save "
        f"{per_cent if share < 2 else f'{share:.3g} times as much'} [D14]."
    )


def _takeover_lines(found: PackAnswer) -> list[str]:
    lines = []
    for change, side, name in (
        (found.denser, "Denser", "dense"),
        (found.sparser, "Sparser", "sparse"),
    ):
        if change is not None:
            lines.append(
                f"{side} than p = {change.density:.6g} the best polytope known is the "
                f"{getattr(change, name)} [D14]."
            )
    return lines


def _mixture_lines(found: PackAnswer) -> list[str]:
    mixed = found.mixture
    if mixed is None:
        return []
    taken = sum(row[2] for row in mixed.shares)
    kinds = ", ".join(f"{name} in {100 * share:.3g} %" for name, share, _ in mixed.shares)
    lines = [
        "",
        f"{counted(mixed.n_features, 'feature')} in {counted(mixed.n_hidden, 'dimension')}, best "
        f"known mixture of polytopes, counts not whole: loss {mixed.loss:.6g}, D* = "
        f"{mixed.fill:.4g}.",
        f"Of the dimensions: {kinds}. Of the features {100 * taken:.3g} % are represented"
        f"{', the rest ignored' if taken < 1 - 1e-9 else ''} [D14].",
    ]
    if mixed.whole_loss is not None and mixed.whole:
        more = above(mixed.whole_loss, mixed.loss, _stake(found))
        fill = "" if mixed.whole_fill is None else f", D* = {mixed.whole_fill:.4g}"
        lines.append(
            f"As a model of whole blocks, the best known: {mixed.whole}; exact loss "
            f"{mixed.whole_loss:.6g}{f', {more} above' if more else ''}{fill} [D14]."
        )
    return lines


def _stake(found: PackAnswer) -> float:
    """What ignoring all features costs: the scale of rounding."""
    n = 0 if found.mixture is None else found.mixture.n_features
    return n * (found.density / 3 - found.density**2 / 4)


def _rival_rows(found: PackAnswer) -> list[str]:
    best = found.rivals[0].benefit
    head = ("rival", "dims", "features", "D_i", "D*", "loss of a feature", "saves per dimension")
    mixed = found.mixture
    tail = ("loss alone", "above the mixture") if mixed else ()
    rows: list[tuple[str, ...]] = [(*head, *tail)]
    for rival in found.rivals:
        alone: tuple[str, ...] = ()
        if mixed and rival.model_loss is not None:
            more = above(rival.model_loss, mixed.loss, _stake(found))
            alone = (f"{rival.model_loss:.6g}", more)
        rows.append(
            (
                rival.name,
                str(rival.dimension),
                str(rival.n_features),
                f"{rival.dimensionality:.4f}",
                f"{rival.fill:.4f}",
                f"{100 * rival.feature_loss:.3g} %",
                f"{100 * rival.benefit / best:.2f} %",
                *alone,
            )
        )
    return [
        *aligned(rows, left={0}),
        "Loss of a feature: over that of ignoring it. Saves: loss against ignoring all, over the "
        "best known rival's.",
        *(
            ["Loss alone: as many blocks of one kind as there is room for, the rest ignored."]
            if mixed
            else []
        ),
    ]


def _as_dict(found: PackAnswer) -> dict[str, Any]:
    mixed = found.mixture
    return {
        "law": law_dict(found.density),
        "best_known": found.rivals[0].name,
        "dimensions_per_feature": found.rivals[0].fill,
        "rivals": [
            {
                "name": rival.name,
                "dimension": rival.dimension,
                "n_features": rival.n_features,
                "dimensionality": rival.dimensionality,
                "dimensions_per_feature": rival.fill,
                "benefit": rival.benefit,
                "relative_feature_loss": rival.feature_loss,
                "loss": rival.model_loss,
            }
            for rival in found.rivals
        ],
        "large_block": {
            "features_per_dimension": found.large.features_per_dimension,
            "benefit": found.large.benefit,
            "limit": True,
        },
        "takeovers": {
            side: None
            if change is None
            else {
                "density": change.density,
                "accuracy": change.accuracy,
                "dense": change.dense,
                "sparse": change.sparse,
            }
            for side, change in (("sparser", found.sparser), ("denser", found.denser))
        },
        "mixture": None
        if mixed is None
        else {
            "n_features": mixed.n_features,
            "n_hidden": mixed.n_hidden,
            "loss": mixed.loss,
            "dimensions_per_feature": mixed.fill,
            "shares": [
                {"name": name, "dimensions": share, "features": taken}
                for name, share, taken in mixed.shares
            ],
            "whole": None
            if mixed.whole_loss is None
            else {
                "blocks": mixed.whole,
                "loss": mixed.whole_loss,
                "dimensions_per_feature": mixed.whole_fill,
            },
        },
        "labels": ["D13", "D14"],
    }
