"""No input is met with silence: calls made from the signatures of what is public.

Each parameter of each public function, and of each class that users make, gets, one at a time,
what does not belong there: other kinds, wrong shapes, numbers out of range, text that would be
code.  Every call ends in a finite answer, or in a ValueError, TypeError or OSError that names the
argument; within ten seconds; and runs nothing.  So do the options of the command, the variables
of make, and files of arrays of any kind and shape.
"""

from __future__ import annotations

import argparse
import inspect
import os
import re
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import cache
from time import monotonic

import numpy as np
import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import agreement
import numeric
import theory
from agreement.cli import _parser, main
from figures.kit.profile import ROOT, cores
from numeric.training.sweep import ANSWERS, sweep

SHARED = [HealthCheck.function_scoped_fixture]  # emptied before each call
LIMIT = 10.0  # seconds of processor time
# A warning, which is an error in tests, names the argument as well.
REFUSALS = (ValueError, TypeError, OSError, UserWarning)
W = [[1.0, -1.0, 0.0], [0.0, 0.1, 1.0]]
LAW = numeric.IndependentFeatures(0.2, n_features=3)
DIAGRAM = theory.phase_diagram(2, 1, [0.3, 0.1], [0.5, 1.0])
TRAINED = DIAGRAM.assign(
    W=(("density", "importance", "hidden", "feature"), np.ones((2, 2, 1, 2))),
    b=(("density", "importance", "feature"), np.zeros((2, 2, 2))),
)
# What a parameter of that name usually gets; who has another name needs its default.
USUAL = {
    "W": W, "b": [0.0, -0.1, 0.0], "encoder": W, "decoder": np.transpose(W),
    "density": 0.2, "importance": [1.0, 0.8, 0.5], "n_features": 3, "n_hidden": 2,
    "densities": [0.3, 0.1], "importances": [0.5, 1.0], "k": 5, "n_pairs": 1, "label": "D07",
    "law": theory.Sets("correlated", (2, 1), 0.2), "kind": "correlated", "sizes": (2, 1),
    "model": numeric.ReluOutput(), "features": LAW, "seed": 0, "n_active": 1, "scale": 0.1,
    "activations": W, "exponent": 1.0, "decay": 0.01, "parameters": {"W": W, "b": [0.0] * 3},
    "value": abs, "derivative": np.sign, "steps": 2, "theory_dataset": DIAGRAM,
    "numeric_dataset": TRAINED, "candidates": DIAGRAM, "optimum": DIAGRAM, "numeric": TRAINED,
    "name": "pentagon", "a": [1, 2], "times": [0.0, 1.0], "initial": [0.1, 0.2], "starts": 2,
    "delta": [0.1, 0.0, -0.2], "size": 0.3, "feature": 1,
    "blocks": [(theory.large_block(0.2), 2.0)], "W1": W, "W2": np.transpose(W),
    "impurity": 0.1, "c": [0.0, -0.1, 0.0], "found": W, "true": W, "within": 0.1,
    "noise": 0.1, "bias": -0.1, "l1": 0.3, "simplex": 1, "count": 2,
}  # fmt: skip
LAYERS = [[1.0, -1.0, 0.5], [-1.0, 2.0, -1.0]], [[1.0, 0.0], [0.0, 1.0], [0.3, 0.1]]
EXACT = {"W": [[1, -1, 0], [0, 0, 1]], "b": [0, 0, 0], "density": sp.Rational(1, 3)}
EXACT_NET = {
    "W1": [[1, -1, 0], [0, 0, 1]], "W2": [[1, 0], [1, 0], [0, 1]], "b": None,
    "density": sp.Rational(1, 3),
}  # fmt: skip
# Where a name means something else.
ELSEWHERE = {
    **dict.fromkeys(
        ("expected_gradient", "expected_loss", "expected_naive_loss", "free_interference",
         "loss_by_active_count", "single_feature_terms", "best_biased_antipodal_pair",
         "exact_decoder_error", "exact_linear_output_bound", "expected_hidden_l1"),
        EXACT,
    ),
    "activation_loss": {"W": [[1.0, -0.5]], "b": [0.0, 0.1]},
    "activation_phase_diagram": {"densities": [0.2], "importances": [1.0]},
    "activation_threshold": {"density": 0.2},
    "leaky_output": {"slope": 0.1},
    "overlap_law": {"n_features": 6},
    "two_overlaps": {"n_features": 6},
    "jump_output": {"threshold": 0.2},
    "antichain_model": {"n_features": 2},
    "approaching_model": {"n_features": 2, "size": 10.0},
    "absolute_one_hot_loss": {"W1": LAYERS[0], "W2": LAYERS[1]},
    "difference_code": {"n_hidden": 4},
    "feature_cumulant": {"order": 4, "density": sp.Rational(1, 3)},
    "recovery_report": {
        "activations": np.random.default_rng(0).random((400, 2)), "n_atoms": 3,
        "methods": ["dictionary"], "shares": [0.5],
    },
    "count_features": {"activations": np.random.default_rng(0).random((60, 2))},
    "circle_code": {"n_hidden": 6},
    "side_decoder": {"W1": LAYERS[0]},
    "expected_attacked_loss": {**EXACT, "delta": [0, 1, 0]},
    "exact_attack": EXACT,
    "exact_two_layer_loss": EXACT_NET,
    "exact_two_layer_gradient": EXACT_NET,
    "twist_loss": {"angle": [0.0, 0.5]},
    "worst_case": {"x": [[0.5, 0.0, 0.2]]},
    "unit_digon_loss": {"size": sp.Rational(1, 2), "density": sp.Rational(1, 3)},
    "digon_defence": {"sizes": [0.1, 0.2]},
    "robust_optimum": {"importance": [1.0, 0.5]},
    "interference_optimum": {"importance": [1.0, 0.5], "interference": 0.01},
    "interference_phase_diagram": {"interference": 0.01},
    "generating_moment": {"b": 0, "density": sp.Rational(1, 3)},
    "first_pair_density": {"n_hidden": 1},
    "gradient_flow": {"density": 0.2},
    "plateaus": {"slopes": [1.0, 0.01, 1.0]},
    "saddle": {"W": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], "b": [0.0, 0.0, 0.1], "density": 0.2},
    "waiting_times": {"W": [[1e-3, -2e-3, 1e-4], [0.0, 1e-3, 1e-3]]},
    "learning_curve": {"importance": [1.0, 0.5]},
    "optimum": {"n_features": 2, "n_hidden": 1},
    "isometry_constant": {"order": 2},
    "known_codes_density": {"samples": 100, "cosine": 0.9},
    "known_codes_error": {"samples": 100},
    "shannon_floor": {"distortion": 1e-4, "signal_to_noise": 100.0},
    "compression_loss": {"levels": 3},
    "compression_width": {"levels": 3},
    "linear_encoder_loss": {"ratio": 0.3},
    "noisy_compression_loss": {"levels": 3, "noise": 0.01},
    "sparse_compression_loss": {"levels": 3},
    "channel_error": {"noise": 0.1},
    "channel_information": {"noise": 0.1},
    "state_evolution": {"dimensions_per_feature": 0.3},
    "critical_supports": {"dictionary": np.transpose(W), "samples": 3},
    "message_passing": {"activations": W[0][:2], "dictionary": np.transpose(W), "steps": 3},
    "l1_response": {"W": [[1.0, 0.0], [0.0, 1.0]], "b": [0.0, 0.0], "importance": [1.0, 0.8]},
    "penalised_optimum": {"n_features": 2, "n_hidden": 1, "importance": [1.0, 0.5]},
    "weak_arm_density": {"ratio": [0.5, 0.75]},
    "privileged_partition": {"blocks": [(1, 1), (2, 1)]},
    "partition_exchange": {
        "denser": [(1, 1), (2, 1)], "sparser": [(3, 2)], "between": (0.3, 0.5),
        "importance": [1.0, 0.75, 0.5625],
    },
    "settled_partition": {
        "start": theory.privileged_partition([(1, 1)], density=0.2, importance=[1.0, 0.8])
    },
    "train": {"steps": 2, "batch": 8, "held_out": 8, "engine": "array"},
    "fit_fixed_sample": {"size": 16, "iterations": 2, "held_out": 8},
    "Round": {"runs": 3, "steps": 2, "batch": 8, "learning_rate": 0.02},
    "successive_halving": {"rounds": [numeric.Round(3, 2, 8, 0.02, 8)]},
    "zipf_densities": {"mean": 0.1},
    "attack": {"x": [[0.5, 0.0, 0.2]], "steps": 2},
    "JumpRule": {"window": 0.4, "least": 0.1},
    "jumps": {
        "times": np.geomspace(1.0, 1e3, 40), "curves": np.linspace(0.0, 1.0, 40)[:, None],
        "rule": numeric.JumpRule(0.4, 0.1),
    },
    "two_layer_loss": {"points": 16},
    "two_layer_loss_and_gradient": {"points": 16},
    "refine_two_layer": {"points": 16, "steps": 20},
    "asymmetric_motif": {"a": 2.0},
    "motif_density": {"a": 2.0},
    "motif_bias_slope": {"a": 2.0},
    "expected_motif_loss": {"a": 2, "density": sp.Rational(1, 3)},
    "nested_net": {"scale": 10.0},
    "AdamW": {"decay": 0.01},
    "arm_onset": {"ratio": 0.8},
    "armed_net": {"size": 0.1},
    "neurons": {"W1": W, "W2": np.transpose(W)},
    "dead_sides": {"W1": W, "W2": np.transpose(W)},
    "match_neurons": {"W1": W, "rows": W[::-1], "W2": np.transpose(W), "columns": np.ones((3, 2))},
    "InTurn": {"starts": [numeric.XavierNormal(), numeric.MatchedOutput()]},
    "Noisy": {"start": numeric.XavierNormal(), "noise": 0.1},
    "noisy_decoder_error": {"W": [[1.0, -0.5]], "noise": 0.2, "importance": [1.0, 0.5]},
    "best_noisy_decoder": {"noise": 0.2},
    "IndependentFeatures": {"density": 0.2, "n_features": 3},
    "lone_rays": {"samples": 100},
    "lone_code": {"l1": 0.1},
    "MixtureOfExperts": {"n_experts": 2},
    "routed_groups": {"n_experts": 3},
    "shared_neuron": {"ratio": 0.5, "l1": 0.1},
    "sharing_cost": {"w1": 0.9, "w2": 0.8, "l1": 0.3},
    "still_alive": {
        "found": theory.survivors(2, density=0.2, importance=[1.0, 0.8, 0.5], l1=0.1), "l1": 0.2,
    },
    "survivors": {"l1": 0.1},
    "digon_code_cost": {"l1": 0.1},
    "mixed_code_cost": {"l1": 0.1},
    "recover": {
        "activations": [[1.0, 0.0], [0.5, 0.0], [0.0, 2.0], [0.0, 1.0]], "n_atoms": 2, "steps": 5,
    },
    "pursue": {"activations": [[0.5, 0.2]], "dictionary": [[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]},
    "zoo_model": {"name": "digon-2-1"},
    "coherence": {"dictionary": np.transpose(W)},
    "graded_dictionary": {"dictionary": np.transpose(W), "coherence": 0.5},
    "sample_activations": {"dictionary": np.transpose(W), "law": LAW, "samples": 10},
    "describe": {"against_best": False},
    "configuration_hash": {"configuration": {"n_hidden": 2, "features": {"density": [0.1]}}},
    "describe_each": {"against_best": False, "W": [W, W], "b": [[0.0] * 3] * 2},
}  # fmt: skip
# Answers take seconds here, so these only get what can be no answer's question.
SLOW = {
    "activation_phase_diagram",
    "activation_threshold",
    "recovery_report",
    "basin_probability",
    "best_block",
    "best_blocks",
    "block_thresholds",
    "digon_thresholds",
    "exchange_importance",
    "digon_defence",
    "relaxed_motif",
    "robust_optimum",
    "robust_phase_diagram",
    "best_free_block",
    "best_noisy_decoder",
    "best_partition",
    "boundary",
    "boundary_importance",
    "certify",
    "certify_grid",
    "collapses",
    "first_order_line",
    "free_block",
    "gradient_flow",
    "minima_along",
    "mixture",
    "onset_importance",
    "optimum_phase_diagram",
    "penalised_optimum",
    "packing",
    "packing_transitions",
    "privileged_partition",
    "partition_exchange",
    "phase_boundaries",
    "set_stages",
    "multiple_points",
    "phase_diagram",
    "privileged_block",
    "saddle",
    "set_minima",
    "settled_partition",
    "special_points",
    "spinodals",
    "spread_block",
    "tricritical_densities",
    "true_boundary",
    "weak_arms",
    "kgon_barrier",
    "kgon_levels",
    "candidates",
    # Of numeric: whoever passes a number of steps or instances waits for them.
    "numeric.phase_diagram",
    "fit_fixed_sample",
    "successive_halving",
    "train",
}
# Files, which are tried below; and what users write themselves.
OTHERS = {
    "load_models", "save_activations", "save_model", "load_pentagon_certificate", "Features",
    "Feed", "DifferentiableFeed", "Model", "Schedule", "saelens_model",
}  # fmt: skip
# What numeric answers with; its other records are settings.
ANSWERED = {
    "ActivationSamples", "Attacked", "CriticalSupports", "FeatureCount", "Jump", "Matched",
    "Neurons", "Recovery",
    "RecoveryScores", "Vulnerability",
}  # fmt: skip
# Documented: a model without weights has no dimensions per feature, and leaves silence.
# Where no pair is the best, there is no border of pairs.
INFINITE = {"dimensions_per_feature", "l1_border_importance", "l1_pair_exchange"}


class Anything:
    """An object of no use to anybody."""


@contextmanager
def at_most(seconds):
    """Raise where something has not answered after that much work."""

    def late(*_):
        raise AssertionError(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


MARK = "/tmp/superposition-bad-input-ran-code"
CODE = f"__import__('pathlib').Path({MARK!r}).touch()"
KINDS = st.sampled_from(
    [Anything(), Anything, len, b"bytes", CODE, f"eval({CODE!r})", "", "no such name", 1 + 2j, {},
     {1, 2}, [1j], ["a"], [[0.1, 0.2], [0.3]], np.array(["a"]), np.ones(3, dtype=complex),
     np.array([Anything()], dtype=object), sp.nan, theory.Sets, numeric.ReluOutput, LAW]
)  # fmt: skip
NUMBERS = st.sampled_from(
    [0, -1, 2, 7, 10**6, 10**12, 0.5, -0.5, 1.5, 1e300, 5e-324, float("nan"), float("inf"),
     -float("inf"), True, None, np.float32(0.3)]
) | st.floats()  # fmt: skip
SHAPES = st.sampled_from(
    [[], [[]], (), np.zeros(0), np.zeros((2, 0, 3)), np.full((2, 3), np.nan), range(3)]
) | st.lists(st.floats(), max_size=4)  # fmt: skip


def public():
    for house in (theory, agreement, numeric, numeric.schedules):
        for name in sorted(house.__all__):
            thing = getattr(house, name)
            # Records of theory and agreement are results, of numeric they are settings.
            record = inspect.isclass(thing) and thing is not theory.Sets
            record &= not house.__name__.startswith("numeric") or name in ANSWERED
            if not record and callable(thing) and name not in OTHERS:
                where = "numeric." if house is numeric and hasattr(theory, name) else ""
                if inspect.signature(thing).parameters:
                    yield pytest.param(where + name, thing, id=f"{house.__name__}.{name}")


def parameters(function):
    star = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [p for p in inspect.signature(function).parameters.values() if p.kind not in star]


def usual(name, function):
    """A call that works, from the names of the parameters."""
    special = ELSEWHERE.get(name, {})
    found = {p.name: special[p.name] for p in parameters(function) if p.name in special}
    if name in {"Activation", "Target"}:
        found["name"] = "absolute value"
    for p in parameters(function):
        if p.name in USUAL and (p.default is p.empty or p.name == "starts"):
            found.setdefault(p.name, USUAL[p.name])
    if name == "boundary":
        found["first"], found["second"] = theory.candidates(2, 1)[:2]
    return found


@cache
def warm(name, function):
    """Once, so that nobody waits for compilers within the limit."""
    if name not in SLOW:
        function(**usual(name, function))


def names(error, parameter):
    """Whether a message names the argument: `densities` as its density, too."""
    stem = {"densities": "densit", "importances": "importance"}.get(parameter, parameter)
    return re.search(rf"(?<![A-Za-z]){re.escape(stem)}", str(error))


def silent(value):
    """NaN or infinity in an answer that is no Dataset, in which NaN says that there is none."""
    if isinstance(value, float | np.floating):
        return not np.isfinite(value)
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fc" and not np.isfinite(value).all()
    if isinstance(value, tuple | list):
        return any(map(silent, value))
    if isinstance(value, sp.Basic):
        return value.has(sp.nan, sp.zoo, sp.oo)
    if is_dataclass(value) and not isinstance(value, type):
        # Beyond six features an optimum's curvature is not computed.
        return any(silent(getattr(value, f.name)) for f in fields(value) if f.name != "curvature")
    return False


@pytest.mark.parametrize(("name", "function"), list(public()))
@settings(max_examples=10)
@given(data=st.data())
def test_every_argument_is_answered_or_named(name, function, data):
    warm(name, function)
    wrong = KINDS if name in SLOW else KINDS | NUMBERS | SHAPES
    parameter = data.draw(st.sampled_from([p.name for p in parameters(function)]), "parameter")
    value = data.draw(wrong, "value")
    call = {**usual(name, function), parameter: value}
    try:
        with at_most(LIMIT):
            answer = function(**call)
    except REFUSALS as error:
        assert names(error, parameter), f"{parameter} is not named by: {error}"  # noqa: PT017
    else:
        assert name in INFINITE or not silent(answer)
    assert not _ran()


def _ran():
    import os

    return os.path.exists(MARK)


def options():
    """Options of the commands that read arguments, from the parser itself."""
    (commands,) = (a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    for command, parser in commands.choices.items():
        for action in parser._actions:
            if action.option_strings and action.nargs != 0:
                yield pytest.param(
                    command, action.option_strings[-1], id=f"{command} {action.dest}"
                )


WORDS = st.sampled_from(
    ["", "-1", "0", "nan", "inf", "1e400", "a", "0.1,0.2", "0,0,0,0", "1,,2", "9" * 400, CODE,
     "0.5^i", "^i", "1.2.3^i", "none", "all", "/", "../..", "\x00", "−1"]
)  # fmt: skip


@pytest.mark.parametrize(("command", "option"), list(options()))
@settings(max_examples=6, suppress_health_check=SHARED)
@given(word=WORDS)
def test_every_option_is_answered_or_refused_in_a_line(
    command, option, word, tmp_path_factory, capsys
):
    path = tmp_path_factory.getbasetemp() / "options.npz"
    np.savez(path, W=W, b=[0.0, 0.0, 0.0])
    start = {
        "describe": ["describe", str(path), "--no-best"],
        "optimum": ["optimum", "2", "1", "--starts", "2"],
        "cite": ["cite"],
        "claims": ["claims"],
        "zoo": ["zoo", "digon-2-1", "--samples", "10"],
        "recover": ["recover", str(path), "--name", "W"],
        "phase": ["phase", "--starts", "2"],
        "loss": ["loss", str(path)],
        "pack": ["pack", "--up-to", "1"],
        "completion": ["completion", "bash"],
    }[command]
    without = ("cite", "claims", "completion", "recover", "zoo")
    if command not in without and option not in ("--density", "--densities"):
        start += ["--density", "0.2"]
    if option == "--plot":
        word = str(path.parent / "no" / f"{len(word)}.png")
    if "\x00" in word:
        return  # no shell can pass it
    capsys.readouterr()
    with at_most(LIMIT):
        try:
            status = main([*start, f"{option}={word}"])
        except SystemExit as ended:  # argparse
            status = ended.code
    error = capsys.readouterr().err
    assert status in (0, 1, 2)
    assert "Traceback" not in error
    if status == 2:
        assert error.strip()
    assert not _ran()


@settings(max_examples=30, suppress_health_check=SHARED)
@given(word=WORDS | st.sampled_from(["1.5", "²", "1e3", "0x4", "+1", " 2"]))
def test_a_number_of_jobs_is_one_or_refused(word, monkeypatch):
    if "\x00" in word:
        return
    monkeypatch.setenv("JOBS", word)
    try:
        assert cores() == int(word)
    except ValueError as error:
        assert "JOBS" in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    "word",
    ["tcp://127.0.0.1:9", "127.0.0.1:9", "a", "tcp://:1", "tcp://127.0.0.1:99999", CODE, "9" * 400],
)
def test_a_scheduler_that_nobody_hears_is_refused_at_once(word, tmp_path, monkeypatch):
    monkeypatch.setenv("SCHEDULER", word)
    begun = monotonic()
    with pytest.raises(RuntimeError, match="no Dask scheduler answers at SCHEDULER="):
        sweep(len, [{"p": 1}], seed=0, folder=tmp_path, configuration={}, progress=False)
    assert monotonic() - begun < 2 * ANSWERS
    assert not _ran()


OF_MAKE = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["PROFILE=fast", "help"], "PROFILE"),
        (["PROFILE=$(touch " + MARK + ")", "help"], "PROFILE"),
        (["phase_n9_m9"], "phase_n9_m9"),
        (["x`touch " + MARK + "`;touch " + MARK], "no target"),
    ],
)
def test_make_refuses_in_a_line_what_it_does_not_know(words, named):
    # `make test` hands its own jobs on, of which another make would speak.
    alone = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
    ended = subprocess.run(
        ["make", *words], cwd=ROOT, env=alone, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert named in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not _ran()


ENTRIES = st.sampled_from(["W", "b", "W1", "W2", "W_dec", "b_dec", "encoder.weight", "x", "config"])
DTYPES = st.sampled_from(["f8", "f4", "f2", "i4", "?", "c16", "U3", "S2", "M8[s]", "f8,i4", "u1"])
AXES = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@settings(max_examples=60, suppress_health_check=SHARED)
@given(
    st.dictionaries(ENTRIES, st.tuples(DTYPES, AXES, st.sampled_from([0, 1, "nan"])), max_size=4)
)
def test_any_file_is_described_or_refused_in_a_line(tmp_path_factory, capsys, entries):
    path = tmp_path_factory.getbasetemp() / "any.npz"
    arrays = {}
    for name, (dtype, shape, fill) in entries.items():
        array = np.zeros(shape, dtype)
        if dtype.startswith("f") and "," not in dtype:
            array[...] = np.nan if fill == "nan" else fill
            array += np.arange(array.size).reshape(shape) % 3
        arrays[name] = array
    np.savez(path, **arrays)
    capsys.readouterr()
    with at_most(LIMIT):
        status = main(["describe", str(path), "--instance", "all"])
    captured = capsys.readouterr()
    assert status in (0, 2)
    if status == 2:
        assert captured.err.count("\n") == 1
        assert path.name in captured.err
    else:
        assert "nan" not in captured.out
