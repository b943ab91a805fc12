"""What a trained W looks like, as numbers: how big, how crowded, in which dimensions.

W is (..., n_hidden, n_features) with columns W_i; Ŵ_i = W_i/‖W_i‖, and 0 for a feature that is not
represented.  Leading axes are instances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ground.checks import as_floats, as_importance, as_number
from ground.structure import structure_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = [
    "classify",
    "dimensions_per_feature",
    "feature_dimensionality",
    "geometry_graph",
    "interference",
    "leverage",
    "norms",
    "polysemanticity",
    "superposition",
]

Floats = NDArray[np.float64]
LARGEST = 1e75  # fourth powers of it are finite


def norms(W: Any) -> Floats:
    """‖W_i‖, how strongly each feature is represented, (..., n).

    Parameters
    ----------
    W : array_like (..., m, n)

    Returns
    -------
    ndarray (..., n)

    Raises
    ------
    ValueError
        W is not of such a shape, or not finite.

    Examples
    --------
    >>> norms([[1.0, -2.0, 0.0]])
    array([1., 2., 0.])
    """
    return np.asarray(np.linalg.norm(_weights(W), axis=-2))


def interference(W: Any) -> Floats:
    """Ŵ_i·W_j for j ≠ i, and 0 for j = i: what feature j adds along feature i, (..., n, n).

    Parameters
    ----------
    W : array_like (..., m, n)

    Returns
    -------
    ndarray (..., n, n)

    Raises
    ------
    ValueError
        W is not of such a shape, or not finite.

    Examples
    --------
    >>> interference([[1.0, -2.0]])
    array([[ 0., -2.],
           [-1.,  0.]])
    """
    W = _weights(W)
    matrix = _directions(W).swapaxes(-1, -2) @ W
    diagonal = np.arange(W.shape[-1])
    matrix[..., diagonal, diagonal] = 0.0
    return matrix


def superposition(W: Any) -> Floats:
    r"""How far each feature shares its direction with others: 0 if it has it for itself, (..., n).

    .. math:: \sum_{j \ne i} (\hat W_i \cdot W_j)^2

    Parameters
    ----------
    W : array_like (..., m, n)

    Returns
    -------
    ndarray (..., n)

    Raises
    ------
    ValueError
        W is not of such a shape, or not finite.

    Examples
    --------
    >>> superposition([[1.0, -1.0]])
    array([1., 1.])
    """
    return np.asarray(np.sum(interference(W) ** 2, axis=-1))


def feature_dimensionality(W: Any) -> Floats:
    r"""The fraction of a dimension that each feature gets, in [0, 1], (..., n).

    .. math:: D_i = \frac{\|W_i\|^2}{\sum_j (\hat W_i \cdot W_j)^2}

    1 for a dedicated dimension, 1/2 in an antipodal pair, 0 for an ignored feature.  D_i never
    exceeds the leverage of the feature, so ΣD_i ≤ rank W.

    Parameters
    ----------
    W : array_like (..., m, n)

    Returns
    -------
    ndarray (..., n)

    Raises
    ------
    ValueError
        W is not of such a shape, or not finite.

    Examples
    --------
    >>> feature_dimensionality([[1.0, -1.0, 0], [0, 0, 3.0]])
    array([0.5, 0.5, 1. ])
    """
    W = _scaled(_weights(W), axis=(-1, -2))
    squares = norms(W) ** 2
    shared = squares + superposition(W)
    # ‖W_i‖² ≤ shared always; where it underflows to 0 the feature is not there.
    return np.divide(squares, shared, out=np.zeros_like(squares), where=squares > 0)


def dimensions_per_feature(W: Any) -> Floats:
    r"""Hidden dimensions per feature learned, D* = m / ‖W‖_F², (...,); infinite for W = 0.

    Parameters
    ----------
    W : array_like (..., m, n)

    Returns
    -------
    ndarray (...)

    Raises
    ------
    ValueError
        W is not of such a shape, or not finite.

    Examples
    --------
    >>> dimensions_per_feature([[1.0, -1.0]]).item()
    0.5
    """
    W = _weights(W)
    with np.errstate(divide="ignore"):
        return np.asarray(W.shape[-2] / np.sum(W**2, axis=(-1, -2)))


def leverage(W: Any) -> Floats:
    r"""Statistical leverage of each feature, in [0, 1], (..., n); the sum is the rank of W.

    .. math:: \ell_i = W_i^T (W W^T)^+ W_i

    The feature dimensionality that the best linear map could give: D_i ≤ ℓ_i (comment of Zhang in
    TMS).

    Parameters
    ----------
    W : array_like (..., m, n)

    Returns
    -------
    ndarray (..., n)

    Raises
    ------
    ValueError
        W is not of such a shape, or not finite.

    Examples
    --------
    >>> leverage([[1.0, -1.0, 0], [0, 0, 3.0]]).round(12)
    array([0.5, 0.5, 1. ])
    """
    W = _scaled(_weights(W), axis=(-1, -2))
    _, singular, rows = np.linalg.svd(W, full_matrices=False)
    # The rank as numpy.linalg.matrix_rank counts it.
    least = singular[..., :1] * max(W.shape[-2:]) * np.finfo(np.float64).eps
    return np.asarray(np.sum(np.where((singular > least)[..., None], rows**2, 0.0), axis=-2))


def polysemanticity(W: Any) -> Floats:
    r"""How many features each neuron (row of W) serves, effectively, (..., m).

    .. math:: \frac{(\sum_i W_{ki}^2)^2}{\sum_i W_{ki}^4}

    The participation ratio: 1 for a monosemantic neuron, n for one that serves all alike, 0 for a
    dead one.  It means something where neurons do: in a model with a privileged basis.

    Parameters
    ----------
    W : array_like (..., m, n)

    Returns
    -------
    ndarray (..., m)

    Raises
    ------
    ValueError
        W is not of such a shape, or not finite.

    Examples
    --------
    >>> polysemanticity([[0, 3.0, 0], [1, -1, 0], [0, 0, 0]])
    array([1., 2., 0.])
    """
    squares = _scaled(_weights(W), axis=(-1,)) ** 2
    quartic = np.sum(squares**2, axis=-1)
    return np.divide(
        np.sum(squares, axis=-1) ** 2, quartic, out=np.zeros_like(quartic), where=quartic > 0
    )


def geometry_graph(W: Any, *, ignored_below: float = 0.1, edge_above: float = 0.1) -> csr_array:
    """The graph of one W in which features that interfere are neighbours: weights Ŵ_i·Ŵ_j, (n, n).

    Its connected components (`scipy.sparse.csgraph.connected_components`) are the factors that the
    features share, and its edges the bars of the paper's polytopes.

    Parameters
    ----------
    W : array_like (m, n)
    ignored_below : float
        Features with a smaller norm have no edges.
    edge_above : float
        Edges with |Ŵ_i·Ŵ_j| below this are left out.

    Returns
    -------
    scipy.sparse.csr_array (n, n)
        Symmetric, with an empty diagonal.

    Raises
    ------
    ValueError
        W is not of such a shape or not finite, or a threshold is out of its range.

    Examples
    --------
    A digon beside a feature by itself has one edge, stored from both ends:

    >>> graph = geometry_graph([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> graph.nnz, float(graph[0, 1])
    (2, -1.0)
    """
    from scipy.sparse import csr_array

    W = _weights(W)
    if W.ndim != 2:
        raise ValueError(f"W must have shape (n_hidden, n_features), got {W.shape}")
    ignored_below = _threshold("ignored_below", ignored_below, np.inf)
    edge_above = _threshold("edge_above", edge_above, 1.0)
    directions = np.where(norms(W) >= ignored_below, _directions(W), 0.0)
    cosines = directions.T @ directions
    np.fill_diagonal(cosines, 0.0)
    return csr_array(np.where(np.abs(cosines) >= edge_above, cosines, 0.0))


def classify(
    W: Any, importance: Any = None, *, ignored_below: float = 0.1, orthogonal_below: float = 0.1
) -> NDArray[np.str_]:
    """Name the phase of each W, such as ``[1] [2 3] (4)``; an array of strings, (...,).

    The rule is that of `ground.structure`: feature i is ignored if ‖W_i‖ < ``ignored_below``,
    two others are linked if |Ŵ_i·Ŵ_j| ≥ ``orthogonal_below``, and the factors (in brackets) are the
    connected components.

    Parameters
    ----------
    W : array_like (..., m, n)
    importance : array_like (..., n), optional
        Where given, equally important features are interchangeable, and all structures that differ
        by them get the same name. By default every feature keeps its own name.
    ignored_below : float
        A norm, at least 0.
    orthogonal_below : float
        A cosine in [0, 1].

    Returns
    -------
    ndarray of str (...)

    Raises
    ------
    ValueError
        W or importance of the wrong shape, or a threshold out of its range.

    Examples
    --------
    >>> str(classify([[1.0, -1.0, 0.05], [0, 0, 0.02]]))
    '[1 2] (3)'
    >>> str(classify([[0.0, 1.0]], importance=[1, 1]))
    '[1] (2)'
    """
    W = _weights(W)
    ignored_below = _threshold("ignored_below", ignored_below, np.inf)
    orthogonal_below = _threshold("orthogonal_below", orthogonal_below, 1.0)
    *leading, m, n = W.shape
    flat = W.reshape(-1, m, n)
    sizes = norms(flat)
    directions = _directions(flat)
    cosines = np.abs(directions.swapaxes(-1, -2) @ directions)
    # Of thousands of W only a few patterns differ: each is named once.
    pattern: list[NDArray[Any]] = [
        sizes >= ignored_below,
        (cosines >= orthogonal_below).reshape(len(flat), n * n),
    ]
    if importance is not None:
        given = as_importance(importance, n)
        try:
            weights = np.broadcast_to(given, (*leading, n)).reshape(-1, n)
        except ValueError:
            raise ValueError(
                f"importance {given.shape} must fit W {W.shape}: one for each feature"
            ) from None
        pattern.append(weights)
    keys = np.concatenate([part.astype(np.float64) for part in pattern], axis=1)
    _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    names = []
    for k in first:
        found = structure_of(
            flat[k], ignored_below=ignored_below, orthogonal_below=orthogonal_below
        )
        names.append(str(found if importance is None else found.canonical(weights[k])))
    return np.array(names, dtype=np.str_)[which.reshape(leading)]


def _weights(W: Any) -> Floats:
    """Checked float64 weights of any shape (..., m, n)."""
    W = as_floats("W", W)
    if W.ndim < 2 or 0 in W.shape[-2:]:
        raise ValueError(f"W must have shape (..., n_hidden, n_features), got {W.shape}")
    if not np.all(np.isfinite(W)):
        raise ValueError("W must be finite, got NaN or infinity in it")
    if W.size and np.abs(W).max() > LARGEST:  # no model at all has no largest weight
        raise ValueError(f"W must have entries up to {LARGEST:g}, got larger ones")
    return W


def _threshold(name: str, value: Any, most: float) -> float:
    allowed = "finite and ≥ 0" if most == np.inf else f"a number in [0, {most:g}]"
    return as_number(name, value, allowed, lambda number: 0 <= number < np.inf and number <= most)


def _scaled(W: Floats, axis: tuple[int, ...]) -> Floats:
    """W over its largest entry: no square of a tiny or huge W may leave the range of floats."""
    scale = np.max(np.abs(W), axis=axis, keepdims=True)
    return np.asarray(W / np.where(scale > 0, scale, 1.0))


def _directions(W: Floats) -> Floats:
    """Ŵ: columns of unit length, or 0."""
    length = np.linalg.norm(W, axis=-2, keepdims=True)
    return np.asarray(np.divide(W, length, out=np.zeros_like(W), where=length > 0))
