"""Make figures, whole or step by step, their tables and their pages: the commands behind make."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# A step and its workers (which import this file, too) use Dask only on a cluster. Where it is
# installed, xarray loads it to ask of each array whether it is Dask's: a second of CPU a step.
if __name__ in ("__main__", "__mp_main__") and not os.environ.get("SCHEDULER"):
    sys.modules["dask"] = None  # type: ignore[assignment]

from figures.kit.folder import folder, folders
from figures.kit.profile import FOLDERS, ROOT, Profile, cores


def main(arguments: list[str] | None = None) -> int:
    """Run one step for one figure; bad input ends with one line that says what to do."""
    options = _parse(arguments)
    try:
        profile = Profile.named(options.profile, options.root)
        options.step(options, profile)
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        print(f"figures: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("figures: interrupted; run the same command to go on", file=sys.stderr)
        return 130
    return 0


def make(options: argparse.Namespace, profile: Profile) -> None:
    """Make what is out of date of some figures, or of all, side by side."""
    from figures.kit.abreast import make_figures

    make_figures(options.names or folders(), profile, options.abreast)


def measure(options: argparse.Namespace, profile: Profile) -> None:
    """Train what the figure needs; goes on where an interrupted run stopped."""
    folder(options.name).make("measured", profile)


def derive(options: argparse.Namespace, profile: Profile) -> None:
    """Compute what theory says."""
    folder(options.name).make("derived", profile)


def draw(options: argparse.Namespace, profile: Profile) -> None:
    """Check the figure's claim against its data, draw it, and keep its row and sentences."""
    folder(options.name).draw(profile)
    print(profile.figure(options.name))


def tables(_: argparse.Namespace, profile: Profile) -> None:
    """Gather the rows of all diagrams into the table of agreement."""
    from figures.kit.agreement_table import write_agreement

    write_agreement(profile.root / "tables")
    print(profile.table("agreement", ".md"))


def docs(_: argparse.Namespace, profile: Profile) -> None:
    """Refresh RESULTS.md, docs/CLAIMS.md, the small PNGs in docs/, and the picture of the house."""
    from figures.pages.house import write_house
    from figures.pages.results import write_results

    write_results(profile)
    claims(_, profile)
    write_house(ROOT / "docs" / "architecture.png")


def claims(_: argparse.Namespace, __: Profile) -> None:
    """Write docs/CLAIMS.md from the derivations, the marks of tests and RESULTS.md."""
    from figures.pages.claims import write_claims

    print(write_claims())


def kernels(options: argparse.Namespace, _: Profile) -> None:
    """Compile the kernels, with a bar; what was compiled before is only loaded."""
    from figures.kit.abreast import room, share
    from figures.kit.kernels import CALLS, SHARED, compile_all

    threads = SHARED if share(room()) > 1 else {}
    compile_all(cores(), SHARED if options.shared else CALLS | threads)


def book(options: argparse.Namespace, profile: Profile) -> None:
    """Set the book of derivations, with the outcomes of the tests that a report holds."""
    from figures.pages.book import write_book

    print(write_book(profile, options.report))


def site(options: argparse.Namespace, profile: Profile) -> None:
    """Bind figures, derivations, reference and tutorial into one site, and follow its links."""
    from figures.pages.site.bind import write_site

    print(write_site(profile, options.report))


def explorer(_: argparse.Namespace, profile: Profile) -> None:
    """Write the page in which a reader moves about in the theory."""
    from figures.pages.explorer.build import cost, write_explorer

    print(cost(profile), file=sys.stderr)
    print(write_explorer(profile))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m figures", description=__doc__)
    parser.add_argument("--profile", default="paper", help=f"one of {', '.join(FOLDERS)}")
    parser.add_argument("--root", type=Path, help="folder for results, instead of the profile's")
    steps = parser.add_subparsers(required=True, metavar="STEP")
    command = steps.add_parser("make", help=make.__doc__)
    command.add_argument("names", nargs="*", metavar="FIGURE", help=", ".join(folders()))
    command.add_argument(
        "--abreast", type=int, help="how many at a time (two, where there is room)"
    )
    command.set_defaults(step=make)
    for step in (measure, derive, draw):
        command = steps.add_parser(step.__name__, help=step.__doc__)
        command.add_argument("name", metavar="FIGURE", help=", ".join(folders()))
        command.set_defaults(step=step)
    for step in (tables, docs, claims, explorer):
        steps.add_parser(step.__name__, help=step.__doc__).set_defaults(step=step)
    command = steps.add_parser("kernels", help=kernels.__doc__)
    command.add_argument("--shared", action="store_true", help="those whose threads share a model")
    command.set_defaults(step=kernels)
    for step in (book, site):
        command = steps.add_parser(step.__name__, help=step.__doc__)
        command.add_argument(
            "--report", type=Path, required=True, help="outcomes of tests, in JUnit's format"
        )
        command.set_defaults(step=step)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
