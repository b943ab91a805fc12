"""Make's prerequisites, read from the imports: nobody writes them by hand.

    python figures/rules.py > build/rules.mk

A figure's data depend on every file that its measured.py or derived.py imports, directly or through
others, and on the data of other figures that its function names as parameters; a picture on what
its figure.py imports and on its data.  Files that are read beside a module (a style sheet, a
template) count with the module that names them.  Only the standard library is used, since make
asks before any environment exists.

One command makes what is out of date of all figures that are asked for (`figures.kit.abreast`), so
data have no recipe, and the command knows what waits for what.
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
DATA = re.compile(r"\$\(B\)/data/(?P<figure>\w+)\.(?P<kind>\w+)\.nc$")
PICTURE = re.compile(r"\$\(B\)/figures/(?P<figure>\w+)\.png$")


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
    found: dict[str, list[str]] = {}
    drawings = sorted(root.glob("figures/*/*/figure.py"), key=lambda path: path.parent.name)
    for drawing in drawings:
        found |= figure_rules(drawing.parent, sources)
    pages = root / "figures" / "pages"
    found["$(B)/tables/agreement.json"] = [
        *sources.closure(root / "figures" / "kit" / "agreement_table.py"),
        *(f"$(B)/figures/{drawing.parent.name}.png" for drawing in drawings),
    ]
    found["$(B)/derivations/derivations.pdf"] = sources.closure(*sorted(pages.glob("*.py")))
    found["$(B)/explorer.html"] = explorer_needs(pages / "explorer", sources)
    return found


def figure_rules(folder: Path, sources: Sources) -> dict[str, list[str]]:
    """Prerequisites of a figure's data, what is measured first, and of its picture."""
    name, kit = folder.name, sources.root / "figures" / "kit"
    found = {}
    for kind, function in KINDS.items():
        path = folder / f"{kind}.py"
        if path.exists():
            found[f"$(B)/data/{name}.{kind}.nc"] = [
                *sources.closure(path, folder / "plan.py", kit / "folder.py"),
                *(f"$(B)/data/{data}.nc" for data in needs(path, function, name, sources.root)),
            ]
    drawing = folder / "figure.py"
    found[f"$(B)/figures/{name}.png"] = [
        *sources.closure(drawing, kit / "folder.py", kit / "result.py"),
        *(f"$(B)/data/{data}.nc" for data in needs(drawing, "draw", name, sources.root)),
    ]
    return found


def others(folder: Path, root: Path = ROOT) -> set[str]:
    """Other figures whose data a figure needs."""
    found: set[str] = set()
    for part, function in (*KINDS.items(), ("figure", "draw")):
        path = folder / f"{part}.py"
        if path.exists():
            found |= {data.split(".")[0] for data in needs(path, function, folder.name, root)}
    return found - {folder.name}


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


def joined(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """The same prerequisites without rules for data: who needs data needs what they are made of."""

    def whole(target: str) -> set[str]:
        data = [source for source in found[target] if DATA.match(source)]
        return set(found[target]).union(*map(whole, data))

    return {target: sorted(whole(target)) for target in found if not DATA.match(target)}


def main() -> None:
    """Print the list of figures, and for every target rules without recipe."""
    needed = joined(rules())
    figures = [match["figure"] for match in map(PICTURE.match, needed) if match]
    explored = {match["figure"] for match in map(DATA.match, needed["$(B)/explorer.html"]) if match}
    lines = [
        "# Written by figures/rules.py from the imports; not edited by hand.",
        f"FIGURES := {' '.join(figures)}",
        f"EXPLORED := {' '.join(sorted(explored))}",
        *(f"{target}: {' '.join(sources)}" for target, sources in needed.items()),
    ]
    # A file that is gone is no reason to stop: what needed it is written anew.
    files = {path for sources in needed.values() for path in sources}
    lines += [f"{path}:" for path in sorted(files) if not PICTURE.match(path)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
