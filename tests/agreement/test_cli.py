"""The command reads many kinds of files, runs nothing that is in them, and says what is wrong."""

from __future__ import annotations

import argparse
import io
import json
import os
import pickle
import re
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement.cli import main
from agreement.commands.options import steps
from agreement.description.describe import describe
from agreement.description.weights import BIASES, WEIGHTS, load_weights
from theory.minima.optimum import optimum

ROOT = Path(__file__).parents[2]

W = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.1, 0.0]])
b = np.array([-0.1, -0.1, 0.0, 0.15])
HEAVY = {"numpy", "scipy", "sympy", "numba", "matplotlib", "xarray", "tqdm", "hypothesis"}
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def safetensors(arrays: dict[str, np.ndarray], dtype: str = "F32") -> bytes:
    """Write the format by its specification."""
    header, data = {"__metadata__": {"format": "np"}}, b""
    for name, array in arrays.items():
        raw = array.astype(DTYPES[dtype]).tobytes()
        header[name] = {
            "dtype": dtype,
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


class Bomb:
    """Unpickling it runs a command."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("bias", BIASES)
def test_usual_names_are_found(tmp_path, weights, bias):
    np.savez(tmp_path / "w.npz", **{weights: W, bias: b, "step": np.array(7)})
    found_W, found_b = load_weights(tmp_path / "w.npz")
    np.testing.assert_array_equal(found_W, W)
    np.testing.assert_array_equal(found_b, b)


def test_every_kind_of_file_gives_the_same(tmp_path):
    np.save(tmp_path / "w.npy", W)
    np.savez_compressed(tmp_path / "w.npz", W=W)
    (tmp_path / "w.safetensors").write_bytes(safetensors({"W": W}, "F64"))
    for name in ("w.npy", "w.npz", "w.safetensors"):
        found, bias = load_weights(tmp_path / name)
        np.testing.assert_array_equal(found, W)
        assert bias is None


@pytest.mark.parametrize("dtype", DTYPES)
def test_safetensors_precisions(tmp_path, dtype):
    (tmp_path / "w.safetensors").write_bytes(safetensors({"W": W, "b": b}, dtype))
    found_W, found_b = load_weights(tmp_path / "w.safetensors")
    np.testing.assert_array_equal(found_W, W.astype(DTYPES[dtype]))
    np.testing.assert_array_equal(found_b, b.astype(DTYPES[dtype]))


def test_bfloat16_is_the_upper_half_of_a_float32(tmp_path):
    upper = (W.astype("<f4").view("<u4") >> 16).astype("<u2")
    raw = upper.tobytes()
    entry = {"dtype": "BF16", "shape": list(W.shape), "data_offsets": [0, len(raw)]}
    text = json.dumps({"W": entry}).encode()
    (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + raw)
    found, _ = load_weights(tmp_path / "w.safetensors")
    np.testing.assert_allclose(found, W, rtol=2**-7)


@pytest.mark.extra("safetensors")
def test_safetensors_as_the_library_writes_it(tmp_path):
    from safetensors.numpy import save_file

    save_file({"W": W, "b": b}, str(tmp_path / "w.safetensors"))
    found_W, found_b = load_weights(tmp_path / "w.safetensors")
    np.testing.assert_array_equal(found_W, W)
    np.testing.assert_array_equal(found_b, b)


@pytest.mark.extra("torch")
def test_pytorch_state_dicts(tmp_path):
    import torch

    state = {"W": torch.tensor(W), "b_final": torch.tensor(b)}
    for name, content in (("plain.pt", state), ("nested.pth", {"state_dict": state, "step": 3})):
        torch.save(content, tmp_path / name)
        found_W, found_b = load_weights(tmp_path / name)
        np.testing.assert_array_equal(found_W, W)
        np.testing.assert_array_equal(found_b, b)


def test_layouts_and_instances(tmp_path):
    stacked = np.stack([W.T, 2 * W.T])[None]
    biases = np.stack([b, 2 * b])[None]
    np.savez(tmp_path / "w.npz", W=stacked, b=biases)
    for layout in ("features-hidden", "auto"):
        found_W, found_b = load_weights(tmp_path / "w.npz", layout=layout, instance=(0, 1))
        np.testing.assert_array_equal(found_W, 2 * W)
        np.testing.assert_array_equal(found_b, 2 * b)
    with pytest.raises(ValueError, match="--layout features-hidden"):
        load_weights(tmp_path / "w.npz", layout="hidden-features", instance=(0, 1))
    with pytest.raises(ValueError, match="--instance 0,0"):
        load_weights(tmp_path / "w.npz", layout="auto")
    with pytest.raises(ValueError, match="outside"):
        load_weights(tmp_path / "w.npz", layout="auto", instance=(0, 2))


def test_python_objects_in_numpy_files_are_not_run(tmp_path):
    mark = tmp_path / "was-run"
    bomb = np.array([Bomb(mark)], dtype=object)
    np.save(tmp_path / "w.npy", bomb, allow_pickle=True)
    np.savez(tmp_path / "w.npz", W=bomb)
    (tmp_path / "raw.npy").write_bytes(pickle.dumps(Bomb(mark)))
    (tmp_path / "raw.npz").write_bytes(pickle.dumps(Bomb(mark)))
    for name in ("w.npy", "w.npz", "raw.npy", "raw.npz"):
        with pytest.raises(ValueError, match=name):
            load_weights(tmp_path / name)
    assert not mark.exists()
    # It is a bomb: unpickled, it does go off.
    pickle.loads(pickle.dumps(Bomb(mark)))
    assert mark.exists()


@pytest.mark.extra("torch")
@pytest.mark.parametrize("legacy", [True, False])
def test_python_objects_in_pytorch_files_are_not_run(tmp_path, legacy):
    import torch

    mark = tmp_path / "was-run"
    torch.save(
        {"W": torch.tensor(W), "extra": Bomb(mark)},
        tmp_path / "w.pt",
        _use_new_zipfile_serialization=not legacy,
    )
    with pytest.raises(ValueError, match=r"w\.pt .*state_dict"):
        load_weights(tmp_path / "w.pt")
    assert not mark.exists()


def test_without_torch_a_pytorch_file_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    mark = tmp_path / "was-run"
    with zipfile.ZipFile(tmp_path / "w.pt", "w") as file:
        file.writestr("archive/data.pkl", pickle.dumps(Bomb(mark)))
    with pytest.raises(ValueError, match=r"w\.pt .*pip install torch"):
        load_weights(tmp_path / "w.pt")
    assert not mark.exists()


@given(st.binary(max_size=200), st.sampled_from([".npy", ".npz", ".safetensors"]))
def test_no_bytes_crash_it(tmp_path_factory, raw, suffix):
    path = tmp_path_factory.mktemp("noise") / f"w{suffix}"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=path.name):
        load_weights(path)


@given(st.integers(0, 400), st.integers(0, 255))
def test_no_damage_crashes_it(tmp_path_factory, place, value):
    """One byte changed: read as before, read as other numbers, or refused by name."""
    raw = bytearray(safetensors({"W": W, "b": b}))
    raw[place % len(raw)] = value
    path = tmp_path_factory.mktemp("damage") / "w.safetensors"
    path.write_bytes(raw)
    try:
        found, _ = load_weights(path)
        assert found.shape[0] <= found.shape[1]
    except ValueError as error:
        assert path.name in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.txt", b"", "must end in .npy"),
        ("w.npz", None, "no such file"),
        ("w.npz", b"PK\x03\x04 broken", "damaged|plain file"),
        ("w.safetensors", struct.pack("<Q", 2**62), "damaged"),
        ("w.safetensors", safetensors({"W": W})[:-4], "damaged"),
        ("w.safetensors", safetensors({"step": np.ones(3)}), "no weights.*step.*--weights"),
        ("w.safetensors", safetensors({"W": np.ones(3)}), "two axes"),
        ("w.safetensors", safetensors({"W": W, "b": np.ones(3)}), "b must have shape"),
        ("w.safetensors", safetensors({"W": np.full((1, 2), np.nan)}), "W must be finite"),
    ],
)
def test_bad_files_are_named_and_explained(tmp_path, capsys, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load_weights(path)
    assert main(["describe", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("superposition: ")
    assert str(path) in error
    assert error.count("\n") == 1


def test_describe_prints_what_describe_returns(tmp_path, capsys):
    np.savez(tmp_path / "w.npz", W=W, b=b)
    known = {"density": 0.2, "importance": 0.9 ** np.arange(4)}
    arguments = ["describe", str(tmp_path / "w.npz"), "--density", "0.2", "--importance", "0.9^i"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"{describe(W, b, **known)}\n"
    assert main([*arguments, "--json", "--no-best"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(describe(W, b, **known, against_best=False).to_json())
    assert main(["describe", str(tmp_path / "w.npz"), "--ignored-below", "1.05"]) == 0
    assert "1 point, 3 features ignored" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["png", "svg"])
@pytest.mark.parametrize("hidden", [2, 3])
def test_plot_writes_a_picture(tmp_path, capsys, suffix, hidden):
    weights = np.eye(hidden, hidden + 2)
    np.save(tmp_path / "w.npy", weights)
    picture = tmp_path / f"plot.{suffix}"
    assert main(["describe", str(tmp_path / "w.npy"), "--plot", str(picture)]) == 0
    head = picture.read_bytes()[:300]
    assert head.startswith(b"\x89PNG") if suffix == "png" else b"<svg" in head or b"<?xml" in head
    capsys.readouterr()
    assert main(["describe", str(tmp_path / "w.npy"), "--plot", str(tmp_path / "plot.wmv")]) == 2
    assert "plot.wmv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--density", "often"], "--density"),
        (["--density", "2"], "density"),
        (["--importance", "1,1,1,1"], "--density"),
        (["--density", "0.1", "--importance", "x^i"], "--importance"),
        (["--density", "0.1", "--importance", "1,2"], "importance"),
        (["--instance", "0"], "single model"),
        (["--weights", "V"], "W \\(2, 4\\)"),
        (["--named-within", "-1"], "named_within"),
    ],
)
def test_bad_arguments_are_named(tmp_path, capsys, extra, message):
    np.savez(tmp_path / "w.npz", W=W, b=b)
    assert main(["describe", str(tmp_path / "w.npz"), *extra]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.search(message, captured.err)


def test_optimum_is_described(capsys):
    assert main(["optimum", "3", "2", "--density", "0.2", "--importance", "0.9^i", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    best = optimum(3, 2, density=0.2, importance=0.9 ** np.arange(3))
    assert printed["structure"] == {"factors": [[0], [1, 2]], "ignored": []}
    assert str(best.structure) == "[1] [2 3]"
    assert printed["loss"] == pytest.approx(best.loss, rel=1e-9)
    assert main(["optimum", "2", "1", "--density", "0.2", "--importance", "1,0.1"]) == 0
    assert "1 point, 1 feature ignored" in capsys.readouterr().out
    assert main(["optimum", "2", "3", "--density", "0.2"]) == 2
    assert "n_hidden" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--help"], HEAVY),
        (["--version"], HEAVY),
        (["phase", "--help"], HEAVY),
        (["completion", "bash"], HEAVY),
        (["cite", "D07"], HEAVY - {"numpy"}),
        (["describe", "{file}"], {"numba", "xarray", "theory.loss"}),
    ],
)
def test_a_command_loads_what_it_needs(arguments, absent, tmp_path):
    """Loading is what one waits for: kernels come with the first loss."""
    file = tmp_path / "model.npz"
    np.savez(file, W=np.array([[1.0, -1.0]]))
    code = (
        "import sys, atexit; from agreement.cli import main; "
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
        f"main({[word.format(file=file) for word in arguments]!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout
    assert not absent & set(done.stderr.split())


def test_fail_above_is_for_other_peoples_checks(tmp_path, capsys):
    np.savez(tmp_path / "w.npz", W=[[1.0, 0.0]], b=[0.0, 0.0])
    command = ["describe", str(tmp_path / "w.npz"), "--density", "0.1"]
    gap = describe([[1.0, 0.0]], [0.0, 0.0], density=0.1).gap
    assert gap > 0.01
    assert main([*command, "--fail-above", f"{2 * gap}"]) == 0
    assert main([*command, "--fail-above", "0.01"]) == 1
    captured = capsys.readouterr()
    assert "is above 0.01" in captured.err
    assert "Loss" in captured.out
    # A gap that nobody knows passes for nothing.
    for bad in (command[:2], [*command, "--no-best"], [*command, "--high", "2"]):
        assert main([*bad, "--fail-above", "0.01"]) == 2
        assert "--fail-above" in capsys.readouterr().err
    assert main([*command, "--fail-above", "nan"]) == 2


def test_optimum_lists_all_minima(capsys):
    options = {"bias": False, "starts": 16, "low": -1.0, "high": 1.0}
    command = ["optimum", "3", "2", "--density", "0.3", "--starts", "16", "--no-bias"]
    assert main([*command, "--low", "-1", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    best = optimum(3, 2, density=0.3, **options)
    assert [m["loss"] for m in printed["minima"]] == [m.loss for m in best.minima]
    assert printed["loss"] == pytest.approx(best.loss, rel=1e-9)
    assert printed["minima"][0]["structure"] == printed["structure"]
    assert set(printed["minima"][0]["b"]) == {0.0}
    assert main([*command, "--low", "-1"]) == 0
    assert f"by {best.starts} descents" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["100", "20"], "best_composition"),
        (["3", "2", "--starts", "-1"], "starts"),
        (["3", "2", "--low", "1"], "low"),
        (["3", "2", "--high", "inf"], "high"),
    ],
)
def test_what_cannot_end_is_refused_with_what_would(arguments, name, capsys):
    """`optimum` of a hundred features gave no answer, and no end."""
    assert main(["optimum", *arguments, "--density", "0.1"]) == 2
    assert name in capsys.readouterr().err


def test_a_reader_who_has_enough_is_no_error(tmp_path):
    """`| head -1` printed Broken pipe."""
    np.savez(tmp_path / "w.npz", W=np.random.default_rng(0).normal(size=(20, 300)))
    for words, first in ((f"describe {tmp_path}/w.npz", "300 features"), ("--help", "usage:")):
        command = f"{sys.executable} -m agreement.cli {words}"
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command} | head -1"], capture_output=True, text=True
        )
        assert done.stdout.startswith(first)
        assert done.stderr == ""
        assert done.returncode == 0


def test_ctrl_c_ends_in_one_line(monkeypatch, capsys):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("theory.minima.optimum.optimum", interrupted)
    assert main(["optimum", "3", "2", "--density", "0.1"]) == 130
    assert capsys.readouterr().err == "superposition: interrupted\n"


def test_the_version_is_that_of_the_distribution(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    import agreement
    import theory

    assert capsys.readouterr().out == f"superposition {theory.__version__}\n"
    assert agreement.__version__ == theory.__version__


@pytest.mark.parametrize("density", [[], ["--density", "0.1"]])
def test_a_small_model_waits_for_nothing_it_does_not_use(tmp_path, density):
    """Half of the time from the shell was the loading of algebra, statistics and tables."""
    np.savez(tmp_path / "w.npz", W=W, b=b)
    code = (
        "import sys; from agreement.cli import main; "
        f"main(['describe', {str(tmp_path / 'w.npz')!r}, *{density!r}]); "
        "print(*sys.modules, file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ended.stderr.split())
    idle = {"sympy", "xarray", "pandas", "matplotlib", "scipy.stats", "scipy.optimize", "joblib"}
    assert not loaded & (idle if density else idle | {"numba", "scipy"})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "required: COMMAND"),
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        (["optimum", "3"], "required: M"),
        (["optimum", "3", "2"], "required: --density"),
        (["optimum", "three", "2", "--density", "0.1"], "N: invalid whole number value: 'three'"),
        (["optimum", "3", "2", "--density"], "--density: expected one argument"),
        (["optimum", "3", "2", "--density", "0.1", "--starts", "2.5"], "whole number value: '2.5'"),
        (["loss", "--density", "0.1", "--frobnicate"], "--frobnicate"),
        (["describe", "w.npz", "--instance", "first"], "whole numbers with commas between, or all"),
        (["describe", "w.npz", "--layout", "x"], "--layout: invalid choice: 'x'"),
        (["cite", "D07", "D08"], "unrecognized arguments: D08"),
    ],
)
def test_what_does_not_parse_is_one_line_and_status_2(words, says, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert captured.err.startswith("superposition")
    assert captured.err.count("\n") == 1
    assert "--help" in captured.err


def test_numbers_may_begin_with_a_minus(capsys):
    """argparse takes -1,1 for an option."""
    for words in (["--weights", "-1,1"], ["--weights=-1,1"]):
        assert main(["loss", *words, "--density", "0.1"]) == 0
        assert "0.00333333333" in capsys.readouterr().out


class Terminal(io.StringIO):
    """Somebody looks."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    "words",
    [
        ["optimum", "3", "2", "--density", "0.1", "--starts", "1"],
        ["loss", "--weights", "1,-1", "--density", "0.1", "--check", "5000"],
    ],
)
@pytest.mark.parametrize("place", [None, 0, 1])
def test_notes_and_bars_are_for_terminals_and_quiet_silences_them(words, place, monkeypatch):
    monkeypatch.setattr("theory.minima.cost.SAID", 0.0)
    monkeypatch.setattr("agreement.commands.options.SHOWN_AFTER", 0.0)
    for stream, expected in ((Terminal(), place is None), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        said = list(words)
        if place is not None:
            said.insert(place, "--quiet")
        assert main(said) == 0
        assert bool(stream.getvalue()) == expected


def test_a_first_step_that_takes_long_is_seen(monkeypatch):
    """A bar that waits for its first step is silent for as long as that takes."""
    monkeypatch.setattr("agreement.commands.options.SHOWN_AFTER", 0.01)
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with steps(argparse.Namespace(quiet=False), 1, "describing"):
        for _ in range(500):
            if stream.getvalue():
                break
            time.sleep(0.01)
        assert "describing" in stream.getvalue()


def test_an_error_is_no_note(capsys):
    assert main(["--quiet", "phase", "--density", "2"]) == 2
    assert capsys.readouterr().err.startswith("superposition: density")


def test_status_of_the_process(tmp_path):
    """As a shell sees them: an answer, a larger gap, bad input, what does not parse, Ctrl-C."""
    np.savez(tmp_path / "w.npz", W=[[1.0, 0.0]], b=[0.0, 0.0])
    fails = ["describe", "w.npz", "--density", "0.1", "--fail-above", "0.01"]
    interrupt = (
        "import signal; from agreement import cli; "
        # A shell that starts tests in the background has them ignore it.
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "cli.cite.run = lambda options: signal.raise_signal(signal.SIGINT); "
        "raise SystemExit(cli.main(['cite']))"
    )
    for words, status in (
        (["-m", "agreement.cli", "cite"], 0),
        (["-m", "agreement.cli", *fails], 1),
        (["-m", "agreement.cli", "cite", "D99"], 2),
        (["-m", "agreement.cli", "cite", "--frobnicate"], 2),
        (["-c", interrupt], 130),
    ):
        done = subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") == (status > 0)
