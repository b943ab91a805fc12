"""decoding: what decoders that know the dictionary get back, and what faces of polytopes say."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from agreement.comparison.decoded import Decoded, decoded, decoding_row, interval
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import PAGE, headline, plain_ticks
from figures.kit.words import markdown_table
from figures.ways_out.decoding.plan import DECODERS, Plan

CLAIM = (
    "With the true dictionary, basis pursuit with codes ≥ 0 recovers the features of each "
    "geometric phase as often as the faces of its polytope say; antipodal pairs need codes ≥ 0."
)
LOOK = {
    "nonnegative": ("#0072B2", "o", "basis pursuit, codes ≥ 0"),
    "nonnegative matching": ("#56B4E9", "v", "matching, codes ≥ 0"),
    "signed": ("#D55E00", "s", "basis pursuit, any sign"),
    "matching": ("#E69F00", "^", "matching, any sign"),
    "toy": ("#009E73", "x", "the toy's ReLU, to 0.1"),
}
LEAST = 1e-6  # squared errors below are not drawn


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Hold shares against exact probabilities; draw success and error over density."""
    samples = {name: plan.signed_samples if name == "signed" else plan.samples for name in DECODERS}
    found = decoded(measured, derived, samples)
    claim(
        found.least_p > 1e-3,
        f"shares are those of the faces: least p-value, corrected, {found.least_p:.2g}",
    )
    claim(bool(found.whole), "some model comes back whole in every sample")
    worse = found.of("exact", "digon", "nonnegative") - found.of("exact", "digon", "signed")
    claim(bool((worse.mean(axis=1) > 0).all()), "a digon needs codes ≥ 0 at every density")
    z = np.nanmax(np.abs(found.support_z))
    claim(z < 4.5, f"digons' supports under noise are in closed form: {z:.2g} standard errors")
    return described(picture_of(plan, found, derived), plan, found, derived)


def picture_of(plan: Plan, found: Decoded, derived: xr.Dataset) -> Any:
    """Exactly right; right to ε under noise; squared error: a column a geometry."""
    columns = len(found.geometries)
    figure, axes = plt.subplots(3, columns, figsize=(PAGE, 5.4), sharex=True, sharey="row")
    loudest = len(plan.noise) - 1
    for g, name in enumerate(found.geometries):
        upper, middle, lower = axes[:, g]
        upper.set_title(name, loc="center")
        fine = derived["fine"].values
        inside = fine <= plan.most * 1.05
        for key in ("nonnegative", "signed"):
            curve = derived[key].values[g]
            upper.plot(fine[inside], curve[inside], color=LOOK[key][0], lw=0.9)
        bound = derived["bound"].values[g][inside]
        upper.plot(fine[inside], bound, color="#999999", lw=0.7, ls=":")
        pursuit = derived["nonnegative"].values[g][inside]
        middle.plot(fine[inside], pursuit, color="#999999", lw=0.7, ls="--")
        upper.plot(found.density, derived["toy_within"].values[g], color=LOOK["toy"][0], lw=0.9)
        for key, decoder in (("toy_square", "toy"), ("pursuit_square", "nonnegative")):
            square = np.where(derived[key].values[g] < LEAST, np.nan, derived[key].values[g])
            lower.plot(found.density, square, color=LOOK[decoder][0], lw=0.9)
        lower.set(xscale="log", yscale="log", ylim=(LEAST, 30))
        for decoder, (colour, mark, _) in LOOK.items():
            style = {"color": colour, "marker": mark, "ms": 2.8, "mfc": "none", "mew": 0.7}
            score = "within" if decoder == "toy" else "exact"
            marks(upper, found.density, found.of(score, name, decoder), ls="none", **style)
            marks(
                middle, found.density, found.of("within", name, decoder, loudest), lw=0.5, **style
            )
            marks(lower, found.density, found.of("square", name, decoder), ls="none", **style)
        plain_ticks(lower.xaxis, [0.01, 0.1, 0.5])
        lower.set_xlabel("density $p$")
    axes[0, 0].set(ylabel="a  share right,\nno noise", ylim=(-0.04, 1.06))
    axes[1, 0].set(
        ylabel=f"b  share within {plan.within:g},\nnoise {plan.noise[-1]:g}", ylim=(-0.04, 1.06)
    )
    axes[2, 0].set(ylabel="c  squared error,\nno noise")
    for colour, mark, label in LOOK.values():
        axes[0, 0].plot([], [], color=colour, marker=mark, ms=2.8, mfc="none", lw=0.9, label=label)
    axes[0, 0].plot([], [], color="#999999", ls=":", lw=0.7, label="no decoder above")
    axes[0, 0].plot([], [], color="#999999", ls="--", lw=0.7, label="codes ≥ 0 without noise")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    headline(figure, "Decoding with the true dictionary: marks are samples, lines are exact")
    return figure


def marks(ax: Any, density: Any, values: Any, **style: Any) -> None:
    """Means over seeds with their intervals."""
    mean, half = values.mean(axis=1), interval(values)
    down = half
    if ax.get_yscale() == "log":
        # Rare errors have intervals down to 0, which a log scale has no room for.
        mean = np.where(mean < LEAST, np.nan, mean)
        down = np.minimum(half, 0.8 * mean)
    ax.errorbar(density, mean, yerr=[down, half], elinewidth=0.5, **style)


def described(picture: Any, plan: Plan, found: Decoded, derived: xr.Dataset) -> Drawing:
    """The picture with its tables, and in words what breaks where."""
    rows = []
    for g, name in enumerate(found.geometries):
        limit = {key: value[g] for key, value in found.limit.items()}
        rows.append(
            [
                name,
                half(found, "nonnegative", g),
                f"{limit['nonnegative']:.3f}",
                half(found, "signed", g),
                f"{limit['signed']:.3f}",
                half(found, "nonnegative matching", g),
                half(found, "matching", g),
                f"{limit['bound']:.3f}",
            ]
        )
    headings = [
        "model", "codes ≥ 0", "exact", "any sign", "exact", "matching ≥ 0", "matching",
        "no decoder above",
    ]  # fmt: skip
    breaks = markdown_table(headings, rows)
    digons = found.geometries.index("digon")
    silent = float((1 - found.limit["signed"][digons]) ** (2 * plan.n_hidden))
    whole: dict[str, float] = {}
    for name, p in found.whole:
        whole[name] = max(p, whole.get(name, 0.0))
    told = ", ".join(f"{name} up to p = {p:.2g}" for name, p in whole.items())
    ahead = beats(found)
    off = decoding_row(found)["decoded_break_off"]
    return Drawing(
        picture,
        row=decoding_row(found),
        tables={"decoding": breaks.strip() + "\n", "decoding_all": everything(plan, found)},
        claim=CLAIM,
        whose="ours",
        verdict=(
            "holds: every share is within chance of the exact probability, and codes of any sign "
            "never return a digon's active feature for certain"
        ),
        setup=(
            f"Best known models of {', '.join(plan.blocks)} blocks in {plan.n_hidden} hidden "
            f"dimensions, at each density their best; {plan.n_free} random directions, "
            f"and models trained at p = {plan.trained_density:g}, of each seed its own. "
            f"{plan.seeds} seeds of "
            f"{plan.samples} samples a cell; noise {', '.join(f'{s:g}' for s in plan.noise)} of "
            "the length of W_i in each hidden coordinate. Intervals are Student's over seeds, "
            "95 %. The toy's ReLU is never exact and counts as right to "
            f"{plan.within:g}. What a programme could return in two ways counts "
            "only if both are right."
        ),
        theory=(
            "A support comes back from codes ≥ 0 exactly when its directions span a face of "
            "conv(0, Ŵ) that is a simplex: 1 − p² for a digon, 1 − p^k for a simplex of k, lone "
            "features and neighbours for a pentagon (D39). Of digons and simplices no decoder is "
            "right more often. Of any sign, digons come back only when all is silent: half of the "
            f"samples at p = {found.limit['signed'][digons]:.3g}, where (1 − p)^n = {silent:.2g}."
        ),
        training=(
            f"Decoded exactly in every sample of every seed: {told}. Densities at which half of "
            "the samples come back, without noise, and what theory says; off by at most "
            f"{100 * off:.2g} %.{breaks}\nLeast p-value of "
            f"{sum(value.size for value in found.p_values.values())} exact tests, corrected: "
            f"{found.least_p:.2g}. Digons' supports under noise lie within "
            f"{np.nanmax(np.abs(found.support_z)):.2g} standard errors of the closed form. {ahead}"
        ),
        alt=(
            "Three rows over density for six models. Without noise the share of samples decoded "
            "exactly falls with density, along the exact curves: last for tetrahedra, first for "
            "square antiprisms; codes of any sign fall earlier, for digons at once. Under noise "
            "all shares are lower. The squared error rises with density, along exact lines."
        ),
    )


def half(found: Decoded, decoder: str, g: int) -> str:
    """Density at which half of the samples come back, with its interval."""
    value, error = found.broken[decoder][g], found.broken_error[decoder][g]
    return f"{value:.3f} ± {error:.3f}" if np.isfinite(value) else "–"


def beats(found: Decoded) -> str:
    """Where matching with codes ≥ 0 breaks later than the programme, and where earlier."""
    later, earlier = [], []
    for g, name in enumerate(found.geometries):
        gap = found.broken["nonnegative matching"][g] - found.broken["nonnegative"][g]
        error = np.hypot(
            found.broken_error["nonnegative matching"][g], found.broken_error["nonnegative"][g]
        )
        if np.isfinite(gap) and abs(gap) > error:
            (later if gap > 0 else earlier).append(name)
    words = [
        f"matching with codes ≥ 0 breaks {when} than basis pursuit on {' and '.join(names)} models"
        for when, names in (("later", later), ("earlier", earlier))
        if names
    ]
    return ("; ".join(words).capitalize() + ".") if words else ""


def everything(plan: Plan, found: Decoded) -> str:
    """All that was measured: density × geometry × decoder × noise, with intervals."""
    rows = []
    for g, name in enumerate(found.geometries):
        for d, p in enumerate(found.density):
            for s, noise in enumerate(found.noise):
                for k, decoder in enumerate(found.decoders):
                    cells = [
                        getattr(found, score)[g, d, s, k]
                        for score in ("exact", "within", "support", "square")
                    ]
                    expected = (
                        f"{found.predicted[decoder][g, d]:.4f}"
                        if not noise and decoder in found.predicted
                        else ""
                    )
                    rows.append(
                        [name, f"{p:.3g}", f"{noise:g}", decoder]
                        + [f"{cell.mean():.3g} ± {float(interval(cell)):.1g}" for cell in cells]
                        + [expected]
                    )
    headings = [
        "model", "p", "noise", "decoder", "exactly", f"within {plan.within:g}", "support",
        "squared error", "exactly, by theory",
    ]  # fmt: skip
    return markdown_table(headings, rows).strip() + "\n"
