"""computation_gain: whether computing in superposition beats the naive solution, and where."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from agreement.comparison.absolute import Absolute, of_starts
from agreement.comparison.gain import Crossing, Gain, crossing, gain_of, gain_row
from agreement.description.words import counted
from figures.computation.computation_gain.plan import Plan
from figures.computation.starts import COLOURS, MARKS, STARTS
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import PAGE, SIGNED, headline, plain_ticks
from figures.kit.words import markdown_table
from numeric.measure.neurons import neurons
from theory.computation.arms import NAIVE_BEST_ABOVE

CLAIM = (
    "Computing in superposition beats the naive solution of |x| when data are sparse enough: "
    "equal features cross it on a branch of its own, denser than where the naive solution gives "
    "way, and the gain tends to all of its loss as p → 0."
)
BEST, CODE, ONSET = "#0072B2", "#009E73", "#777777"
SIZES = ("#D55E00", "#CC79A7", "#0072B2")
ERRORS = 3.0
NAMES = ("W1", "W2", "b", "loss", "loss_error")


def draw(
    plan: Plan,
    measured: xr.Dataset,
    derived: xr.Dataset,
    abs_superposition_measured: xr.Dataset,
    abs_superposition_derived: xr.Dataset,
) -> Drawing:
    """Check where superposition pays and where it does not; draw ratios and the branch."""
    gains = {m: gain_of(*of_hidden(measured, derived, m)) for m in plan.hidden}
    onset = float(derived["onset"])
    for m, gain in gains.items():
        below = gain.density < onset
        sure = gain.best + ERRORS * gain.best_error
        claim(bool(np.all(sure[below] < 1)), f"m = {m}: below {onset:.3f} it pays, got {gain.best}")
        sparse = gain.best[below]
        claim(bool(np.all(np.diff(sparse) < 0)), f"m = {m}: the more the sparser, got {sparse}")
        meets = gain.meets
        claim(
            meets.density - ERRORS * meets.error > onset,
            f"m = {m}: the branch crosses denser than the onset of arms, got {meets}",
        )
        beyond = gain.density > meets.density + ERRORS * meets.error
        loses = gain.ratio.min(axis=(0, 2)) + ERRORS * gain.ratio_error.max(axis=(0, 2))
        claim(bool(np.all(loses[beyond] > 0.995)), f"m = {m}: none beats naive beyond, got {loses}")
        claim(bool(gain.code[-1] < 0.2), f"m = {m}: the code pays when sparse, got {gain.code}")
        claim(gain.off < 1.5, f"m = {m}: held-out losses are the exact ones, got {gain.off}")
    ratio, error = (
        (derived[name] / derived["block_naive"]).values for name in ("block", "block_error")
    )
    block = crossing(derived["block_density"].values, ratio, error)
    claim(block.density - ERRORS * block.error > onset, f"blocks cross denser than arms, {block}")
    kept = abs_superposition_measured.sizes["hidden"] // 2
    large = of_starts(abs_superposition_measured, abs_superposition_derived, kept=kept)
    picture = draw_all(plan, gains, derived, large, abs_superposition_derived)
    return described(
        picture, plan, gains, onset, block, abs_superposition_measured, abs_superposition_derived
    )


def of_hidden(measured: xr.Dataset, derived: xr.Dataset, m: int) -> tuple[xr.Dataset, xr.Dataset]:
    """What was trained and derived of one size, names without the size."""
    trained = measured[[f"{name}_{m}" for name in NAMES]]
    ending = f"_{m}"
    known = derived[[name for name in derived.data_vars if str(name).endswith(ending)]]
    return tuple(
        part.rename(
            {
                name: str(name).removesuffix(ending)
                for name in (*part.data_vars, *part.dims)
                if str(name).endswith(ending)
            }
        )
        for part in (trained, known)
    )  # type: ignore[return-value]


def draw_all(
    plan: Plan, gains: dict[int, Gain], derived: xr.Dataset, large: Absolute, known: xr.Dataset
) -> Any:
    """Ratios by size above; a hundred features, the branches and a net on one below."""
    onset = float(derived["onset"])
    figure, axes = plt.subplots(2, 3, figsize=(PAGE, 4.6))
    for letter, ax in zip("abc"[len(gains) :], axes[0, len(gains) :], strict=True):
        ax.set_axis_off()
        del letter
    for letter, ax, (m, gain) in zip("abc", axes[0], gains.items(), strict=False):
        draw_starts(ax, gain.density, gain.ratio)
        ax.errorbar(gain.density, gain.best, gain.best_error, color=BEST, lw=1.2, zorder=3)
        ax.plot(gain.density, gain.code, "--", color=CODE, lw=1)
        ax.axvline(onset, color=ONSET, lw=0.7, ls=":")
        ratio_axes(ax, gain.density, f"{letter}  n = {plan.n_features}, m = {m}")
    ax = axes[1, 0]
    draw_starts(ax, large.density, large.ratio)
    best = (known["loss"] / known["naive"]).values
    ax.errorbar(large.density, best, (known["error"] / known["naive"]).values, color=BEST, lw=1.2)
    ax.axvline(float(known["onset"]), color=ONSET, lw=0.7, ls=":")
    n, m = large.found.W1.shape[-1], large.found.W1.shape[-2]
    ratio_axes(ax, large.density, f"d  n = {n}, m = {m}, falling importance")
    draw_branches(axes[1, 1], gains, onset)
    draw_net(axes[1, 2], derived, max(gains), gains[max(gains)])
    for ax in axes[:, 0]:
        ax.set_ylabel("loss over the naive solution's")
    figure.legend(
        handles=[
            *(
                Line2D([], [], color=COLOURS[k], marker=MARKS[k], mfc="none", ls="", label=name)
                for k, name in STARTS.items()
            ),
            Line2D([], [], color=BEST, label="best found, exact loss"),
            Line2D([], [], color=CODE, ls="--", label="code on circles"),
            Line2D([], [], color=ONSET, ls=":", label="naive gives way (D33)"),
        ],
        loc="outside lower center",
        ncols=4,
    )
    headline(figure, "|x| computed in superposition against the naive solution, by density")
    return figure


def draw_starts(ax: Any, density: Any, ratio: Any) -> None:
    """Mean of the runs from each start, with its standard error."""
    for k, name in enumerate(STARTS):
        error = ratio[k].std(axis=-1, ddof=1) / np.sqrt(ratio.shape[-1])
        ax.errorbar(
            density, ratio[k].mean(axis=-1), error, color=COLOURS[name], fmt=MARKS[name], ms=3,
            mew=0.7, mfc="none", lw=0.7,
        )  # fmt: skip
    ax.axhline(1, color="#777777", lw=0.7)


def ratio_axes(ax: Any, density: Any, title: str) -> None:
    """Both logarithmic, density falling to the right."""
    ax.set(xscale="log", yscale="log", xlabel="density $p$")
    ax.set_xlim(1.4 * density.max(), density.min() / 1.4)
    plain_ticks(ax.xaxis, [1, 0.1, 0.01, 0.001])
    plain_ticks(ax.yaxis, [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30])
    ax.set_title(title, loc="left")


def draw_branches(ax: Any, gains: dict[int, Gain], onset: float) -> None:
    """The branches of superposed nets through the naive loss."""
    for colour, (m, gain) in zip(SIZES, gains.items(), strict=False):
        ax.errorbar(
            gain.branch_density, gain.branch, gain.branch_error, color=colour, marker="o", ms=2.5,
            lw=1, label=f"m = {m}: crosses at {gain.meets.density:.3f}",
        )  # fmt: skip
        ax.plot(gain.meets.density, 1, "*", color=colour, ms=7)
    ax.axhline(1, color="#777777", lw=0.7)
    ax.axvline(onset, color=ONSET, lw=0.7, ls=":")
    ax.axvline(NAIVE_BEST_ABOVE, color="#000000", lw=0.7, ls="-.")
    ax.annotate("naive is a\nminimum →", (NAIVE_BEST_ABOVE, 0.03), xytext=(3, 0), ha="left",
                xycoords=("data", "axes fraction"), textcoords="offset points")  # fmt: skip
    ax.set(xlabel="density $p$", ylim=(None, 1.5))
    ax.legend(loc="upper left")
    ax.set_title("e  branches, followed in density", loc="left")


def draw_net(ax: Any, derived: xr.Dataset, m: int, gain: Gain) -> None:
    """W1 of the net on a branch next to where it crosses, rows rescaled."""
    step = int(np.abs(gain.branch_density - gain.meets.density).argmin())
    found = neurons(
        derived[f"branch_W1_{m}"].transpose(f"step_{m}", f"hidden_{m}", "feature").values[step],
        derived[f"branch_W2_{m}"].transpose(f"step_{m}", "feature", f"hidden_{m}").values[step],
    )
    primary = np.abs(found.W1).argmax(axis=1)
    sign = found.W1[np.arange(m), primary]
    order = np.lexsort((-sign, primary))
    image = ax.imshow(found.W1[order], cmap=SIGNED, vmin=-1, vmax=1, aspect="auto")
    ax.figure.colorbar(image, ax=ax, label="weight, largest ±1", ticks=[-1, 0, 1])
    ax.set(xlabel="feature", ylabel="neuron", xticks=[0, found.W1.shape[1] - 1], yticks=[0, m - 1])
    ax.set_xticklabels(["1", f"{found.W1.shape[1]}"])
    ax.set_yticklabels(["1", f"{m}"])
    ax.set_title(f"f  W1, m = {m}, p = {gain.branch_density[step]:.2g}", loc="left")


def described(
    picture: Any,
    plan: Plan,
    gains: dict[int, Gain],
    onset: float,
    block: Crossing,
    trained: xr.Dataset,
    known: xr.Dataset,
) -> Drawing:
    """The picture with its row, and the table of gains."""
    lines = []
    for m, gain in gains.items():
        starts = [gain.of_start(k) for k in range(len(STARTS))]
        for k, p in enumerate(gain.density):
            lines.append(
                (
                    f"{plan.n_features}/{m}",
                    f"{p:g}",
                    *(f"{100 * mean[k]:.1f} ± {100 * error[k]:.1f}" for mean, error in starts),
                    f"{100 * (1 - gain.code[k]):.1f}",
                    f"{100 * gain.gain[k]:.1f} ± {100 * gain.best_error[k]:.1f}",
                )
            )
    ratio = (
        trained["loss"].transpose("start", "density", "run").values / known["naive"].values[:, None]
    )
    size = f"{trained.sizes['feature']}/{trained.sizes['hidden']}"
    best = (1 - known["loss"] / known["naive"]).values
    error = (known["error"] / known["naive"]).values
    for k, p in enumerate(known["density"].values):
        mean, spread = 1 - ratio[:, k].mean(-1), ratio[:, k].std(-1, ddof=1)
        each = zip(mean, spread / np.sqrt(ratio.shape[-1]), strict=True)
        lines.append(
            (
                size,
                f"{p:g}",
                *(f"{100 * a:.3g} ± {100 * b:.2g}" for a, b in each),
                "",
                f"{100 * best[k]:.1f} ± {100 * error[k]:.1f}",
            )
        )
    headings = ("n/m", "p", *STARTS.values(), "code on circles", "best found")
    table = markdown_table(headings, lines)
    meets = {
        m: f"{gain.meets.density:.3f} ± {gain.meets.error:.3f} (m = {m})"
        for m, gain in gains.items()
    }
    crossings = ", ".join(meets.values())
    least = known["density"].values
    pays = least[best - ERRORS * error > 0]
    return Drawing(
        picture,
        row=gain_row({str(m): gain for m, gain in gains.items()}, onset, block),
        claim=CLAIM,
        setup=(
            f"y = |x|, x uniform on [−1, 1]. n = {plan.n_features} equal features, m = "
            f"{', '.join(map(str, plan.hidden))}: {counted(plan.runs, 'run')} from each of four "
            "starts at each density. Best found: the best of the trained nets, the code, blocks of "
            "four features in six neurons, the naive solution and the best nets of the densities "
            "beside, refined by descent of the loss with one and two active features exact (D26); "
            "more by fresh samples, as differences from the naive solution. The branch: the best "
            "net "
            f"at the densest p with a ratio below {plan.clearly:g}, followed in steps of "
            f"{plan.step:g}. The large net is that of abs_superposition, of falling importance."
        ),
        theory=(
            "At equal importance the naive solution is no minimum below p = "
            f"{onset:.4f}, and provably a strict one above {NAIVE_BEST_ABOVE:.4f} (D33). Branches "
            f"of superposed nets cross it at p = {crossings}, from where on computing in "
            "superposition pays; errors are those of sampled losses, and other branches may cross "
            "still denser. They are blocks of four features in six neurons beside naive pairs: one "
            f"such block alone crosses at {block.density:.3f} ± {block.error:.3f}. "
            "A code on circles needs six neurons for any n and has no loss on lone "
            "features (D29), so the gain tends to 100 % as p → 0."
        ),
        training=(
            f"n = {size.replace('/', ', m = ')}, importance falling: it pays at "
            f"p = {', '.join(f'{p:g}' for p in pays)} of those trained. Gains 1 − L/L_naive in per "
            "cent, of trained nets the mean of the runs with its standard error over runs and "
            f"samples, negative where they lose:{table}"
        ),
        alt=(
            "Losses over the naive solution's against density for three sizes of eight features "
            "and for a hundred features: the best found falls from 1 to a few hundredths as data "
            "become sparse. Branches of superposed nets rise through 1 at the denser end. The "
            "weights of one of them: most neurons read one feature, some two."
        ),
        whose="ours",
        verdict=(
            f"holds: it pays below p = {crossings}, where the naive solution still is a strict "
            f"local minimum, so that descent from it finds nothing; at p = "
            f"{gains[max(gains)].density[-1]:g} "
            + ", ".join(f"{100 * gain.gain[-1]:.1f} % (m = {m})" for m, gain in gains.items())
            + " of its loss are saved."
        ),
    )
