"""How to cite a result: BibTeX with the label and the version that was used."""

from __future__ import annotations

from importlib.metadata import metadata

from theory.derivations.registry import heading, status

DISTRIBUTION = "superposition-theory"
YEAR = 2026  # of the release; a test holds it, and the rest, to CITATION.cff

_PAPER = """\
@article{elhage2022toy,
  author  = {Elhage, Nelson and Hume, Tristan and Olsson, Catherine and Schiefer, Nicholas and
             Henighan, Tom and Kravec, Shauna and Hatfield-Dodds, Zac and Lasenby, Robert and
             Drain, Dawn and Chen, Carol and Grosse, Roger and McCandlish, Sam and
             Kaplan, Jared and Amodei, Dario and Wattenberg, Martin and Olah, Christopher},
  title   = {Toy Models of Superposition},
  journal = {Transformer Circuits Thread},
  year    = {2022},
  eprint  = {2209.10652},
  archivePrefix = {arXiv},
  doi     = {10.48550/arXiv.2209.10652},
  url     = {https://transformer-circuits.pub/2022/toy_model/index.html},
}
"""


def cite(label: str | None = None) -> str:
    """Return a BibTeX entry for one result, or for this software and the paper it builds on.

    Parameters
    ----------
    label : str, optional
        ``D01``, ``D02``, …; None for the software as a whole.

    Returns
    -------
    str
        Text that BibTeX reads.

    Raises
    ------
    ValueError
        There is no result of that label.

    Examples
    --------
    >>> print(cite("D01"))  # doctest: +ELLIPSIS
    @software{superposition-theory-D01,
      author  = {{The superposition-theory authors}},
      title   = {D01: The generating moment},
      ...
    """
    if label is None:
        return _software("", metadata(DISTRIBUTION)["Summary"], note="") + "\n" + _PAPER
    title, text = heading(label)
    note = f"  note    = {{theory/derivations/{text} ({status(label)})}},\n"
    return _software(f"-{label}", f"{label}: {title}", note)


def _software(suffix: str, title: str, note: str) -> str:
    about = metadata(DISTRIBUTION)
    return (
        f"@software{{{DISTRIBUTION}{suffix},\n"
        f"  author  = {{{{{about['Author']}}}}},\n"
        f"  title   = {{{title}}},\n"
        f"  year    = {{{YEAR}}},\n"
        f"  version = {{{about['Version']}}},\n{note}"
        "}\n"
    )
