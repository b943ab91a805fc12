"""What each text claims, and how far each claim is established.

A text says so in its section "Status", in a list that is read here and nowhere written twice::

    - **proved** (steps 1 to 3): The loss is a finite sum.
    - **certified** (`theory.minima.certificate`; `tests/theory/…/test_certificate.py`): …
    - **refuted** (step 2; of MAIS-O49): …

In the brackets stand steps of the proof, or ``section`` and the title of another section, programs,
tests and ``figure`` names, ``of`` whom the claim is, unless it is this project's, and ``answers``
which problem of others; or ``no test``.  Other problems are in ``problems.md``, in the same form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STATUSES = {
    "proved": "a proof that can be read, in the text that is linked",
    "certified": "a proof whose cases are too many to read: a program checks them, and is tested",
    "numerical": "computed, searched for, measured, or expanded without a bound on the rest: held "
    "to tests, and not proved",
    "refuted": "a claim, of others or of this project before, that is shown to be wrong",
    "open": "nobody here knows",
}
OURS = "this project"

_CLAIM = re.compile(
    r"^- \*\*(\w+)\*\*(?: \(([^()]*)\))?: (.*(?:\n(?:  .*|(?=\n  )))*)", re.MULTILINE
)
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Claim:
    """One claim and what it rests on.

    Attributes
    ----------
    key : str
        Such as D44.1: the result and a number that counts its claims.
    status : str
        ``proved``, ``certified``, ``numerical``, ``refuted`` or ``open``.
    statement : str
        The claim in words, in Markdown.
    whose : str
        Who made it: this project, or its name for someone else.
    steps : tuple of str
        The steps of the proof that prove it: ``1``, ``2``, ``A``, ….
    sections : tuple of str
        Sections of the text that prove it beside the proof.
    programs, tests, figures : tuple of str
        What computes, tests and draws this claim in particular.
    answers : tuple of str
        The problems of others that it bears on, such as MAIS-O42.
    """

    key: str
    status: str
    statement: str
    whose: str = OURS
    steps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    tested: bool = True

    @property
    def label(self) -> str:
        """The result, or the problem, that it belongs to."""
        return self.key.rpartition(".")[0]

    @property
    def evidence(self) -> str:
        """What it rests on, in words."""
        parts = [f"step{'s' * (len(self.steps) > 1)} {', '.join(self.steps)}"] if self.steps else []
        parts += [f'section "{name}"' for name in self.sections]
        parts += [f"`{name}`" for name in (*self.programs, *self.tests)]
        parts += [f"figure {name}" for name in self.figures]
        return "; ".join(parts if self.tested else [*parts, "no test"])


def claims_of(key: str, text: str) -> tuple[Claim, ...]:
    """Return the claims that a section "Status" lists.

    >>> claims_of("D01", "- **proved** (steps 1 to 3): It is finite.")[0].steps
    ('1', '2', '3')

    Raises
    ------
    ValueError
        An entry of the list that cannot be read, by the words it begins with.
    """
    entries = list(_CLAIM.finditer(text))
    if len(entries) != len(re.findall(r"^- ", text, re.MULTILINE)):
        raise ValueError(f"each entry of the status of {key} must be '- **word** (…): …'")
    return tuple(
        _claim(f"{key}.{number}", entry[1], entry[2] or "", " ".join(entry[3].split()))
        for number, entry in enumerate(entries, 1)
    )


def in_words(claims: tuple[Claim, ...]) -> str:
    """The statuses that occur, in the order of the list above, as one phrase.

    >>> in_words(claims_of("D01", "- **open**: One.\\n- **proved** (step 1): Two."))
    'proved, open'
    """
    found = {claim.status for claim in claims}
    return ", ".join(status for status in STATUSES if status in found)


def _claim(key: str, status: str, brackets: str, statement: str) -> Claim:
    if status not in STATUSES:
        raise ValueError(f"status of {key} must be one of {', '.join(STATUSES)}, got {status!r}")
    found: dict[str, tuple[str, ...]] = {}
    whose, tested = OURS, True
    for part in filter(None, (part.strip() for part in brackets.split(";"))):
        word, _, rest = part.partition(" ")
        if part == "no test":
            tested = False
        elif word == "of":
            whose = rest
        elif word in ("step", "steps"):
            found["steps"] = (*found.get("steps", ()), *_steps(rest))
        elif word in ("section", "figure", "answers"):
            name = word if word == "answers" else f"{word}s"
            values = [rest.strip('"')] if word == "section" else re.split(r",\s*", rest)
            found[name] = (*found.get(name, ()), *values)
        elif names := _CODE.findall(part):
            for name in names:
                kind = "tests" if name.startswith("tests/") else "programs"
                found[kind] = (*found.get(kind, ()), name)
        else:
            raise ValueError(f"status of {key} cannot be read at {part!r}")
    return Claim(key, status, statement, whose, tested=tested, **found)


def _steps(words: str) -> tuple[str, ...]:
    """Steps that "1 to 3", "1, 4" or "A, B" name."""
    steps: list[str] = []
    for part in re.split(r",\s*| and ", words):
        first, _, last = part.partition(" to ")
        if not last:
            steps.append(first)
        elif first.isdigit() and last.isdigit():
            steps += map(str, range(int(first), int(last) + 1))
        else:
            steps += map(chr, range(ord(first), ord(last) + 1))
    return tuple(steps)
