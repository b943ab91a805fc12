"""mixture_of_experts: what sparse activation saves, by activations passed and computed."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.lines import Line2D

from agreement.comparison.experts import experts_row
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE
from figures.ways_out.mixture_of_experts.plan import Plan

COLOURS = {"lone": "#0072B2", "paired": "#D55E00", "dense": INK, "digons": "#009E73"}
NAMES = {
    "lone": "experts, a feature each",
    "paired": "experts, a pair each",
    "dense": "dense, a feature a neuron",
    "digons": "dense, pairs: superposition",
}
CLAIM = (
    "A model without superposition can do what one with superposition does at no more activations, "
    "if only few of its neurons are active at a time: a mixture of experts."
)


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check trained experts against exact ones, and draw them beside dense models."""
    row = experts_row(measured, derived)
    claim(
        abs(row["experts_first"]) < 0.1,
        f"with one expert passing, training ends near the exact loss, {row['experts_first']:.3f}",
    )
    fewer = derived["lone"].values < derived["digons"].values
    claim(bool(fewer.all()), "at as many activations passed, experts lose less than digons")
    until = row["experts_until_digons"]
    claim(0.0 < until < 0.1, f"computed ones are worth it when sparse only, until p = {until:.3g}")
    least = row["experts_lone_least"]
    claim(least > -0.02, f"no trained experts are far below the lone ones, got {least:.3f}")
    return described(draw_panels(plan, measured, derived, row), plan, measured, derived, row)


def draw_panels(plan: Plan, measured: xr.Dataset, derived: xr.Dataset, row: dict[str, Any]) -> Any:
    """Loss over activations passed, saved by each over density, and at equal computation."""
    figure, axes = plt.subplots(1, 3, figsize=(PAGE, 2.7))
    nothing = float(derived["nothing"])
    counts = derived["count"].values
    for name, label in NAMES.items():
        axes[0].plot(counts, derived[name] / nothing, color=COLOURS[name], lw=1, label=label)
    active = measured["active"].values
    marks = (("lone", "lone", "o", "none"), ("started", "lone", "o", None))
    marks += (("paired", "paired", "s", "none"), ("dense", "digons", "D", "none"))
    for kind, colour, mark, fill in marks:
        axes[0].plot(
            active, measured[f"loss_{kind}"] / nothing, mark, ms=3.5, mew=0.8,
            color=COLOURS[colour], mfc=fill,
        )  # fmt: skip
    axes[0].set(yscale="log", ylim=(1e-5, 1.3), xlabel="activations that pass, $T$")
    axes[0].set_title(f"a  loss / loss of no feature, p = {plan.density:g}", loc="left")
    densities = derived["density"].values
    for name, key in (
        ("lone", "lone"),
        ("paired", "paired"),
        ("dense", "dense"),
        ("digons", "digon"),
    ):
        axes[1].plot(densities, derived[f"saved_{key}"], color=COLOURS[name], lw=1)
    axes[1].set(xscale="log", yscale="log", xlabel="density $p$")
    axes[1].set_title("b  loss saved by each, T = 1", loc="left")
    for name, key in (("lone", "groups"), ("dense", "dense"), ("digons", "digons")):
        axes[2].plot(densities, derived[f"share_{key}"], color=COLOURS[name], lw=1)
    axes[2].axvline(row["experts_until_digons"], color="#999999", lw=0.6, ls=":")
    axes[2].set(xscale="log", ylim=(0, 1), xlabel="density $p$")
    axes[2].set_title(f"c  as a, with {int(derived['computed'])} computed", loc="left")
    grey = {"color": "#555555", "lw": 0, "marker": "o", "ms": 3.5, "mew": 0.8}
    made = [
        *axes[0].get_legend_handles_labels()[0],
        Line2D([], [], mfc="none", label="trained, random starts (any open mark)", **grey),
        Line2D([], [], label="trained from a feature a neuron", **grey),
    ]
    figure.legend(handles=made, loc="outside lower center", ncols=3)
    return figure


def described(
    picture: Any, plan: Plan, measured: xr.Dataset, derived: xr.Dataset, row: dict[str, Any]
) -> Drawing:
    """The picture with its row and what was found."""
    n, p = plan.n_features, plan.density
    at = derived.sel(count=measured["active"].values)
    nothing = float(derived["nothing"])
    lone = [100 * float(v) / nothing for v in at["lone"]]
    digons = [100 * float(v) / nothing for v in at["digons"]]
    shown = ", ".join(
        f"T = {t}: {a:.2g} % against {b:.2g} %"
        for t, a, b in zip(measured["active"].values, lone, digons, strict=True)
    )
    dense = 100 * float(measured["loss_dense"][-1]) / nothing
    last = int(measured["active"][-1])
    first = 100 * row["experts_first"]
    off = f"{abs(first):.1f} % {'above' if first > 0 else 'below'}"
    started = [100 * float(v) / nothing for v in measured["loss_started"]]
    return Drawing(
        picture,
        row=row,
        claim=CLAIM,
        whose="the paper's",
        verdict=(
            "holds: for the activations that pass on; with those counted that a router has to "
            f"compute, only for features sparser than p = {row['experts_until_digons']:.2g}"
        ),
        setup=(
            f"n = {n}, p = {p}, equal importance. x' = ReLU(Wᵀ P(Wx) + b), where P keeps the T of "
            "E blocks of neurons with the largest norm; experts of one neuron, one feature or an "
            f"antipodal pair each. Panel c: n = {plan.large}, {plan.groups} groups, one passes, "
            f"its neurons and the router's scores counted. Trained: {plan.steps} steps of Adam, "
            f"the best of {plan.runs} random starts (open marks; dense: {4 * plan.runs}), and from "
            "a feature a neuron with noise (filled)."
        ),
        theory=(
            "The loss of experts follows from two moments of what passes, which order statistics "
            f"give in closed form (D36). Left of the loss of no feature: {shown} with digons of T "
            "neurons. One activation saves up to n or 1/p times what a dense one does; here an "
            f"expert's saves {row['experts_gain']:.1f} times that. At equal computed activations "
            f"groups do better than digons below p = {row['experts_until_digons']:.3g}, than a "
            f"feature a neuron below {row['experts_until_dense']:.3g}."
        ),
        training=(
            f"With one expert passing training ends {off} the loss of lone features. With "
            f"more, random starts end up to {100 * row['experts_lone_most']:.1f} % of the loss of "
            "no feature above it, in local minima with several features an expert; from a feature "
            f"a neuron they leave {', '.join(f'{v:.2g}' for v in started)} %. Experts of half as "
            "many neurons end within "
            f"{100 * row['experts_paired_most']:.1f} % of the loss of no feature above pairs, "
            f"W = (1, −1), b = 0. Dense models of {last} neurons pack more than pairs at this "
            f"density, and still lose {dense:.0f} % where {last} experts lose {lone[-1]:.1g} %."
        ),
        alt=(
            "Three panels. The loss of experts falls steeply with the number that passes, that of "
            "dense models slowly; one activation of an expert saves far more than a dense one "
            "until features are dense; at equal computed activations experts win only when "
            "features are sparse."
        ),
    )
