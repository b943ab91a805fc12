"""`superposition loss`: what weights cost, exactly."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from agreement.commands.options import (
    SHOWN_AFTER,
    examples,
    importances,
    json_option,
    matrix,
    model_options,
    numbers,
    positive,
    range_options,
    shows_progress,
    steps,
    told,
    whole,
    write,
)

if TYPE_CHECKING:
    from agreement.answers.loss import LossAnswer
    from agreement.commands.options import Verbs
    from agreement.description.models import LoadedModel

MOST_EXACT = 6  # features of a closed form: seconds
_SECONDS = 4e-5  # of a Fourier sum, for each pair of features

__all__ = ["add", "run"]

EXAMPLES = (
    ('superposition loss --weights "1,-1" --bias "0,0" --density 0.1', "an antipodal pair"),
    ('superposition loss --weights "1,-1" --density 0.1 --exact', "in closed form"),
    ("superposition loss weights.npz --density 0.1 --check 100000", "beside a sample"),
    ("superposition loss models.npz --density 0.1 --instance all", "one line a model"),
)


def add(commands: Verbs) -> None:
    """Weights of a file or given as numbers, and the law."""
    command = commands.add_parser("loss", help=run.__doc__, epilog=examples(EXAMPLES))
    command.set_defaults(command=run)
    model_options(
        command,
        optional=True,
        weights='name in the file; without a file the numbers, rows by ";": "1,-1;0,0.5"',
        bias='name in the file, or none; without a file the numbers, "0,0" (zeros)',
        decoder="name in the file, or none; without a file the numbers, as of --weights",
    )
    law = command.add_argument_group("the law")
    law.add_argument(
        "--density",
        metavar="P",
        help="1 - sparsity: one, or one per feature (what the file says, if it does)",
    )
    range_options(law)
    answer = command.add_argument_group("the answer")
    answer.add_argument(
        "--exact", action="store_true", help="also in closed form, of numbers given without a file"
    )
    answer.add_argument(
        "--check", type=whole, metavar="SAMPLES", help="also the mean over so many samples"
    )
    answer.add_argument("--seed", type=whole, default=0, metavar="K", help="of the samples (0)")
    json_option(answer)


def run(options: argparse.Namespace) -> int:
    """Say what weights cost: exact expected loss, its gradient, each feature's part."""
    from agreement.answers.loss import losses_json, losses_text

    models, formula = _from_file(options) if options.file else _given(options)
    found = _answers(models, formula, options)
    many = options.instance == "all" and len(models) > 1
    if options.json:
        write(losses_json(found, many=many))
    else:
        write(losses_text(found) if many else str(found[0]))
    return 0


def _answers(
    models: tuple[LoadedModel, ...], formula: str | None, options: argparse.Namespace
) -> list[LossAnswer]:
    from agreement.answers.loss import loss_answer
    from agreement.description.own_loss import BATCH

    importance = importances(options.importance, models[0].W.shape[1])
    if options.check is not None and options.check < 2:
        raise ValueError(f"--check must be at least 2 samples, got {options.check}")
    if options.seed < 0:
        raise ValueError(f"--seed must be a whole number of at least 0, got {options.seed}")
    seconds = _SECONDS * len(models) * models[0].W.shape[1] ** 2
    if seconds > SHOWN_AFTER and shows_progress(options):
        told(f"exact losses of so many features take some {seconds:.2g} seconds; Ctrl-C ends it")
    batches = -(-options.check // BATCH) if options.check else 0
    total = len(models) * (batches or 1)
    with steps(options, total, "sampling" if batches else "losses") as step:
        found = []
        for model in models:
            found.append(
                loss_answer(
                    model,
                    **_law(model, importance, options),
                    samples=options.check,
                    seed=options.seed,
                    formula=formula,
                    told=step,
                )
            )
            if not batches:
                step()
    return found


def _law(model: LoadedModel, importance: Any, options: argparse.Namespace) -> dict[str, Any]:
    """The law that was asked for, or else the one that the model's file names."""
    if options.density is not None:
        return {
            "density": numbers("--density", options.density),
            "importance": importance,
            "low": options.low,
            "high": options.high,
        }
    from agreement.description.several import law_of

    law = law_of(model)
    if type(law).__name__ != "IndependentFeatures":
        names = f"names {type(law).__name__}" if law is not None else "names no law of its features"
        raise ValueError(f"--density is needed: {model.source} {names}")
    if (options.low, options.high) != (0.0, 1.0):
        raise ValueError("--low and --high are of use only with --density")
    return {
        "density": law.density,
        "importance": law.importance if importance is None else importance,
        "low": float(law.low),
        "high": float(law.high),
    }


def _from_file(options: argparse.Namespace) -> tuple[tuple[LoadedModel, ...], None]:
    from agreement.description.models import load_models

    if options.exact:
        raise ValueError("--exact is for numbers given by --weights, without a FILE")
    models = load_models(
        options.file,
        weights=options.weights,
        bias=options.bias,
        decoder=options.decoder,
        layout=options.layout,
        instance=options.instance,
        most_bytes=positive("--size-limit", options.size_limit) * 1e9,
    )
    return models, None


def _given(options: argparse.Namespace) -> tuple[tuple[LoadedModel, ...], str | None]:
    """One model of numbers on the command line, and its loss in closed form if asked for."""
    from agreement.description.models import LoadedModel

    if options.weights is None:
        raise ValueError('a FILE or --weights is needed, such as --weights "1,-1;0,0.5"')
    if options.density is None:
        raise ValueError("--density is needed, such as --density 0.1")
    if options.instance is not None or options.layout != "auto":
        raise ValueError("--instance and --layout are for a FILE, and none is given")
    W = matrix("--weights", options.weights)
    m, n = len(W), len(W[0])
    if m > n:
        raise ValueError(f"--weights must have at most as many rows as columns, got {m} by {n}")
    b = None if options.bias in (None, "none") else matrix("--bias", options.bias)
    if b is not None and (len(b) != 1 or len(b[0]) != n):
        raise ValueError(f"--bias must be {n} numbers, one for each column of --weights")
    D = None if options.decoder in (None, "none") else matrix("--decoder", options.decoder)
    if D is not None and (len(D) != n or len(D[0]) != m):
        raise ValueError(f"--decoder must have {n} rows of {m} numbers, to fit --weights")
    model = LoadedModel(
        _floats(W),
        None if b is None else _floats(b)[0],
        None if D is None else _floats(D),
        (),
        "weights as given",
        "--weights",
        None if b is None else "--bias",
    )
    formula = _formula(W, None if b is None else b[0], options) if options.exact else None
    return (model,), formula


def _floats(rows: list[list[Any]]) -> Any:
    import numpy as np

    return np.array([[float(value) for value in row] for row in rows])


def _formula(W: list[list[Any]], b: list[Any] | None, options: argparse.Namespace) -> str:
    """The loss in closed form, in p where all features have one density."""
    if options.decoder not in (None, "none") or (options.low, options.high) != (0.0, 1.0):
        raise ValueError("--exact is for tied weights and features on [0, 1]")
    if len(W[0]) > MOST_EXACT:
        raise ValueError(f"--exact is for up to {MOST_EXACT} features, got {len(W[0])}")
    import numpy as np
    import sympy as sp

    from theory.conventions import p
    from theory.loss.exact import expected_loss

    def exact(row: list[Any]) -> list[Any]:
        return [sp.Rational(value.numerator, value.denominator) for value in row]

    density = exact(matrix("--density", options.density)[0])
    one = len(density) == 1
    weights = importances(options.importance, len(W[0]))
    found = expected_loss(
        [exact(row) for row in W],
        None if b is None else exact(b),
        density=p if one else density,
        importance=None
        if weights is None
        else [sp.Rational(repr(float(w))) for w in np.broadcast_to(weights, len(W[0]))],
    )
    value = found.subs(p, density[0]) if one else found
    formula = str(sp.factor(found)).replace("**", "^")
    return f"{formula} = {value}" if one and found.has(p) else str(value)
