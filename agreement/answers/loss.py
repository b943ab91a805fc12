"""The exact loss of given weights: whole, by feature, its slope, and a seeded check by sampling."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agreement.answers.law import law_dict, law_words
from agreement.description.words import aligned, counted

if TYPE_CHECKING:
    from agreement.description.models import LoadedModel
    from agreement.description.own_loss import OwnLoss
    from ground.checks import FloatArray
    from theory.loss.problem import Problem

__all__ = ["LossAnswer", "loss_answer", "losses_json", "losses_text"]

AT_REST = 1e-9  # of Σ I_i p_i: a gradient below is zero to rounding
MOST_DRAWN = 2e10  # numbers that a check may draw: an hour


@dataclass(frozen=True, eq=False)
class LossAnswer:
    """What one model costs under one law.

    Attributes
    ----------
    model : LoadedModel
    density, importance : array (n,)
    low, high : float
    loss : float
        Σ_i I_i E[(x_i − x'_i)²].
    method : str
        How it is known, with its label.
    parts : array (n,)
        Each feature's share; they add up to the loss.
    stakes : array (n,)
        I_i E[x_i²]: what a model of zeros loses.
    slopes : (float, float) or None
        Norms of dL/dW and dL/db; None for an untied model.
    scale : float
        Σ I_i p_i, in which a slope counts as zero.
    check : OwnLoss or None
        A mean of samples.
    formula : str or None
        The loss as an exact number or polynomial.
    """

    model: LoadedModel
    density: FloatArray
    importance: FloatArray
    low: float
    high: float
    loss: float
    method: str
    parts: FloatArray
    stakes: FloatArray
    slopes: tuple[float, float] | None
    scale: float
    check: OwnLoss | None
    formula: str | None

    @property
    def mean(self) -> float:
        """The loss of the paper's notebooks, which is a mean over features."""
        return self.loss / len(self.parts)

    @property
    def gradient(self) -> float | None:
        """Norm of the whole gradient."""
        return None if self.slopes is None else float(np.hypot(*self.slopes))

    @property
    def at_rest(self) -> bool | None:
        """Whether the gradient is zero to rounding."""
        return None if self.gradient is None else self.gradient <= AT_REST * self.scale

    @property
    def z(self) -> float | None:
        """Standard errors between the check and the loss; None where nothing was drawn."""
        if self.check is None or not self.check.error:
            return None
        return (self.check.value - self.loss) / self.check.error

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        slopes = self.slopes or (None, None)
        return {
            "source": self.model.source,
            "index": list(self.model.index),
            "law": law_dict(self.density, self.low, self.high),
            "importance": self.importance.tolist(),
            "loss": self.loss,
            "method": self.method,
            "exact": self.formula,
            "notebook_loss": self.mean,
            "gradient": {"norm": self.gradient, "W": slopes[0], "b": slopes[1]},
            "at_rest": self.at_rest,
            "features": [
                {"loss": float(part), "of_second_moment": _ratio(part, stake)}
                for part, stake in zip(self.parts, self.stakes, strict=True)
            ],
            "check": None
            if self.check is None
            else {
                "value": self.check.value,
                "error": self.check.error,
                "method": self.check.method,
                "z": self.z,
            },
        }


def loss_answer(
    model: LoadedModel,
    density: Any,
    importance: Any = None,
    *,
    low: float = 0.0,
    high: float = 1.0,
    samples: int | None = None,
    seed: int = 0,
    formula: str | None = None,
    told: Callable[[], object] | None = None,
) -> LossAnswer:
    """Ask theory what a model costs, and a sample too.

    Parameters
    ----------
    model : LoadedModel
    density, importance : array_like, () or (n,)
    low, high : float
        Range of an active feature.
    samples, seed : int
        Of the check; None draws nothing.
    formula : str, optional
        The loss as somebody derived it exactly, handed on.
    told : callable, optional
        Called after each batch of samples.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.
    """
    from theory.loss.floats import EXACT_UP_TO
    from theory.loss.problem import as_problem

    _check_kind(model)
    n = model.W.shape[1]
    problem = as_problem(model.W, model.b, density, importance, low, high)
    p, weights = problem.density[0], problem.importance[0]
    loss, parts, slopes = _exact(problem, model.decoder)
    few = n <= EXACT_UP_TO[problem.base]
    second = p * (low**2 + low * high + high**2) / 3
    return LossAnswer(
        model,
        p,
        weights,
        float(low),
        float(high),
        loss,
        "exact to rounding [D03]" if few else "Fourier sums, to 1e-8 of it and better [D04]",
        parts,
        weights * second,
        slopes,
        float(weights @ p),
        None if samples is None else _check(model, problem, samples, seed, told),
        formula,
    )


def _check_kind(model: LoadedModel) -> None:
    """Refuse what a file says is no ReLU-output model: its loss is another."""
    settings = (model.configuration or {}).get("model")
    if not isinstance(settings, Mapping):
        return
    name, kind = (
        settings.get("model"),
        (settings.get("activation"), settings.get("hidden_activation")),
    )
    if name != "ReluOutput" or kind != ("relu", "identity"):
        raise ValueError(
            f"{model.source} holds a model {name!r}, whose loss is not that of ReLU(D W x + b): "
            "superposition describe tells it"
        )


def _exact(
    problem: Problem, decoder: FloatArray | None
) -> tuple[float, FloatArray, tuple[float, float] | None]:
    from theory.loss.floats import feature_losses_of, gradient_of, output_losses

    W, b, p, weights = (part[0] for part in problem[:4])
    if decoder is not None:
        parts = weights * output_losses(decoder @ W, b, p, problem.low, problem.high)
        return float(parts.sum()), parts, None
    loss, dW, db = gradient_of(problem)
    norms = float(np.linalg.norm(dW[0])), float(np.linalg.norm(db[0]))
    return float(loss[0]), feature_losses_of(problem), norms


def _check(
    model: LoadedModel,
    problem: Problem,
    samples: int,
    seed: int,
    told: Callable[[], object] | None,
) -> OwnLoss:
    from agreement.description.own_loss import sampled_loss
    from numeric.features.independent import IndependentFeatures

    n = model.W.shape[1]
    if samples * n > MOST_DRAWN:
        raise ValueError(
            f"samples must be at most {MOST_DRAWN / n:.2g} for {n} features, got {samples}"
        )
    features = IndependentFeatures(
        problem.density[0], n_features=n, low=problem.low, high=problem.high
    )
    return sampled_loss(
        model.W,
        problem.b[0],
        features,
        problem.importance[0],
        model.decoder,
        samples=samples,
        seed=seed,
        told=told,
    )


def losses_text(found: Sequence[LossAnswer]) -> str:
    """Many models, a line each."""
    first = found[0]
    rows = [("model", "loss", "notebook's mean", "gradient", "at rest")]
    for each in found:
        gradient = "" if each.gradient is None else f"{each.gradient:.3g}"
        rest = "" if each.at_rest is None else "yes" if each.at_rest else "no"
        index = ",".join(map(str, each.model.index)) or "0"
        rows.append((index, f"{each.loss:.9g}", f"{each.mean:.9g}", gradient, rest))
    best = min(found, key=lambda each: each.loss)
    return "\n".join(
        [
            f"{counted(len(found), 'model')} of {first.model.source}.",
            f"Law: {law_words(first.density, first.low, first.high)}.",
            f"Losses are sums over features: {first.method}.",
            "",
            *aligned(rows, left=set()),
            "",
            f"Least: {best.loss:.9g}, model {','.join(map(str, best.model.index)) or '0'}.",
        ]
    )


def _lines(found: LossAnswer) -> list[str]:
    m, n = found.model.W.shape
    untied = "" if found.model.decoder is None else ", with a decoder of its own"
    bias = "" if found.model.b is not None else ", without bias"
    weights = found.importance
    importance = f"{weights[0]:g} for all" if np.ptp(weights) == 0 else _listed(weights)
    return [
        f"{counted(n, 'feature')} in {counted(m, 'dimension')}{untied}{bias}: "
        f"{found.model.source}.",
        *(f"Note: {note}." for note in found.model.notes),
        f"Law: {law_words(found.density, found.low, found.high)}. Importance: {importance}.",
        "",
        f"Expected loss, a sum over features: {found.loss:.9g}, {found.method}.",
        *([f"In closed form: {found.formula} [D02]."] if found.formula else []),
        f"The paper's notebooks take the mean over features: {found.mean:.9g}.",
        _slope(found),
        *_check_lines(found),
        "",
        *_part_rows(found),
    ]


def _slope(found: LossAnswer) -> str:
    if found.slopes is None:
        return "Gradient: not given for an untied model."
    rest = "zero to rounding, the model is at rest" if found.at_rest else "the model is not at rest"
    by_W, by_b = found.slopes
    return f"Gradient norm: {found.gradient:.3g} (by W {by_W:.3g}, by b {by_b:.3g}): {rest}."


def _check_lines(found: LossAnswer) -> list[str]:
    if found.check is None:
        return []
    sure = "" if found.z is None else f"; {abs(found.z):.2g} standard errors from the exact loss"
    error = f" ± {found.check.error:.2g}" if found.check.error is not None else ""
    return [f"Check: {found.check.value:.9g}{error}, {found.check.method}{sure}."]


def _part_rows(found: LossAnswer) -> list[str]:
    rows = [("feature", "importance", "norm", "bias", "loss", "share", "of a model of zeros")]
    norms = np.linalg.norm(found.model.W, axis=0)
    bias = np.zeros(len(norms)) if found.model.b is None else found.model.b
    for i, part in enumerate(found.parts):
        ratio = _ratio(part, found.stakes[i])
        rows.append(
            (
                str(i + 1),
                f"{found.importance[i]:.4g}",
                f"{norms[i]:.4f}",
                f"{bias[i]:.4f}",
                f"{part:.6g}",
                f"{100 * part / found.loss:.1f} %" if found.loss > 0 else "",
                "" if ratio is None else f"{100 * ratio:.1f} %",
            )
        )
    return aligned(rows, left=set())


def _ratio(part: float, stake: float) -> float | None:
    return float(part / stake) if stake > 0 else None


def _listed(values: FloatArray, most: int = 8) -> str:
    words = [f"{value:.4g}" for value in values[:most]]
    return ", ".join(words) + (f", … ({len(values)})" if len(values) > most else "")


def losses_json(found: Sequence[LossAnswer], *, many: bool) -> str:
    """One model, or a list of models, as JSON."""
    rows = [each.as_dict() for each in found]
    return json.dumps({"models": rows} if many else rows[0], indent=2)
