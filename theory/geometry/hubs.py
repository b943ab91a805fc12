r"""Hubs: a dimension that one feature holds, with all that are left out on its other side [D47].

Dense features.  Each of m dimensions has one feature of length a, its hub, and all others, many
more than dimensions, share the rest: their weights E, (m, n − m), are small and E Eᵀ = s·1.  Their
outputs stay positive, so that they are linear; the hub's interference is a sum of many small terms.
A dimension then saves

$$ B(a, s, b) = v − ℓ(a², b, 1 + s/a²) + v\,(2s − s² − a² s), $$

with the loss ℓ under Gaussian interference of :mod:`theory.geometry.large_blocks` and the
variance v of a feature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray, as_positive_density
from theory.data_law import feature_variance
from theory.geometry.large_blocks import gaussian_loss

__all__ = ["HubBlock", "hub_benefit", "hub_block"]

_STARTS = ((0.8, 0.2, 0.05), (0.5, 0.5, 0.05), (0.95, 0.05, 0.0))


@dataclass(frozen=True)
class HubBlock:
    """The best hub at one density, where many features are left over [D47].

    Attributes
    ----------
    density : float
    hub : float
        a², the hub's squared length.
    rest : float
        s, what all that are left over have in its dimension together.
    bias : float
        The hub's, the mean of its interference included.
    benefit : float
        Loss saved per hidden dimension against ignoring all features.
    """

    density: float
    hub: float
    rest: float
    bias: float
    benefit: float

    @property
    def dimensionality(self) -> float:
        """D_i of the hub."""
        return self.hub / (self.hub + self.rest)

    @property
    def dimensions_per_feature(self) -> float:
        """D* = m/‖W‖² of a model of hubs."""
        return 1 / (self.hub + self.rest)


def hub_benefit(hub: float, rest: float, bias: float, density: float) -> tuple[float, FloatArray]:
    r"""B(a, s, b) per dimension, and its derivatives by a², s and b [D47].

    Examples
    --------
    A hub that is alone saves all of its variance:

    >>> hub_benefit(1.0, 0.0, 0.0, 0.6)[0] == feature_variance(0.6)
    True
    """
    v = feature_variance(density)
    loss, by_scale, by_bias, by_ratio = gaussian_loss(hub, bias, 1 + rest / hub, density)
    benefit = v - loss + v * (2 * rest - rest**2 - hub * rest)
    by_hub = -by_scale + by_ratio * rest / hub**2 - v * rest
    by_rest = -by_ratio / hub + v * (2 - 2 * rest - hub)
    return float(benefit), np.array([by_hub, by_rest, -by_bias])


def hub_block(density: float) -> HubBlock:
    r"""Best length of a hub, weight of the rest, and bias [D47].

    .. math:: \max_{a, s, b} B(a, s, b)

    Parameters
    ----------
    density : float
        p in (0, 1].

    Returns
    -------
    HubBlock

    Raises
    ------
    ValueError
        A density outside (0, 1].

    Examples
    --------
    At p = .68 hubs have D_i = .746, which triangles beat and training often ends at:

    >>> hub = hub_block(0.6813)
    >>> round(hub.dimensionality, 3), round(hub.dimensions_per_feature, 3)
    (0.746, 0.924)
    """
    p = as_positive_density("density", density)
    unit = feature_variance(p)

    def lost(point: FloatArray) -> tuple[float, FloatArray]:
        hub, rest, bias = point.tolist()
        benefit, slope = hub_benefit(hub, rest, bias, p)
        return -benefit / unit, -slope / unit

    found = [
        minimize(
            lost,
            np.array(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.05, 3.0), (1e-9, 3.0), (-5.0, 1.0)],
            options={"ftol": 1e-14, "gtol": 1e-9},
        )
        for start in _STARTS
    ]
    best = min(found, key=lambda end: end.fun)
    hub, rest, bias = best.x.tolist()
    return HubBlock(p, hub, rest, bias, float(-best.fun * unit))
