"""`superposition pack`: numbers of theory's packing, and nothing best that is only known."""

from __future__ import annotations

import json

import pytest

from agreement.answers.pack import pack_answer
from agreement.cli import main
from theory.data_law import feature_variance
from theory.geometry.mixture import mixture
from theory.geometry.packing import packing


@pytest.mark.result("D14")
def test_the_mixture_of_a_few_corners_is_that_of_all_polytopes():
    """Most rivals can be left out of the programme: the full one has the same optimum."""
    found = pack_answer(0.15, 24, 10, up_to=2)
    names = [rival.name for rival in found.rivals if "free block" not in rival.name]
    assert len(names) > 6
    full = mixture([0.15], 24, 10, names=names, large=False).isel(density=0)
    assert found.mixture.loss == pytest.approx(float(full.loss), rel=1e-9)
    assert found.mixture.fill == pytest.approx(float(full.dimensions_per_feature), rel=1e-6)
    for rival in found.rivals:
        assert "free block" in rival.name or rival.model_loss >= found.mixture.loss * (1 - 1e-9)


@pytest.mark.result("D13", "D14")
def test_rivals_are_those_of_packing(capsys):
    assert main(["pack", "--density", "0.1", "--up-to", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    names = [rival["name"] for rival in found["rivals"] if "free" not in rival["name"]]
    exact = packing([0.1], names=names).isel(density=0)
    for rival in found["rivals"]:
        if rival["name"] in names:
            one = exact.sel(arrangement=rival["name"])
            assert rival["benefit"] == pytest.approx(float(one.benefit), rel=1e-9)
            assert rival["dimensionality"] == pytest.approx(float(one.dimensionality), rel=1e-12)
            relative = float(one.loss) / float(feature_variance(0.1))
            assert rival["relative_feature_loss"] == pytest.approx(relative, rel=1e-8, abs=1e-12)
    assert found["best_known"] == str(exact.winner.item()) == "pentagon"
    assert found["dimensions_per_feature"] == pytest.approx(
        float(exact.dimensions_per_feature), rel=1e-6
    )
    assert found["takeovers"]["denser"]["dense"] == "digon"


@pytest.mark.result("D14")
def test_a_model_of_whole_blocks_costs_no_less_than_the_mixture(capsys):
    """Counts need not be whole in the mixture, and at p = .25 no free block is shipped."""
    assert main(["pack", "--density", "0.25", "--features", "9", "--hidden", "4", "--json"]) == 0
    mixed = json.loads(capsys.readouterr().out)["mixture"]
    assert mixed["whole"]["loss"] >= mixed["loss"] * (1 - 1e-9)
    assert sum(share["dimensions"] for share in mixed["shares"]) == pytest.approx(1.0)


def test_best_is_said_only_of_what_is_known(capsys):
    assert (
        main(["pack", "--density", "0.2", "--up-to", "2", "--features", "8", "--hidden", "2"]) == 0
    )
    text = capsys.readouterr().out
    for line in text.splitlines():
        if "best" in line.lower():
            assert "known" in line.lower() or "which blocks fill" in line
    assert "a limit and no model" in text
    assert "Law: features independent, active with probability p = 0.2" in text


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--density", "0"], "density"),
        (["--density", "x"], "--density must be one number"),
        (["--density", "0.1", "--features", "10"], "--features and --hidden go together"),
        (["--density", "0.1", "--features", "10", "--hidden", "20"], "n_hidden"),
        (["--density", "0.1", "--features", "9999", "--hidden", "20"], "features"),
        (["--density", "0.1", "--up-to", "0"], "up_to"),
    ],
)
def test_bad_input_is_named_in_a_line(words, named, capsys):
    assert main(["pack", *words]) == 2
    error = capsys.readouterr().err
    assert named in error
    assert error.count("\n") == 1
