"""How often trained nets have the motif, beside chance, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from agreement.comparison.motifs import (
    NULLS,
    Flags,
    Whole,
    best_neuron,
    chance_of_motifs,
)
from agreement.description.motifs import find_motifs
from ground.checks import FloatArray
from numeric.measure.neurons import dead_sides
from theory.computation.absolute_value import naive_loss
from theory.computation.two_layers import two_layer_loss

ROWS = ("found", "mutual", "asymmetric", "ratio", "in_ratio", "dead")


@dataclass(frozen=True, eq=False)
class Occurrence:
    """Motifs by density, of one size of net.

    Attributes
    ----------
    found, mutual, asymmetric : bool (density, run)
        Whether a net has a motif, one whose inhibitor is its mirror, and a neuron that two
        features share, inhibited or not.
    chance : dict of (density,)
        Share of nets with a motif among random and shuffled ones, by kind.
    ratio : (density, run)
        Loss over that of the naive solution.
    in_ratio : (density, run)
        Of the mutual motif; NaN without.
    dead : int (density, run)
        Sides that no lone sample revives.
    """

    density: FloatArray
    found: Flags
    mutual: Flags
    asymmetric: Flags
    chance: Mapping[str, FloatArray]
    ratio: FloatArray
    in_ratio: FloatArray
    dead: Whole

    @property
    def rate(self) -> FloatArray:
        """Share of nets with a motif."""
        return self.found.mean(axis=1)

    @property
    def error(self) -> FloatArray:
        """Its binomial standard error; none or all of k nets count as one of them."""
        runs = self.found.shape[1]
        inside = np.clip(self.rate, 1 / runs, max(1 - 1 / runs, 1 / runs))
        return np.sqrt(inside * (1 - inside) / runs)

    @property
    def false_positives(self) -> FloatArray:
        """The largest share by chance."""
        return np.max(list(self.chance.values()), axis=0)


def occurrence(
    measured: xr.Dataset, label: str, *, draws: int, points: int, seed: int
) -> Occurrence:
    """Motifs, losses and false positives of trained nets of one size, W1 (density, run, m, n)."""
    W1, W2, b = (measured[f"{name}_{label}"].values for name in ("W1", "W2", "b"))
    density = measured["density"].values
    m, n = W1.shape[-2:]
    chance: dict[str, list[float]] = {name: [] for name in NULLS}
    rows: dict[str, list[Any]] = {name: [] for name in ROWS}
    for d, p in enumerate(density):
        motifs = find_motifs(W1[d], W2[d])
        rows["found"].append(motifs.found.any(axis=-1))
        rows["asymmetric"].append(motifs.asymmetric.any(axis=-1))
        rows["mutual"].append(motifs.mutual.any(axis=-1))
        best = best_neuron(motifs, motifs.mutual)[:, None]
        ratio = np.take_along_axis(motifs.in_ratio, best, axis=-1)[:, 0]
        rows["in_ratio"].append(np.where(rows["mutual"][-1], ratio, np.nan))
        told = two_layer_loss(W1[d], W2[d], b[d], float(p), points=points, seed=seed)
        rows["ratio"].append(told.loss / naive_loss(n, m, density=float(p)))
        rows["dead"].append(dead_sides(W1[d], W2[d], b[d]).sum(axis=(-1, -2)))
        for name, share in chance_of_motifs(W1[d], W2[d], draws=draws, seed=seed + d).items():
            chance[name].append(share)
    return Occurrence(
        density=density,
        chance={name: np.array(shares) for name, shares in chance.items()},
        **{name: np.array(values) for name, values in rows.items()},
    )


def motif_row(found: Mapping[str, Occurrence], derived: xr.Dataset) -> dict[str, Any]:
    """Numbers for the table of agreement; nets below the density at which the motif pays count."""
    pays = float(derived["exchange_motif"])
    rates = [each.found[each.density < pays] for each in found.values()]
    first = next(iter(found.values()))
    at = [int(np.argmin(np.abs(first.density - p))) for p in derived["dot"].values]
    trained = np.array([median_asymmetry(first.in_ratio[d]) for d in at])
    off = np.abs(np.log(trained / derived["free_a"].values))
    return {
        "motif_papers_density": float(derived["papers_density"]),
        "motif_literal_density": float(derived["literal_density"]),
        "motif_below": pays,
        "nested_below": float(derived["exchange_nested"]),
        "motif_nets": int(sum(rate.size for rate in rates)),
        "motif_rate": float(np.concatenate([rate.ravel() for rate in rates]).mean()),
        "motif_mutual_rate": float(
            np.concatenate(
                [each.mutual[each.density < pays].ravel() for each in found.values()]
            ).mean()
        ),
        "motif_false_positives": float(max(each.false_positives.max() for each in found.values())),
        "motif_asymmetry_off": float(np.expm1(np.nanmedian(off)))
        if np.isfinite(off).any()
        else None,
    }


def median_asymmetry(in_ratio: FloatArray) -> float:
    """Median a of the motifs of nets, from their in-ratios a²; NaN where there is none."""
    there = in_ratio[np.isfinite(in_ratio)]
    return float(np.sqrt(np.median(there))) if there.size else float("nan")
