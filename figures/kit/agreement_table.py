"""Tables of agreement, as Markdown for people and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ground.results import write_text

SUFFIX = ".agreement.json"
HEADINGS = {
    "cells": "cells",
    "agree_candidates": "phase agrees with the paper's candidates",
    "agree_optimum": "phase agrees with the best known model",
    "agree_without_jump": "the same without the output that jumps",
    "gap_median_jump": "output that jumps: median relative loss gap",
    "gap_median": "median relative loss gap",
    "gap_max": "largest gap",
    "below_optimum": "models below the optimum",
    "boundary_decades": "boundary distance to the optimum, decades",
    "boundary_decades_candidates": "boundary distance to the candidates, decades",
    "optimum_from_candidates": "boundary distance between optimum and candidates, decades",
    "success_rate_mean": "single runs that reach the best of their cell",
    "runs": "runs",
    "basins_compared": "shares of basins compared",
    "basins_z_max": "flows: largest distance of a share to the theory, standard errors",
    "basins_trained_off": "training: largest distance of the pair's share to the theory of flow",
    "circuit_loss": "circuit: loss of the best run",
    "circuit_error": "circuit: its largest error of a weight",
    "circuit_error_max": "circuit: largest error among runs that compute all features",
    "circuit_lean": "circuit: error over the lean of that loss, median at the first density",
    "circuit_reached_random": "circuit: random starts that compute all features",
    "circuit_reached_matched": "circuit: matched starts that compute all features",
    "circuit_dead_random": "circuit: random starts that end with a dead side",
    "circuit_dead_matched": "circuit: matched starts that end with a dead side",
    "dead_side_distance": "runs with dead sides: median distance of the loss to theirs, in p/6",
    "motif_papers_density": "density at which in-weights (2, −1/2) are the best, exact",
    "motif_literal_density": "the same with out-weights (1/2, 2), exact",
    "motif_below": "density below which the motif beats the naive solution",
    "nested_below": "density below which nested scales do",
    "motif_nets": "nets trained below the first of these",
    "motif_rate": "of them with the motif",
    "motif_mutual_rate": "of them with two that inhibit each other",
    "motif_false_positives": "share by chance, largest",
    "motif_asymmetry_off": "trained asymmetry: median distance to all weights free",
    "recovery_cells": "recovery: noiseless runs of autoencoder and dictionary learning",
    "recovery_short": "of them that miss a feature",
    "recovery_short_below": "of these with less loss than the true directions",
    "recovery_complete": "settings in which all runs found everything",
    "recovery_lone_compared": "lone rays: geometries and densities compared with their number",
    "recovery_lone_z_max": "lone rays: largest distance to it, standard errors",
    "recovery_kept_off": "activity kept by lone features: largest distance to (1 − λ/2ℓ)²",
    "recovery_gap_below": "autoencoder: least excess loss where λ is below λ_W, best starts",
    "recovery_gap_free": "autoencoder: largest excess loss on digons, whose λ_W is 0, best starts",
    "recovery_breaks": "geometries, methods and sizes of noise with a density of their break",
    "recovery_breaks_none": "of them that recover half of the features at no density",
    "recovery_lone_break_off": "lone rays: largest relative distance of their break, noiseless",
    "recovery_signed": "signed codes: largest share of features of digons found",
    "penalties": "penalties",
    "survivors_right_wide": "survivors, m = n: penalties at which the best model keeps the "
    "predicted number",
    "survivors_off_wide": "m = n: largest difference",
    "survivors_raised_right_wide": "m = n, λ raised: penalties with the predicted number",
    "survivors_raised_off_wide": "m = n, λ raised: largest difference",
    "survivors_random_right_wide": "m = n: random starts with the predicted number, share",
    "survivors_gap_median_wide": "m = n: median excess of the trained objective",
    "survivors_gap_max_wide": "m = n: largest excess",
    "survivors_gap_min_wide": "m = n: least excess; below 0 a trained model is better",
    "survivors_relu_gap_min_wide": "m = n, ReLU neurons: least excess over lone features",
    "survivors_right_narrow": "survivors, m < n: penalties at which the best model keeps the "
    "predicted number",
    "survivors_off_narrow": "m < n: largest difference",
    "survivors_raised_right_narrow": "m < n, λ raised: penalties with the predicted number",
    "survivors_raised_off_narrow": "m < n, λ raised: largest difference",
    "survivors_random_right_narrow": "m < n: random starts with the predicted number, share",
    "survivors_gap_median_narrow": "m < n: median excess of the trained objective",
    "survivors_gap_max_narrow": "m < n: largest excess",
    "survivors_gap_min_narrow": "m < n: least excess; below 0 a trained model is better",
    "survivors_relu_gap_min_narrow": "m < n, ReLU neurons: least excess over lone features",
    "survivors_inhibition": "ReLU neurons: weights of dropped features on living neurons "
    "that are negative, share",
    "experts_lone_least": "experts, random starts: least excess over lone features, share of the "
    "loss of none",
    "experts_lone_most": "experts, random starts: largest excess",
    "experts_started_least": "experts from a feature a neuron: least excess",
    "experts_started_most": "experts from a feature a neuron: largest excess",
    "experts_paired_least": "experts of half as many neurons: least excess over pairs",
    "experts_paired_most": "experts of half as many neurons: largest excess",
    "experts_first": "one expert passes: trained loss over that of lone features, less 1",
    "experts_gain": "loss saved by an activation of an expert over a dense one's",
    "experts_over_dense": "loss of the best dense model over that of experts, largest ratio",
    "experts_until_dense": "density below which routed groups beat a feature a neuron",
    "experts_until_digons": "density below which routed groups beat pairs",
    "runs_settled": "runs that end on a level of the exact loss",
    "levels_reached": "levels on which runs end",
    "level_distance_median": "median relative distance to the level",
    "level_distance_max": "largest distance of a run that settled",
    "agree_partners": "partners agree with the best known model's too",
    "crossing_digons": "density where the optimum turns to two digons",
    "crossing_pentagon": "density where the optimum turns to a pentagon",
    "linear_z_max": "linear model: largest distance to the closed form, standard errors",
    "linear_within_error": "linear models within one standard error",
    "linear_gap_max": "linear model: largest relative gap of the exact loss",
    "decoded_least_p": "decoding: least p-value of a share against the exact one, corrected",
    "decoded_break_off": "decoding: largest relative distance of the density that halves it",
    "decoded_support_z": "decoding under noise: digons' supports from theory, standard errors",
    "decoded_whole": "decoding: cells in which every sample comes back exactly",
    "first_pair_candidates": "density of the first pair, candidates",
    "first_pair_onset": "density where the best pair begins, exact",
    "first_pair_predicted": "density where the best pair becomes full, exact",
    "first_pair_below": "first full pair in training: below density",
    "first_pair_from": "first full pair in training: seen at density",
    "dropped_bias": "dropped features: b / (p/2)",
    "dropped_bias_error": "its standard error",
    "dropped_features": "dropped features in all best models",
    "dropped_dead": "of them with a dead output",
    "dimensions_distance_plateau": "dimensions per feature: largest relative distance to theory "
    "on the plateau at 1/2",
    "dimensions_distance_median": "median distance over all densities",
    "dimensions_distance_max": "largest distance over all densities",
    "mixture_gap_median": "loss against the best mixture of blocks: median relative gap",
    "mixture_gap_min": "least gap; below 0 the model packs better",
    "mixture_gap_max": "largest gap to the best mixture",
    "dimensions_agree": "models whose dimensions per feature agree to 3 %",
    "dimensions_unexplained": "models off by more that nothing explains",
    "features": "represented features of all models",
    "lines": "lines among their dimensionalities",
    "lines_explained": "of them explained",
    "fractions_winning": "fractions of polytopes that win somewhere",
    "fractions_found": "of them with a line",
    "features_at_fractions": "features within 0.02 of a known fraction",
    "digon_line_distance": "features in the digons' line: median distance to 1/2",
    "clean_shortest": "clean digons' features after the shortest training, at least",
    "clean_longest": "clean digons' features after the longest training, at least",
    "runs_arranged": "runs that end in the best arrangement",
    "empty_gap_median": "gap over the loss of an empty model, median",
    "empty_gap_max": "gap over the loss of an empty model, largest",
    "agree_collapsed": "as many collapsed pairs as the best known",
    "collapse_decades": "density of a collapse: largest distance to the exact one, decades",
    "partners_off_median": "angle between partners: median distance to the best known's, degrees",
    "partners_off_max": "angle between partners: largest distance to the best known's, degrees",
    "snaps": "densities at which training finds the snap",
    "snap_exact": "ratio of densities at the snap, exact",
    "snap_trained": "ratio of densities at the snap, trained",
    "snap_off_median": "ratio at the snap: median relative distance to the exact one",
    "snap_off_max": "ratio at the snap: largest relative distance to the exact one",
    "interference_within": "rms interference within a set, best run",
    "interference_across": "rms interference across sets, best run",
    "interference_bases": "rms interference across sets of two orthonormal bases, exact",
    "plateaus": "plateaus of the flow",
    "plateau_gap_max": "critical point at a plateau: largest relative distance to the closed form",
    "wait_off_max": "waiting time: largest relative distance of the prediction from the flow",
    "sgd_apart": "SGD: largest distance from the flow, share of the first loss",
    "sgd_late_max": "SGD: largest mean lateness of a crossing, relative",
    "adam_apart": "Adam: largest distance from the flow, share of the first loss",
    "interference_ratio": "interference within over across, median of runs",
    "jumps": "jumps of features' dimensionalities",
    "jumps_linear": "of them found in linear time",
    "jump_events": "events: jumps of a run together",
    "jump_excess_min": "excess drop of ln loss at events: least of the set-ups",
    "jump_errors_min": "in standard errors: least of the set-ups",
    "jump_own_min": "beyond that of other runs at the same times: least of the set-ups",
    "jump_rank_max": "rank of the excess among shifted times: largest of the set-ups",
    "flow_off_max": "gradient descent against flow: largest difference over the initial loss",
    "stages_two_clusters": "small starts that stay at two clusters",
    "stages_pair_and_single": "small starts that stay at pair and single",
    "stages_prism": "small starts that stay at a prism",
    "stages_octahedron": "runs that end in an octahedron across sets",
    "stage_off_max": "loss in a stage: largest relative distance of the median to the exact one",
    "best_gap": "best run above the best known, relative",
    "vulnerability_rise": "largest vulnerability over the densest, best of n attacks",
    "vulnerability_rise_fixed": "the same, a random feature's attack",
    "vulnerability_rank": "rank correlation of vulnerability and features per dimension",
    "vulnerability_off_packed": "vulnerability where polytopes pack: largest relative distance, "
    "best of n",
    "vulnerability_off_fixed": "the same, a random feature's attack",
    "vulnerability_large_from": "random feature's attack: 1/p from which the large block is always "
    "nearer than polytopes",
    "gradient_over_best_median": "projected gradient over best of n, median",
    "gradient_over_best_max": "projected gradient over best of n, largest",
    "robust_scale_off": "trained on attacks, digons: largest relative distance to the exact scale",
    "robust_scale_off_raw": "the same where dropped features attack too",
    "robust_unit_exact": "attack at which the best digons have ‖W‖²_F/m = 1, over E‖x‖, exact",
    "robust_tilt_exact": "attack from which tilted digons lose less, over E‖x‖",
    "robust_digons_live": "trained models are digons up to attack, gradient through it",
    "robust_digons_detached": "the same, attack held fixed",
    "penalty_brackets": "thresholds of a penalty bracketed by training",
    "penalty_brackets_hit": "of them with the exact one inside",
    "penalty_brackets_off": "largest distance outside, in widths of the bracket",
    "price_of_relu_max": "(2, 1): optimum over the best decoder of its W, most",
    "price_of_relu_sparse": "the same, sparsest",
    "price_max": "(2, 1): optimum over the best decoder of the best W, most",
    "price_sparse": "the same, sparsest",
    "trained_over_own_min": "trained loss over the best decoder of its W, least",
    "trained_over_bound_min": "trained loss over the bound for any linear encoder, least",
    "naive_ratio_dense": "best net's loss over the naive solution's, densest",
    "naive_ratio_sparse": "the same, sparsest",
    "naive_ratio_random": "random starts' loss over the naive solution's, median",
    "dead_random": "random starts, sparsest: dead sides of features that naive keeps",
    "monosemantic_dense": "monosemantic neurons of the best net, densest",
    "monosemantic_sparse": "the same, sparsest",
    "monosemantic_sparse_effective": "the same by participation ratio",
    "theory_off_max": "held-out loss from theory's: largest distance, standard errors",
    "held_out_off": "held-out losses from exact ones: root mean square, standard errors",
    "arm_onset": "naive solution gives way at density, exact",
    "gain_crossing_block": "four features in six neurons meet the naive solution at density",
    "gain_crossing_error_block": "its standard error",
    "gain_crossing_6": "branch of superposed nets meets the naive one at density, m = 6",
    "gain_crossing_error_6": "its standard error",
    "gain_sparsest_6": "share of the naive loss saved at the sparsest density, m = 6",
    "gain_crossing_8": "branch of superposed nets meets the naive one at density, m = 8",
    "gain_crossing_error_8": "its standard error",
    "gain_sparsest_8": "share of the naive loss saved at the sparsest density, m = 8",
    "gain_crossing_12": "branch of superposed nets meets the naive one at density, m = 12",
    "gain_crossing_error_12": "its standard error",
    "gain_sparsest_12": "share of the naive loss saved at the sparsest density, m = 12",
    "privileged_same": "blocks of neurons and features as predicted",
    "privileged_gap_median": "privileged basis: loss over the predicted, median relative gap",
    "privileged_gap_min": "least gap; below 0 the known blocks are not the best",
    "privileged_gap_max": "largest gap",
    "privileged_aligned": "squared cosine with the nearest neuron, ReLU hidden layer: largest mean",
    "privileged_set_aligned": "with the nearest set of neurons alike: least mean",
    "privileged_linear_aligned": "with the nearest neuron, linear hidden layer by Adam",
    "privileged_linear_error": "its standard error",
    "privileged_blind_aligned": "the same by SGD",
    "privileged_blind_error": "its standard error",
    "privileged_random": "the same after a random turn, exact",
    "privileged_over_linear": "loss with a ReLU hidden layer over that with a linear one, largest",
    "thresholds": "thresholds in λ",
    "threshold_off_max": "thresholds: largest distance of followed minima to the predicted λ",
    "norm_off": "measured E‖x‖: distance to the exact one, standard errors",
    "sensing_models": "compressed sensing: trained models",
    "sensing_over_scale_min": "dimensions per feature over p ln(1/p), least",
    "sensing_over_passing_min": "the same over what message passing needs, least",
    "sensing_pair_over_density": "optimum of (2, 1): dimensions per feature over p, least",
    "sensing_below_random": "models that lose less than the best decoder of random W",
    "sensing_loss_over_bound_min": "loss over the least of any linear encoder and decoder, least",
    "sensing_critical_over_random": "density up to which the programme decodes W, over random W's, "
    "median",
    "sensing_random_z": "programmes on random W: largest distance to the prediction, standard "
    "errors",
    "sensing_digon_z": "the same on digons, to the closed form",
    "sensing_passing_z": "message passing: the same, to state evolution",
    "nonlinear_width_z": "nonlinear compression: largest distance of samples to the exact loss, "
    "standard errors",
    "nonlinear_noise_z": "the same with noise",
    "nonlinear_least_levels": "fewest levels that beat dropping and averaging",
    "nonlinear_trained_best": "trained nets: least loss (25/324 = 0.0772 is the linear bound)",
    "nonlinear_trained_below_linear": "trained nets below the linear bound",
    "frontier_models": "models trained with penalties and decoded",
    "frontier_gain_max": "F1 over all features: largest gain by a penalty",
    "frontier_gain_sure": "the same, less half of its 95 % interval",
    "frontier_kept_gain_max": "F1 over features kept: largest gain by a penalty",
    "frontier_loss_off": "loss from that at the exact penalised optimum, median relative distance",
    "frontier_below": "objective below the best known model's, largest relative distance",
    "counted_models": "models whose features are counted from activations",
    "countable_by_rank": "of them rank and third cumulants have the number, exactly",
    "counted_rays_0": "counted right by rays, no noise",
    "counted_rays_1": "the same, second noise",
    "counted_rays_2": "the same, third noise",
    "counted_rays_silent": "counts by rays that are wrong with nothing said against them",
    "counted_cumulants_0": "counted right by cumulants, no noise",
    "counted_cumulants_1": "the same, second noise",
    "counted_cumulants_2": "the same, third noise",
    "counted_cumulants_silent": "counts by cumulants wrong with nothing said against them",
    "counted_rank_over": "ranks of samples above the exact one",
}
_FRACTIONS = {
    "agree_candidates",
    "agree_collapsed",
    "agree_optimum",
    "agree_partners",
    "circuit_dead_matched",
    "circuit_dead_random",
    "circuit_reached_matched",
    "circuit_reached_random",
    "clean_longest",
    "clean_shortest",
    "features_at_fractions",
    "dead_random",
    "gain_sparsest_12",
    "gain_sparsest_6",
    "gain_sparsest_8",
    "linear_within_error",
    "monosemantic_dense",
    "monosemantic_sparse",
    "monosemantic_sparse_effective",
    "privileged_same",
    "runs_arranged",
    "runs_settled",
    "stages_octahedron",
    "stages_pair_and_single",
    "stages_prism",
    "stages_two_clusters",
    "success_rate_mean",
}
# Of keys that start like this.
_DIGITS = {
    "arm_onset": 4,
    "crossing": 4,
    "gain_crossing_": 3,
    "first_pair": 3,
    "dropped_bias": 4,
    "interference": 3,
    "snap_": 3,
    "privileged_linear": 3,
    "privileged_blind": 3,
    "privileged_random": 4,
}


def write_row(folder: Path, target: str, row: Mapping[str, Any]) -> None:
    """Write one diagram's row, from which `write_agreement` makes the table."""
    write_text(folder / f"{target}{SUFFIX}", json.dumps(row, indent=2) + "\n")


def read_rows(folder: Path) -> dict[str, dict[str, Any]]:
    """Read every row written so far, by target."""
    return {
        path.name.removesuffix(SUFFIX): json.loads(path.read_text())
        for path in sorted(folder.glob(f"*{SUFFIX}"))
    }


def write_agreement(folder: Path) -> None:
    """Write agreement.json and agreement.md from the rows of all diagrams."""
    rows = read_rows(folder)
    if not rows:
        raise ValueError(f"folder {folder} holds no row of agreement yet; run make figures")
    write_text(folder / "agreement.json", json.dumps(rows, indent=2) + "\n")
    write_text(folder / "agreement.md", markdown(rows))


def markdown(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Render the table, one column a diagram."""
    lines = [
        "| | " + " | ".join(f"`{target}`" for target in rows) + " |",
        "|---" * (len(rows) + 1) + "|",
    ]
    for key, heading in HEADINGS.items():
        cells = [shown(key, row[key]) if key in row else "" for row in rows.values()]
        lines.append(f"| {heading} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def shown(key: str, value: float | None) -> str:
    """Format one entry: fractions in per cent, counts as they are, – where nothing was found."""
    if value is None:
        return "–"
    if key in _FRACTIONS:
        return f"{100 * value:.1f} %"
    digits = next((count for start, count in _DIGITS.items() if key.startswith(start)), 2)
    return f"{value:d}" if isinstance(value, int) else f"{value:.{digits}g}"
