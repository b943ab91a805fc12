"""What is best at one point of a diagram, by how much, how surely, and how far its boundaries are.

Importances are (1, …, 1, r), as in all diagrams, and active features uniform on [0, 1].
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agreement.answers.law import law_dict, law_words
from agreement.answers.way import Way, way_rows
from agreement.answers.words import above
from agreement.description.best import counted_from_0
from agreement.description.words import aligned, counted
from ground.checks import as_number, as_positive_density, check_at_most, check_sizes

if TYPE_CHECKING:
    from theory.minima.certificate import Certificate
    from theory.minima.orbits import Minimum
    from theory.phases.nearest import Ranked

__all__ = ["PhaseAnswer", "phase_answer"]

MOST_FEATURES = 6  # beyond, candidates and searches take minutes
BUDGET = 50_000  # boxes of a certificate: half a second
PROVED = 1e-3  # relative gap of a bound that is worth the word, where boxes ran out
_SHOWN = 5  # candidates in the table
KINDS = {
    "I": "feature {weak} ignored",
    "S": "superposed, an antipodal pair",
    "T": "tilted: superposed, feature {weak} weak",
    "A": "aligned: both the same way",
}


@dataclass(frozen=True, eq=False)
class PhaseAnswer:
    """Everything that theory knows of one point.

    Attributes
    ----------
    n_features, n_hidden : int
    density, importance : float
        p, and r of the last feature.
    minima : tuple of Minimum
        Best first.
    certificate : Certificate or None
        Of the least loss, for two features in one dimension.
    ranked : tuple of Ranked
        Natural solutions and their closed forms, best first.
    optimum_ways, candidate_ways : tuple of Way
        Nearest boundaries of the best model, and of the best natural solution.
    notes : tuple of str
        What is not known, and why.
    """

    n_features: int
    n_hidden: int
    density: float
    importance: float
    minima: tuple[Minimum, ...]
    certificate: Certificate | None
    ranked: tuple[Ranked, ...]
    optimum_ways: tuple[Way, ...]
    candidate_ways: tuple[Way, ...]
    notes: tuple[str, ...]

    @property
    def stake(self) -> float:
        """What a model that ignores all features costs: the scale of rounding."""
        weight = self.n_features - 1 + self.importance
        return weight * (self.density / 3 - self.density**2 / 4)

    def kind(self, minimum: Minimum) -> str | None:
        """Letter of D09 of a minimum of (2, 1), a prime where the first feature is weak."""
        if (self.n_features, self.n_hidden) != (2, 1):
            return None
        from theory.transitions.kinds import kind_of

        first, second = np.abs(minimum.W[0])
        letter = kind_of(minimum.W, self.density)
        return letter + ("'" if first < second and letter in "IT" else "")

    def name(self, minimum: Minimum) -> str:
        """A minimum in words."""
        kind = self.kind(minimum)
        return f"{kind}, {kind_words(kind)}" if kind else str(minimum.structure)

    @property
    def certified(self) -> bool:
        """Whether the best is proved to be the best, but for a small gap."""
        return self.certificate is not None and self.certificate.gap <= PROVED

    def known(self, rank: int) -> str:
        """How the loss of a minimum is known."""
        if rank == 0 and self.certified:
            return "certified [D10]"
        if (self.kind(self.minima[rank]) or "").startswith("I"):
            return "closed form [D05]"
        return "exact loss [D03], by search"

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def to_json(self) -> str:
        """All numbers in full; features are counted from 0."""
        return json.dumps(_as_dict(self), indent=2)


def kind_words(kind: str) -> str:
    """What a letter of D09 means."""
    return KINDS[kind[0]].format(weak=1 if kind.endswith("'") else 2)


def phase_answer(
    n_features: int,
    n_hidden: int,
    density: float,
    importance: float = 1.0,
    *,
    starts: int = 32,
    told: Callable[[], object] | None = None,
) -> PhaseAnswer:
    """Ask theory for a point of the diagram of n features in m dimensions.

    Parameters
    ----------
    n_features, n_hidden : int
        n ≤ 6 and m ≤ n.
    density : float
        p in (0, 1].
    importance : float
        r > 0, of the last feature; the others have importance one.
    starts : int
        Spread starts of the search for minima.
    told : callable, optional
        Called after each of `STEPS` steps.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.
    """
    from theory.minima.optimum import optimum
    from theory.phases.nearest import nearest_ties, ranked_candidates

    n, m = check_sizes(n_features, n_hidden)
    check_at_most("n_features", n, MOST_FEATURES, "minutes beyond")
    p = as_positive_density("density", density)
    r = as_number("importance", importance, "a number above 0", lambda value: 0 < value < np.inf)
    step = told or (lambda: None)
    notes: list[str] = []
    ranked = ranked_candidates(n, m, p, r)
    best = optimum(n, m, density=p, importance=[1.0] * (n - 1) + [r], starts=starts)
    step()
    certificate = _certificate(n, m, p, r, notes)
    step()
    ways = _optimum_ways(n, m, p, r, notes, step)
    ties = tuple(Way.of_tie(tie) for tie in nearest_ties(n, m, p, r))
    if (n, m) == (2, 1) and r == 1.0:
        notes.append("at r = 1 exchanging the features gives another model as good")
    return PhaseAnswer(n, m, p, r, best.minima, certificate, ranked, ways, ties, tuple(notes))


STEPS = 6


def _certificate(n: int, m: int, p: float, r: float, notes: list[str]) -> Certificate | None:
    if (n, m) != (2, 1):
        notes.append("only (2, 1) has certificates [D10]: here the best is the best found")
        return None
    from theory.minima.certificate import certify

    try:
        found = certify(p, [1.0, r], budget=BUDGET)
    except ValueError as error:
        notes.append(f"not certified: {error}")
        return None
    if found.gap > PROVED:
        proved = f"that no loss is below {found.lower:.6g}" if found.lower > 0 else "nothing"
        notes.append(f"certificate open after {found.boxes} boxes, which prove {proved} [D10]")
    return found


def _optimum_ways(
    n: int, m: int, p: float, r: float, notes: list[str], step: Callable[[], object]
) -> tuple[Way, ...]:
    if n == m:
        notes.append(
            "with as many dimensions as features nothing is lost, and there is no boundary"
        )
        return ()
    if (n, m) == (2, 1):
        from theory.transitions.nearest import LEAST, nearest_edges

        if p >= LEAST and LEAST <= r <= 1 / LEAST:
            return tuple(Way.of_edge(edge) for edge in nearest_edges(p, r))
        notes.append(f"boundaries of the best model are known from p and r = {LEAST:g} on")
        return ()
    from theory.minima.nearest import MOST_FEATURES as FEW
    from theory.minima.nearest import REACH, nearest_exchanges

    if n > FEW:
        notes.append(f"boundaries of the best model are looked for up to {FEW} features")
        return ()
    notes.append(
        f"boundaries of the best model are looked for within a factor {REACH:g} of p and r, by "
        "search on a line"
    )
    return tuple(Way.of_exchange(found) for found in nearest_exchanges(n, m, p, r, told=step))


def _lines(found: PhaseAnswer) -> list[str]:
    n, m = found.n_features, found.n_hidden
    weights = ", ".join([*(["1"] * (n - 1)), f"{found.importance:g}"])
    best = found.minima[0]
    rows = [("minimum", "loss", "above the best", "is", "W", "b", "known by")]
    for rank, minimum in enumerate(found.minima):
        rows.append(
            (
                str(rank + 1),
                f"{minimum.loss:.9g}",
                above(minimum.loss, best.loss, found.stake),
                found.name(minimum),
                "; ".join(_numbers(row) for row in minimum.W),
                _numbers(minimum.b),
                found.known(rank),
            )
        )
    return [
        f"{counted(n, 'feature')} in {counted(m, 'dimension')} at p = {found.density:g} "
        f"(S = {1 - found.density:g}), importances {weights}.",
        f"Law: {law_words(found.density)}.",
        "",
        f"Best: {found.name(best)}, loss {best.loss:.9g}{_surely(found)}",
        "",
        "All minima, losses exact:",
        *aligned(rows, left={3, 4, 5, 6}),
        "",
        *way_rows(
            "Nearest boundaries of the best model", found.optimum_ways, found, "none known here"
        ),
        "",
        "Natural solutions (unit norms, no bias but p/2 where ignored), in closed form [D05]:",
        *_candidate_rows(found),
        "",
        *way_rows(
            "Nearest boundaries of the best natural solution [D06]",
            found.candidate_ways,
            found,
            "none: it is the best at every p and r",
        ),
        *(f"Note: {note}." for note in found.notes),
    ]


def _surely(found: PhaseAnswer) -> str:
    proof = found.certificate
    if proof is None or not found.certified:
        return ", the best that was found."
    only = " or ".join(proof.structures)
    return (
        f".\nCertified: no model costs less by more than {proof.gap:.2g} of it; it is {only} [D10]."
    )


def _numbers(values: Any) -> str:
    return " ".join(f"{0.0 if abs(value) < 5e-5 else value:.4f}" for value in values)


def _candidate_rows(found: PhaseAnswer) -> list[str]:
    best, stake = found.minima[0].loss, found.stake
    rows = [("solution", "loss", "above the best model", "closed form")]
    for each in found.ranked[:_SHOWN]:
        formula = str(each.formula).replace("**", "^")
        more = above(each.loss, best, stake)
        rows.append((each.candidate.name, f"{each.loss:.9g}", more, formula))
    left = len(found.ranked) - _SHOWN
    return [
        *aligned(rows, left={0, 3}),
        *([f"… and {counted(left, 'natural solution')} that cost more."] if left > 0 else []),
    ]


def _as_dict(found: PhaseAnswer) -> dict[str, Any]:
    proof = found.certificate
    return {
        "n_features": found.n_features,
        "n_hidden": found.n_hidden,
        "importance": [1.0] * (found.n_features - 1) + [found.importance],
        "law": law_dict(found.density),
        "minima": [
            {
                "loss": minimum.loss,
                "kind": found.kind(minimum),
                "structure": counted_from_0(minimum.structure),
                "W": minimum.W.tolist(),
                "b": minimum.b.tolist(),
                "known": found.known(rank),
            }
            for rank, minimum in enumerate(found.minima)
        ],
        "certificate": None
        if proof is None
        else {
            "status": proof.status,
            "lower": proof.lower,
            "upper": proof.upper,
            "gap": proof.gap,
            "structures": list(proof.structures),
            "label": "D10",
        },
        "boundaries": [way.as_dict() for way in found.optimum_ways],
        "candidates": [
            {"name": each.candidate.name, "loss": each.loss, "formula": str(each.formula)}
            for each in found.ranked
        ],
        "candidate_boundaries": [way.as_dict() for way in found.candidate_ways],
        "notes": list(found.notes),
    }
