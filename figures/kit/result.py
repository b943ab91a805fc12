"""What a figure hands over: the picture, what it found in a few sentences, and its numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from figures.kit.agreement_table import write_row
from figures.kit.profile import Profile
from figures.kit.style import save_figure
from ground.results import write_text

SUFFIX = ".result.json"
VERDICTS = ("holds", "corrected", "not found")
# The paper's, ours, or that of who first wrote it down, as "Chen et al. 2023".
_WHOSE = re.compile(r"the paper's|ours|\S.* \d{4}")
_VERDICT = re.compile(rf"({'|'.join(VERDICTS)})[:;,]? \S.*", re.S)


@dataclass(frozen=True)
class Result:
    """One figure's entry: a claim, whose it is, what became of it, and on what grounds.

    Attributes
    ----------
    target : str
        The figure's name.
    claim, setup, theory, training : str
        The claim, its set-up, what theory predicts, what training found.  Sentences; after a blank
        line a list or a table in Markdown may follow (`figures.kit.words`).
    whose : str
        Whose claim it is: "the paper's", "ours", or a citation that ends in its year.
    verdict : str
        What became of it: "holds", "corrected" or "not found", then why, in a clause.
    alt : str
        What is to be seen, for readers who don't see it; the claim if left out.

    Raises
    ------
    ValueError
        A figure that doesn't say whose claim it shows, or what became of it.
    """

    target: str
    claim: str
    setup: str
    theory: str
    training: str
    whose: str
    verdict: str
    alt: str = ""

    def __post_init__(self) -> None:
        """Check whose claim it is and the verdict."""
        if not _WHOSE.fullmatch(self.whose):
            raise ValueError(
                f'whose must be "the paper\'s", "ours" or a citation with its year, such as '
                f'"Chen et al. 2023", got {self.whose!r}'
            )
        if not _VERDICT.fullmatch(self.verdict):
            raise ValueError(
                f"verdict must begin with one of {', '.join(VERDICTS)} and say why, "
                f"got {self.verdict!r}"
            )

    @property
    def outcome(self) -> str:
        """The verdict's first words: ``holds``, ``corrected`` or ``not found``."""
        return next(verdict for verdict in VERDICTS if self.verdict.startswith(verdict))

    def write(self, profile: Profile) -> None:
        """Keep the entry beside the tables."""
        write_text(
            profile.table(self.target, SUFFIX),
            json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n",
        )


@dataclass(frozen=True)
class Drawing:
    """What `draw` of a figure returns.

    Attributes
    ----------
    picture : matplotlib.figure.Figure
    claim, setup, theory, training, whose, verdict, alt : str
        As in `Result`.
    row : mapping, optional
        Its row in the table of agreement: trained against derived, as numbers.
    tables : mapping
        Further tables in Markdown, by name.
    """

    picture: Any
    claim: str
    setup: str
    theory: str
    training: str
    whose: str
    verdict: str
    alt: str = ""
    row: Mapping[str, Any] | None = None
    tables: Mapping[str, str] = field(default_factory=dict)

    def result(self, target: str) -> Result:
        """Its words, as the entry of the figure of that name; checked."""
        words = {each.name: getattr(self, each.name) for each in fields(Result)[1:]}
        return Result(target, **words)

    def write(self, target: str, profile: Profile) -> None:
        """Save the row, the tables and the sentences beside them, and last the picture."""
        result = self.result(target)
        if self.row is not None:
            write_row(profile.root / "tables", target, self.row)
        for name, text in self.tables.items():
            write_text(profile.table(name, ".md"), text)
        result.write(profile)
        # Where the picture is, make takes the figure for made.
        save_figure(self.picture, profile.figure(target))


def read_results(profile: Profile) -> list[Result]:
    """Every entry written so far, by target."""
    paths = sorted((profile.root / "tables").glob(f"*{SUFFIX}"))
    return [Result(**json.loads(path.read_text(encoding="utf-8"))) for path in paths]
