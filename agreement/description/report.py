"""The description as a reader wants it: factors, features, loss and rivals in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agreement.description.words import aligned, counted, listed

if TYPE_CHECKING:
    from agreement.description.record import Description

__all__ = ["lines_of"]

# Share of the loss below which a factor's shortfall is not worth a line.
_WORTH = 1e-3
_INTERPOLATED = 5e-3  # the limit's error, its blocks being read off a table


def lines_of(found: Description) -> list[str]:
    """The whole description, a line each."""
    return [
        f"{counted(found.n_features, 'feature')} in {counted(found.n_hidden, 'dimension')}: "
        f"{found.summary}",
        *([f"structure: {found.structure}"] if found.n_features <= 60 else []),
        *([f"{found.untied}."] if found.untied else []),
        *(f"Note: {note}." for note in found.notes),
        *_level_rows(found),
        "",
        *_factor_rows(found),
        "",
        *(f"{cloud}\n" for cloud in found.clouds),
        *_feature_rows(found),
        "",
        *_loss_rows(found),
        f"Ignored: norm below {found.thresholds.ignored_below:g}. Named: relative distance of "
        f"Gram matrices up to {found.thresholds.named_within:g}, and less than one such group "
        "expected in 10 000 random clouds (for n < 14 features, in 2ⁿ). noise: what would "
        "explain the distance. leaks: sine of the angle by which another feature leans in.",
    ]


def _factor_rows(found: Description) -> list[str]:
    head = ("factor", "is a", "dims", "distance", "noise", "leaks", "sure", "norm", "spread")
    rows = [(*head, "features")]
    for number, factor in enumerate(found.factors, 1):
        named = factor.name or f"unnamed (nearest: {factor.nearest or 'none known'})"
        distance = "" if factor.distance is None else f"{factor.distance:.3f}"
        rows.append(
            (
                str(number),
                named,
                str(factor.dimensions),
                distance if factor.name else f"≥ {distance}" if distance else "",
                "" if factor.noise is None else f"{factor.noise:.1%}",
                "" if factor.leakage is None else f"{factor.leakage:.2f}",
                "" if factor.confidence is None else _sure(factor.confidence),
                f"{factor.norm:.3f}",
                f"{factor.spread:.3f}",
                listed(factor.features),
            )
        )
    return aligned(rows, left={1, 9})


def _level_rows(found: Description) -> list[str]:
    """Groups by single linkage, where the levels differ: how clear-cut the factors are."""
    if found.hierarchy is None:
        return []
    counts = [(level, len(parts.factors)) for level, parts in found.hierarchy.levels()]
    if len({count for _, count in counts}) == 1:
        return []
    listed = ", ".join(f"{level:g}: {count}" for level, count in counts)
    return [f"groups linked by |cos| of at least {listed}"]


def _feature_rows(found: Description) -> list[str]:
    head = ("feature", "role", "norm", "bias", "D", "leverage", "superposition", "with")
    rows: list[tuple[str, ...]] = [head]
    for i in range(found.n_features):
        shares = (found.dimensionality[i], found.leverage[i], found.superposition[i])
        ignored = i in found.structure.ignored  # its direction is noise
        rows.append(
            (
                str(i + 1),
                found.role(i),
                f"{found.norms[i]:.3f}",
                f"{found.biases[i]:.3f}",
                *("" if ignored else f"{value:.3f}" for value in shares),
                listed(found.partners(i)),
            )
        )
    return aligned(rows, left={1, 7})


def _loss_rows(found: Description) -> list[str]:
    if found.loss is None:
        return ["Law: none assumed. Loss: not known without a density."]
    law = [] if found.law is None else [f"Law assumed: {found.law.words}."]
    error = "" if found.loss_error is None else f" ± {found.loss_error:.1g}"
    loss = f"Loss: {found.loss:.6g}{error}"
    if found.loss_method not in (None, "exact", "Fourier sum"):
        loss += f" ({found.loss_method})"
    loss += f", a sum over features (their mean, as in the notebooks: {found.mean_loss:.6g})"
    if found.bottom is None:
        return [*law, f"{loss}."]
    ended = "" if found.bottom.converged else " or lower: the descent was cut short"
    rows = [*law, f"{loss}; at the bottom of its own basin: {found.bottom.loss:.6g}{ended}."]
    if found.best is None:
        return [*rows, "No rival known."]
    unit = "relative" if found.best.loss else "absolute"
    rows.append(
        f"Best known: {found.best.loss:.6g} ({found.best.source}); gap: {found.gap:.2e} ({unit})."
    )
    if found.limit is not None and found.limit < found.best.loss * (1 - _INTERPOLATED):
        rows.append(f"With large blocks, a limit that no model attains: {found.limit:.6g}.")
    return [*rows, *_worth_rows(found), ""]


def _worth_rows(found: Description, most: int = 5) -> list[str]:
    """The factors most worth replacing."""
    short = [worth.shortfall or 0.0 for worth in found.worth]
    numbers = [
        k
        for k in sorted(range(len(short)), key=lambda k: -short[k])
        if short[k] > _WORTH * (found.loss or 0.0)
    ]
    if not numbers:
        return []
    rows = ["Saved per dimension, and how much the loss is above that of the best mixture:"]
    for k in numbers[:most]:
        worth = found.worth[k]
        who = f"factor {k + 1}" if worth.dimensions else "ignored features"
        saved = "" if worth.benefit is None else f"{worth.benefit:.4g} per dimension "
        beside = f"({worth.best_name}: {worth.best:.4g})" if saved else ""
        rows.append(f"  {who}: {saved}{beside}; {worth.shortfall:.3g} above")
    if len(numbers) > most:
        rows.append(f"  … and {len(numbers) - most} more")
    return rows


def _sure(confidence: float) -> str:
    return "> 0.9999" if confidence > 0.9999 else f"{confidence:.4f}"
