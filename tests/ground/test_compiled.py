"""No bit of a run depends on whether its kernels were compiled here, and none on old code."""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher
from numba.core.runtime import _nrt_python, rtsys

import numeric
from ground.compiled import compiled, digest, sources

ROOT = Path(__file__).resolve().parents[2]
MODULES = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources()]

# A kernel of one file compiled into the kernel of another: Numba alone looks at the second only.
INNER = """from ground.compiled import compiled

@compiled()
def inner(x):
    return x + 1.0
"""
OUTER = """from ground.compiled import compiled
from numeric.inner import inner

@compiled()
def outer(x):
    return 2.0 * inner(x)
"""
TERMINAL = """import io, sys

class Terminal(io.StringIO):
    def isatty(self):
        return True

sys.stderr = Terminal()
"""


@pytest.mark.parametrize("module", MODULES)
def test_what_may_be_reordered_is_inlined(module):
    """A `fastmath` function that is called exists twice, with two orders of summation."""
    found = importlib.import_module(module)
    functions = [value for value in vars(found).values() if isinstance(value, Dispatcher)]
    assert functions
    for function in functions:
        options = function.targetoptions
        assert not options.get("fastmath") or options.get("forceinline"), function.py_func


@pytest.mark.parametrize("module", MODULES)
def test_what_borrows_calls_only_what_borrows(module):
    """One that counts takes an array back from one that does not, and frees it too early."""
    found = vars(importlib.import_module(module))
    functions = {name: value for name, value in found.items() if isinstance(value, Dispatcher)}
    for function in functions.values():
        if not function.targetoptions["_nrt"]:
            for name in function.py_func.__code__.co_names:
                if name in functions:
                    assert not functions[name].targetoptions["_nrt"], (function.py_func, name)


@pytest.mark.parametrize(("n", "m"), [(2, 1), (7, 2), (20, 5), (40, 20)])
def test_nothing_borrowed_is_freed_or_kept(n, m):
    """A step takes none of Numba's memory and leaves none, at any size of model."""
    features = numeric.IndependentFeatures(0.1, n_features=n)
    _nrt_python.memsys_enable_stats()

    def left(steps):
        before = rtsys.get_allocation_stats()
        numeric.train(numeric.ReluOutput(), features, n_hidden=m, steps=steps, instances=2, seed=0)
        gc.collect()
        after = rtsys.get_allocation_stats()
        return after.mi_alloc - before.mi_alloc, after.mi_free - before.mi_free

    left(2)
    taken, given = left(2)
    assert given == taken > 0
    taken, given = left(30)
    assert given == taken


def test_two_processes_keep_what_each_compiled(monkeypatch, tmp_path):
    """The list of machine codes is read, added to and written by one process at a time."""
    import fcntl

    kept = compiled()(lambda x: x)
    cached = kept._cache._cache_file
    monkeypatch.setattr(cached, "_index_path", str(tmp_path / "new" / "list"))

    def written(*_):
        with open(f"{cached._index_path}.lock", "w") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        raise OSError("the disk is full")

    monkeypatch.setattr(cached, "_load_index", written)
    with pytest.raises(OSError, match="the disk is full"):
        cached.save("key", "data")
    with open(f"{cached._index_path}.lock", "w") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it is free again


def test_fastmath_implies_inlining():
    assert compiled(fastmath={"contract"})(lambda x: x).targetoptions["forceinline"]
    assert "forceinline" not in compiled()(lambda x: x).targetoptions


def test_both_houses_compile_through_one_door():
    texts = {path: path.read_text(encoding="utf-8") for path in sources()}
    houses = {path.relative_to(ROOT).parts[0] for path in texts}
    assert houses == {"theory", "numeric"}
    for house in houses:
        for path in (ROOT / house).rglob("*.py"):
            assert "njit" not in path.read_text(encoding="utf-8"), path


def run(root: Path, code: str) -> str:
    # A cache that the caller has set up is not this copy's.
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_no_kernel_outlives_the_code_that_was_compiled_into_it(tmp_path):
    shutil.copytree(ROOT / "ground", tmp_path / "ground", ignore=shutil.ignore_patterns("__py*"))
    house = tmp_path / "numeric"
    house.mkdir()
    (house / "__init__.py").touch()
    (house / "inner.py").write_text(INNER)
    (house / "outer.py").write_text(OUTER)
    code = TERMINAL + (
        "from numeric.outer import outer; print(outer(1.0), *outer.stats.cache_hits.values()); "
        "print(sys.stderr.getvalue().count('compiling kernels'))"
    )
    assert run(tmp_path, code).split() == ["4.0", "1"]  # compiled, which is said once
    assert run(tmp_path, code).split() == ["4.0", "1", "0"]  # found
    (house / "inner.py").write_text(INNER.replace("1.0", "2.0"))
    assert run(tmp_path, code).split() == ["6.0", "1"]


def test_an_edited_moment_reaches_the_loss_of_sets(tmp_path):
    """As it was found: `row_moments` is compiled into the kernel of another file."""
    for house in ("ground", "theory"):
        shutil.copytree(ROOT / house, tmp_path / house, ignore=shutil.ignore_patterns("__py*"))
    code = (
        "from theory import Sets, set_loss; "
        "print(set_loss([[1.0, 0.5]], [0.1, 0.1], law=Sets('correlated', (2,), 0.5))[0])"
    )
    before = float(run(tmp_path, code))
    (moments,) = [path for path in sources(tmp_path) if path.stem == "clipped_cube"]
    text = moments.read_text(encoding="utf-8")
    line = "    variance = span * span / 12.0\n"
    assert line in text
    moments.write_text(text.replace(line, line.replace("12.0", "6.0")), encoding="utf-8")
    assert float(run(tmp_path, code)) != before


def test_the_digest_sees_every_file_that_compiles(tmp_path):
    for path in sources():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    seen = {digest.__wrapped__(tmp_path)}
    for path in sources(tmp_path):
        path.write_text(path.read_text(encoding="utf-8") + "# another\\n", encoding="utf-8")
        seen.add(digest.__wrapped__(tmp_path))
    assert len(seen) == len(sources()) + 1
