"""Problems of others on this model: what they ask, how far they are answered, and by which claims.

``problems.md`` holds the questions and what no derivation says; the rest is collected from the
sections "Status" of the derivations, where a claim says which problem it answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from theory.derivations import FOLDER
from theory.derivations.claims import Claim, claims_of
from theory.derivations.registry import claims

ANSWERED = ("In full", "In part", "Not taken up")

_PROBLEM = re.compile(
    r"^## (?P<label>\S+) · (?P<title>[^\n]+)\n\n"
    rf"\*\*(?P<answered>{'|'.join(ANSWERED)})\.\*\* (?P<question>[^\n]+)\n"
    r"(?P<status>.*?)(?=^## |\Z)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Problem:
    """One problem.

    Attributes
    ----------
    label, title : str
        Such as MAIS-O42, and a few words.
    answered : str
        ``In full``, ``In part`` or ``Not taken up``.
    question : str
        What it asks, in this project's letters.
    claims : tuple of Claim
        What is known of it here, from the derivations first, and what is not.
    """

    label: str
    title: str
    answered: str
    question: str
    claims: tuple[Claim, ...]


@cache
def problems() -> tuple[Problem, ...]:
    """The problems, in the order of ``problems.md``.

    >>> [problem.answered for problem in problems() if problem.label == "MAIS-O42"]
    ['In full']

    Raises
    ------
    ValueError
        A section of ``problems.md`` that cannot be read.
    """
    text = (FOLDER / "problems.md").read_text(encoding="utf-8")
    found = list(_PROBLEM.finditer(text))
    if len(found) != text.count("\n## "):
        raise ValueError(f"each section of problems.md must begin with **{ANSWERED[0]}.** or alike")
    known = [claim for listed in claims().values() for claim in listed]
    return tuple(
        Problem(
            label=match["label"],
            title=match["title"],
            answered=match["answered"],
            question=match["question"],
            claims=(
                *(claim for claim in known if match["label"] in claim.answers),
                *claims_of(match["label"], match["status"]),
            ),
        )
        for match in found
    )
