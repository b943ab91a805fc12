"""What a two-layer net is held against: circuits in closed form, and descents from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray
from theory.computation.absolute_codes import circle_code, difference_code
from theory.computation.absolute_value import naive_net
from theory.computation.asymmetric_motif import asymmetric_motif, best_motif
from theory.computation.fitted_readout import fitted_naive_net
from theory.computation.nets import TwoLayerNets
from theory.computation.refine import refine_two_layer
from theory.computation.two_layers import POINTS, TwoLayerLoss, two_layer_loss
from theory.computation.work import seconds_by_count

__all__ = ["Circuit", "affordable", "circuits", "loss_of"]

LOSS_SECONDS, DESCENT_SECONDS = 1.0, 3.0
FEWEST, MOST = 10, 400  # evaluations of a descent
Net = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Circuit:
    """A net with its loss, and what it is.

    Attributes
    ----------
    source : str
    loss : float
    error : float
        Standard error of the sampled part of the loss; 0 where all is exact.
    W1 : (m, n), W2 : (n, m), b : (n,)
    """

    source: str
    loss: float
    error: float
    W1: FloatArray
    W2: FloatArray
    b: FloatArray

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"source": self.source, "loss": self.loss, "loss_error": self.error}


def affordable(nets: TwoLayerNets, seconds: float) -> int:
    """Active features up to which a loss of one net is integrated within so many seconds.

    Two at least, which is closed form for any number of features, and four at most.
    """
    m, n = nets.W1.shape[1:]
    each = np.cumsum(seconds_by_count(n, m, nets.low, 4))
    within = int(np.sum(each <= seconds)) - 1
    return min(max(2, within), n)


def loss_of(nets: TwoLayerNets, net: Net, most_active: int, seed: int | list[int]) -> TwoLayerLoss:
    """Loss of a net in the world of another, on the sample of that world."""
    n = nets.W1.shape[2]
    return two_layer_loss(
        *net, nets.density[0], nets.importance[0], **_how(nets),
        most_active=most_active, points=0 if most_active >= n else POINTS, seed=seed,
    )  # fmt: skip


def circuits(
    nets: TwoLayerNets, own: Circuit, most_active: int, seed: int | list[int], tied: bool
) -> tuple[Circuit, ...]:
    """The model after a descent, first; then every rival, the best first.

    All losses are on the same sample, where they are not exact.
    """

    def judged(source: str, net: Net) -> Circuit:
        found = loss_of(nets, net, most_active, seed)
        return Circuit(source, float(found.loss), float(found.error), *net)

    def lower(start: Circuit, source: str) -> Circuit:
        end = judged(source, _descended(nets, start, seed, tied))
        return end if end.loss < start.loss else start

    ended = lower(own, own.source)
    known = [judged(source, net) for source, net in _closed_forms(nets, tied)]
    first = min(known, key=lambda circuit: circuit.loss, default=None)
    if first is not None and first.loss > 0:
        further = lower(first, f"descent from {first.source}")
        known += [further] if further is not first else []
    return ended, *sorted(known, key=lambda circuit: circuit.loss)


def _closed_forms(nets: TwoLayerNets, tied: bool) -> Iterator[tuple[str, Net]]:
    """Circuits that theory writes down for as many neurons, in this world."""
    m, n = nets.W1.shape[1:]
    p, weight = nets.density[0], nets.importance[0]
    usual = (nets.low, nets.high) == ((0.0 if nets.target == "identity" else -1.0), 1.0)
    if usual:
        found: Any = naive_net(n, m, density=p, importance=weight, target=nets.target)
        of = "two neurons a feature" if nets.target == "absolute" else "one neuron a feature"
        yield f"naive solution, {of}", (found.W1, found.W2, found.b)
    if tied:
        return
    if nets.output == "linear" and usual:
        found = fitted_naive_net(n, m, density=p, importance=weight, target=nets.target)
        yield "naive solution, its output fitted", (found.W1, found.W2, found.b)
    if nets.target != "absolute":
        return
    if nets.output == "relu" and m >= 6:
        code = circle_code(n, m)
        yield "circle code, exact for lone features", (code.W1, code.W2, code.b)
    if nets.output == "linear" and m >= 3:
        code = difference_code(n, m)
        yield "code of second differences", (code.W1, code.W2, code.b)
    alike = bool(np.ptp(p) == 0 and np.ptp(weight) == 0)
    if nets.output == "relu" and (m, n) == (5, 3) and alike and usual and p[0] > 0:
        motif = asymmetric_motif(min(max(best_motif(float(p[0])).a, 1.0), 1e6))
        yield "asymmetric motif", (motif.W1, motif.W2, motif.b)


def _descended(nets: TwoLayerNets, start: Circuit, seed: int | list[int], tied: bool) -> Net:
    """Down the exact loss, of few active features, and a sample, for some seconds at most."""
    m, n = nets.W1.shape[1:]
    counts = affordable(nets, DESCENT_SECONDS / MOST)
    seconds = float(np.sum(seconds_by_count(n, m, nets.low, counts))) + 3e-8 * POINTS * n * m
    steps = int(np.clip(DESCENT_SECONDS / seconds, FEWEST, MOST))
    end = refine_two_layer(
        start.W1, None if tied else start.W2, start.b, nets.density[0], nets.importance[0],
        **_how(nets), most_active=counts, points=0 if counts >= n else POINTS, seed=seed,
        steps=steps,
    )  # fmt: skip
    return end.W1, end.W2, end.b


def _how(nets: TwoLayerNets) -> dict[str, Any]:
    return {"target": nets.target, "output": nets.output, "low": nets.low, "high": nets.high}
