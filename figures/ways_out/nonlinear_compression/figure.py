"""nonlinear_compression: two scalars in one number by quantising one of them."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from agreement.comparison.nonlinear import Nonlinear, levels_of, nonlinear
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, headline, plain_ticks
from figures.kit.words import markdown_table
from figures.ways_out.nonlinear_compression.plan import Plan
from theory.ways_out.compression import compression_width

CLAIM = (
    "Two scalars can be stored in one by quantising the first and placing the second within a "
    "level; from three levels on, with steep enough ramps, this beats dropping one of them or "
    "storing their mean."
)
PLAIN, LINEAR = 1 / 12, 25 / 324
FAR = 4.5  # standard errors
COLOURS = ("#0072B2", "#009E73", "#E69F00", "#D55E00")
TOY = "#CC79A7"


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check exact losses against samples, and who beats whom; draw losses over levels."""
    found = nonlinear(measured, derived)
    claim(found.width_z < FAR, f"sampled losses are exact, off by {found.width_z:.1f} errors")
    claim(found.noise_z < FAR, f"so they are with noise, off by {found.noise_z:.1f} errors")
    claim(found.least_levels <= 3, "three levels beat dropping and averaging")
    linear = derived["linear_loss"].values
    claim(bool(np.all(linear <= derived["toy_loss"].values)), "no toy beats the best decoder")
    claim(bool(abs(linear[0] / LINEAR - 1) < 1e-9), "dense: the best linear encoder's 25/324")
    claim(bool(found.trained.min() < LINEAR), "some net learns what no linear encoder can")
    return described(draw_losses(plan, measured, derived, found), plan, derived, found)


def draw_losses(plan: Plan, measured: xr.Dataset, derived: xr.Dataset, found: Nonlinear) -> Any:
    """Over levels by width and by noise, over density, and over neurons."""
    figure, axes = plt.subplots(2, 2, figsize=(PAGE, 4.9))
    (a, b), (c, d) = axes
    for ax, axis, name in ((a, "width", "ε"), (b, "noise", "σ")):
        for colour, value in zip(COLOURS, derived[axis].values, strict=True):
            exact = derived[f"{axis}_loss"].sel({axis: value})
            sampled = measured[f"{axis}_loss"].sel({axis: value})
            ax.plot(exact["level"], exact, color=colour, lw=0.9, label=f"{name} = {value:g}")
            ax.plot(sampled["level"], sampled, "o", ms=3, mfc="none", color=colour)
        _rivals(ax)
        ax.set(xlabel="levels $Z$", yscale="log", ylim=(7e-4, 0.35))
        ax.set_xticks(derived["level"].values)
        plain_ticks(ax.yaxis, [0.001, 0.003, 0.01, 0.03, 0.1, 0.3])
        ax.legend(loc="lower left")
    a.set_ylabel("loss, both scalars")
    a.set_title("a  ramps of width ε: exact (lines), sampled (rings)", loc="left")
    b.set_title("b  sharp levels, noise of deviation σ on $t$", loc="left")
    p = derived["density"].values
    for colour, Z in zip(COLOURS, derived["code"].values, strict=True):
        c.plot(p, derived["code_loss"].sel(code=Z), color=colour, lw=0.9, label=f"$Z$ = {Z}")
    c.plot(p, derived["toy_loss"], color=TOY, lw=1.6, label="toy model's optimum (2, 1)")
    c.plot(p, derived["linear_loss"], color=INK, lw=0.9, ls="--", label="linear, best decoder")
    c.set(xscale="log", yscale="log", xlabel="density $p$", ylabel="loss, both scalars",
          xlim=(p.max(), p.min()), ylim=(2e-6, 0.12))  # fmt: skip
    plain_ticks(c.xaxis, [1, 0.3, 0.1, 0.03, 0.01])
    c.set_title("c  sparse features, ε = σ = 0", loc="left")
    c.legend(loc="lower left")
    H = measured["neurons"].values
    spread = np.exp(np.linspace(-0.06, 0.06, found.trained.shape[1]))
    d.plot(H[:, None] * spread, found.trained, "o", ms=3, mfc="none", color=COLOURS[0])
    d.plot([], [], "o", ms=3, mfc="none", color=COLOURS[0], label="trained net")
    limit = [1 / (12 * levels_of(int(h)) ** 2) for h in H]
    d.plot(H, limit, "_", ms=12, color=COLOURS[3], label="code of as many neurons, ε → 0")
    _rivals(d)
    d.set(xscale="log", yscale="log", xlabel="neurons in either hidden layer $H$",
          ylim=(7e-4, 0.35), xlim=(H.min() / 1.3, H.max() * 1.3))  # fmt: skip
    plain_ticks(d.xaxis, [int(h) for h in H])
    plain_ticks(d.yaxis, [0.001, 0.003, 0.01, 0.03, 0.1, 0.3])
    d.set_title("d  nets 2 → $H$ → 1 → $H$ → 2 that learn a code", loc="left")
    d.legend(loc="lower left")
    headline(figure, "Two scalars in one number: quantising against linear encoders (dense: dotted "
             "1/12, dashed 25/324)")  # fmt: skip
    return figure


def _rivals(ax: Any) -> None:
    ax.axhline(PLAIN, color=INK, lw=0.7, ls=":")
    ax.axhline(LINEAR, color=INK, lw=0.7, ls="--")


def described(picture: Any, plan: Plan, derived: xr.Dataset, found: Nonlinear) -> Drawing:
    """The picture with its row, and the widths and densities at which losses tie."""
    rows = [
        (
            str(Z),
            f"{1 / (12 * Z**2):.5f}",
            _width(compression_width(Z), Z),
            _width(compression_width(Z, against=LINEAR), Z),
            "none tried" if np.isnan(crossing) else f"{crossing:.3f}",
        )
        for Z, crossing in zip(map(int, derived["code"].values), found.sparse_crossing, strict=True)
    ]
    headings = (
        "levels Z",
        "loss at ε = 0",
        "beats 1/12 for ε below",
        "beats 25/324 for ε below",
        "toy better for p below",
    )
    nets = [
        (str(H), f"{losses.min():.4f}", f"{np.median(losses):.4f}",
         f"{int(np.sum(losses < LINEAR))} of {losses.size}")
        for H, losses in zip(plan.neurons, found.trained, strict=True)
    ]  # fmt: skip
    return Drawing(
        picture,
        row=found.row(),
        claim=CLAIM,
        setup=(
            f"t = (s(x) + y)/Z with a staircase s of Z levels and ramps of width ε, read by the "
            f"same staircase; {plan.samples} samples a code. Nets with one number between two "
            f"hidden layers, {plan.instances} of each size, {plan.steps} steps of Adam."
        ),
        theory=(
            "Exact losses (D41). Dropping one scalar and storing the mean both lose 1/12; the best "
            "linear encoder with the best decoder, (3, 1), loses 25/324 (D38). Two levels are "
            "enough, whatever the ramps; for sparse features superposition loses p² and "
            "quantising p, so that few levels lose to the toy." + markdown_table(headings, rows)
        ),
        training=(
            f"Samples lie within {max(found.width_z, found.noise_z):.1f} standard errors of the "
            "exact losses. Descent finds codes no linear encoder equals, and stays far above the "
            "code that as many neurons could hold."
            + markdown_table(("neurons", "best loss", "median", "below 25/324"), nets)
        ),
        alt=(
            "Four panels. Loss over the number of levels, for several widths of the ramps and for "
            "several noises: it falls as one over the square, then rises where ramps or noise "
            "tell. Loss over density: codes of few levels cross above the toy model's curve. "
            "Losses of trained nets over their size, between the linear bound and the code's."
        ),
        whose="the paper's",
        verdict=(
            f"holds, and more: two levels are enough, at every ramp narrower than a level; below "
            f"p = {found.sparse_crossing[0]:.2f} superposition beats two levels."
        ),
    )


def _width(width: float, Z: int) -> str:
    return f"{width:.3f}" + (" = 1/Z, any" if abs(width * Z - 1) < 1e-9 else "")
