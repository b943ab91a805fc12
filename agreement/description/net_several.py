"""Several two-layer nets side by side: a description each, the best, the worst, what they do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agreement.description.assumed import spread_in_words
from agreement.description.net_files import LoadedNet
from agreement.description.net_record import TwoLayerDescription
from agreement.description.several import law_of
from agreement.description.two_layer import describe_two_layer
from agreement.description.words import aligned

__all__ = ["TwoLayerDescriptions", "describe_net", "describe_nets"]


@dataclass(frozen=True, eq=False)
class TwoLayerDescriptions:
    """Descriptions of nets out of one file; print it for a table, or ask `to_json`.

    Attributes
    ----------
    models : tuple of TwoLayerDescription
    indices : tuple of tuple of int
        Where each stands along the leading axes, 0-based.
    """

    models: tuple[TwoLayerDescription, ...]
    indices: tuple[tuple[int, ...], ...]

    @property
    def best(self) -> int | None:
        """Number of the net with the least gap, or loss where no gap is known."""
        return self._extreme(min)

    @property
    def worst(self) -> int | None:
        """Number of the net with the largest gap, or loss where no gap is known."""
        return self._extreme(max)

    @property
    def phases(self) -> dict[str, float]:
        """Share of the nets by how they compute their features, the commonest first."""
        phases = [found.phase for found in self.models]
        ranked = sorted(dict.fromkeys(phases), key=lambda phase: -phases.count(phase))
        return {phase: phases.count(phase) / len(phases) for phase in ranked}

    def _extreme(self, choose: Any) -> int | None:
        gaps = [found.gap for found in self.models]
        values = gaps if None not in gaps else [found.loss for found in self.models]
        if None in values:
            return None
        return int(choose(range(len(values)), key=lambda k: values[k]))

    def to_json(self) -> str:
        """Everything as JSON; nets, features and neurons are counted from 0."""
        each = [
            {"instance": list(index), **found.as_dict()}
            for index, found in zip(self.indices, self.models, strict=True)
        ]
        return json.dumps(
            {"best": self.best, "worst": self.worst, "phases": self.phases, "models": each},
            indent=2,
        )

    def __str__(self) -> str:
        first = self.models[0]
        rows = [("instance", "density", "loss", "after descent", "best known", "gap", "is")]
        for index, found in zip(self.indices, self.models, strict=True):
            error = f" ± {found.loss_error:.1g}" if found.loss_error else ""
            rows.append(
                (
                    ",".join(map(str, index)),
                    "" if found.law is None else spread_in_words(found.law.density),
                    "" if found.loss is None else f"{found.loss:.6g}{error}",
                    "" if found.bottom is None else f"{found.bottom.loss:.6g}",
                    "" if found.best is None else f"{found.best.loss:.6g}",
                    "" if found.gap is None else f"{found.gap:.2e}",
                    found.summary,
                )
            )
        kept = [k for k in range(7) if any(row[k] for row in rows[1:])]
        table = aligned([[row[k] for k in kept] for row in rows], left={kept.index(6)})
        laws = dict.fromkeys(found.law.words for found in self.models if found.law is not None)
        lines = [
            f"{len(self.models)} two-layer nets of {first.n_features} features and "
            f"{first.n_hidden} neurons",
            *(f"Note: {note}." for note in dict.fromkeys(n for d in self.models for n in d.notes)),
            *(f"Law assumed: {words}." for words in laws),
            *([] if laws else ["Law: none assumed, and no loss known without a density."]),
            "",
            *table,
            "",
        ]
        if self.best is not None and self.worst is not None:
            best, worst = (",".join(map(str, self.indices[k])) for k in (self.best, self.worst))
            by = "gap" if None not in [found.gap for found in self.models] else "loss"
            lines.append(f"Best by {by}: instance {best}; worst: {worst}. Counted from 0.")
        lines.append("Features:")
        return "\n".join(
            lines + [f"  {100 * share:5.1f} %  {phase}" for phase, share in self.phases.items()]
        )


def describe_nets(
    nets: Sequence[LoadedNet], *, density: Any = None, **options: Any
) -> TwoLayerDescriptions:
    """Describe the nets of a file, each at its density where there is one for each."""
    found = tuple(
        describe_net(net, density=density if density is None or not rows_of(density) else
                     density[k], **options)
        for k, net in enumerate(nets)
    )  # fmt: skip
    return TwoLayerDescriptions(found, tuple(net.index for net in nets))


def rows_of(density: Any) -> bool:
    """Whether there is a density for each net, in rows."""
    return bool(getattr(density, "ndim", 0) == 2)


def describe_net(
    net: LoadedNet,
    *,
    density: Any = None,
    importance: Any = None,
    target: str = "auto",
    output: str | None = None,
    low: float | None = None,
    high: float = 1.0,
    against_best: bool = True,
    why: str | None = None,
) -> TwoLayerDescription:
    """Describe one net of a file, as what the file names where nobody names another thing.

    Parameters
    ----------
    net : LoadedNet
    density, importance, target, output, low, high, against_best
        As in :func:`describe_two_layer`.
    why : str, optional
        Why it is taken to have a ReLU on its hidden layer.
    """
    notes = [f"hidden layer taken as ReLU, {why}"] if why else []
    notes += net.notes
    if target == "auto" and net.target is not None:
        target = net.target
        notes.append(f"target {target!r}, as the file says")
    if density is None:
        law = law_of(net)
        name = type(law).__name__
        if name == "IndependentFeatures":
            density, low, high = law.density, law.low, law.high
            importance = law.importance if importance is None else importance
            notes.append("law of the data as in the file")
        elif law is not None:
            notes.append(f"its law is {name}, under which no exact loss of nets is known: none")
    if density is None and importance is not None:
        raise ValueError("--importance is of use only with --density, for the loss")
    found = describe_two_layer(
        net.W1, net.W2, net.b, density=density, importance=importance, target=target,
        output=output or net.output or "relu", low=low, high=high, against_best=against_best,
    )  # fmt: skip
    own = [note for note in found.notes if not note.startswith("no bias given")]
    return replace(found, notes=(*notes, *own))
