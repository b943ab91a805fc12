"""What each neuron of a two-layer net does, and by which neurons each feature is computed.

A neuron's size is free, so each is read with its largest weight in W1 at ±1, as
:func:`numeric.measure.neurons.neurons` scales it.  Features and neurons are counted from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from agreement.description.motifs import find_motifs
from ground.checks import FloatArray
from numeric.measure.neurons import neurons

__all__ = ["ComputedFeature", "Neuron", "features_of", "neurons_of", "side_slopes"]

READ, WRITTEN, HELPED, ANSWERED = 0.1, 0.1, 0.1, 0.25


@dataclass(frozen=True)
class Neuron:
    """One neuron.

    Attributes
    ----------
    number : int
    kind : str
        "monosemantic" or "polysemantic", by the features it reads; "dead" where no output listens.
    reads : tuple of (int, float)
        Features with weights of at least 0.1 of its largest, which is ±1, the largest first.
    writes : tuple of (int, float)
        Outputs with weights of at least 0.1 of its strongest, at that scale.
    effective : float
        Features it reads by participation ratio, (Σw²)²/Σw⁴.
    motif : str or None
        "pair": with `partner` it reads both sides of one feature and nothing else;
        "asymmetric": it is shared by two features, the large one's interference being repaired by
        `partner`; "inhibits": it is that partner; "mutual": two such neurons repair each other.
    partner : int or None
    ratio : float or None
        Of the two in-weights of an asymmetric motif.
    """

    number: int
    kind: str
    reads: tuple[tuple[int, float], ...]
    writes: tuple[tuple[int, float], ...]
    effective: float
    motif: str | None = None
    partner: int | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class ComputedFeature:
    """One feature, when it is active alone.

    Attributes
    ----------
    number : int
    role : str
        "computed alone" by neurons that read nothing else, "computed in superposition", "half
        computed" where one of two sides is not answered, or "not computed".
    neurons : tuple of int
        Live neurons that change one of its slopes by at least 0.1.
    slopes : (float, float)
        Change of its own output per unit |x| on the sides x < 0 and x > 0, before the output's
        activation and without the bias.
    """

    number: int
    role: str
    neurons: tuple[int, ...]
    slopes: tuple[float, float]


def side_slopes(W1: FloatArray, W2: FloatArray) -> FloatArray:
    """Slope of each own output per unit |x| of a lone feature, at x < 0 and x > 0: (n, 2).

    >>> side_slopes(np.array([[1.0], [-1.0]]), np.array([[1.0, 0.5]])).tolist()
    [[0.5, 1.0]]
    """
    up, down = np.maximum(W1, 0.0), np.maximum(-W1, 0.0)
    return np.stack([np.einsum("ik,ki->i", W2, side) for side in (down, up)], axis=-1)


def neurons_of(W1: FloatArray, W2: FloatArray) -> tuple[Neuron, ...]:
    """Every neuron of one net (m, n), (n, m)."""
    scaled = neurons(W1, W2, read_above=READ)
    rows, columns = scaled.W1, scaled.W2
    motifs = _motifs(rows, columns)
    found = []
    for k in range(len(rows)):
        live = bool(scaled.live[k])
        reads = _largest(rows[k], READ * np.abs(rows[k]).max()) if live else ()
        writes = _largest(columns[:, k], WRITTEN * scaled.strength[k]) if live else ()
        kind = "dead" if not live else "monosemantic" if len(reads) == 1 else "polysemantic"
        found.append(
            Neuron(k, kind, reads, writes, float(scaled.effective[k]), **motifs.get(k, {}))
        )
    return tuple(_paired(found))


def features_of(
    W1: FloatArray,
    W2: FloatArray,
    found: tuple[Neuron, ...],
    slopes: tuple[float, float],
    low: float,
) -> tuple[ComputedFeature, ...]:
    """Every feature, given the neurons and the target's slopes on both sides."""
    gains = side_slopes(W1, W2)
    # A side that does not occur, or on which the target is 0, asks for nothing.
    asked = [side for side, t in enumerate(slopes) if t and not (side == 0 and low == 0.0)]
    signs = np.sign(slopes)
    features = []
    for i, gain in enumerate(gains):
        mine = tuple(
            each.number
            for each in found
            if each.kind != "dead" and abs(W2[i, each.number] * W1[each.number, i]) >= HELPED
        )
        answered = [bool(signs[side] * gain[side] >= ANSWERED) for side in asked]
        if not any(answered):
            role = "not computed"
        elif not all(answered):
            role = "half computed"
        elif all(found[k].kind == "monosemantic" for k in mine):
            role = "computed alone"
        else:
            role = "computed in superposition"
        features.append(ComputedFeature(i, role, mine, (float(gain[0]), float(gain[1]))))
    return tuple(features)


def _largest(weights: FloatArray, above: float) -> tuple[tuple[int, float], ...]:
    order = np.argsort(-np.abs(weights), kind="stable")
    return tuple((int(j), float(weights[j])) for j in order if abs(weights[j]) >= above > 0)


def _motifs(W1: FloatArray, W2: FloatArray) -> dict[int, dict[str, Any]]:
    """Asymmetric motifs and their inhibitors [D31], by neuron."""
    if min(W1.shape) < 2:
        return {}
    motifs = find_motifs(W1[None], W2[None])
    named: dict[int, dict[str, Any]] = {}
    for k in np.flatnonzero(motifs.found[0]):
        inhibitor = int(motifs.inhibitor[0, k])
        kind = "mutual" if motifs.mutual[0, k] else "asymmetric"
        ratio = float(motifs.in_ratio[0, k])
        named[int(k)] = {"motif": kind, "partner": inhibitor, "ratio": ratio}
        named.setdefault(inhibitor, {"motif": "inhibits", "partner": int(k)})
    return named


def _paired(found: list[Neuron]) -> list[Neuron]:
    """Neurons that read one feature each, its two sides, and write to its output: |x|."""
    free = [
        each
        for each in found
        if each.kind == "monosemantic"
        and each.motif is None
        and dict(each.writes).get(each.reads[0][0], 0.0) > 0
    ]
    paired = list(found)
    for first in free:
        i, sign = first.reads[0]
        for second in free:
            j, other = second.reads[0]
            if i == j and sign > 0 > other and not (paired[first.number].motif):
                if paired[second.number].motif:
                    continue
                for one, two in ((first, second), (second, first)):
                    paired[one.number] = Neuron(
                        one.number, one.kind, one.reads, one.writes, one.effective,
                        "pair", two.number,
                    )  # fmt: skip
    return paired
