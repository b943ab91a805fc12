"""What a figure hands over: the picture, what it found in four sentences, and its numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from figures.kit.agreement_table import write_row
from figures.kit.profile import Profile
from figures.kit.style import save_figure
from ground.results import write_text

SUFFIX = ".result.json"


@dataclass(frozen=True)
class Drawing:
    """What `draw` of a figure returns.

    Attributes
    ----------
    picture : matplotlib.figure.Figure
    claim, setup, theory, training : str
        The claim, its set-up, what theory predicts, what training found.
    whose : str
        Whose claim it is: "the paper's" or "ours".
    verdict : str
        What became of it, first of all "holds", "corrected" or "not found".
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
    whose: str = ""
    verdict: str = ""
    row: Mapping[str, Any] | None = None
    tables: Mapping[str, str] = field(default_factory=dict)

    def write(self, target: str, profile: Profile) -> None:
        """Save the picture, the row, the tables, and the sentences beside them."""
        save_figure(self.picture, profile.figure(target))
        if self.row is not None:
            write_row(profile.root / "tables", target, self.row)
        for name, text in self.tables.items():
            write_text(profile.table(name, ".md"), text)
        words = (self.claim, self.setup, self.theory, self.training, self.whose, self.verdict)
        Result(target, *words).write(profile)


@dataclass(frozen=True)
class Result:
    """One figure's entry: the claim, its set-up, what theory predicts, what training found."""

    target: str
    claim: str
    setup: str
    theory: str
    training: str
    whose: str = ""
    verdict: str = ""

    def write(self, profile: Profile) -> None:
        """Keep the entry beside the tables."""
        write_text(
            profile.table(self.target, SUFFIX),
            json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n",
        )


def read_results(profile: Profile) -> list[Result]:
    """Every entry written so far, by target."""
    paths = sorted((profile.root / "tables").glob(f"*{SUFFIX}"))
    return [Result(**json.loads(path.read_text(encoding="utf-8"))) for path in paths]
