"""What the neurons of a two-layer net do: which features each reads, and which sides are dead.

h = ReLU(W1 x), y' = f(W2 h + b), W1 (..., m, n), W2 (..., n, m), b (..., n); leading axes are
instances.  Without a hidden bias a neuron's size is free: c·(row of W1) with (column of W2)/c is
the same net for every c > 0.  So rows are compared up to positive scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ground.checks import as_floats, as_number
from numeric.measure.geometry import LARGEST, polysemanticity

__all__ = ["Matched", "Neurons", "dead_sides", "match_neurons", "neurons"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Neurons:
    """The neurons of nets, each with its largest weight in W1 at ±1.

    Attributes
    ----------
    W1 : (..., m, n)
    W2 : (..., n, m)
        The same nets rescaled; rows of zeros stay.
    strength : (..., m)
        Largest |W2| of each neuron after rescaling: its largest effect on an output for a unit
        of the feature that it reads most.
    live : bool (..., m)
        Whether that is at least `strength_above`.
    served : int (..., m)
        Features that a live neuron reads: entries |W1| ≥ `read_above`; 0 where it is not live.
    effective : (..., m)
        The same by participation ratio, (Σw²)²/Σw⁴; 0 where it is not live.
    """

    W1: Floats
    W2: Floats
    strength: Floats
    live: Flags
    served: NDArray[np.int_]
    effective: Floats

    @property
    def monosemantic(self) -> Flags:
        """Live neurons that read one feature, by the threshold, (..., m)."""
        return np.asarray(self.served == 1)

    @property
    def polysemantic(self) -> Flags:
        """Live neurons that read several features, by the threshold, (..., m)."""
        return np.asarray(self.served > 1)

    @property
    def effectively_monosemantic(self) -> Flags:
        """Live neurons whose participation ratio is nearer to 1 than to 2, (..., m)."""
        return np.asarray(self.live & (self.effective < 1.5))

    @property
    def effectively_polysemantic(self) -> Flags:
        """Live neurons whose participation ratio is at least 1.5, (..., m)."""
        return np.asarray(self.live & (self.effective >= 1.5))


@dataclass(frozen=True, eq=False)
class Matched:
    """Which neuron of a net is which of the given ones.

    Attributes
    ----------
    neuron : int (k,)
        For each given row, the neuron matched with it; −1 for rows beyond the net's number.
    cosine : (k,)
        Their likeness in [−1, 1]; 0 where nothing is matched.
    """

    neuron: NDArray[np.int_]
    cosine: Floats


def neurons(W1: Any, W2: Any, *, read_above: float = 0.1, strength_above: float = 0.01) -> Neurons:
    r"""Rescale each neuron to a largest weight of ±1, and count the features that it reads.

    .. math:: W_{1,k} \to W_{1,k}/c_k, \quad W_{2,\cdot k} \to c_k W_{2,\cdot k}, \qquad
       c_k = \max_i |W_{1,ki}|

    Parameters
    ----------
    W1 : array_like (..., m, n)
    W2 : array_like (..., n, m)
    read_above : float
        In (0, 1]: a feature is read where its weight is at least this share of the largest.
    strength_above : float
        At least 0: neurons whose strength is below it are not live, and read nothing.

    Returns
    -------
    Neurons

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, thresholds out of range.

    Examples
    --------
    >>> found = neurons([[0.0, -2.0], [1.0, 0.5], [1.0, 0.0]], [[0, 3.0, 0], [1.0, 0, 0]])
    >>> found.W1[0], found.W2[1, 0].item()
    (array([ 0., -1.]), 2.0)
    >>> found.served  # the third one is never listened to
    array([1, 2, 0])
    """
    W1, W2 = _layers(W1, W2)
    read_above = as_number("read_above", read_above, "in (0, 1]", lambda x: 0 < x <= 1)
    strength_above = as_number(
        "strength_above", strength_above, "finite and ≥ 0", lambda x: 0 <= x < np.inf
    )
    size = np.abs(W1).max(axis=-1)
    scale = np.where(size > 0, size, 1.0)
    rows, columns = W1 / scale[..., None], W2 * size[..., None, :]
    strength = np.abs(columns).max(axis=-2)
    live = (strength >= strength_above) & (size > 0)
    served = np.where(live, np.sum(np.abs(rows) >= read_above, axis=-1), 0)
    effective = np.where(live, polysemanticity(rows), 0.0)
    return Neurons(rows, columns, strength, live, served, effective)


def dead_sides(
    W1: Any, W2: Any, b: Any, *, low: float = -1.0, high: float = 1.0
) -> NDArray[np.bool_]:
    r"""Sides of features whose own output never rises above 0 when they are active alone.

    .. math:: z_i(x_i = t) = b_i + |t| \sum_k W_{2,ik}\, ReLU(\pm W_{1,ki})

    It is linear on each side, so its sign at both ends decides.  A ReLU output is 0 all along such
    a side, and lone samples of it move nothing.

    Parameters
    ----------
    W1 : array_like (..., m, n)
    W2 : array_like (..., n, m)
    b : array_like (..., n)
    low, high : float
        Ends of the law of an active feature; low ≤ 0 ≤ high.

    Returns
    -------
    bool array (..., n, 2)
        Of the sides x_i < 0 and x_i > 0, in this order; False for a side that does not occur.

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, a range that leaves out 0.

    Examples
    --------
    >>> dead_sides([[1.0, 0.0]], [[1.0], [0.0]], [0.0, 0.25])
    array([[ True, False],
           [False, False]])
    """
    W1, W2 = _layers(W1, W2)
    b = as_floats("b", b)
    if b.shape != W1.shape[:-2] + W1.shape[-1:] or not np.isfinite(b).all():
        raise ValueError(f"b must be finite and of shape (..., n) as W1 {W1.shape}, got {b.shape}")
    low = as_number("low", low, "finite and ≤ 0", lambda x: -np.inf < x <= 0)
    high = as_number("high", high, "finite and ≥ 0", lambda x: 0 <= x < np.inf)
    ends = np.array([low, high])
    hidden = np.maximum(ends * W1[..., None], 0.0)  # of each feature alone, at each end
    own = np.einsum("...ik,...kie->...ie", W2, hidden) + b[..., None]
    return np.asarray((own <= 0) & (b[..., None] <= 0) & (ends != 0))


def match_neurons(W1: Any, rows: Any, W2: Any = None, columns: Any = None) -> Matched:
    r"""Match a net's neurons with given ones, so that the sum of likenesses is largest.

    .. math:: \max_\pi \sum_j \cos(w_{\pi(j)}, r_j) \cos(v_{\pi(j)}, c_j)

    with w the rows of W1 and v the columns of W2; the second cosine is left out where W2 is.  Each
    is free of positive scale, and so is a neuron.  The matching is optimal (Kuhn 1955).

    Parameters
    ----------
    W1 : array_like (m, n)
    rows : array_like (k, n)
        Rows of W1 to look for.
    W2 : array_like (n, m), optional
    columns : array_like (n, k), optional
        Columns of W2 to look for, with W2.

    Returns
    -------
    Matched

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, one of W2 and columns without the other.

    Examples
    --------
    >>> found = match_neurons([[0.0, -3.0], [2.0, 0.0]], [[1.0, 0.0], [0.0, -1.0]])
    >>> found.neuron, found.cosine
    (array([1, 0]), array([1., 1.]))
    """
    from scipy.optimize import linear_sum_assignment

    W1, rows = _matrix("W1", W1), _matrix("rows", rows)
    if W1.shape[1] != rows.shape[1]:
        raise ValueError(f"rows must have as many features as W1 {W1.shape}, got {rows.shape}")
    likeness = _unit(rows) @ _unit(W1).T
    if (W2 is None) != (columns is None):
        raise ValueError("W2 must be given with columns, and columns with W2")
    if W2 is not None:
        W2, columns = _matrix("W2", W2), _matrix("columns", columns)
        if W2.shape != W1.shape[::-1] or columns.shape != rows.shape[::-1]:
            raise ValueError(
                f"W2 must have the shape {W1.shape[::-1]} as W1 and columns {rows.shape[::-1]} as "
                f"rows, got {W2.shape} and {columns.shape}"
            )
        likeness = likeness * (_unit(columns.T) @ _unit(W2.T).T)
    neuron, cosine = np.full(len(rows), -1), np.zeros(len(rows))
    given, found = linear_sum_assignment(likeness, maximize=True)
    neuron[given], cosine[given] = found, np.clip(likeness[given, found], -1.0, 1.0)
    return Matched(neuron, cosine)


def _layers(W1: Any, W2: Any) -> tuple[Floats, Floats]:
    """Checked layers (..., m, n) and (..., n, m)."""
    W1, W2 = as_floats("W1", W1), as_floats("W2", W2)
    if W1.ndim < 2 or 0 in W1.shape[-2:]:
        raise ValueError(f"W1 must have shape (..., n_hidden, n_features), got {W1.shape}")
    if W2.shape != (*W1.shape[:-2], *W1.shape[:-3:-1]):
        raise ValueError(
            f"W2 must have shape (..., n_features, n_hidden) as W1 {W1.shape}, got {W2.shape}"
        )
    for name, W in (("W1", W1), ("W2", W2)):
        _check_range(name, W)
    return W1, W2


def _matrix(name: str, value: Any) -> Floats:
    W = as_floats(name, value)
    if W.ndim != 2 or 0 in W.shape:
        raise ValueError(f"{name} must be a matrix, got shape {W.shape}")
    _check_range(name, W)
    return W


def _check_range(name: str, W: Floats) -> None:
    if not np.isfinite(W).all() or np.abs(W).max(initial=0.0) > LARGEST:
        raise ValueError(f"{name} must have finite entries up to {LARGEST:g}, got others")


def _unit(rows: Floats) -> Floats:
    """Rows of unit length; rows of zeros stay. No square of a tiny weight may underflow."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    scaled = np.divide(rows, largest, out=np.zeros_like(rows), where=largest > 0)
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.divide(scaled, length, out=scaled, where=length > 0)
