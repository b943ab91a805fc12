"""Models whose hidden layer has a ReLU and a bias, beside those with one of the two only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from agreement.comparison.alignment import alignment
from agreement.comparison.privileged import represented
from ground.checks import FloatArray

__all__ = ["Lifted", "lifted"]


@dataclass(frozen=True, eq=False)
class Lifted:
    """What a hidden bias makes of the model, over density; of the runs, the best held out.

    Attributes
    ----------
    density : array (density,)
    loss, error : array (density,)
        Held out.
    linear, relu : array (density,)
        Least loss found with a linear hidden layer, and with a ReLU but no bias.
    bias : array (density, m)
        c.
    off, relu_off : array (density,)
        Shares of neurons that have a negative input, on inputs of the law, with the bias and
        without.
    aligned : array (density,)
        Mean alignment of represented features with a neuron.
    """

    density: FloatArray
    loss: FloatArray
    error: FloatArray
    linear: FloatArray
    relu: FloatArray
    bias: FloatArray
    off: FloatArray
    relu_off: FloatArray
    aligned: FloatArray

    @property
    def way(self) -> FloatArray:
        """How far the loss goes from that of the ReLU without bias to the linear layer's: 0 to 1.

        NaN where these two do not differ by more than a per cent.
        """
        apart = self.relu - self.linear
        far = apart > 0.01 * self.relu
        return np.divide(self.relu - self.loss, apart, out=np.full_like(apart, np.nan), where=far)


def lifted(measured: xr.Dataset, derived: xr.Dataset) -> Lifted:
    """Hold the models with a hidden bias against those of the same density without.

    Parameters
    ----------
    measured : Dataset
        ``biased_W`` (biased_density, biased_run, hidden, feature), ``biased_c``, ``biased_loss``,
        ``biased_loss_error``, ``biased_off``; ``off`` (density, run).
    derived : Dataset (density, …)
        ``exact`` and ``linear_exact``.
    """
    here = measured.isel(biased_run=0)  # runs are best first
    p = measured["biased_density"].values
    beside = derived.sel(density=p)
    W = here["biased_W"].transpose("biased_density", "hidden", "feature").values
    there = represented(W, relu=False)
    best = beside["exact"].argmin("run")
    return Lifted(
        density=p,
        loss=here["biased_loss"].values,
        error=here["biased_loss_error"].values,
        linear=beside["linear_exact"].min("linear_run").values,
        relu=beside["exact"].min("run").values,
        bias=here["biased_c"].transpose("biased_density", "hidden").values,
        off=here["biased_off"].values,
        relu_off=measured["off"].sel(density=p).isel(run=best).values,
        aligned=np.sum(alignment(W) * there, axis=1) / np.maximum(there.sum(axis=1), 1),
    )
