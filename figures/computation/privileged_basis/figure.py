"""privileged_basis: behind a ReLU features align with neurons, one to one, then set to set."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from agreement.comparison.lifted import Lifted, lifted
from agreement.comparison.privileged import BOUND, REPRESENTED, Privileged, privileged
from figures.computation.privileged_basis.panels import draw_all
from figures.computation.privileged_basis.plan import Plan
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.words import markdown_table

CLAIM = (
    "Behind a ReLU features align with neurons: one to one where data are dense, and as density "
    "falls neurons turn from monosemantic to polysemantic, features lying on sets of neurons."
)


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check alignment, its loss without the ReLU and with a bias, and the turn; draw them."""
    found, bias = privileged(measured, derived), lifted(measured, derived)
    m = plan.n_hidden
    neurons = found.polysemantic
    dense = found.density > float(derived["onset"])
    claim(bool((neurons[dense] == 0).all()), "dense: every neuron is monosemantic")
    claim(bool(found.aligned[dense].min() > 0.95), "dense: features lie on single neurons")
    claim(int(neurons[-1]) == m, f"sparsest: all {m} are polysemantic, got {neurons[-1]}")
    claim(bool((np.diff(neurons) >= 0).all()), f"neurons only turn one way, got {neurons}")
    between = (1 + found.random_set) / 2
    claim(
        bool(found.set_aligned.min() > between),
        f"features lie on sets of neurons, nearer than half of what chance leaves, {between:.3f}",
    )
    mean, error = found.linear_mean
    claim(
        mean < (1 + found.random) / 2 - 4 * error,
        f"without a ReLU they do not, got {mean:.3f} ± {error:.3f}",
    )
    mean, error = found.blind_mean
    claim(
        abs(mean - found.random) < 4 * error, f"by SGD as by chance, got {mean:.3f} ± {error:.3f}"
    )
    claim(bool(bias.bias.min() > 0), "given a hidden bias, all of it is positive")
    claim(bool(np.nanmin(bias.way) > 0.5), f"its loss is nearer the linear one's, {bias.way}")
    picture = draw_all(plan, measured, derived, found, bias)
    return described(picture, plan, derived, found, bias)


def described(
    picture: Any, plan: Plan, derived: xr.Dataset, found: Privileged, bias: Lifted
) -> Drawing:
    """The picture with its row and what was found at each density."""
    row = found.row()
    mean, error = found.linear_mean
    blind, blind_error = found.blind_mean
    mono = derived["monosemantic"].values
    lines = [
        [
            f"{p:g}",
            found.names[k],
            found.predicted_names[k] if not found.same[k] else "the same",
            f"{found.loss[k]:.6f} ± {found.error[k]:.0e}",
            f"{100 * found.gap[k]:+.2f} %",
            f"{found.loss[k] / mono[k]:.4f}",
            f"{found.linear[k] / found.loss[k]:.3f}",
            f"{found.arm[k]:.3f}",
        ]
        for k, p in enumerate(found.density)
    ]
    headings = [
        "p", "blocks found", "predicted", "exact loss of the best run", "over predicted",
        "over monosemantic", "linear over ReLU", "largest weight of a dropped feature",
    ]  # fmt: skip
    biased = [
        [
            f"{p:g}",
            f"{bias.loss[k]:.5f} ± {bias.error[k]:.0e}",
            f"{bias.linear[k]:.5f}",
            f"{bias.relu[k]:.5f}",
            f"{bias.bias[k].min():.2f}",
            f"{100 * bias.off[k]:.1f} %",
            f"{100 * bias.relu_off[k]:.1f} %",
            f"{bias.aligned[k]:.2f}",
        ]
        for k, p in enumerate(bias.density)
    ]
    biased_headings = [
        "p", "loss with hidden bias", "linear", "ReLU without", "least bias", "inputs below 0",
        "without bias", "aligned",
    ]  # fmt: skip
    below = found.gap < -3 * (found.error + found.predicted_error) / found.predicted
    return Drawing(
        picture,
        row=row,
        claim=CLAIM,
        whose="the paper's",
        verdict=verdict(found),
        setup=(
            f"n = {plan.n_features}, m = {plan.n_hidden}, I = {plan.falloff:g}^i, "
            f"h = ReLU(Wx), x' = ReLU(Wᵀh + b), {len(plan.densities)} densities. "
            f"{plan.relu[0].runs} runs at each, in rounds after which the better ones go on "
            f"({', '.join(str(s.runs) for s in plan.relu)}), judged on common samples; of the last "
            "the one with the least exact loss (inputs of two active features and fewer exactly, "
            f"the rest sampled). Beside it {plan.linear[0].runs} runs with h = Wx, and "
            f"{plan.biased[0].runs} with h = ReLU(Wx + c). A feature is represented where its own "
            f"gain Σ max(W_ai, 0)² is {REPRESENTED:g} or more; a weight of at least {BOUND:g} in "
            "size binds it to a neuron; what is bound together is a block."
        ),
        theory=(
            "The monosemantic solution in closed form, the onset of the weak arm, and the best "
            "partition of the features into known blocks on neurons of their own, then followed "
            "downhill with no weight held at zero (D30): searched for, so an upper bound. A weak "
            f"arm pays below p = {float(derived['onset']):.6f}. A random turn of {plan.n_hidden} "
            f"dimensions has a squared cosine of {found.random:.4f} with the nearest neuron and "
            f"{found.random_set:.3f} with the nearest set of neurons alike."
        ),
        training=(
            f"Blocks are those predicted at {int(found.same.sum())} of {found.same.size} densities"
            + (
                f"; at {', '.join(f'{p:g}' for p in found.density[below])} training found a lower "
                "loss than the known blocks have"
                if below.any()
                else ""
            )
            + ". With a linear hidden layer the mean squared cosine with the nearest neuron is "
            f"{blind:.3f} ± {blind_error:.3f} by SGD, as by chance, and {mean:.3f} ± {error:.3f} "
            f"by Adam{away(found)}."
            + markdown_table(headings, lines)
            + "\nWith a hidden bias all of it is positive, and neurons leave their kink behind; "
            "what the model gains is the linear layer's freedom to point features in any "
            "direction, negative ones included." + markdown_table(biased_headings, biased)
        ),
        alt=(
            "Stacked weights of five neurons at five densities: one feature a neuron when dense, "
            "several when sparse; of a linear hidden layer, many features on every neuron at all "
            "densities. Below, losses, alignment, and the blocks of features that share neurons, "
            "found and predicted, side by side for all densities."
        ),
    )


def away(found: Privileged) -> str:
    """What Adam does where no ReLU privileges neurons, if it is beyond its error."""
    mean, error = found.linear_mean
    if mean > found.random - 3 * error:
        return ""
    return (
        ", whose steps by coordinate a turn does not commute with: it drives features away from "
        "neurons"
    )


def verdict(found: Privileged) -> str:
    """What became of the claim, with the numbers of this run."""
    turned, m = found.polysemantic, found.W.shape[1]
    first, every = (int(np.argmax(turned >= count)) for count in (1, m))
    p = found.density
    return (
        f"holds: all {m} neurons are monosemantic down to p = {p[first - 1]:g}, the first are "
        f"polysemantic at {p[first]:g} and all at {p[every]:g}; but the ReLU is only a cost: "
        f"without it the loss is up to {float((found.loss / found.linear).max()):.1f} times lower."
    )
