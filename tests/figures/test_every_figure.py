"""Every figure is made in the quick profile, and bad input loses nothing."""

from __future__ import annotations

import json
import re

import matplotlib.image
import numpy as np
import pytest
import xarray as xr

from figures.__main__ import main
from figures.kit.claims import ClaimError, claim
from figures.kit.cost import costs
from figures.kit.folder import Folder, folders
from figures.kit.profile import Profile, digest_of
from figures.kit.reading import unreadable
from figures.kit.result import Result
from figures.kit.style import PHASES, phase_of
from ground.results import configured, save
from tests.figures.looks import CHECKS
from tests.scopes import needed


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("build")


def run(root, *arguments: str) -> int:
    return main(["--profile", "quick", "--root", str(root), *arguments])


COUNTED = ("cell", "dimension", "feature", "model", "pair", "run", "step")


def miscounted(text):
    """What stands in the wrong number: "1 runs", "12 feature", "2 4-simplexs"."""
    words, number = "|".join(COUNTED), r"(?<![\w.,/])"
    one = re.findall(rf"{number}1 (?:{words})s\b", text)
    many = re.findall(rf"{number}(?:[2-9]|[1-9]\d+) (?:{words})\b(?!-)", text)
    return [*one, *many, *re.findall(r"\b(?:[\w-]*simplexs|\w*hedrons|densitys)\b", text)]


def make(root, figure, kind):
    """Measure or derive, after what that needs, unless it was done."""
    if Profile.named("quick", root).data(figure, kind).exists():
        return
    for earlier in needed(f"$(B)/data/{figure}.{kind}.nc"):
        make(root, *earlier)
    assert run(root, {"measured": "measure", "derived": "derive"}[kind], figure) == 0


# One figure of each kind of training has worker processes. The others train here: whoever trains,
# bits are the same (tests/numeric/training/test_sweep.py), and each start of two workers takes
# as long as a quick profile.
IN_WORKERS = {
    "adversarial_training",
    "computation_gain",
    "feature_dimensionality",
    "privileged_basis",
    "recovery",
}


@pytest.mark.parametrize("name", folders())
def test_a_figure_is_measured_derived_and_drawn(root, name, monkeypatch):
    monkeypatch.setenv("JOBS", "2" if name in IN_WORKERS else "1")
    for data in needed(f"$(B)/figures/{name}.png"):
        make(root, *data)
    profile = Profile.named("quick", root)
    drawing = folders()[name].draw(profile)
    assert unreadable(drawing.picture) == []
    assert len(drawing.result(name).alt.split()) >= 8, "what is to be seen is said, not named"
    if name in CHECKS:
        CHECKS[name](drawing)
    pixels = matplotlib.image.imread(profile.figure(name))
    assert pixels.std() > 0.02, "something is drawn"
    assert profile.figure(name).with_suffix(".svg").stat().st_size > 1000
    result = Result(**json.loads(profile.table(name, ".result.json").read_text()))
    assert result == drawing.result(name)
    assert not miscounted(" ".join(vars(result).values())), "plural forms"
    assert {"draw"} <= set(costs(name, profile))
    assert not profile.parts(name).exists()


def test_wrong_plurals_are_seen():
    found = miscounted("1 runs of 12 feature and 2 4-simplexs")
    assert found == ["1 runs", "12 feature", "4-simplexs"]
    assert not miscounted("1 run of 12 features, p = 0.1 runs, a 12-feature model, 5.1 feature")


def test_drawing_from_the_command_says_where_the_picture_is(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Folder, "draw", lambda *_: None)
    assert run(tmp_path, "draw", "phase_n2_m1") == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "figures" / "phase_n2_m1.png")


def test_an_unknown_figure_or_profile_is_named(tmp_path, capsys):
    assert run(tmp_path, "draw", "phase_n9_m9") == 1
    assert "figure must be one of" in capsys.readouterr().err
    assert main(["--profile", "fine", "tables"]) == 1
    assert "profile must be one of paper, quick" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"not netCDF", None])
def test_a_damaged_or_foreign_measurement_is_refused_and_kept(tmp_path, capsys, content):
    path = Profile.named("quick", tmp_path).data("phase_n2_m1", "measured")
    save(configured(xr.Dataset({"loss": 1.0}), {"seed": 7}), path)
    if content is not None:
        path.write_bytes(content)
    before = path.read_bytes()
    assert run(tmp_path, "draw", "phase_n2_m1") == 1
    assert "move it away and run make again" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert not Profile.named("quick", tmp_path).figure("phase_n2_m1").exists()


def test_tables_without_figures_say_what_to_do(tmp_path, capsys):
    assert run(tmp_path, "tables") == 1
    assert "run make figures" in capsys.readouterr().err


def test_a_claim_that_fails_stops_the_figure():
    claim(True, "fine")
    with pytest.raises(ClaimError, match="claim fails: the moon is a cheese"):
        claim(False, "the moon is a cheese")


def test_the_digest_follows_the_code():
    assert digest_of("theory") != digest_of("numeric")
    assert digest_of("numeric") == digest_of("numeric")


@pytest.mark.parametrize(
    ("structure", "phase"),
    [
        ("[1] (2)", "extra feature ignored"),
        ("[2] (1)", "extra feature dedicated, another ignored"),
        ("[1 2]", "extra feature in a digon"),
        ("[1 2] [3]", "extra feature dedicated, others in a digon"),
        ("[1 2 3]", "triangle"),
    ],
)
def test_phases_have_their_colours(structure, phase):
    assert phase_of(structure) == phase
    assert len(set(PHASES.values())) == len(PHASES)


def test_colours_stay_apart_without_hue():
    """Neighbouring phases differ in lightness or are told apart by colour-blind readers."""
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in PHASES.values()]) / 255
    # Deuteranopia, to first order: red and green collapse to one channel.
    seen = np.column_stack([rgb[:, :2] @ [0.6, 0.4], rgb[:, 2]])
    distance = np.linalg.norm(seen[:, None] - seen[None], axis=-1) + np.eye(len(seen))
    assert distance.min() > 0.08
