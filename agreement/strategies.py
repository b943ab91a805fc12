"""Hypothesis strategies that all tests may share, with the awkward edges inside.

Uniformly random weights hardly ever meet the cases where code breaks: zero columns, columns that
coincide or cancel, tiny entries, densities of exactly 0 and 1, unimportant features.  Here those
are common.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ground.checks import FloatArray
from numeric.features.independent import (
    AnticorrelatedSets,
    CorrelatedSets,
    ExactlyKActive,
    Features,
    IndependentFeatures,
    OneHot,
)
from theory.polytopes.catalogue import polytope
from theory.polytopes.regular import Polytope

POLYTOPES = (
    "point", "digon", "triangle", "square", "pentagon", "hexagon", "heptagon", "octagon",
    "tetrahedron", "4-simplex", "octahedron", "cube", "square antiprism",
)  # fmt: skip


@dataclass(frozen=True)
class ToyModel:
    """Weights (m, n), biases, densities and importances (n,) of one model and its world."""

    W: FloatArray
    b: FloatArray
    density: FloatArray
    importance: FloatArray

    @property
    def n_features(self) -> int:
        """n."""
        return self.W.shape[1]

    @property
    def world(self) -> dict[str, FloatArray]:
        """The keywords that most functions take."""
        return {"density": self.density, "importance": self.importance}

    @property
    def reach(self) -> FloatArray:
        """Upper bounds (n,) of |x_i − x'_i|, stable under rounding of WᵀW."""
        return 1 + np.abs(self.b) + (np.abs(self.W).T @ np.abs(self.W)).sum(axis=1)

    @property
    def scale(self) -> float:
        """Upper bound of the loss of any sample: the size that rounding is relative to."""
        return float(self.importance @ self.reach**2)

    def exactly(self) -> tuple[Any, ...]:
        """W, b, density, importance as lists of Fractions, equal to the floats."""
        return tuple(
            np.vectorize(Fraction, otypes=[object])(value).tolist()
            for value in (self.W, self.b, self.density, self.importance)
        )

    def change(self, **values: FloatArray) -> ToyModel:
        """The same model with some parts replaced."""
        return replace(self, **values)


def densities(least: float = 0.0) -> SearchStrategy[float]:
    """Densities of a feature, from `least` to 1; the ends are common."""
    edges = [value for value in (0.0, 1.0, 0.5, 1e-9, 1e-3, 1 - 1e-9) if value >= least]
    return st.sampled_from([*edges, least]) | st.floats(least, 1.0)


def importances(most: float = 10.0) -> SearchStrategy[float]:
    """Importances of a feature, zero and one being common; none so small that a loss underflows."""
    return st.sampled_from([0.0, 1.0, 1.0]) | st.floats(1e-9, most)


def entries(grid: int | None = None) -> SearchStrategy[float]:
    """Entries of W and b: floats with awkward ones, or multiples of 1/grid."""
    if grid is not None:
        return st.integers(-3 * grid // 2, 3 * grid // 2).map(lambda k: k / grid)
    edges = [0.0, 1.0, -1.0, 0.5, 1e-12, -1e-12, 1e-5, -0.3, 1 - 1e-9, 2**-0.5, 1e-160]
    return st.sampled_from(edges) | st.floats(-1.5, 1.5, allow_subnormal=False)


@st.composite
def weights(draw: DrawFn, n: int, m: int, grid: int | None = None) -> FloatArray:
    """W (m, n): any, or with a column that is zero, tiny, or a multiple of another."""
    W = np.array(draw(st.lists(entries(grid), min_size=m * n, max_size=m * n))).reshape(m, n)
    if n > 1:
        source, target = draw(st.permutations(range(n)))[:2]
        tiny = [] if grid else [1e-12]
        factor = draw(st.sampled_from([None, None, None, 0.0, 1.0, -1.0, -0.5, *tiny]))
        if factor is not None:
            W[:, target] = factor * W[:, source]
    return W


@st.composite
def toy_models(
    draw: DrawFn,
    most_features: int = 4,
    *,
    fewest_features: int = 1,
    density: SearchStrategy[float] | None = None,
    importance: SearchStrategy[float] | None = None,
    grid: int | None = None,
) -> ToyModel:
    """A `ToyModel`: any sizes m ≤ n, with biases at kinks among the free ones.

    Parameters
    ----------
    density, importance : strategy, optional
        Of one feature.
    grid : int, optional
        Entries are then multiples of 1/grid, so that Fractions stay short.
    """
    n = draw(st.integers(fewest_features, most_features))
    m = draw(st.integers(1, n))
    W = draw(weights(n, m, grid))

    def each(strategy: SearchStrategy[float]) -> FloatArray:
        return np.array(draw(st.lists(strategy, min_size=n, max_size=n)))

    kind = draw(st.sampled_from(["free", "free", "zero", "vertex"]))
    b = each(entries(grid)) if kind == "free" else np.zeros(n)
    if kind == "vertex":  # an output's input vanishes where some features are 1 and others 0
        b = -(W.T @ W) @ each(st.sampled_from([0.0, 1.0]))
    p = each(densities() if density is None else density)
    return ToyModel(W, b, p, each(importances() if importance is None else importance))


@st.composite
def rotations(draw: DrawFn, m: int) -> FloatArray:
    """Orthogonal (m, m) matrices: identity, permutations with signs, nearly none, or any."""
    kind = draw(st.sampled_from(["identity", "signed permutation", "slight", "any", "any"]))
    if kind == "identity":
        return np.eye(m)
    if kind == "signed permutation":
        signs = draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=m, max_size=m))
        return np.diag(signs)[list(draw(st.permutations(range(m))))]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    around = np.eye(m) if kind == "slight" else np.zeros((m, m))
    spread = 1e-9 if kind == "slight" else 1.0
    return np.linalg.qr(around + spread * rng.normal(size=(m, m)))[0]


def orders(n: int) -> SearchStrategy[Any]:
    """Permutations of n features, as index arrays."""
    return st.permutations(range(n)).map(np.array)


@st.composite
def feature_laws(draw: DrawFn, most_features: int = 5, least: float = 0.05) -> Features:
    """Laws of the data: independent, sets that come together or exclude each other, k active."""
    n = draw(st.integers(1, most_features))
    importance = np.array(draw(st.lists(importances(), min_size=n, max_size=n)))
    kind = draw(st.sampled_from(["independent", "correlated", "anticorrelated", "k", "one"]))
    if kind == "k":
        return ExactlyKActive(n, draw(st.integers(1, n)), importance)
    if kind == "one":
        return OneHot(n, importance)
    if kind == "independent":
        p = np.array(draw(st.lists(densities(least), min_size=n, max_size=n)))
        return IndependentFeatures(p, importance)
    cuts = draw(st.sets(st.integers(1, n - 1)) if n > 1 else st.just(set()))
    sizes = tuple(np.diff([0, *sorted(cuts), n]).tolist())
    if kind == "correlated":
        p = np.array(draw(st.lists(densities(least), min_size=len(sizes), max_size=len(sizes))))
        return CorrelatedSets(sizes, p, importance)
    share = draw(densities(least))  # of its set's chance, up to all of it
    return AnticorrelatedSets(sizes, share / max(sizes), importance)


def polytopes() -> SearchStrategy[Polytope]:
    """Exact polytopes with unit vertices, from the point to the square antiprism."""
    return st.sampled_from(POLYTOPES).map(polytope)


@dataclass(frozen=True)
class TwoLayerNet:
    """A net y' = f(W2 ReLU(W1 x) + b) and its world; W1 (m, n), W2 (n, m), the others (n,)."""

    W1: FloatArray
    W2: FloatArray
    b: FloatArray
    density: FloatArray
    importance: FloatArray
    target: str
    output: str
    low: float

    @property
    def how(self) -> dict[str, Any]:
        """The keywords that most functions take."""
        return {"target": self.target, "output": self.output, "low": self.low}

    @property
    def scale(self) -> float:
        """Upper bound of the loss of any sample: the size that rounding is relative to."""
        reach = 1 + np.abs(self.b) + (np.abs(self.W2) @ np.abs(self.W1)).sum(axis=1)
        return float(self.importance @ reach**2)

    def exactly(self) -> tuple[Any, ...]:
        """W1, W2, b, density, importance as lists of Fractions, equal to the floats."""
        parts = self.W1, self.W2, self.b, self.density, self.importance
        return tuple(np.vectorize(Fraction, otypes=[object])(part).tolist() for part in parts)

    def change(self, **values: Any) -> TwoLayerNet:
        """The same net with some parts replaced."""
        return replace(self, **values)


@st.composite
def two_layer_nets(
    draw: DrawFn,
    most_features: int = 3,
    most_hidden: int = 3,
    *,
    grid: int | None = None,
    density: SearchStrategy[float] | None = None,
) -> TwoLayerNet:
    """A `TwoLayerNet` of any task, with neurons that are dead, opposite or copies.

    Parameters
    ----------
    grid : int, optional
        Weights are then multiples of 1/grid, so that Fractions stay short.
    density : strategy, optional
        Of one feature.
    """
    n = draw(st.integers(1, most_features))
    m = draw(st.integers(1, most_hidden))

    def listed(strategy: SearchStrategy[float], size: int) -> FloatArray:
        return np.array(draw(st.lists(strategy, min_size=size, max_size=size)))

    W1 = listed(entries(grid), m * n).reshape(m, n)
    W2 = listed(entries(grid), m * n).reshape(n, m)
    factor = draw(st.sampled_from([None, None, -1.0, 1.0, 0.5, 0.0]))
    if m > 1 and factor is not None:
        W1[1] = factor * W1[0]
    b = np.zeros(n) if draw(st.booleans()) else listed(entries(grid), n)
    target, output, low = draw(
        st.sampled_from(
            [
                ("absolute", "relu", -1.0), ("absolute", "linear", -0.5), ("relu", "relu", -1.0),
                ("relu", "linear", -1.0), ("identity", "relu", 0.0), ("identity", "linear", -1.0),
            ]
        )
    )  # fmt: skip
    p = listed(densities() if density is None else density, n)
    return TwoLayerNet(W1, W2, b, p, listed(importances(), n), target, output, low)
