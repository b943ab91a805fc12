"""Evidence: what a test's mark says reaches the report, and the report is read as it stands."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from figures.kit.profile import ROOT
from figures.pages.evidence import Evidence, evidence, listed_tests, read_report
from theory.derivations.registry import results

LABELS = [entry.label for entry in results()]
LISTED = listed_tests()

SAMPLE = """
import pytest

@pytest.mark.result("D01")
def test_good(): pass

@pytest.mark.result("D01", "D03")
@pytest.mark.parametrize("case", [1, 2])
def test_bad_in_one_case(case): assert case == 1

@pytest.mark.result("D02")
@pytest.mark.parametrize("case", ["a::b", "[c]"])
def test_good_in_every_case(case): pass

@pytest.mark.result("D04")
@pytest.mark.skipif(True, reason="not here")
def test_skipped(): pass

@pytest.fixture
def broken():
    yield
    raise OSError

@pytest.mark.result("D05")
@pytest.mark.skipif(False, reason="a mark that excuses it")
def test_torn_down_badly(broken): pytest.skip("and yet")

def test_unmarked(): pass

WORDS = "pytestmark = pytest.mark.result('D08')"

@pytest.mark.parametrize("words", [WORDS, "pytest.mark.result('D08')"])
def test_that_only_speaks_of_marks(words): pass
"""
WHOLE = """
import pytest
pytestmark = [pytest.mark.result("D06"), pytest.mark.filterwarnings("error")]

def test_of_a_file_with_one_label(): pass

@pytest.mark.result("D07")
def test_with_one_more(): pass
"""
OUTCOMES = {
    "D01": {
        "tests/test_sample.py::test_good": "passed",
        "tests/test_sample.py::test_bad_in_one_case": "failed",
    },
    "D02": {"tests/test_sample.py::test_good_in_every_case": "passed"},
    "D03": {"tests/test_sample.py::test_bad_in_one_case": "failed"},
    "D04": {"tests/test_sample.py::test_skipped": "skipped"},
    "D05": {"tests/test_sample.py::test_torn_down_badly": "failed"},
    "D06": {
        "tests/whole/test_file.py::test_of_a_file_with_one_label": "passed",
        "tests/whole/test_file.py::test_with_one_more": "passed",
    },
    "D07": {"tests/whole/test_file.py::test_with_one_more": "passed"},
}


def run(folder, *options):
    """Run pytest, as this project configures it, over the tests in another folder."""
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "setup.cfg", "--rootdir", folder]
    command += ["-p", "tests.conftest", "-p", "no:cacheprovider", *options, folder / "tests"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A folder of tests, and the reports of one process and of two."""
    folder = tmp_path_factory.mktemp("sample")
    (folder / "tests" / "whole").mkdir(parents=True)
    (folder / "tests" / "test_sample.py").write_text(SAMPLE, encoding="utf-8")
    (folder / "tests" / "whole" / "test_file.py").write_text(WHOLE, encoding="utf-8")
    reports = [folder / "alone.xml", folder / "workers.xml"]
    for report, workers in zip(reports, (0, 2), strict=True):
        done = run(folder, "-n", str(workers), "--dist", "loadscope", f"--junit-xml={report}")
        assert done.returncode == 1, done.stdout + done.stderr
    return folder, reports


def test_the_report_holds_labels_and_outcomes_whoever_ran_the_tests(sample):
    for report in sample[1]:
        assert read_report(report) == OUTCOMES


def test_the_sources_list_the_tests_that_the_report_holds(sample):
    folder, reports = sample
    listed = {label: set(outcomes) for label, outcomes in OUTCOMES.items()}
    assert listed_tests(folder) == listed
    found = evidence(reports[0], folder)
    assert list(found) == LABELS
    for label, outcomes in OUTCOMES.items():
        assert found[label].outcomes == outcomes
        examples = set(found[label].tests) - set(outcomes)
        assert all(name.startswith("doctest::theory.") for name in examples)


def test_the_sources_list_what_pytest_collects(request):
    """For every test of this run: its marks as pytest has them, and as the sources are read."""
    for item in request.session.items:
        name = re.split(r"[\[@]", item.nodeid)[0]
        labels = {value for key, value in item.user_properties if key == "result"}
        assert labels == {label for label, tests in LISTED.items() if name in tests}, item.nodeid


@pytest.mark.parametrize("mark", ['result("D01", "D99")', "result()", "result", 'result(["D01"])'])
def test_a_mark_that_names_no_result_is_refused(tmp_path, mark):
    (tmp_path / "tests").mkdir()
    text = f"import pytest\n\n@pytest.mark.{mark}\ndef test_it(): pass\n"
    (tmp_path / "tests" / "test_it.py").write_text(text, encoding="utf-8")
    done = run(tmp_path)
    assert done.returncode == 4
    assert "mark result must name labels among D01, D02" in done.stdout + done.stderr
    assert "tests/test_it.py::test_it" in done.stdout + done.stderr


@pytest.mark.parametrize("label", LABELS)
def test_every_result_has_tests_of_its_own(label):
    assert LISTED.get(label), f"no test is marked {label}"


def test_an_example_counts_for_the_label_of_its_function(tmp_path):
    path = tmp_path / "tests.xml"
    path.write_text(
        '<testsuites><testsuite><testcase classname="theory.loss.moments" '
        'name="theory.loss.moments.generating_moment"/></testsuite></testsuites>',
        encoding="utf-8",
    )
    assert read_report(path) == {
        "D01": {"doctest::theory.loss.moments.generating_moment": "passed"}
    }


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ({}, "not run"),
        ({"a": "passed"}, "not run"),
        ({"a": "passed", "b": "passed"}, "passed"),
        ({"a": "passed", "b": "skipped"}, "skipped"),
        ({"a": "failed"}, "failed"),
    ],
)
def test_a_result_passes_when_all_its_tests_did(outcomes, verdict):
    assert Evidence(("a", "b"), outcomes).verdict == verdict


def test_without_a_report_nothing_has_been_run(tmp_path):
    assert {entry.verdict for entry in evidence(tmp_path / "none.xml").values()} == {"not run"}
