"""The house: which room may use which, what the faces show, what a change of a file touches."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from figures.rules import DATA, joined, others, rules

ROOT = Path(__file__).resolve().parent.parent
HOUSES = ("ground", "theory", "numeric", "agreement", "figures")
MODULES = [path for house in HOUSES for path in sorted((ROOT / house).rglob("*.py"))]
FACES = {
    "theory": (
        "AntipodalPair Block Boundary Candidate Certificate Collapse Composition Flow FreeBlock "
        "KGon LargeBlock LinearOptimum Minimum Optimum Polytope Sets best_antipodal_pair "
        "best_biased_antipodal_pair best_block best_composition best_free_block boundary "
        "boundary_importance candidates certify certify_grid cite collapses expected_gradient "
        "expected_loss first_order_line first_pair_density free_block free_interference "
        "generating_moment gradient_flow hessian kgon kgon_levels large_block learning_curve "
        "linear_loss linear_optimum loss_and_gradient loss_by_active_count minima_along mixture "
        "multiple_points one_hot_loss one_hot_loss_and_gradient onset_importance optimum "
        "optimum_phase_diagram packing packing_transitions phase_boundaries phase_diagram "
        "polytope result results set_loss set_minima single_feature_terms special_points "
        "spinodals tricritical_densities true_boundary"
    ),
    "numeric": (
        "SGD AbsoluteValue Activation Adam AdamW AnticorrelatedSets Arrays CorrelatedSets "
        "ExactlyKActive Features Gaussian Given IndependentFeatures Linear Model OneHot Plateau "
        "ReluHidden ReluOutput XavierNormal classify dimensions_per_feature "
        "feature_dimensionality fit_fixed_sample geometry_graph interference leverage norms "
        "phase_diagram polysemanticity schedules superposition train"
    ),
    "agreement": "Comparison Description agreement_row compare describe",
}


def test_no_room_uses_what_is_above_it():
    """The contracts of setup.cfg: houses, wings of theory, wings of numeric, families."""
    assert lint_imports(config_filename=str(ROOT / "setup.cfg"), no_cache=True) == 0


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_goes_through_a_face(path):
    """Rules and contracts follow modules; through a face everything would depend on everything."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in FACES and not node.level:
            assert {alias.name for alias in node.names} <= {"schedules", "namespaces"}, node.lineno


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("*/*/__init__.py")), ids=lambda path: path.parent.name
)
def test_a_wing_is_introduced_by_a_sentence(path):
    if path.parts[-3] in HOUSES and path.parent.name != "derivations":
        (only,) = ast.parse(path.read_text(encoding="utf-8")).body
        assert isinstance(only, ast.Expr)


@pytest.mark.parametrize("house", FACES)
def test_every_public_name_is_where_users_know_it(house):
    module = __import__(house)
    assert set(FACES[house].split()) <= set(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError):
        module.no_such_name  # noqa: B018


def test_no_wing_hides_a_public_function():
    for house in FACES:
        wings = {path.parent.name for path in (ROOT / house).glob("*/__init__.py")}
        files = {path.stem for path in (ROOT / house).glob("*.py")}
        assert not (wings | files - {"schedules"}) & set(__import__(house).__all__)


def test_a_face_loads_what_is_asked_for():
    code = "import sys, theory, numeric, agreement; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert not {"sympy", "numba", "scipy", "xarray", "numpy"} & set(loaded.stdout.split())


def test_training_loads_no_theory():
    """Not even indirectly: a fresh interpreter that trained has never seen theory."""
    code = (
        "import sys, numeric; numeric.train, numeric.phase_diagram; "
        "sys.exit(any(name.split('.')[0] == 'theory' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def short(target: str) -> str:
    return target.rpartition("/")[2].removesuffix(".nc")


RULES = rules()
FIGURES = {short(t).removesuffix(".png") for t in RULES if t.endswith(".png")}


def touched(file: str) -> set[str]:
    """Data, pictures and tables that depend on a file directly, not through data."""
    return {short(target) for target, sources in RULES.items() if file in sources}


def test_every_figure_has_its_target():
    folders = {path.parent.name for path in (ROOT / "figures").glob("*/*/figure.py")}
    assert folders == FIGURES
    assert len(FIGURES) >= 15


@pytest.mark.parametrize(
    ("file", "pictures", "measured", "derived"),
    [  # how many of each are made anew
        ("figures/kit/claims.py", FIGURES, 0, 0),
        ("figures/kit/paper.mplstyle", FIGURES, 0, 0),
        ("figures/kit/result.py", FIGURES, 0, 0),
        ("theory/derivations/citation.py", set(), 0, 0),
        ("figures/phases/phase_n3_m2/figure.py", {"phase_n3_m2"}, 0, 0),
        ("figures/phases/phase_n3_m2/plan.py", set(), 1, 1),
        ("figures/phases/panels.py", {"phase_n2_m1", "phase_n3_m2"}, 0, 0),
        ("agreement/comparison/diagrams.py", None, 0, 0),
        ("numeric/measure/geometry.py", None, 0, None),
        ("numeric/kernels/small.py", None, "trained", 0),
        ("theory/geometry/large_blocks.py", None, None, None),
        ("theory/one_hot/kgons.py", None, 0, 1),
        ("ground/results.py", FIGURES, "all", "all"),
    ],
)
def test_a_change_makes_anew_what_depends_on_it(file, pictures, measured, derived):
    """Pictures that follow through their data are not listed here: make adds them."""
    found = touched(file)
    if pictures is not None:
        assert {name.removesuffix(".png") for name in found if name.endswith(".png")} == pictures
    for kind, count in (("measured", measured), ("derived", derived)):
        names = {name for name in found if name.endswith(kind)}
        if count is not None:
            every = [target for target in RULES if target.endswith(f"{kind}.nc")]
            # What measures another figure's models, or codes alone, trains none.
            trained = [
                target
                for target in every
                if not any("$(B)" in source for source in RULES[target])
                and any(source.startswith("numeric/training/") for source in RULES[target])
            ]
            assert len(names) == {"all": len(every), "trained": len(trained)}.get(count, count), (
                names
            )


def test_the_distribution_installs_the_packages_by_name():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = set(setup["options"]["packages"].split())
    houses = [path.parent for house in HOUSES[:4] for path in (ROOT / house).rglob("__init__.py")]
    assert listed == {".".join(path.relative_to(ROOT).parts) for path in houses}


def test_no_lock_names_an_index():
    for name in ("requirements.lock", "figures.lock"):
        lock = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in lock
        assert "http" not in lock
        assert "index" not in lock
        assert not re.search(r"^torch==", lock, re.MULTILINE)


def test_what_figures_need_is_part_of_what_tests_need():
    every, figures = (
        set(re.findall(r"^\S+==.*", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "figures.lock")
    )
    assert figures < every


def test_make_is_told_what_a_whole_figure_needs():
    """Sources of its data, of its picture, and of other figures' data that it has part in."""
    needed = joined(RULES)
    assert not any(DATA.match(target) for target in needed)
    found = set(needed["$(B)/figures/dimensions_per_feature.png"])
    assert {"numeric/training/train.py", "figures/kit/style.py"} <= found
    assert {"$(B)/data/packing_theory.derived.nc", "theory/geometry/packing.py"} <= found
    assert "figures/geometry/packing_theory/figure.py" not in found
    assert "figures/phases/phase_n2_m1/measured.py" in needed["$(B)/explorer.html"]


def test_no_figure_waits_for_itself():
    graph = {
        path.parent.name: others(path.parent) for path in (ROOT / "figures").glob("*/*/figure.py")
    }
    assert graph["dimensions_per_feature"] == {"packing_theory"}
    assert graph["packing_theory"] == set()
    assert set(TopologicalSorter(graph).static_order()) == FIGURES
