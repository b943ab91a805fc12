"""Reference models: optima and best known models of the paper's settings, each named by a hash."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agreement.interchange.configuration import LENGTH
from agreement.interchange.formats import as_path
from agreement.interchange.found import LABELS, PROVED, known_of
from agreement.interchange.gauge import content_hash
from agreement.interchange.optima import problem_in_words
from agreement.interchange.recipes import RECIPES, Recipe
from agreement.interchange.save import write_model
from agreement.interchange.shelf import shipped
from ground.checks import FloatArray

__all__ = ["ZooModel", "zoo", "zoo_model"]


@dataclass(frozen=True, eq=False)
class ZooModel:
    """One reference model.

    Attributes
    ----------
    name : str
    hash : str
        Of the configuration: of the problem, and of how the model was found.
    content : str
        Hash of W and b, to six decimals.
    W : ndarray (m, n)
        Rotated so that the first features span the first dimensions.
    b : ndarray (n,)
    loss : float
        Expected, a sum over features.
    known : str
        Whether it is proved to be the optimum, the best of a search, or the best known.
    label : str
        Of the derivation behind it.
    whose : str
        Where the setting is from.
    recipe : Recipe
    """

    name: str
    hash: str
    content: str
    W: FloatArray
    b: FloatArray
    loss: float
    known: str
    label: str
    whose: str
    recipe: Recipe

    @property
    def law(self) -> Any:
        """The law of the data, one of numeric."""
        return self.recipe.law

    @property
    def density(self) -> float:
        """P(a feature is active), the same for all."""
        return float(self.recipe.density)

    @property
    def importance(self) -> FloatArray:
        """I, (n,)."""
        return self.law.importance.copy()

    def configuration(self) -> dict[str, Any]:
        """Everything that the model depends on; `hash` is of this."""
        return self.recipe.configuration()

    def save(self, path: str | Path) -> dict[str, Any]:
        """Write it with all that it is for, as `agreement.save_model` does."""
        problem = problem_in_words(self.law, len(self.W))
        return write_model(
            as_path("path", path),
            {"W": self.W, "b": self.b},
            self.configuration(),
            loss=self.loss,
            source=f"{self.name} of the zoo ({self.known}): {problem}",
            label=self.label,
            more={"zoo": self.name, "content": self.content},
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "hash": self.hash,
            "content": self.content,
            "n_features": self.recipe.n_features,
            "n_hidden": self.recipe.n_hidden,
            "density": self.density,
            "importance": self.importance.tolist(),
            "loss": self.loss,
            "known": self.known,
            "label": self.label,
            "whose": self.whose,
        }


def zoo() -> tuple[ZooModel, ...]:
    """All reference models, in the order in which they are listed.

    Returns
    -------
    tuple of ZooModel

    Examples
    --------
    >>> [model.name for model in zoo()][:2]
    ['point-2-1', 'digon-2-1']
    """
    return tuple(map(_model, RECIPES))


def zoo_model(name: str) -> ZooModel:
    """One reference model, by its name or the beginning of its hash.

    Parameters
    ----------
    name : str
        As `zoo` lists it, or at least four digits of the hash of its configuration.

    Returns
    -------
    ZooModel

    Raises
    ------
    ValueError
        No such model; the message says which names are near.

    Examples
    --------
    >>> model = zoo_model("digon-2-1")
    >>> model.W.round(3).tolist(), model.known
    ([[1.006, -1.006]], 'the optimum, proved')
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be text, got {name!r}")
    found = [recipe for recipe in RECIPES if recipe.name == name]
    if not found and 4 <= len(name) <= LENGTH:
        found = [recipe for recipe in RECIPES if recipe.hash.startswith(name)]
    if len(found) != 1:
        near = difflib.get_close_matches(name, [recipe.name for recipe in RECIPES], n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(
            f"name must be one of the zoo, which `superposition zoo` lists, got {name[:60]!r}{hint}"
        )
    return _model(found[0])


def _model(recipe: Recipe) -> ZooModel:
    stored, known = shipped(recipe), known_of(recipe)
    return ZooModel(
        recipe.name,
        recipe.hash,
        content_hash(stored.W, stored.b),
        stored.W.copy(),
        stored.b.copy(),
        stored.loss,
        known,
        PROVED if "proved" in known else LABELS[recipe.by],
        recipe.whose,
        recipe,
    )
