"""decoder_price: how much of the toy's loss is the bottleneck's, and how much its one ReLU's."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from agreement.comparison.decoder_price import Bounded, Priced, bounded, price_row, priced
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, plain_ticks
from figures.kit.words import markdown_table
from figures.ways_out.decoder_price.plan import SIZES, Plan
from ground.checks import FloatArray
from theory.ways_out.noisy_decoder import onset_ratio

CLAIM = (
    "Sparse digons lose what any decoder of their h must lose, and the best W for the best decoder "
    "loses 27/25 times less: W ∝ (3, −1), not the digon. Noise brings the digon back, above "
    "√(p/12) as both vanish. Of more features the toy's price grows as p^(2 − n)."
)
ROUNDING = 1e-9  # relative; both sides are right to 1e-11
COLOURS = {2: "#0072B2", 3: "#D55E00", 4: "#009E73"}
MARKS = {2: "o", 3: "s", 4: "^"}
NOISES = ("#56B4E9", "#E69F00", "#CC79A7")
SPARSE = 0.32  # below, the limit p → 0 is drawn beside
PARTS = (
    ("bottleneck: best encoder and decoder", "#B8B8B8"),
    ("this W instead of the best", "#56B4E9"),
    ("one ReLU instead of the best decoder", "#E69F00"),
)


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check the order of the errors, the sparse limits, the bounds and the noise; draw."""
    sizes = [priced(measured, derived, n) for n, _ in SIZES]
    wide = bounded(measured, derived)
    row = price_row(sizes, wide)
    for size in sizes:
        n, p = size.n_features, size.density[-1]
        claim(
            bool(np.all(size.toy >= size.same * (1 - ROUNDING))),
            f"no toy of {n} features beats the best decoder of its W",
        )
        claim(
            bool(np.all(size.same >= size.best * (1 - ROUNDING))),
            f"no W of {n} features beats the best W",
        )
        claim(
            bool(np.all(size.best >= size.bound * (1 - ROUNDING))),
            f"the best of {n} features keeps to the bound",
        )
        off = size.over_limit[-1] - 1
        claim(0 < off < p, f"price at p = {p:.3g} is within p of p^(2 − n)/(12 c_n), off {off:.3g}")
    off = row["price_of_relu_sparse"] - 1
    claim(0 < off < sizes[0].density[-1], f"the digon's price tends to 1, off {off:.3g}")
    for key in ("trained_over_own_min", "trained_over_bound_min"):
        claim(row[key] >= 1 - ROUNDING, f"no trained model passes its bound: {key} {row[key]:.6g}")
    check_noise(derived)
    picture = draw_panels(sizes, derived)
    return described(picture, plan, sizes, wide, row, derived)


def check_noise(derived: xr.Dataset) -> None:
    """The digon is best well below p = 12σ², and not well above."""
    kappa = derived["noisy"].values / derived["noise"].values[:, None] ** 2
    ratio = derived["ratio"].transpose("noise", "noisy").values
    claim(bool(np.all(ratio[kappa < 8] > 0.999)), "the digon is best for p < 8σ²")
    above = ratio[kappa > 24]
    claim(bool(np.all(above < 0.99)), f"it is not for p > 24σ², got ratios to {above.max():.3g}")


def draw_panels(sizes: list[Priced], derived: xr.Dataset) -> Any:
    """Prices and best weights above; what the toy's loss consists of below."""
    figure, axes = plt.subplot_mosaic(
        "aaabbb;ccddee", figsize=(PAGE, 4.7), height_ratios=(1.35, 1), sharex=True
    )
    draw_prices(axes["a"], sizes)
    draw_weights(axes["b"], sizes[0].density, derived)
    for label, size in zip("cde", sizes, strict=True):
        draw_shares(axes[label], size, label)
    for label in "de":
        axes[label].set_yticklabels([])
    axes["c"].set_ylabel("share of the toy's loss")
    for ax in axes.values():
        ax.set(xscale="log", xlim=(1, 0.01), xlabel="density $p$")
        ax.tick_params(labelbottom=True)
        plain_ticks(ax.xaxis, (1, 0.3, 0.1, 0.03, 0.01))
    handles, labels = axes["c"].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def draw_prices(ax: Any, sizes: list[Priced]) -> None:
    """Panel a."""
    for size in sizes:
        n, colour = size.n_features, COLOURS[size.n_features]
        name = f"$n = {n}, m = {n - 1}$"
        ax.plot(size.density, size.price, color=colour, label=name)
        ax.plot(size.density, size.price_of_relu, color=colour, ls="--", lw=0.9)
        ax.plot(
            size.trained_density,
            size.trained_price,
            MARKS[n],
            color=colour,
            ms=3.5,
            mfc="none",
            clip_on=False,
        )
    ax.plot([], [], color=INK, label="over the best $W$ and decoder")
    ax.plot([], [], color=INK, ls="--", lw=0.9, label="over the best decoder of its own $W$")
    ax.plot([], [], "o", color=INK, ms=3.5, mfc="none", label="trained, over the best")
    ax.set(yscale="log", ylim=(0.9, 2e5))
    ax.set_title("a  price: loss of the toy's optimum over the least error", loc="left")
    ax.legend(loc="upper left")


def draw_weights(ax: Any, density: FloatArray, derived: xr.Dataset) -> None:
    """Panel b."""
    ax.plot(density, derived["null_2"].values[:, 0], color=INK, label="no noise")
    ratio = derived["ratio"].transpose("noise", "noisy").values
    p = derived["noisy"].values
    for sigma, line, colour in zip(derived["noise"].values, ratio, NOISES, strict=False):
        ax.plot(p, line, color=colour, label=f"$\\sigma = {sigma:g}$")
        sparse = p[p < SPARSE]
        limit = [onset_ratio(float(each) / sigma**2) for each in sparse]
        ax.plot(sparse, limit, color=colour, ls=":", lw=0.9)
    ax.plot([], [], color=INK, ls=":", lw=0.9, label="limit $\\sigma \\to 0$, $p/\\sigma^2$ fixed")
    ax.axhline(1 / 3, color="#999999", lw=0.6, ls=(0, (1, 3)))
    ax.set(ylim=(0, 1.05))
    ax.set_title("b  $n = 2$: smaller over larger weight of the best $W$", loc="left")
    ax.set_yticks([0, 1 / 3, 1], labels=["0", "1/3", "digon"])
    ax.legend(loc="lower right", ncols=2)


def draw_shares(ax: Any, size: Priced, label: str) -> None:
    """Panels c to e."""
    n = size.n_features
    names, colours = zip(*PARTS, strict=True)
    ax.stackplot(size.density, size.shares, labels=names, colors=colours, lw=0)
    ax.set(ylim=(0, 1), yticks=[0, 0.5, 1])
    ax.set_title(f"{label}  $n = {n}, m = {n - 1}$", loc="left")


def listed(values: Any, form: str = "g") -> str:
    """Numbers in words."""
    return ", ".join(f"{value:{form}}" for value in values)


def table(sizes: list[Priced]) -> str:
    """All sizes over density: the loss, the two errors, the bound and the prices."""
    headings = (
        "n", "p", "toy's optimum", "best decoder, its W", "best decoder, best W", "bound",
        "price, its W", "price, best W",
    )  # fmt: skip
    rows = [
        [str(size.n_features), f"{p:.6g}", *(f"{value:.9g}" for value in values)]
        for size in sizes
        for p, *values in zip(
            size.density, size.toy, size.same, size.best, size.bound, size.price_of_relu,
            size.price, strict=True,
        )
    ]  # fmt: skip
    return markdown_table(headings, rows)


def described(
    picture: Any,
    plan: Plan,
    sizes: list[Priced],
    wide: Bounded,
    row: dict[str, Any],
    derived: xr.Dataset,
) -> Drawing:
    """The picture with its row, and in words what holds."""
    first = sizes[0]
    worst, relu = int(first.price.argmax()), int(first.price_of_relu.argmax())
    n, m = plan.wide
    gains = 100 * (
        1 - (derived["noisy_error"] / derived["noisy_digon"]).transpose("noise", "noisy")
    )
    texts = [
        [
            f"{size.n_features}, {size.n_features - 1}",
            *(
                f"{size.price_of_relu[k]:.4g}, {size.price[k]:.4g}"
                for k in (0, (len(size.density) - 1) // 2, -1)
            ),
            f"{1 / size.over_limit[-1] * size.price[-1]:.4g}",
            f"{size.trained_price[-1]:.4g}",
        ]
        for size in sizes
    ]
    middle = first.density[(len(first.density) - 1) // 2]
    headings = (
        "n, m", "price over its W, over the best: p = 1", f"p = {middle:.3g}",
        f"p = {first.density[-1]:.3g}", "limit at that p", "trained, over the best",
    )  # fmt: skip
    least = wide.trained.min(axis=1) / wide.bound
    return Drawing(
        picture,
        row=row,
        alt=(
            "Prices over falling density: for two features between 1 and 1.6, for three and four "
            "rising as 1/p and 1/p². The best weights' ratio: near a third without noise, one "
            "below a density that grows with the noise. Shares of the loss: for two features most "
            "is the bottleneck's; for three and four, sparse, nearly all is the choice of W's."
        ),
        claim=CLAIM,
        whose="ours",
        verdict=(
            "holds: the limits are proved, the prices between are exact integrals over searched "
            "optima, and no trained model passes a bound"
        ),
        setup=(
            "Equal importance, n = 2, 3, 4 in one dimension less, m = n − 1; p from 1 to "
            f"{first.density[-1]:g}; h without noise, and for n = 2 with normal noise σ at "
            f"‖W‖²_F = 2. Trained: {plan.runs} runs at {len(plan.trained_densities)} densities of "
            f"each, and n = {n}, m = {m} at {len(wide.density)}; {plan.steps} steps of Adam."
        ),
        theory=(
            "For m = n − 1 a decoder knows x up to a chord of the cube along the null direction v "
            "of W; its error is one integral over chord lengths (D38), right to 1e-11. All v_i of "
            "one sign are best (proved), sizes are searched, and proved in the limits. For n = 2 "
            f"the price of the one ReLU is at most {first.price_of_relu[relu]:.4f} "
            f"(p = {first.density[relu]:.3g}), over the best W {first.price[worst]:.4f} "
            f"(p = {first.density[worst]:.3g}). With noise {listed(plan.noises)} the best W gains "
            f"up to {listed(gains.max('noisy').values, '.2g')} % over the digon."
            + markdown_table(headings, texts)
        ),
        training=(
            f"Best runs lie {row['gap_median']:.1e} (median; at most {row['gap_max']:.1e}) above "
            "the toy's optimum, relative; least loss over the best decoder of the same W "
            f"{row['trained_over_own_min']:.5f}. Least loss over the bound for any linear encoder "
            f"at n = {n}, m = {m}, p = {listed(wide.density)}: {listed(least, '.3g')}."
        ),
        tables={"decoder_price": table(sizes)},
    )
