"""`superposition zoo`: reference models, listed, saved, and as activations for autoencoders."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agreement.commands.options import examples, number, told, whole, write

if TYPE_CHECKING:
    from agreement.commands.options import Verbs
    from agreement.interchange.zoo import ZooModel

__all__ = ["add", "run"]

SUFFIX = ".safetensors"  # of the files in a folder
EXAMPLES = (
    ("superposition zoo", "all models, with their hashes"),
    ("superposition zoo pentagon-5-2 --save pentagon.safetensors", "one of them as a file"),
    ("superposition zoo digon-2-1 --activations h.npz --noise 0.01", "samples of h = Wx"),
    ("superposition zoo --all models", "every model, in a folder"),
)


def add(commands: Verbs) -> None:
    """Which model, and what to write of it."""
    command = commands.add_parser(
        "zoo",
        help=run.__doc__,
        epilog=examples(EXAMPLES),
    )
    command.set_defaults(command=run)
    command.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="of a model, or the beginning of its hash; all are listed without",
    )
    command.add_argument(
        "--save", metavar="FILE", help="write the model (.safetensors, .npz, .pt, .nc)"
    )
    command.add_argument(
        "--all", metavar="FOLDER", help=f"write every model into a folder, as {SUFFIX}"
    )
    command.add_argument(
        "--activations",
        metavar="FILE",
        help="write samples of h = Wx with codes and dictionary (.npz, .safetensors)",
    )
    command.add_argument(
        "--samples", type=whole, default=10_000, metavar="N", help="of activations (%(default)s)"
    )
    command.add_argument(
        "--noise",
        type=number,
        default=0.0,
        metavar="SD",
        help="standard deviation in each dimension of activations (0)",
    )
    command.add_argument(
        "--coherence",
        type=number,
        metavar="MU",
        help="move directions towards random ones until two have this cosine (the model's own)",
    )
    command.add_argument(
        "--seed", type=whole, default=0, metavar="K", help="of activations and directions (0)"
    )
    command.add_argument(
        "--single", action="store_true", help="activations and codes in single precision"
    )
    command.add_argument("--json", action="store_true", help="JSON instead of a table")


def run(options: argparse.Namespace) -> int:
    """List reference models, or save one, or draw activations from it."""
    from agreement.interchange.zoo import zoo, zoo_model

    if options.name is None:
        for option in ("save", "activations"):
            if getattr(options, option) is not None:
                raise ValueError(f"--{option} needs the name of a model: superposition zoo NAME")
        models = zoo()
        done = [] if options.all is None else _save_all(models, options.all)
        _say(models, done, options)
        return 0
    if options.all is not None:
        raise ValueError("--all takes every model: leave the name out")
    model = zoo_model(options.name)
    done = []
    if options.save is not None:
        model.save(options.save)
        done.append(f"Saved to {options.save}.")
    if options.activations is not None:
        done.append(_activations(model, options))
    _say((model,), done, options)
    return 0


def _activations(model: ZooModel, options: argparse.Namespace) -> str:
    """Write samples; say what they are."""
    from agreement.description.words import counted
    from agreement.interchange.activations import save_activations
    from numeric.recovery.graded import graded_dictionary

    dictionary, moved = model.W.T, ""
    if options.coherence is not None:
        dictionary = graded_dictionary(dictionary, options.coherence, seed=options.seed)
        moved = ", its directions moved towards random ones"
    if options.samples > 10**6 and sys.stderr.isatty():
        told(f"drawing {options.samples} samples")
    drawn = save_activations(
        options.activations,
        dictionary,
        model.law,
        options.samples,
        noise=options.noise,
        seed=options.seed,
        single=options.single,
        source=f"activations of {model.name} of the zoo{moved}",
        more={"zoo": model.name, "zoo_hash": model.hash},
    )
    n, m = drawn.dictionary.shape
    return (
        f"{options.activations}: {len(drawn.codes)} activations ({counted(m, 'dimension')}, noise "
        f"{drawn.noise:g}) of {counted(n, 'feature')}, the two nearest of which have cosine "
        f"{drawn.coherence:.4f}{moved}; seed {options.seed}."
    )


def _save_all(models: tuple[ZooModel, ...], folder: str) -> list[str]:
    place = Path(folder)
    if not place.parent.is_dir() or (place.exists() and not place.is_dir()):
        raise ValueError(f"--all must be a folder, or a new one in a folder, got {folder!r}")
    place.mkdir(exist_ok=True)
    for model in models:
        model.save(place / f"{model.name}-{model.hash}{SUFFIX}")
    return [f"{len(models)} models saved in {folder}."]


def _say(models: tuple[ZooModel, ...], done: list[str], options: argparse.Namespace) -> None:
    if options.json:
        import json

        write(json.dumps([model.as_dict() for model in models], indent=2))
        return
    from agreement.description.words import aligned

    head = ("name", "configuration", "weights", "n", "m", "density", "importance", "loss")
    rows = [(*head, "what is known of it")]
    rows += [
        (
            model.name,
            model.hash,
            model.content,
            str(model.recipe.n_features),
            str(model.recipe.n_hidden),
            model.recipe.density,
            "1" if model.recipe.ratio == "1" else f"{model.recipe.ratio}^i",
            f"{model.loss:.6g}",
            f"{model.known} [{model.label}]",
        )
        for model in models
    ]
    lines = aligned(rows, left={0, 1, 2, 8})
    write("\n".join([*lines, *([""] if done else []), *done]))
