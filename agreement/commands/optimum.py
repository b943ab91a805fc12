"""`superposition optimum`: the best model of all for few features."""

from __future__ import annotations

import argparse
import warnings
from typing import TYPE_CHECKING, Any

from agreement.commands.options import (
    examples,
    importances,
    numbers,
    show,
    shows_progress,
    told,
    whole,
    world_options,
)

if TYPE_CHECKING:
    from agreement.commands.options import Verbs
    from theory.minima.optimum import Optimum

__all__ = ["add", "run"]

EXAMPLES = (
    ("superposition optimum 4 2 --density 0.1", "the best, and all other minima"),
    ("superposition optimum 3 1 --density 0.2 --importance 0.7^i", "importances 1, 0.7, 0.49"),
    ("superposition optimum 2 1 --density 0.2 --low -1 --no-bias --json", "signed features"),
    ("superposition optimum 2 1 --density 0.1 --save best.npz", "kept, for describe and loss"),
)


def add(commands: Verbs) -> None:
    """How many features, under which law, and how hard to look."""
    command = commands.add_parser("optimum", help=run.__doc__, epilog=examples(EXAMPLES))
    command.set_defaults(command=run)
    sizes = command.add_argument_group("the model")
    sizes.add_argument("n_features", type=whole, metavar="N", help="number of features")
    sizes.add_argument("n_hidden", type=whole, metavar="M", help="hidden dimensions")
    sizes.add_argument("--no-bias", action="store_true", help="hold the biases at zero")
    world_options(command).add_argument(
        "--density", metavar="P", required=True, help="1 - sparsity: one, or one per feature"
    )
    search = command.add_argument_group("the search")
    search.add_argument(
        "--starts", type=whole, default=64, metavar="K", help="descents from spread starts (64)"
    )
    search.add_argument(
        "--save",
        metavar="FILE",
        help="write W and b with all that they are for (.safetensors, .npz, .pt, .nc)",
    )


def run(options: argparse.Namespace) -> int:
    """Find the best model for few features, and say what it is and how surely it is the best."""
    import numpy as np

    from agreement.description.describe import describe
    from theory.minima.cost import say_cost
    from theory.minima.optimum import optimum as solve

    importance = importances(options.importance, options.n_features)
    density = numbers("--density", options.density)
    world: dict[str, Any] = {
        "density": density,
        "importance": importance,
        "low": options.low,
        "high": options.high,
    }
    path = None
    if options.save is not None:
        from agreement.interchange.formats import as_path

        path = as_path("--save", options.save)  # before the search, not after it
    cost = say_cost(options.n_features, options.n_hidden, options.starts, options.low)
    if cost and shows_progress(options):
        told(cost)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # said below, with the minima
        best = solve(
            options.n_features,
            options.n_hidden,
            bias=not options.no_bias,
            starts=options.starts,
            progress=shows_progress(options),
            **world,
        )
    found = describe(best.W, best.b, against_best=False, **world)
    rows = _minima_rows(best)
    if path is not None:
        from agreement.interchange.optima import save_optimum

        saved = save_optimum(path, best, bias=not options.no_bias, starts=options.starts, **world)
        rows += ["", f"Saved to {path}, configuration {saved['origin']['hash']}."]
    show(
        found,
        np.asarray(best.W),
        options,
        more={"minima": _minima(best), "starts": best.starts, "hits": best.hits},
        rows=tuple(rows),
    )
    return 0


def _minima(best: Optimum) -> list[dict[str, Any]]:
    """All minima found, best first; features are counted from 0."""
    return [
        {
            "loss": minimum.loss,
            "structure": {
                "factors": minimum.structure.factors,
                "ignored": minimum.structure.ignored,
            },
            "starts": minimum.count,
            "W": minimum.W.tolist(),
            "b": minimum.b.tolist(),
        }
        for minimum in best.minima
    ]


def _minima_rows(best: Optimum) -> list[str]:
    from agreement.description.words import aligned

    rows = [("minimum", "loss", "above the best", "starts", "structure")]
    for number, minimum in enumerate(best.minima, 1):
        above = (minimum.loss - best.loss) / best.loss if best.loss else 0.0
        rows.append(
            (
                str(number),
                f"{minimum.loss:.6g}",
                f"{100 * above:.3g} %",
                str(minimum.count),
                str(minimum.structure),
            )
        )
    return [
        "",
        f"All minima found, by {best.starts} descents of which {best.converged} converged; "
        f"spread starts that came to the best: {best.hits}.",
        *aligned(rows, left={4}),
        *([best.doubt] if best.doubt else []),
    ]
