"""docs/CLAIMS.md is what the texts, the marks of tests and RESULTS.md say, and leads to them."""

from __future__ import annotations

import re

import pytest

from figures.kit.folder import folders
from figures.kit.profile import ROOT
from figures.kit.result import VERDICTS
from figures.pages.claims import PAGE, claims_page, read_shown
from theory.derivations.problems import problems
from theory.derivations.registry import results

# What the paper shows, figure by figure, and what it proposes without one.
PAPER = (
    "intro_n5_m2", "basic_results_n20_m5", "basic_results_n80_m20", "phase_n2_m1", "phase_n3_m2",
    "loss_surface_n2_m1", "dimensions_per_feature", "feature_dimensionality", "perturbed_feature",
    "correlated_features", "local_bases", "pca_collapse", "energy_levels",
    "geometric_transformations", "adversarial_vulnerability", "adversarial_training",
    "privileged_basis", "abs_circuit", "abs_superposition", "asymmetric_motif", "ways_out",
    "compressed_sensing_bound", "nonlinear_compression", "pressure", "penalised_phase_n2_m1",
    "penalised_survivors", "mixture_of_experts",
)  # fmt: skip


@pytest.fixture(scope="module")
def committed():
    return (ROOT / PAGE).read_text(encoding="utf-8")


def part(text, title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.M | re.S)[1]


def test_the_page_is_what_is_generated(committed):
    assert committed == claims_page(), "run python -m figures claims"


def test_every_claim_of_the_paper_has_one_row_and_a_verdict(committed):
    rows = re.findall(
        r"^\| \[(\w+)\].*\| \*\*(.+?)\*\*", part(committed, "The paper's claims"), re.M
    )
    assert sorted(name for name, _ in rows) == sorted(PAPER)
    assert {verdict for _, verdict in rows} <= set(VERDICTS)


def test_every_figure_and_its_null_is_kept(committed):
    shown = {each.target: each for each in read_shown()}
    assert set(shown) == set(folders())
    both = part(committed, "The paper's claims") + part(committed, "Other claims that figures show")
    for name, entry in shown.items():
        assert f"[{name}](../RESULTS.md#{name})" in both
        assert f"**{entry.outcome}**" in both
    assert sum(entry.outcome == "not found" for entry in shown.values()) == 1


def test_every_result_and_problem_has_its_section(committed):
    headings = re.findall(r"^### (\S+)$", committed, re.M)
    labels = [entry.label for entry in results()]
    assert headings == [*(problem.label for problem in problems()), *labels]
    for entry in results():
        for claim in entry.claims:
            assert claim.statement in committed


def test_every_link_leads_somewhere(committed):
    links = set(re.findall(r"\]\(([^)\s]+)\)", committed))
    anchors = {f"#{heading.lower()}" for heading in re.findall(r"^### (\S+)$", committed, re.M)}
    titles = re.findall(r"^## (.+)$", committed, re.M)
    anchors |= {f"#{re.sub('[^a-z -]', '', title.lower()).replace(' ', '-')}" for title in titles}
    shown = {f"../RESULTS.md#{entry.target}" for entry in read_shown()}
    missing = {
        link
        for link in links - anchors - shown
        if "#" in link or not (ROOT / PAGE.parent / link).exists()
    }
    assert missing == set()
    assert len(links) > 400


def test_results_are_read_as_they_were_written():
    entries = {entry.target: entry for entry in read_shown()}
    levels = entries["kgon_levels"]
    assert levels.whose == "Chen et al. 2023"
    assert levels.outcome == "holds"
    assert levels.setup
    assert entries["packing_theory"].whose == "ours"
