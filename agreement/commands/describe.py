"""`superposition describe`: what is this W?"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agreement.commands.describe_nets import described_nets, net_options, why_a_net
from agreement.commands.options import (
    examples,
    importances,
    model_options,
    number,
    numbers,
    positive,
    show,
    steps,
    told,
    world_options,
    write,
)

if TYPE_CHECKING:
    from agreement.commands.options import Verbs
    from agreement.description.net_record import TwoLayerDescription
    from agreement.description.record import Description
    from ground.checks import FloatArray

THRESHOLDS = {
    "ignored_below": ("NORM", "norm of W_i below which a feature is ignored"),
    "orthogonal_below": ("COS", "|cos| below which two features are not linked"),
    "named_within": ("DISTANCE", "relative distance up to which a polytope is named"),
}
EXAMPLES = (
    ("superposition describe weights.npz", "roles, factors and polytopes"),
    (
        "superposition describe net.npz --target absolute --density 0.05",
        "a two-layer net for |x|: its neurons, its loss, better circuits",
    ),
    (
        "superposition describe models.npz --instance all --densities 0.05,0.1,0.2",
        "one line a model, each at its density",
    ),
    (
        "superposition describe weights.npz --density 0.05 --fail-above 0.01",
        "status 1 if the gap to the best known is larger",
    ),
)
ABOVE = 1
NO_GAP = "--fail-above needs --density, and no --no-best: there is no gap else"

__all__ = ["add", "run"]


def add(commands: Verbs) -> None:
    """What to read, under which law, and how to judge it."""
    command = commands.add_parser("describe", help=run.__doc__, epilog=examples(EXAMPLES))
    command.set_defaults(command=run)
    model_options(command)
    law = world_options(command)
    law.add_argument("--density", metavar="P", help="1 - sparsity: one, or one per feature")
    law.add_argument(
        "--densities", metavar="P,P,…", help="one for each model along the leading axes"
    )
    judged = command.add_argument_group("how it is judged")
    judged.add_argument(
        "--fail-above", type=number, metavar="GAP", help="exit with 1 if the gap is larger"
    )
    judged.add_argument(
        "--no-best", action="store_true", help="do not look for the best known solution"
    )
    for name, (metavar, words) in THRESHOLDS.items():
        # Left out, it is what `describe` says it is.
        option = f"--{name.replace('_', '-')}"
        judged.add_argument(
            option, type=number, default=argparse.SUPPRESS, metavar=metavar, help=words
        )
    net_options(command.add_argument_group("what it computes"))
    command.set_defaults(low=None)  # 0, or −1 for nets whose target has two sides


def run(options: argparse.Namespace) -> int:
    """Say what a file of weights is: roles, orthogonal factors, polytopes, loss."""
    from agreement.description.files import read_contents
    from agreement.description.models import models_in
    from agreement.description.several import describe_model, describe_models

    _check_gap(options)
    contents = read_contents(
        options.file, most_bytes=positive("--size-limit", options.size_limit) * 1e9
    )
    why = why_a_net(options, contents)
    if why is not None:
        nets = described_nets(
            options,
            contents,
            why,
            lambda count: _density(options, count),
            lambda n: importances(options.importance, n),
        )
        return _verdict(nets, options)
    models = models_in(
        contents,
        options.weights,
        options.bias,
        options.decoder,
        options.layout,
        options.instance,
    )
    importance = importances(options.importance, models[0].W.shape[1])
    density = _density(options, len(models))
    known = density is not None or models[0].configuration is not None
    if importance is not None and not known:
        raise ValueError("--importance is of use only with --density, for the loss")
    if options.fail_above is not None and not known:
        raise ValueError(NO_GAP)
    how: dict[str, Any] = {
        "importance": importance,
        "against_best": not options.no_best,
        "low": 0.0 if options.low is None else options.low,
        "high": options.high,
        **{name: getattr(options, name) for name in THRESHOLDS if hasattr(options, name)},
    }
    if options.instance == "all" or options.densities is not None:
        if options.plot:
            raise ValueError("--plot draws one model: choose one with --instance")
        with steps(options, 1, "describing"):
            found = describe_models(models, density=density, **how)
        write(found.to_json() if options.json else str(found))
        return _verdict(found.models, options)
    with steps(options, 1, "describing"):
        one = describe_model(models[0], density=density, **how)
    show(one, models[0].W, options)
    return _verdict((one,), options)


def _check_gap(options: argparse.Namespace) -> None:
    if options.fail_above is None:
        return
    if not options.fail_above >= 0:
        raise ValueError(f"--fail-above must be a gap of at least 0, got {options.fail_above}")
    if options.no_best:
        raise ValueError(NO_GAP)


def _verdict(
    found: Sequence[Description | TwoLayerDescription], options: argparse.Namespace
) -> int:
    """Whether a gap is larger than `--fail-above` allows."""
    if options.fail_above is None:
        return 0
    gaps = [description.gap for description in found]
    unknown = [k for k, gap in enumerate(gaps) if gap is None]
    if unknown:
        raise ValueError("--fail-above: no rival is known, so there is no gap to compare")
    worst = max(gap for gap in gaps if gap is not None)
    if worst <= options.fail_above:
        return 0
    told(f"gap {worst:.3g} is above {options.fail_above:g}")
    return ABOVE


def _density(options: argparse.Namespace, count: int) -> FloatArray | None:
    """Density for all models, or a column with one for each."""
    import numpy as np

    if options.densities is None:
        return None if options.density is None else numbers("--density", options.density)
    if options.density is not None:
        raise ValueError("--density and --densities cannot both be given")
    values = np.atleast_1d(numbers("--densities", options.densities))
    if len(values) != count:
        raise ValueError(
            f"--densities must be one for each of {count} models, got {len(values)}: "
            f"{options.densities}"
        )
    return np.asarray(values)[:, None]
