"""How well directions found in activations are the true ones, and their codes the true codes.

The scores are those of benchmarks of sparse autoencoders on synthetic data.  One thing differs
unless asked for: directions carry a sign here.  Features of the toy are not negative, and the two
of a digon point opposite ways, so that a score of |cosine| could not tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray, as_at_least_zero, check_at_most, check_flag
from numeric.recovery.rows import as_atoms, as_codes, cosines

__all__ = ["RecoveryScores", "recovery_scores"]

ROWS = 16_384  # samples counted at a time
MOST = 8192  # atoms: the matching takes their cube


@dataclass(frozen=True, eq=False)
class RecoveryScores:
    """What was found against what is true; scores of codes are None where none were given.

    Attributes
    ----------
    mcc : float
        Mean cosine over the pairs of an optimal matching, of which there are as many as the
        smaller set has directions (mean correlation coefficient).
    uniqueness : float
        Different true features that are some atom's nearest, over the number of atoms.
    atom : int (n_true,)
        The atom matched with each true feature, −1 where there were too few.
    cosine : (n_true,)
        Their cosine, 0 where nothing is matched.
    precision, recall, f1 : float or None
        Each matched atom as a detector of its feature, mean over features that are ever active;
        an atom that never fires has precision 0, a feature without an atom has all three 0.
    l0, true_l0 : float or None
        Active codes a sample, found and true.
    dead : float or None
        Share of atoms that are active in no sample.
    shrinkage : float or None
        Mean over samples of the length of the reconstruction over the true one's: below 1 where
        codes are too small.  Samples without an active feature are left out.
    exact : float or None
        Share of samples whose matched codes have the true support, and no unmatched atom fires.
    samples : int or None
    """

    mcc: float
    uniqueness: float
    atom: NDArray[np.int_]
    cosine: FloatArray
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    l0: float | None = None
    true_l0: float | None = None
    dead: float | None = None
    shrinkage: float | None = None
    exact: float | None = None
    samples: int | None = None

    def recovered(self, tolerance: float = 0.05) -> float:
        """Share of true features whose matched atom has a cosine of at least 1 − tolerance."""
        tolerance = as_at_least_zero("tolerance", tolerance)
        return float(np.mean((self.atom >= 0) & (self.cosine >= 1.0 - tolerance)))


def recovery_scores(
    found: Any,
    true: Any,
    found_codes: Any = None,
    true_codes: Any = None,
    *,
    signed: bool = True,
    active_above: float = 1e-6,
) -> RecoveryScores:
    r"""Score directions, and codes where both are given, against the true ones.

    .. math::

       \text{MCC} = \frac{1}{\min(K, n)} \max_\pi \sum_i \cos(a_{\pi(i)}, w_i), \qquad
       \text{uniqueness} = \frac{|\{\arg\max_i \cos(a_k, w_i)\}_k|}{K}

    Parameters
    ----------
    found : array_like (n_atoms, n_hidden)
        The atoms found, as rows, with their lengths: codes times atoms reconstruct activations.
    true : array_like (n_features, n_hidden)
        True directions as rows, Wᵀ of a model, none of them zero.
    found_codes : array_like (samples, n_atoms), optional
        Leading axes are samples in any split and order.
    true_codes : array_like (samples, n_features), optional
        The true activities x of the same samples.
    signed : bool
        False scores |cosine|, as benchmarks do that have no antipodal features: a direction and
        its opposite are one then, and a digon's two atoms cannot be told apart.
    active_above : float
        A code is active where its size is above this, found and true alike.

    Returns
    -------
    RecoveryScores

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, true rows of zeros, codes of one side
        only, fewer samples than none.

    Examples
    --------
    >>> digon = [[1.0], [-1.0]]
    >>> recovery_scores(digon, digon).mcc, recovery_scores([[1.0], [1.0]], digon).mcc
    (1.0, 0.0)
    >>> recovery_scores([[1.0], [1.0]], digon, signed=False).mcc  # blind to the sign
    1.0
    """
    atoms, truth = as_atoms("found", found), as_atoms("true", true, zero=False)
    if atoms.shape[1] != truth.shape[1]:
        raise ValueError(
            f"found must have as many hidden dimensions as true {truth.shape}, got {atoms.shape}"
        )
    check_at_most("found", len(atoms), MOST, "atoms; the time of matching grows as their cube")
    check_at_most("true", len(truth), MOST, "rows; the time of matching grows as their cube")
    signed = check_flag("signed", signed)
    active_above = as_at_least_zero("active_above", active_above)
    for given, other in ((found_codes, true_codes), (true_codes, found_codes)):
        if given is None and other is not None:
            raise ValueError("found_codes must be given with true_codes, and only with them")
    likeness = cosines(atoms, truth)
    if not signed:
        likeness = np.abs(likeness)
    atom, cosine = _matched(likeness)
    mcc = float(cosine[atom >= 0].mean())
    uniqueness = _uniqueness(likeness)
    if found_codes is None:
        return RecoveryScores(mcc, uniqueness, atom, cosine)
    codes = as_codes("found_codes", found_codes, len(atoms))
    x = as_codes("true_codes", true_codes, len(truth))
    if len(codes) != len(x):
        raise ValueError(
            f"found_codes must have as many samples as true_codes ({len(x)}), got {len(codes)}"
        )
    tally = sum(
        (
            _tally(codes[i : i + ROWS], x[i : i + ROWS], atoms, truth, atom, active_above)
            for i in range(0, len(x), ROWS)
        ),
        start=np.zeros(3 * len(truth) + len(atoms) + 3),
    )
    return RecoveryScores(mcc, uniqueness, atom, cosine, **_of_tally(tally, len(truth), len(x)))


def _matched(likeness: FloatArray) -> tuple[NDArray[np.int_], FloatArray]:
    """The optimal matching (Kuhn 1955), for each true feature its atom and their likeness."""
    from scipy.optimize import linear_sum_assignment

    atom, cosine = np.full(likeness.shape[1], -1), np.zeros(likeness.shape[1])
    rows, columns = linear_sum_assignment(likeness, maximize=True)
    atom[columns], cosine[columns] = rows, likeness[rows, columns]
    return atom, cosine


def _uniqueness(likeness: FloatArray) -> float:
    """Distinct nearest features over atoms; an atom of zeros is nearest to none."""
    alive = likeness.any(axis=1)
    return float(np.unique(likeness[alive].argmax(axis=1)).size / len(likeness))


def _tally(
    codes: FloatArray,
    x: FloatArray,
    atoms: FloatArray,
    truth: FloatArray,
    atom: NDArray[np.int_],
    active_above: float,
) -> FloatArray:
    """What is added up over samples: counts of each feature, each atom, and of samples."""
    fires, active = np.abs(codes) > active_above, np.abs(x) > active_above
    detected = np.where(atom >= 0, fires[:, atom], False)
    hits = (detected & active).sum(axis=0)
    # Of the right support: all features right, and nothing fires that is nobody's atom.
    right = (detected == active).all(axis=1) & (fires.sum(axis=1) == detected.sum(axis=1))
    length = np.linalg.norm(x @ truth, axis=1)
    shows = active.any(axis=1) & (length > 0)
    ratio = np.linalg.norm(codes[shows] @ atoms, axis=1) / length[shows]
    samples = [right.sum(), shows.sum(), ratio.sum()]
    return np.concatenate(
        [hits, detected.sum(axis=0), active.sum(axis=0), fires.sum(axis=0), samples]
    ).astype(np.float64)


def _of_tally(tally: FloatArray, n: int, samples: int) -> dict[str, Any]:
    """The scores, from sums over all samples."""
    hits, detected, active = tally[: 3 * n].reshape(3, n)
    fired, (right, shows, ratio) = tally[3 * n : -3], tally[-3:]
    seen = active > 0  # nothing can be said about a feature that never came
    precision = hits / np.maximum(detected, 1.0)
    recall = hits / np.maximum(active, 1.0)
    f1 = 2 * hits / np.maximum(detected + active, 1.0)
    mean = {
        name: float(score[seen].mean()) if seen.any() else None
        for name, score in (("precision", precision), ("recall", recall), ("f1", f1))
    }
    return {
        **mean,
        "l0": float(fired.sum() / samples),
        "true_l0": float(active.sum() / samples),
        "dead": float(np.mean(fired == 0)),
        "shrinkage": float(ratio / shows) if shows else None,
        "exact": float(right / samples),
        "samples": samples,
    }
