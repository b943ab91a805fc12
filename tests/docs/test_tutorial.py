"""The tutorial runs from top to bottom, and is a notebook and a page of the gallery as well.

In it are the assertions: a sentence that is no longer true ends it.  Here it runs twice, as it is
with PyTorch, and without, where its three cells of PyTorch are exchanged for the same training by
`numeric`; every other cell is the one that readers run.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.training.initialise import Given
from numeric.training.train import train

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "site" / "tutorial" / "is_my_model_optimal.py"
SHORT = SCRIPT.with_name("my_phase_diagram.py")
INSTANCES = 4


def cells(script: Path = SCRIPT) -> list[str]:
    """The cells of code, in order; those of text begin with a comment or a quote."""
    parts = re.split(r"(?m)^# %%.*\n", script.read_text())[1:]
    return [part for part in parts if not part.startswith(("#", '"""'))]


def trained(space: dict[str, Any], file: str, **options: Any) -> None:
    """What a cell of PyTorch leaves behind: a file of weights in the notebooks' layout."""
    features = IndependentFeatures(space["density"], n_features=space["n"])
    run = train(
        ReluOutput(), features, n_hidden=space["m"], instances=INSTANCES, batch=512,
        schedule="cosine", held_out=2048, **options,
    )  # fmt: skip
    space["file"] = space["folder"] / file
    W = run["W"].transpose("instance", "feature", "hidden").values
    np.savez(space["file"], W=W, b_final=run["b"].values)


def first(space: dict[str, Any]) -> None:
    """In place of the first cell of PyTorch."""
    space |= {"density": 0.15, "instances": INSTANCES, "folder": Path(tempfile.mkdtemp())}
    trained(space, "toy_model.npz", seed=0, steps=2000, learning_rate=1e-2)


def again(space: dict[str, Any]) -> None:
    """In place of the second one, which starts on the way to the optimum."""
    space["starts"] = starts = np.linspace(0, 200, INSTANCES).astype(int)
    initial = Given({"W": space["path_W"][starts], "b": space["path_b"][starts]})
    trained(space, "pushed.npz", seed=0, steps=1000, learning_rate=3e-3, initial=initial)


def test_the_tutorial_runs_without_pytorch(capsys):
    stand_ins = iter((first, again))
    space: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number, cell in enumerate(cells()):
            if "torch" in cell:
                next(stand_ins)(space)
            else:
                exec(compile(cell, f"{SCRIPT.name}, cell {number}", "exec"), space)
    assert next(stand_ins, None) is None
    plt.close("all")
    printed = capsys.readouterr().out
    # What is said is what was found.
    assert len(space["found"]) == INSTANCES
    assert f"Instance {space['worst']} is {100 * space['mine'].gap:.2f} % above" in printed
    assert str(space["found"]) in printed


def test_the_tutorial_on_diagrams_runs_on_a_coarse_grid():
    code = SHORT.read_text()
    assert "size = 8\n" in code
    code = code.replace("size = 8\n", "size = 3\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(code, SHORT.name, "exec"), {})
    plt.close("all")


@pytest.mark.extra("torch")
def test_the_tutorial_runs_from_top_to_bottom():
    """A process of its own, as a reader starts it; a warning ends it."""
    code = (
        "import matplotlib, runpy, sys, warnings; matplotlib.use('agg'); "
        "import torch; warnings.simplefilter('error'); runpy.run_path(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(SCRIPT)], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "bias: b_final" in done.stdout
    assert re.search(r"Instance \d+ is \d+\.\d+ % above the optimum", done.stdout)


@pytest.mark.extra("jupytext")
@pytest.mark.parametrize("script", [SCRIPT, SHORT])
def test_the_tutorial_is_a_notebook(script):
    import jupytext
    import nbformat

    notebook = jupytext.read(script)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells if cell.cell_type == "code"] == [
        cell.strip() for cell in cells(script)
    ]
    assert re.match(r"[^\n]+\n=====", notebook.cells[0].source)


@pytest.mark.extra("sphinx_gallery")
@pytest.mark.parametrize("script", [SCRIPT, SHORT])
def test_the_tutorial_is_a_page_of_the_gallery(script):
    from sphinx_gallery.py_source_parser import split_code_and_text_blocks

    blocks = split_code_and_text_blocks(script)[1]
    assert [b.content.strip() for b in blocks if b.type == "code"] == [
        c.strip() for c in cells(script)
    ]
    assert re.match(r"[^\n]+\n=====", blocks[0].content.strip())
