"""Every verb's help has examples, and each example runs and prints what it says it does."""

from __future__ import annotations

import argparse
import re
import shlex

import numpy as np
import pytest

from agreement.cli import EXAMPLES, VERBS, _parser, main

W = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.1, 0.0]])
b = np.array([-0.1, -0.1, 0.0, 0.15])
# What an answer has in it, whatever the numbers are.
PRINTED = {
    "describe": r"4 features in 2 dimensions|model .*phase|models|2 features, 3 neurons",
    "optimum": r"All minima found|\"minima\"",
    "phase": r"Nearest boundaries of the best model|\"boundaries\"",
    "loss": r"Expected loss, a sum over features|Losses are sums",
    "pack": r"Best known per dimension",
    "recover": r"cannot|not",
    "cite": r"@software\{superposition-theory",
    "claims": r"proved|certified|refuted|open",
    "completion": r"_superposition|compdef",
}


def commands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    return action.choices


def examples(text: str) -> list[str]:
    """The lines of a help text that can be copied."""
    return re.findall(r"^  (superposition .+)$", text.partition("examples:")[2], re.MULTILINE)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__.rpartition(".")[2])
def test_a_verb_has_two_to_four_examples_in_its_help(verb):
    name = verb.__name__.rpartition(".")[2]
    found = examples(commands()[name].format_help())
    assert 2 <= len(found) <= 4
    assert all(line.startswith(f"superposition {name}") for line in found)


EVERY = [line for command in commands().values() for line in examples(command.format_help())]
# Their answers are computed by tests of their own, at smaller sizes.
LONG = {
    "superposition recover activations.npy",
    "superposition pack --density 0.05 --features 200 --hidden 20",
}


@pytest.mark.parametrize("line", sorted({*EVERY, *(line for line, _ in EXAMPLES)} - LONG))
def test_an_example_runs(line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.savez("weights.npz", W=W, b=b)
    np.savez("models.npz", W=np.stack([W, 0.9 * W, 1.1 * W]), b=np.stack([b, b, b]))
    np.savez("net.npz", W1=[[1, 0], [-1, 0], [0, 1]], W2=[[1, 1, 0], [0, 0, 1]], b=[0.0, 0.0])
    rng = np.random.default_rng(0)
    x = rng.random((400, 4)) * (rng.random((400, 4)) < 0.2)
    np.save("activations.npy", x @ W.T)
    # A shell sends what is printed to the file.
    words = shlex.split(line.partition(">")[0])
    try:
        status = main(words[1:])
    except SystemExit as ended:  # --help
        status = ended.code
        assert words[2:] == ["--help"]
    captured = capsys.readouterr()
    assert status in ((0, 1) if "--fail-above" in line else (0,)), captured.err
    assert re.search(PRINTED.get(words[1], "."), captured.out, re.DOTALL), captured.out
    assert captured.err == "" or status == 1  # no note at a file: nobody is there to read it


def test_metavars_say_the_same_in_all_verbs():
    """FILE is a file and P a density wherever they stand, and nothing is called by its dest."""
    for name, command in commands().items():
        for action in command._actions:
            if action.nargs == 0 or action.choices:
                continue
            assert action.metavar, f"{name} {action.dest}"
            if action.dest in ("file", "plot", "save"):
                assert action.metavar == "FILE"
            if action.dest == "density":
                assert action.metavar == "P"
            assert action.help, f"{name} {action.dest}"


def test_the_help_of_all_names_each_verb_and_each_status(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    for command in commands():
        assert f" {command} " in text
    for status in ("0 for an answer", "1 if --fail-above", "2 for bad input", "130 after Ctrl-C"):
        assert status in text
    assert len(examples(_parser().format_help())) >= 2
