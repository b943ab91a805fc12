"""Make's prerequisites, read from the imports: nobody writes them by hand.

    python figures/rules.py > build/rules.mk

A figure's data depend on every file that its measured.py or derived.py imports, directly or through
others, and on the data of other figures that its function names as parameters; a picture on what
its figure.py imports and on its data.  Files that are read beside a module (a style sheet, a
template) count with the module that names them.  Only the standard library is used, since make
asks before any environment exists.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOUSES = ("figures", "agreement", "theory", "numeric", "ground")
KINDS = {"measured": "measure", "derived": "derive"}
NEED = re.compile(r"(?:(?P<figure>\w+)_)?(?P<kind>measured|derived)$")


class Sources:
    """The files of this project and what each of them imports."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self._direct: dict[Path, set[Path]] = {}

    def closure(self, *starts: Path) -> list[str]:
        """The files themselves and all that they import, as sorted paths below the root.

        A wing's or a house's ``__init__`` is left out: it computes nothing.
        """
        seen: set[Path] = set()
        left = list(starts)
        while left:
            path = left.pop()
            if path not in seen:
                seen.add(path)
                left += self.imports(path)
        return sorted(path.relative_to(self.root).as_posix() for path in seen)

    def imports(self, path: Path) -> set[Path]:
        """Modules that a module imports anywhere, in functions too, and files beside it."""
        if path.suffix != ".py":
            return set()
        if path not in self._direct:
            found: set[Path] = set()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        found |= self._module(alias.name)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found |= self._module(node.module)
                    for alias in node.names:
                        found |= self._module(f"{node.module}.{alias.name}")
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= self._beside(path, node.value)
            self._direct[path] = found
        return self._direct[path]

    def _module(self, name: str) -> set[Path]:
        if name.split(".")[0] not in HOUSES:
            return set()
        path = self.root.joinpath(*name.split(".")).with_suffix(".py")
        return {path} if path.exists() else set()

    def _beside(self, path: Path, text: str) -> set[Path]:
        if not re.fullmatch(r"[\w-]+\.(mplstyle|css|typ)", text):
            return set()
        beside = path.with_name(text)
        return {beside} if beside.exists() else set()


def needs(path: Path, function: str, name: str, root: Path = ROOT) -> list[str]:
    """Data files that a function's parameters name: ``derived``, ``packing_theory_derived``."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            arguments = [arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)]
            matches = [NEED.match(argument) for argument in arguments]
            return [f"{match['figure'] or name}.{match['kind']}" for match in matches if match]
        # What a family does for all its figures is imported from there.
        if isinstance(node, ast.ImportFrom) and function in {alias.name for alias in node.names}:
            module = root.joinpath(*str(node.module).split(".")).with_suffix(".py")
            return needs(module, function, name, root)
    raise SystemExit(f"{path} must define {function}()")


@cache
def rules(root: Path = ROOT) -> dict[str, list[str]]:
    """Prerequisites by target, the folder of a profile written ``$(B)``."""
    sources = Sources(root)
    kit = root / "figures" / "kit"
    found: dict[str, list[str]] = {}
    drawings = []
    for drawing in sorted(root.glob("figures/*/*/figure.py"), key=lambda path: path.parent.name):
        name = drawing.parent.name
        for kind, function in KINDS.items():
            path = drawing.with_name(f"{kind}.py")
            if path.exists():
                found[f"$(B)/data/{name}.{kind}.nc"] = [
                    *sources.closure(path, drawing.with_name("plan.py"), kit / "folder.py"),
                    *(f"$(B)/data/{data}.nc" for data in needs(path, function, name, root)),
                ]
        found[f"$(B)/figures/{name}.png"] = [
            *sources.closure(drawing, kit / "folder.py", kit / "result.py"),
            *(f"$(B)/data/{data}.nc" for data in needs(drawing, "draw", name, root)),
        ]
        drawings.append(f"$(B)/figures/{name}.png")
    pages = root / "figures" / "pages"
    found["$(B)/tables/agreement.json"] = [*sources.closure(kit / "agreement_table.py"), *drawings]
    found["$(B)/derivations/derivations.pdf"] = sources.closure(*sorted(pages.glob("*.py")))
    found["$(B)/explorer.html"] = explorer_needs(pages / "explorer", sources)
    return found


def explorer_needs(folder: Path, sources: Sources) -> list[str]:
    """What the explorer is made of: its modules, its page's parts, the data its tabs name."""
    modules = sorted(folder.glob("*.py"))
    parts = sorted(folder.glob("page/*.*"))
    data = {
        f"$(B)/data/{each}.nc"
        for module in modules
        if "def panel(" in module.read_text(encoding="utf-8")
        for each in needs(module, "panel", "")
    }
    return [*sources.closure(*modules, *parts), *sorted(data)]


def main() -> None:
    """Print the lists of figures and a rule without recipe for every target."""
    found = rules()
    lists = {"FIGURES": "png", "MEASURED": "measured.nc", "DERIVED": "derived.nc"}
    lines = ["# Written by figures/rules.py from the imports; not edited by hand."]
    for variable, suffix in lists.items():
        paths = [target for target in found if target.endswith(f".{suffix}")]
        names = [path.rpartition("/")[2].partition(".")[0] for path in paths]
        lines.append(f"{variable} := {' '.join(names)}")
    lines += [f"{target}: {' '.join(sources)}" for target, sources in found.items()]
    # A file that is gone is no reason to stop: what needed it is written anew.
    files = {path for sources in found.values() for path in sources if path[0] != "$"}
    lines += [f"{path}:" for path in sorted(files)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
