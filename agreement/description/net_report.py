"""The description of a two-layer net as a reader wants it: neurons, features, loss, circuits."""

from __future__ import annotations

from agreement.description.net_neurons import Neuron
from agreement.description.net_record import TwoLayerDescription
from agreement.description.words import aligned, counted, listed

__all__ = ["lines_of"]

TARGETS = {"absolute": "|x|", "relu": "ReLU(x)", "identity": "x"}
_SHOWN = 6  # weights of a neuron
_ROWS = 60  # neurons, and features


def lines_of(found: TwoLayerDescription) -> list[str]:
    """The whole description, a line each."""
    last = "W1ᵀ" if found.tied else "W2"
    inner = f"{last} ReLU(W1 x) + b"
    whole = f"ReLU({inner})" if found.output == "relu" else inner
    return [
        f"{counted(found.n_features, 'feature')}, {counted(found.n_hidden, 'neuron')}: "
        f"y' = {whole}, to be {TARGETS[found.target]}",
        found.summary,
        f"features: {found.phase}",
        *(f"Note: {note}." for note in found.notes),
        "",
        *_neuron_rows(found),
        "",
        *_feature_rows(found),
        "",
        *_loss_rows(found),
        "Weights are at the scale at which a neuron's largest is ±1. A feature is computed on a "
        "side where its own output rises by at least 0.25 per unit.",
    ]


def _neuron_rows(found: TwoLayerDescription) -> list[str]:
    rows = [("neuron", "is", "reads", "writes", "features", "part of")]
    for each in found.neurons[:_ROWS]:
        effective = f"{len(each.reads)} ({each.effective:.2f})" if each.reads else ""
        rows.append(
            (
                str(each.number + 1),
                each.kind,
                _weights(each.reads, "x"),
                _weights(each.writes, "y"),
                effective,
                _part(each),
            )
        )
    more = len(found.neurons) - _ROWS
    return aligned(rows, left={1, 2, 3, 5}) + ([f"… and {more} neurons more"] if more > 0 else [])


def _part(each: Neuron) -> str:
    partner = "" if each.partner is None else f"neuron {each.partner + 1}"
    if each.motif == "pair":
        return f"|x{each.reads[0][0] + 1}|, with {partner}"
    if each.motif in ("asymmetric", "mutual"):
        kind = "asymmetric motif" if each.motif == "asymmetric" else "mutual asymmetric motif"
        return f"{kind}, weights {each.ratio:.2f} to 1, repaired by {partner}"
    return f"repairs {partner}" if each.motif == "inhibits" else ""


def _feature_rows(found: TwoLayerDescription) -> list[str]:
    rows = [("feature", "is", "slope at x < 0", "at x > 0", "bias", "neurons")]
    for each, bias in list(zip(found.features, found.biases, strict=True))[:_ROWS]:
        down, up = each.slopes
        names = listed(each.neurons)
        rows.append(
            (str(each.number + 1), each.role, f"{down:.3f}", f"{up:.3f}", f"{bias:.3f}", names)
        )
    # A side that no feature ever takes is not shown.
    kept = [0, 1, *([2] if found.low < 0 else []), 3, 4, 5]
    shown = [[row[k] for k in kept] for row in rows]
    more = len(found.features) - _ROWS
    end = [f"… and {more} features more"] if more > 0 else []
    return aligned(shown, left={1, len(kept) - 1}) + end


def _weights(weights: tuple[tuple[int, float], ...], letter: str) -> str:
    shown = " ".join(f"{value:+.2f} {letter}{j + 1}" for j, value in weights[:_SHOWN])
    return shown + (f" … ({len(weights)})" if len(weights) > _SHOWN else "")


def _loss_rows(found: TwoLayerDescription) -> list[str]:
    if found.loss is None or found.law is None:
        return ["Law: none assumed. Loss: not known without a density."]
    error = f" ± {found.loss_error:.1g}" if found.loss_error else ""
    rows = [
        f"Law assumed: {found.law.words}.",
        f"Loss: {found.loss:.6g}{error} ({found.loss_method}), a sum over features (their mean, as "
        f"in the notebooks: {found.mean_loss:.6g}).",
    ]
    best = found.best
    if best is None:
        return rows
    unit = "relative" if best.loss else "absolute"
    if found.bottom is not None:
        rows.append(f"After a descent on its own loss: {found.bottom.loss:.6g}.")
    rows.append(f"Best known: {best.loss:.6g} ({best.source}); gap: {found.gap:.2e} ({unit}).")
    if found.circuits:
        rows.append(f"Circuits with {counted(found.n_hidden, 'neuron')}:")
        rows += [f"  {circuit.loss:.6g}  {circuit.source}" for circuit in found.circuits]
    return [*rows, ""]
