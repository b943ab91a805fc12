"""feature_dimensionality: lines among the D_i of trained models, beside predicted fractions."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from agreement.comparison.lines import LineFindings, fractions, free_shares, line_findings
from agreement.description.words import counted
from figures.geometry.feature_dimensionality.panels import draw_all, sigmas
from figures.geometry.feature_dimensionality.plan import Plan
from figures.geometry.labels import of_label
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.words import markdown_table

CLAIM = (
    "The dimensionalities D_i of features in trained models gather at fractions of polytopes, as "
    "local excesses and not as majorities: 3/4 tetrahedron, 2/3 triangle, 1/2 digon, 2/5 pentagon, "
    "3/8 square antiprism."
)
PAPERS = ("tetrahedron", "triangle", "digon", "pentagon", "square antiprism")
LABEL = "200_20"  # the notebook's size among those of dimensions_per_feature


def draw(
    plan: Plan,
    measured: xr.Dataset,
    derived: xr.Dataset,
    dimensions_per_feature_measured: xr.Dataset,
) -> Drawing:
    """Find the lines; check that the digons' is among them; draw D_i, lines, and graphs."""
    models = together(dimensions_per_feature_measured, measured)
    findings = line_findings(models, derived)
    at = [line.dimensionality for line in findings.lines]
    claim(bool(findings.at(0.5)), f"a line at 1/2, got lines at {at}")
    return described(draw_all(models, findings, derived), plan, models, findings, derived)


def together(measured: xr.Dataset, fine: xr.Dataset) -> xr.Dataset:
    """All models of the notebook's size, by falling density: W (density, run, hidden, feature)."""
    names = ("density", "run", "hidden", "feature")
    both = [of_label(measured, LABEL), fine]
    W = np.concatenate([part["W"].transpose(*names).values for part in both])
    p = np.concatenate([part["density"].values for part in both])
    order = np.argsort(-p)
    return xr.Dataset({"W": (names, W[order])}, {"density": p[order]})


def table(findings: LineFindings, derived: xr.Dataset) -> str:
    """Lines found, then fractions known, each with its counts."""
    rows = ["| line at D | features | expected from neighbours | significance | explained by |",
            "|---|---|---|---|---|"]  # fmt: skip
    rows += [
        f"| {line.dimensionality:.2f} | {line.count} | {line.expected:.1f} | {sigmas(line.z)} | "
        f"{reason} |"
        for line, reason in findings.explained
    ]
    rows += [
        "",
        "| fraction | polytope | predicted to win for p in | line found |",
        "|---|---|---|---|",
    ]
    for one in fractions(derived):
        here = findings.at(one.share)
        reign = f"{one.sparsest:.3f} to {one.densest:.3f}" if one.wins else "nowhere"
        seen = sigmas(max(line.z for line in here)) if here else "no"
        rows.append(f"| {one.share:.3f} | {one.name} | {reign} | {seen} |")
    rows += ["", "| density | best free block found | its D_i |", "|---|---|---|"]
    rows += [
        f"| {p:.4f} | {k} features in {int(derived['free_dimension'])} dimensions | "
        f"{shares.min():.3f} to {shares.max():.3f}, median {np.median(shares):.3f} |"
        for p, k, shares in free_shares(derived)
    ]
    return "\n".join(rows) + "\n"


def described(
    picture: Any, plan: Plan, models: xr.Dataset, findings: LineFindings, derived: xr.Dataset
) -> Drawing:
    """The picture with its row and table, and in words which lines there are."""
    known = [
        (f"{one.share:.3f}", one.name,
         f"{one.densest:.3f} to {one.sparsest:.3f}" if one.wins else "nowhere",
         "yes" if findings.at(one.share) else "no")
        for one in fractions(derived)
    ]  # fmt: skip
    seen = [
        (
            f"{line.dimensionality:.2f}",
            str(line.count),
            f"{line.expected:.1f}",
            sigmas(line.z),
            reason,
        )
        for line, reason in findings.explained
    ]
    dense, sparse = plan.between
    free = [np.median(shares) for _, _, shares in free_shares(derived)]
    return Drawing(
        picture,
        row=findings.row(derived),
        tables={"feature_dimensionality": table(findings, derived)},
        claim=CLAIM,
        setup=(
            f"The {models.sizes['feature']}-feature models of dimensions_per_feature and more "
            f"between p = {dense:g} and {sparse:g}; a line is a bin of 0.01 "
            "that neither side of it can explain at 3 σ, all bins searched allowed for."
        ),
        theory=(
            "D_i of the polytopes of packing theory (D14). Where they don't win, free blocks of "
            f"{counted(int(derived['free_dimension']), 'dimension')} save more (D47), whose median "
            f"D_i runs from {max(free):.2f} to {min(free):.2f} as features get sparser (table "
            "`feature_dimensionality.md`). Hubs, features that hold a dimension alone with all "
            f"that are left out on its other side, have {derived['hub_D'].values.min():.2f} to "
            f"{derived['hub_D'].values.max():.2f} for p from 0.5 to 1, and save less than "
            "polytopes (D47)."
            + markdown_table(["D_i", "polytope", "wins for p from", "a line in training"], known)
        ),
        training=(
            f"{100 * findings.close(derived):.0f} % of features lie within 0.02 of a known "
            f"fraction. {'A' if findings.at(4 / 9) else 'No'} line at 4/9 "
            f"({counted(findings.count(4 / 9, within=0.005), 'feature')} within 0.005). The lines:"
            + markdown_table(
                ["D", "features", "expected from neighbours", "significance", "explained by"], seen
            )
        ),
        alt=(
            "Left, a point for each feature of each model, D_i over 1/p: dense rows at 1/2, then a "
            "band that falls with 1/p past the fractions of larger polytopes. Right, the histogram "
            "of D_i with its lines named. Below, graphs of linked features: pairs, then rings, "
            "then one tangle, as features get sparser."
        ),
        whose="the paper's",
        verdict=verdict_of(findings, derived),
    )


def verdict_of(findings: LineFindings, derived: xr.Dataset) -> str:
    """What became of the paper's fractions: which have a line, and which have none."""
    reported = [one for one in fractions(derived) if one.name in PAPERS]
    seen = [f"{one.name} ({one.share:.3f})" for one in reported if findings.at(one.share)]
    missing = [f"{one.name} ({one.share:.3f})" for one in reported if not findings.at(one.share)]
    if not missing:
        return f"holds: there is a line at {', '.join(seen)}."
    return f"not found, but for {', '.join(seen)}: there is no line at {', '.join(missing)}."
