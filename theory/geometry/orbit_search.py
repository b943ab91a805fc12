r"""Vertex-transitive blocks by search: orbits of vectors under finite groups [D46].

A group Γ of orthogonal matrices and a vector v: the features are the vectors g v, all alike.  Row
0 of the Gram matrix says everything,

$$ G_{0g} = v^T ρ(g) v,   c = |v|²,   ℓ(v, b; p) = E[(x_0 − (b + Σ_g G_{0g} x_g)_+)²], $$

so that a family of k features in d dimensions has d + 1 numbers to search, whatever k is.  A
representation is a sum of irreducible ones without the trivial one; v may be confined to what a
subgroup H fixes, and then the features are the cosets of H.  What was found, for each number of
features and dimensions, is shipped as a table; ``python -m theory.geometry.orbit_search`` makes it
anew, in some minutes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import combinations_with_replacement, islice
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray
from theory.data_law import feature_variance
from theory.geometry.large_blocks import large_block
from theory.geometry.library import DENSITIES, relative_loss
from theory.loss.fourier import row
from theory.polytopes.arrangements import arrangements
from theory.polytopes.groups import Group, irreducible, small_groups, subgroups

__all__ = ["Found", "Orbit", "best_orbit", "orbit_table", "orbits", "search"]

FILE = Path(__file__).with_name("orbits.json")
MOST_FEATURES = 32  # order of a group
DIMENSIONS = (2, 3, 4, 5, 6)
MOST_SUBSETS = 4000  # of the irreducible representations of one group
_SAME = 1e-6
_RTOL = 1e-5  # of the sums in the search
_HOPELESS = 0.96  # of the best family: who saves less is looked at, at one density only
# Features for a dimension, and the density at which the best blocks with so many are best.
_NATURAL = (
    (1.3, 1.5, 2.0, 2.5, 3.0, 3.2, 4.5, 6.0),
    (0.8, 0.65, 0.35, 0.23, 0.19, 0.14, 0.06, 0.03),
)


@dataclass(frozen=True, eq=False)
class Orbit:
    """A representation of a group, and the vectors whose orbits are looked at.

    Attributes
    ----------
    name : str
        Of the group, the dimensions of the parts, and the order of the subgroup that fixes v.
    matrices : (k, d, d)
        One for each feature; the first is the identity.
    fixed : (d, f)
        A basis of the vectors v that are allowed.
    """

    name: str
    matrices: FloatArray
    fixed: FloatArray

    @property
    def n_features(self) -> int:
        """k."""
        return len(self.matrices)

    @property
    def dimension(self) -> int:
        """d."""
        return int(self.matrices.shape[1])

    @property
    def parts(self) -> FloatArray:
        """Symmetric forms of v in its basis that are the inner products, (k, f, f)."""
        forms = self.fixed.T @ self.matrices @ self.fixed
        return np.asarray(0.5 * (forms + forms.swapaxes(1, 2)))


def orbits(
    group: Group, dimensions: Sequence[int], *, ratios: tuple[float, float] = (1.2, 6.0)
) -> Iterator[Orbit]:
    """Orbits of a group in spaces of these dimensions, with so many features a dimension.

    Each kind of representation once, as far as traces of its matrices and of their squares tell
    kinds apart; irreducible parts may occur twice where they have more than one dimension.
    """
    k, table = group.order, group.table
    parts = [rho for rho in irreducible(group) if not np.allclose(rho, 1.0)]
    sizes = [len(rho[0]) for rho in parts]
    traces = np.array([np.trace(rho, axis1=1, axis2=2) for rho in parts]).reshape(len(parts), k)
    seen: set[tuple[object, ...]] = set()
    # An element of an abelian group that fixes v is the identity.
    holders: list[tuple[int, ...]] = [(0,)]
    if not group.abelian:
        holders += [h for h in subgroups(group) if 1 < len(h) < k]
    for d in dimensions:
        for subset in islice(_subsets(sizes, d), MOST_SUBSETS):
            total = traces[list(subset)].sum(axis=0)
            squares = total[table.diagonal()]
            both = np.stack([total, squares], axis=1).round(5) + 0.0
            mark = (d, tuple(sorted(map(tuple, both.tolist()))))
            if mark in seen:
                continue
            seen.add(mark)
            if np.any(total[1:] > d - _SAME):  # not faithful: features would coincide
                continue
            matrices = _sum([parts[i] for i in subset])
            for holder in holders:
                count = k // len(holder)
                if not ratios[0] * d <= count <= ratios[1] * d:
                    continue
                found = _orbit(group, matrices, holder)
                if found is not None:
                    name = f"{group.name} in {'+'.join(str(sizes[i]) for i in subset)}"
                    name += f" ({','.join(str(i) for i in subset)})"
                    name += f" over {len(holder)}" if len(holder) > 1 else ""
                    yield Orbit(name, *found)


def _subsets(sizes: Sequence[int], d: int) -> Iterator[tuple[int, ...]]:
    """Choices of parts of d dimensions; parts of one dimension once."""
    at = range(len(sizes))
    for count in range(1, d + 1):
        for subset in combinations_with_replacement(at, count):
            if sum(sizes[i] for i in subset) != d:
                continue
            times = {i: subset.count(i) for i in subset}
            if all(n <= min(2, sizes[i]) for i, n in times.items()):
                yield subset


def _sum(parts: Sequence[FloatArray]) -> FloatArray:
    """Block-diagonal sum."""
    d = sum(len(rho[0]) for rho in parts)
    total = np.zeros((len(parts[0]), d, d))
    at = 0
    for rho in parts:
        size = len(rho[0])
        total[:, at : at + size, at : at + size] = rho
        at += size
    return total


def _orbit(
    group: Group, matrices: FloatArray, holder: tuple[int, ...]
) -> tuple[FloatArray, FloatArray] | None:
    """One matrix for each coset of the holder, and a basis of what it fixes; None if nothing."""
    d = matrices.shape[1]
    if len(holder) == 1:
        return matrices, np.eye(d)
    average = matrices[list(holder)].mean(axis=0)
    values, vectors = np.linalg.eigh(0.5 * (average + average.T))
    fixed = vectors[:, values > 1 - _SAME]
    if not fixed.shape[1]:
        return None
    left, cosets = set(range(group.order)), []
    while left:
        first = min(left)
        cosets.append(first)
        left -= {int(group.table[first, h]) for h in holder}
    found = matrices[cosets]
    # More may fix v than the holder does: then features coincide.
    v = fixed @ np.sqrt(2 + np.arange(fixed.shape[1]))
    if np.any(found[1:] @ v @ v > v @ v * (1 - _SAME)):
        return None
    return found, fixed


def orbit_loss(
    forms: FloatArray, y: FloatArray, bias: float, density: float, rtol: float
) -> tuple[float, FloatArray, float]:
    """Loss of one feature, and its derivatives by y (v = fixed @ y) and by the bias."""
    pushed = forms @ y
    slopes = pushed @ y
    p = np.full(len(slopes), density)
    by_slope, found = np.empty(len(slopes)), np.empty(4)
    row(slopes, bias, 0, p, 0.0, 1.0, rtol, by_slope, found)
    return float(found[0]), 2.0 * by_slope @ pushed, float(found[1])


def best_orbit(
    orbit: Orbit,
    density: float,
    *,
    starts: Sequence[tuple[FloatArray, float]],
    rtol: float = 1e-6,
    evaluations: int = 60,
) -> tuple[float, FloatArray, float]:
    """Least loss of a feature from these starts (y, bias), with its y and bias."""
    unit = feature_variance(density)
    forms = orbit.parts

    def cost(point: FloatArray) -> tuple[float, FloatArray]:
        loss, by_y, by_bias = orbit_loss(forms, point[:-1], point[-1], density, rtol)
        return loss / unit, np.append(by_y, by_bias) / unit

    ended = [
        minimize(cost, np.append(y, b), jac=True, method="L-BFGS-B",
                 options={"maxfun": evaluations, "ftol": rtol * 1e-2, "gtol": rtol})
        for y, b in starts
    ]  # fmt: skip
    best = min(ended, key=lambda end: end.fun)
    return float(best.fun) * unit, best.x[:-1], float(best.x[-1])


@dataclass(frozen=True)
class Found:
    """The best orbits of so many features in so many dimensions.

    Attributes
    ----------
    n_features, dimension : int
    density : float
        Where they do best beside the families.
    share : float
        Of the benefit of the best family by name at that density.
    group : str
        A group and a representation that have them.
    inner_products : tuple of float
        Row of the Gram matrix of unit vectors, sorted, the feature itself last.
    """

    n_features: int
    dimension: int
    density: float
    share: float
    group: str
    inner_products: tuple[float, ...]


def search(every: Iterable[Orbit], seed: int = 0) -> list[Found]:
    """The best of these orbits for each number of features and dimensions, best share first."""
    rng = np.random.default_rng(seed)
    best: dict[tuple[int, int], Found] = {}
    for orbit in every:
        found = _looked_at(orbit, rng)
        key = found.n_features, found.dimension
        # Of groups that have the same orbits the first stays.
        if key not in best or found.share > best[key].share + 1e-4:
            best[key] = found
    return sorted(best.values(), key=lambda one: -one.share)


def _looked_at(orbit: Orbit, rng: np.random.Generator) -> Found:
    """One family at the density that suits its size, and where it does well at the next ones."""
    ratio = orbit.n_features / orbit.dimension
    at = int(np.argmin(np.abs(np.log(DENSITIES / np.exp(np.interp(ratio, *_logs()))))))
    ended = [_at(orbit, at, _starts(orbit, at, rng))]
    if ended[0][0] >= _HOPELESS:
        near = [k for k in (at - 1, at + 1) if 0 <= k < len(DENSITIES)]
        ended += [_at(orbit, k, [ended[0][1:3]]) for k in near]
    share, y, _, k = max(ended, key=lambda end: end[0])
    inner = np.sort(orbit.parts @ y @ y) / (y @ y)
    numbers = tuple(float(q) for q in inner.round(6) + 0.0)
    return Found(
        orbit.n_features, orbit.dimension, float(DENSITIES[k]), round(share, 6), orbit.name, numbers
    )


def _logs() -> tuple[FloatArray, FloatArray]:
    return np.array(_NATURAL[0]), np.log(_NATURAL[1])


def _at(
    orbit: Orbit, k: int, starts: Sequence[tuple[FloatArray, float]]
) -> tuple[float, FloatArray, float, int]:
    """Share of the best family's benefit at a density of the table, with y, bias and its place."""
    p = float(DENSITIES[k])
    loss, y, bias = best_orbit(orbit, p, starts=starts, rtol=_RTOL, evaluations=40)
    saved = orbit.n_features / orbit.dimension * (1.0 - loss / float(feature_variance(p)))
    return saved / _best_family(k), y, bias, k


@lru_cache
def _best_family(k: int) -> float:
    """Saved per dimension by the best family by name, over the loss of an ignored feature."""
    every = arrangements()
    return max(
        a.n_features / a.dimension * (1 - float(relative_loss(a.name, DENSITIES[k]))) for a in every
    )


@lru_cache
def _like_a_large_block(k: int, ratio: float) -> tuple[float, float]:
    """Scale and bias of a large block of as many features a dimension, their mean 0."""
    block = large_block(float(DENSITIES[k]), ratio=ratio)
    return block.scale, block.bias + 0.5 * block.scale * float(DENSITIES[k])


def _starts(orbit: Orbit, k: int, rng: np.random.Generator) -> list[tuple[FloatArray, float]]:
    """Three directions; where v is free, one of them shared out evenly over the dimensions."""
    c, b = _like_a_large_block(k, orbit.n_features / orbit.dimension)
    f = orbit.fixed.shape[1]
    every = rng.standard_normal((3 if f > 1 else 1, f))
    if f == orbit.dimension:
        every[-1] = np.copysign(1.0, every[-1])
    return [(y * np.sqrt(c) / np.linalg.norm(y), b) for y in every]


@lru_cache
def orbit_table() -> tuple[Found, ...]:
    """What the search found, as it is shipped: best share of the best family first."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(Found(**{**r, "inner_products": tuple(r["inner_products"])}) for r in rows)


def compute() -> None:
    """Search all groups anew and write the table."""
    every = (orbit for group in small_groups(MOST_FEATURES) for orbit in orbits(group, DIMENSIONS))
    found = search(every)
    rows = [json.dumps(asdict(one), ensure_ascii=False) for one in found]
    FILE.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")
    for one in found[:12]:
        sys.stdout.write(
            f"{one.n_features} in {one.dimension} at p = {one.density:.3g}: {one.share:.5f} of the "
            f"best family, {one.group}\n"
        )


if __name__ == "__main__":
    compute()
