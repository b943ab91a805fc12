"""Several models side by side: one description each, and which phases they are in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agreement.description.arrays import plain
from agreement.description.best import Best
from agreement.description.describe import describe
from agreement.description.models import LoadedModel, models_of
from agreement.description.net_files import LoadedNet
from agreement.description.record import Description
from agreement.description.words import aligned
from ground.checks import FloatArray, as_density, as_importance, as_model

__all__ = ["Descriptions", "describe_each", "describe_model", "describe_models"]

_SHORT = 12  # features up to which a phase is named by its structure
_SAME = 1e-6  # relative difference of two losses at the bottom of one minimum
_NAMED = 12  # instances that are listed
_LAWS = 4  # laws that are


@dataclass(frozen=True, eq=False)
class Descriptions:
    """What `describe_each` found; print it for a table, or ask `to_json`.

    Attributes
    ----------
    models : tuple of Description
    indices : tuple of tuple of int
        Where each stands along the leading axes, 0-based.
    worlds : tuple of str
        Density of each, in words; "" where it is not known.
    """

    models: tuple[Description, ...]
    indices: tuple[tuple[int, ...], ...]
    worlds: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.models)

    @property
    def best(self) -> int | None:
        """Number of the model with the least gap, or loss where no gap is known."""
        return self._extreme(min)

    @property
    def worst(self) -> int | None:
        """Number of the model with the largest gap, or loss where no gap is known."""
        return self._extreme(max)

    @property
    def phases(self) -> dict[str, float]:
        """Share of the models in each phase, the commonest first.

        A phase is a structure up to exchange of features; of more than a few features, the
        names of the factors.
        """
        return {phase: len(at) / len(self.models) for phase, at in self._by_phase().items()}

    @property
    def at_best(self) -> tuple[int, ...] | None:
        """Numbers of the models whose own basin has the best loss that is known at its bottom.

        They differ from it by training that is not over.  None where no rival is known.
        """
        if any(found.best is None or found.bottom is None for found in self.models):
            return None
        return tuple(
            k
            for k, found in enumerate(self.models)
            if found.bottom.loss <= found.best.loss * (1 + _SAME)  # type: ignore[union-attr]
        )

    def _by_phase(self) -> dict[str, list[int]]:
        """Numbers of the models in each phase."""
        members: dict[str, list[int]] = {}
        for k, found in enumerate(self.models):
            short = found.n_features <= _SHORT
            phase = f"{found.phase}, {found.structure.canonical()}" if short else found.phase
            members.setdefault(phase, []).append(k)
        return dict(sorted(members.items(), key=lambda item: -len(item[1])))

    def _extreme(self, choose: Any) -> int | None:
        gaps = [found.gap for found in self.models]
        values = gaps if None not in gaps else [found.loss for found in self.models]
        if None in values:
            return None
        return int(choose(range(len(values)), key=lambda k: values[k]))

    def to_json(self) -> str:
        """Everything as JSON; models and features are counted from 0."""
        each = [
            {"instance": list(index), "phase": found.phase, **json.loads(found.to_json())}
            for index, found in zip(self.indices, self.models, strict=True)
        ]
        summary = {
            "best": self.best,
            "worst": self.worst,
            "at_best": self.at_best,
            "phases": self.phases,
        }
        return json.dumps({**summary, "models": each}, indent=2)

    def __str__(self) -> str:
        first = self.models[0]
        rows = [("instance", "density", "loss", "own minimum", "best known", "gap", "is")]
        for index, world, found in zip(self.indices, self.worlds, self.models, strict=True):
            error = "" if found.loss_error is None else f" ± {found.loss_error:.1g}"
            rows.append(
                (
                    ",".join(map(str, index)),
                    world,
                    "" if found.loss is None else f"{found.loss:.6g}{error}",
                    "" if found.bottom is None else f"{found.bottom.loss:.6g}",
                    "" if found.best is None else f"{found.best.loss:.6g}",
                    "" if found.gap is None else f"{found.gap:.2e}",
                    found.phase,
                )
            )
        kept = [k for k in range(7) if any(row[k] for row in rows[1:])]
        table = aligned([[row[k] for k in kept] for row in rows], left={kept.index(6)})
        notes = dict.fromkeys(note for found in self.models for note in found.notes)
        return "\n".join(
            [
                f"{len(self.models)} models of {first.n_features} features in {first.n_hidden} "
                "dimensions",
                *(f"Note: {note}." for note in notes),
                *self._law_rows(),
                "",
                *table,
                "",
                *self._verdict_rows(),
                "Phases:",
                *(
                    f"  {100 * len(at) / len(self.models):5.1f} %  {phase}  ({self._names(at)})"
                    for phase, at in self._by_phase().items()
                ),
            ]
        )

    def _law_rows(self) -> list[str]:
        """The laws assumed: one for all, or what they share and the densities in the table."""
        laws = dict.fromkeys(found.law for found in self.models if found.law is not None)
        if not laws:
            return ["Law: none assumed, and no loss known without a density."]
        if len(laws) == 1:
            said = [f"Law assumed: {next(iter(laws)).words}."]
        else:
            said = ["Laws assumed, one a model:", *(f"  {law.words}" for law in [*laws][:_LAWS])]
            said += [f"  … and {len(laws) - _LAWS} more"] if len(laws) > _LAWS else []
        n = self.models[0].n_features
        return [*said, f"Losses are sums over features; the notebooks' means are these over {n}."]

    def _verdict_rows(self) -> list[str]:
        """Which is best, which worst, how many are at the best that is known."""
        if self.best is None or self.worst is None:
            return []
        by = "gap" if None not in [found.gap for found in self.models] else "loss"
        rows = [
            f"Best by {by}: instance {self._names([self.best])}; worst: "
            f"{self._names([self.worst])}. Counted from 0."
        ]
        if self.at_best is not None:
            there = f": {self._names(self.at_best)}" if self.at_best else ""
            rows.append(
                f"In a minimum of the best loss known: {len(self.at_best)} of "
                f"{len(self.models)}{there}."
            )
        return rows

    def _names(self, numbers: Sequence[int]) -> str:
        """Instances by their indices, the first few of many."""
        names = [",".join(map(str, self.indices[k])) for k in numbers[:_NAMED]]
        return ("; " if len(self.indices[0]) > 1 else ", ").join(
            names + (["…"] if len(numbers) > _NAMED else [])
        )


def describe_each(
    W: Any,
    b: Any = None,
    *,
    decoder: Any = None,
    density: Any = None,
    importance: Any = None,
    **options: Any,
) -> Descriptions:
    """Describe several models, each in its own world: a table, the best, the worst, the phases.

    Parameters
    ----------
    W : array_like (..., m, n), or Dataset of `numeric.train`
        A Dataset brings its law of the data with it, unless a density or a law is given.
    b : array_like (..., n), optional
    decoder : array_like (..., n, m), optional
    density, importance : array_like, () or (..., n), optional
        Leading axes, as those of W or (…, 1), are the models' own worlds.
    **options : optional
        As of `describe`.

    Returns
    -------
    Descriptions

    Raises
    ------
    ValueError
        What `describe` refuses, in any of the models; leading axes that do not fit; biases beside a
        Dataset, which brings its own.

    Examples
    --------
    >>> found = describe_each([[[1, 0]], [[1, -1]]])
    >>> found.phases
    {'1 point, 1 feature ignored, [1] (2)': 0.5, '1 digon, [1 2]': 0.5}
    """
    if hasattr(W, "data_vars"):
        if b is not None or decoder is not None:
            raise ValueError("b and decoder are read from the Dataset: leave them out")
        return describe_models(models_of(W), density=density, importance=importance, **options)
    weights, biases = as_model(plain("W", W), plain("b", b))
    D = None if decoder is None else np.asarray(plain("decoder", decoder))
    if D is not None and D.shape != (*weights.shape[:-2], *weights.shape[:-3:-1]):
        raise ValueError(f"decoder must fit W {weights.shape}, got shape {D.shape}")
    models = tuple(
        LoadedModel(
            weights[index],
            None if b is None else biases[index],
            None if D is None else D[index],
            index,
            "W",
            "W",
            None if b is None else "b",
        )
        for index in np.ndindex(*weights.shape[:-2])
    )
    if not models:
        raise ValueError(f"W must hold at least one model, got shape {weights.shape}")
    return describe_models(models, density=density, importance=importance, **options)


def describe_models(
    models: Sequence[LoadedModel],
    *,
    density: Any = None,
    importance: Any = None,
    **options: Any,
) -> Descriptions:
    """Describe models out of one file; parameters as in `describe_each`."""
    n, count = models[0].W.shape[1], len(models)
    leading = tuple(np.max([model.index for model in models], axis=0) + 1)
    p = None if density is None else _spread("density", as_density(density, n), leading, count)
    I = importance
    if I is not None:
        I = _spread("importance", as_importance(I, n), leading, count)
    found, worlds = [], []
    for k, model in enumerate(models):
        described = describe_model(
            model,
            density=None if p is None else p[k],
            importance=None if I is None else I[k],
            **options,
        )
        found.append(described)
        worlds.append("" if p is None else _short(p[k]))
        if p is None and options.get("law") is None and model.configuration:
            law = law_of(model)
            worlds[-1] = "" if law is None else _short(law.density)
    indices = tuple(model.index for model in models)
    return Descriptions(tuple(_shared(found, indices)), indices, tuple(worlds))


def _shared(
    models: Sequence[Description], indices: Sequence[tuple[int, ...]]
) -> Iterator[Description]:
    """What is known of one model is known of all in its world: the best of all is the rival."""
    bests: dict[Any, tuple[int, Best]] = {}
    for k, found in enumerate(models):
        if found.best is not None and (
            found.law not in bests or found.best.loss < bests[found.law][1].loss * (1 - _SAME)
        ):
            bests[found.law] = k, found.best
    for found in models:
        best = bests.get(found.law)
        if best is None or found.best is None or not best[1].loss < found.best.loss * (1 - _SAME):
            yield found
            continue
        where = f"{best[1].source}, of instance {','.join(map(str, indices[best[0]]))}"
        yield replace(found, best=replace(best[1], source=where))


def describe_model(model: LoadedModel, **options: Any) -> Description:
    """Describe one model of a file, in the world that the file names where nobody names another."""
    notes = list(model.notes)
    if model.bias is None:
        notes.append(f"no bias in {_place(model)}: taken as 0")
    elif model.bias != "b":
        notes.append(f"bias: {model.bias!r} of {_place(model)}")
    if model.decoder is not None and model.configuration is None:
        notes.append("hidden layer taken as linear, outputs as ReLU")
    if options.get("density") is None and options.get("law") is None:
        found = law_of(model)
        if found is not None:
            options["law"] = found
            notes.append(f"law of the data as in {_place(model)}: {type(found).__name__}")
    # Independent features on [0, 1] are those of the theory, whose best solutions are known.
    law: Any = options.get("law")
    if type(law).__name__ == "IndependentFeatures" and (law.low, law.high) == (0.0, 1.0):
        options["density"] = law.density
        if options.get("importance") is None:
            options["importance"] = law.importance
        options["law"] = None
    kind = _kind_of(model)
    if kind is not None:
        options["model"] = kind
        notes.append(f"computed as {kind}")
    described = describe(model.W, model.b, decoder=model.decoder, **options)
    return replace(described, notes=tuple(notes))


def law_of(model: LoadedModel | LoadedNet) -> Any:
    """The law of the data that `numeric.train` wrote beside a model; None where there is none."""
    settings = (model.configuration or {}).get("features")
    if not isinstance(settings, Mapping):
        return None
    from numeric.features import independent

    name = settings.get("law")
    known = ("IndependentFeatures", "OneHot", "ExactlyKActive", "CorrelatedSets")
    if name not in (*known, "AnticorrelatedSets"):
        return None
    kept = {key: value for key, value in settings.items() if key != "law"}
    if name == "OneHot":
        kept.pop("n_active", None)
    if name == "ExactlyKActive" and isinstance(kept.get("n_active"), list):
        kept["n_active"] = int(kept["n_active"][0])
    try:
        law = getattr(independent, name)(**kept)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{model.source}: its configuration's features are none: {error}"
        ) from error
    if not law.instances:
        return law
    at = np.ravel_multi_index(model.index, law.instances) if model.index else 0
    return law.instance(int(at))


def _kind_of(model: LoadedModel) -> Any:
    """numeric's model where the file names one that is not ReLU(D W x + b); else None."""
    settings = (model.configuration or {}).get("model")
    if not isinstance(settings, Mapping):
        return None
    from numeric.models import two_layers

    name = settings.get("model")
    usual = settings.get("activation") == "relu" and settings.get("hidden_activation") == "identity"
    if name == "ReluOutput" and usual:
        return None
    options = {"bias": bool(settings.get("bias", True))}
    if name in ("ReluOutput", "ReluHidden", "AbsoluteValue"):
        return getattr(two_layers, name)(activation=settings.get("activation", "relu"), **options)
    if name == "Linear":
        return two_layers.Linear(**options)
    raise ValueError(f"{model.source}: its configuration names a model {name!r} that is not known")


def _place(model: LoadedModel) -> str:
    return "the Dataset" if model.source == "the Dataset" else "the file"


def _spread(name: str, value: FloatArray, leading: tuple[int, ...], count: int) -> FloatArray:
    """One row a model, (K, n)."""
    n = value.shape[-1]
    if value.ndim > 1 and int(np.prod(value.shape[:-1])) == count:
        return value.reshape(count, n)
    try:
        full = np.broadcast_to(value, (*leading, n)).reshape(-1, n)
        return np.broadcast_to(value, (count, n)) if len(full) != count else full
    except ValueError as error:
        raise ValueError(
            f"{name} must be one for all, or one for each of {count} models, got shape "
            f"{value.shape}"
        ) from error


def _short(density: FloatArray) -> str:
    low, high = float(np.min(density)), float(np.max(density))
    return f"{low:.4g}" if low == high else f"{low:.3g}…{high:.3g}"
