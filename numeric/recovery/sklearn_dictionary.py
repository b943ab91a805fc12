"""scikit-learn's dictionary learning, an optional extra to hold this project's against."""

from __future__ import annotations

import warnings

import numpy as np

from ground.checks import FloatArray
from numeric.recovery.coding import codes_for, objective
from numeric.recovery.dictionary_learning import unit_rows

__all__ = ["sklearn_dictionary"]


def sklearn_dictionary(
    activations: FloatArray,
    n_atoms: int,
    *,
    l1: float,
    steps: int,
    rng: np.random.Generator,
    positive: bool = True,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """`sklearn.decomposition.MiniBatchDictionaryLearning`, its λ in this project's units.

    It minimises ½|h − Dᵀc|² + α Σ|c|, so that α = λ/2.  Codes are then those of `codes_for`, so
    that its atoms are measured as all others are.

    Raises
    ------
    ImportError
        scikit-learn is not installed.
    """
    try:
        from sklearn.decomposition import MiniBatchDictionaryLearning
        from sklearn.exceptions import ConvergenceWarning
    except ImportError as error:
        raise ImportError(
            'method "sklearn" needs scikit-learn: pip install "superposition-theory[recovery]", '
            'or use method "dictionary"'
        ) from error
    learner = MiniBatchDictionaryLearning(
        n_components=n_atoms,
        alpha=l1 / 2,
        max_iter=steps,
        batch_size=256,
        fit_algorithm="cd",
        transform_algorithm="lasso_cd",
        positive_code=positive,
        random_state=int(rng.integers(2**31)),
        tol=0.0,
        max_no_improvement=None,
    )
    with warnings.catch_warnings():
        # Its codes on the way are cut off at a number of sweeps; none of them is returned.
        warnings.simplefilter("ignore", ConvergenceWarning)
        learner.fit(activations)
    atoms = unit_rows(np.asarray(learner.components_, dtype=np.float64))
    codes = codes_for(activations, atoms, l1, positive=positive)
    return atoms, codes, np.array([objective(activations, atoms, codes, l1)])
