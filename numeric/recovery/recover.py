"""Atoms and codes from activations alone: one face for every method that has no dictionary."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import (
    FloatArray,
    as_at_least_zero,
    as_floats,
    as_positive_density,
    check_at_most,
    check_choice,
    check_flag,
    check_positive_int,
    check_seed,
)
from numeric.recovery.coding import codes_for, objective
from numeric.recovery.dictionary_learning import learn_dictionary
from numeric.recovery.lone_rays import lone_rays
from numeric.recovery.sklearn_dictionary import sklearn_dictionary
from numeric.recovery.sparse_autoencoder import train_autoencoder

__all__ = ["METHODS", "Recovery", "recover"]

METHODS = ("autoencoder", "dictionary", "lone_rays", "sklearn")
STEPS = {"autoencoder": 4000, "dictionary": 100, "lone_rays": 1, "sklearn": 10}
SHARE = 0.3  # λ, of the size of activations, where none is given
MOST = 10**10  # rows × atoms × steps: some minutes
ROWS = 20_000  # of the table of parallel rows, whose entries are their square


@dataclass(frozen=True, eq=False)
class Recovery:
    """What a method found in activations.

    Attributes
    ----------
    atoms : ndarray (found, n_hidden)
        Directions of length one; `found` is n_atoms, or fewer for lone rays.
    codes : ndarray (samples, found)
        Of the activations given: the encoder's for an autoencoder, else the lasso's.
    loss : float
        Mean of |h − h′|² + λ Σ|code| over the samples.
    method : str
    l1 : float
        λ as used.
    losses : ndarray (starts,)
        Of every start; the best was kept.
    """

    atoms: FloatArray
    codes: FloatArray
    loss: float
    method: str
    l1: float
    losses: FloatArray


def recover(
    activations: Any,
    n_atoms: int,
    *,
    method: str = "autoencoder",
    l1: float | None = None,
    seed: int | list[int] = 0,
    steps: int | None = None,
    starts: int = 4,
    positive: bool = True,
    noise: float = 0.0,
    density: float | None = None,
) -> Recovery:
    r"""Find feature directions and how active each is, from activations alone.

    .. math:: \min_{D, c \ge 0} \; \langle |h - D^\top c(h)|^2 + \lambda \sum_j c_j(h) \rangle,
              \qquad |d_j| = 1

    "autoencoder" trains c(h) = ReLU(E h + b) by Adam; "dictionary" alternates between the best
    codes and the best atoms, "sklearn" is scikit-learn's; "lone_rays" counts parallel samples,
    which features make that occur alone, and minimises nothing.

    Parameters
    ----------
    activations : array_like (samples, n_hidden)
        h, finite; at least as many samples as atoms, and not all zero.
    n_atoms : int
        How many directions to look for.
    method : {"autoencoder", "dictionary", "lone_rays", "sklearn"}
    l1 : float, optional
        λ ≥ 0, in units of the activations: a feature alone loses λ/2 of its activity (D42). By
        default 0.3 times the root mean square of the norms of samples that are not zero. No value
        is right: look at several.
    seed : int or list of int
        Of starts and batches.
    steps : int, optional
        Of Adam, or turns; a default for each method.
    starts : int
        Independent starts, the one with the least loss being kept; of no use to lone rays.
    positive : bool
        Codes ≥ 0; False gives codes signs ("dictionary" and "sklearn" only).
    noise : float
        σ, the known standard deviation of noise in each coordinate, read by "lone_rays" only.
    density : float, optional
        p, if known, for the warning below.

    Returns
    -------
    Recovery

    Raises
    ------
    ValueError
        NaN or infinity in activations, fewer samples than atoms, all zero; λ < 0; an unknown
        method; work that would not end.

    Warns
    -----
    UserWarning
        At this density fewer than two samples are expected in which a given feature is alone.

    Examples
    --------
    >>> h = [[1.0, 0.0], [0.3, 0.0], [0.0, -0.5], [0.0, -0.2], [0.4, -0.4]]
    >>> recover(h, 2, method="lone_rays").atoms
    array([[ 1.,  0.],
           [ 0., -1.]])

    References
    ----------
    Bricken et al. 2023, *Towards Monosemanticity*; Cunningham et al. 2023, *Sparse Autoencoders
    Find Highly Interpretable Features in Language Models*.
    """
    check_choice("method", method, METHODS)
    h = _checked(activations, check_positive_int("n_atoms", n_atoms))
    turns = STEPS[method] if steps is None else check_positive_int("steps", steps)
    check_positive_int("starts", starts)
    words = np.atleast_1d(check_seed(seed)).tolist()
    noise = as_at_least_zero("noise", noise)
    if not check_flag("positive", positive) and method not in ("dictionary", "sklearn"):
        raise ValueError(f'positive=False is for "dictionary" and "sklearn", got method={method!r}')
    size = float(np.sqrt(np.mean(np.sum(h**2, axis=1)[np.any(h, axis=1)])))
    penalty = SHARE * size if l1 is None else as_at_least_zero("l1", l1)
    if density is not None:
        _warn_if_never_alone(len(h), n_atoms, as_positive_density("density", density))
    if method == "lone_rays":
        check_at_most("samples of lone_rays", len(h), ROWS, "each is compared with each")
        atoms, _ = lone_rays(h, n_atoms, noise=noise)
        codes = codes_for(h, atoms, penalty)
        loss = objective(h, atoms, codes, penalty)
        return Recovery(atoms, codes, loss, method, penalty, np.array([loss]))
    work = (128 if method == "autoencoder" else len(h)) * n_atoms * h.shape[1] * turns * starts
    check_at_most(
        "samples × n_atoms × n_hidden × steps × starts", work, 100 * MOST, "it would take hours"
    )
    found = [
        _once(h, n_atoms, method, penalty, turns, positive, np.random.default_rng([*words, k]))
        for k in range(starts)
    ]
    losses = np.array([each[2] for each in found])
    atoms, codes, loss = found[int(np.argmin(losses))]
    return Recovery(atoms, codes, loss, method, penalty, losses)


def _once(
    h: FloatArray,
    n_atoms: int,
    method: str,
    l1: float,
    steps: int,
    positive: bool,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray, float]:
    """Atoms, codes and loss of one start."""
    if method == "autoencoder":
        model, _ = train_autoencoder(h, n_atoms, l1=l1, steps=steps, rng=rng)
        return model.atoms, model.encode(h), model.objective(h, l1)
    learn = learn_dictionary if method == "dictionary" else sklearn_dictionary
    atoms, codes, losses = learn(h, n_atoms, l1=l1, steps=steps, rng=rng, positive=positive)
    return atoms, codes, float(losses[-1])


def _checked(activations: Any, n_atoms: int) -> FloatArray:
    """Activations as a matrix from which so many atoms can be asked."""
    h = as_floats("activations", activations)
    if h.ndim != 2 or not h.size:
        raise ValueError(f"activations must have shape (samples, n_hidden), got shape {h.shape}")
    bad = int(np.sum(~np.all(np.isfinite(h), axis=1)))
    if bad:
        raise ValueError(
            f"activations must be finite, got NaN or infinity in {bad} of {len(h)} samples"
        )
    if len(h) < n_atoms:
        raise ValueError(
            f"n_atoms must not exceed the number of samples, {len(h)}, got {n_atoms}: "
            "each atom needs samples of its own"
        )
    largest = float(np.abs(h).max())
    if largest == 0:
        raise ValueError("activations must not all be zero: there is no direction in them")
    if not 1e-100 < largest < 1e100:
        raise ValueError(
            f"activations must lie between 1e-100 and 1e100 in size, got {largest:g} as the largest"
        )
    return h


def _warn_if_never_alone(samples: int, n_atoms: int, p: float) -> None:
    """Say what scores then mean."""
    alone = samples * p * (1 - p) ** (n_atoms - 1)
    if alone < 2:
        warnings.warn(
            f"at density {p:g} {alone:.2g} of {samples} samples are expected to show a given one "
            f"of {n_atoms} features alone, and two prove its direction: what is recovered is "
            "inferred from mixtures, and scores measure that inference (take more samples, or "
            "sparser data)",
            stacklevel=3,
        )
