"""The description of a two-layer net, as a record, as a table and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from agreement.description.assumed import AssumedLaw
from agreement.description.net_neurons import ComputedFeature, Neuron
from agreement.description.net_rivals import Circuit
from agreement.description.words import counted

__all__ = ["TwoLayerDescription"]

KINDS = ("monosemantic", "polysemantic", "dead")


@dataclass(frozen=True, eq=False)
class TwoLayerDescription:
    """What `describe_two_layer` found; print it for a table, or ask `to_json`.

    Attributes
    ----------
    target, output : str
        y' = f(W2 ReLU(W1 x) + b) is to be t(x): what t and f were taken to be.
    neurons : tuple of Neuron
    features : tuple of ComputedFeature
    biases : tuple of float
    tied : bool
        Whether W2 is W1ᵀ.
    low, high : float
        Range of an active feature.
    law : AssumedLaw or None
        What the loss is the expectation over; None where no density was given.
    loss : float or None
        Sum over features of the expected squared error.
    loss_error : float or None
        Standard error of what of it is sampled; 0 where all of it is exact.
    loss_method : str or None
        How the loss is known.
    by_active_count : tuple of float
        What inputs with exactly 0, 1, … active features add, exactly.
    bottom : Circuit or None
        The net after a descent on its loss.
    circuits : tuple of Circuit
        Every circuit known with as many neurons, the best first.
    notes : tuple of str
        What was assumed.
    """

    target: str
    output: str
    neurons: tuple[Neuron, ...]
    features: tuple[ComputedFeature, ...]
    biases: tuple[float, ...]
    tied: bool
    low: float
    high: float
    law: AssumedLaw | None = None
    loss: float | None = None
    loss_error: float | None = None
    loss_method: str | None = None
    by_active_count: tuple[float, ...] = ()
    bottom: Circuit | None = None
    circuits: tuple[Circuit, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n_features(self) -> int:
        """n."""
        return len(self.features)

    @property
    def n_hidden(self) -> int:
        """m."""
        return len(self.neurons)

    @property
    def mean_loss(self) -> float | None:
        """The loss as the paper's notebooks write it: the mean over features, not the sum."""
        return None if self.loss is None else self.loss / self.n_features

    @property
    def best(self) -> Circuit | None:
        """The best circuit known, the net itself after a descent among them."""
        known = [*self.circuits, *([self.bottom] if self.bottom else [])]
        return min(known, key=lambda circuit: circuit.loss, default=None)

    @property
    def gap(self) -> float | None:
        """(loss − best known loss) / best known loss; absolute where that is zero."""
        if self.loss is None or self.best is None:
            return None
        return (self.loss - self.best.loss) / (self.best.loss or 1.0)

    @property
    def summary(self) -> str:
        """Such as "2 monosemantic, 3 polysemantic neurons: 1 pair, 1 mutual motif"."""
        kinds = [each.kind for each in self.neurons]
        said = ", ".join(f"{kinds.count(kind)} {kind}" for kind in KINDS if kind in kinds)
        motifs = [each.motif for each in self.neurons]
        # Of a pair and of a mutual motif both neurons bear the name.
        names = {
            "pair": motifs.count("pair") // 2,
            "mutual motif": motifs.count("mutual") // 2,
            "asymmetric motif": motifs.count("asymmetric"),
        }
        parts = [counted(count, name) for name, count in names.items() if count]
        return f"{said} {'neuron' if len(kinds) == 1 else 'neurons'}" + (
            f": {', '.join(parts)}" if parts else ""
        )

    @property
    def phase(self) -> str:
        """How many features are computed, and how: the summary of features."""
        roles = [each.role for each in self.features]
        return ", ".join(f"{roles.count(role)} {role}" for role in dict.fromkeys(sorted(roles)))

    def as_dict(self) -> dict[str, Any]:
        """What `to_json` writes."""
        return {
            "n_features": self.n_features,
            "n_hidden": self.n_hidden,
            "hidden": "relu",
            "target": self.target,
            "output": self.output,
            "tied": self.tied,
            "summary": self.summary,
            "phase": self.phase,
            "neurons": [asdict(each) for each in self.neurons],
            "features": [
                {**asdict(each), "bias": bias}
                for each, bias in zip(self.features, self.biases, strict=True)
            ],
            "law": None if self.law is None else self.law.as_dict(),
            "loss": self.loss,
            "mean_loss": self.mean_loss,
            "loss_error": self.loss_error,
            "loss_method": self.loss_method,
            "by_active_count": self.by_active_count,
            "best_known": None if self.best is None else self.best.as_dict(),
            "gap": self.gap,
            "bottom": None if self.bottom is None else self.bottom.as_dict(),
            "circuits": [circuit.as_dict() for circuit in self.circuits],
            "notes": self.notes,
        }

    def to_json(self) -> str:
        """Everything as JSON; features and neurons are counted from 0."""
        return json.dumps(self.as_dict(), indent=2)

    def __str__(self) -> str:
        from agreement.description.net_report import lines_of

        return "\n".join(lines_of(self))
