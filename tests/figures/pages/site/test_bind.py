"""A small site is built as the whole is: formulas set, names linked, warnings refused."""

from __future__ import annotations

import re

import matplotlib.image
import numpy as np
import pytest

pytest.importorskip("sphinx")

from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.pages.evidence import Evidence
from figures.pages.site import derived
from figures.pages.site.bind import bind
from figures.pages.site.links import check_links
from figures.pages.site.pictures import picture_pages
from figures.pages.site.reference import reference_pages
from theory.derivations.registry import result

# What Sphinx deprecates is for its extensions to change.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::PendingDeprecationWarning"
)

INDEX = """# Small

By D13 and `theory.polytopes.regular.Polytope`, $W_i$.

```{toctree}
D13 <derivations/D13>
reference/theory/Polytope
figures/sample
```
"""
REFERENCE = "reference/theory/Polytope.rst"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Sources of one derivation, one name and one figure, and the site made of them."""
    folder = tmp_path_factory.mktemp("site")
    profile = Profile("quick", folder / "build")
    picture = profile.figure("sample")
    picture.parent.mkdir(parents=True)
    matplotlib.image.imsave(picture, np.zeros((40, 60, 3)))
    Result("sample", "A claim by D13", "", "", "", "ours", "holds: yes").write(profile)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(derived, "results", lambda: (result("D13"),))
        patch.setenv("JOBS", "1")
        found = {"D13": Evidence(("tests/test_x.py::test_y",))}
        pages = derived.derivation_pages(profile, found) | picture_pages(profile)
        pages |= {"index.md": INDEX, REFERENCE: reference_pages()[REFERENCE]}
        source = folder / "source"
        for name in ("index.md", "derivations/D13.md", "figures/sample.md", REFERENCE):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(pages[name], encoding="utf-8")
        (source / "figures" / "full").mkdir()
        (source / "figures" / "full" / "sample.png").write_bytes(picture.read_bytes())
        (source / "figures" / "tables").mkdir()
        kept = profile.table("sample", ".result.json")
        (source / "figures" / "tables" / kept.name).write_bytes(kept.read_bytes())
        bind(source, folder / "html", folder / "doctrees")
    return source, folder / "html", folder / "doctrees"


def read(built, name):
    return (built[1] / name).read_text(encoding="utf-8")


def test_it_has_no_broken_link_and_fetches_nothing(built):
    found = check_links(built[1])
    assert (found.broken, found.elsewhere) == ([], [])
    assert found.pages >= 6


def test_formulas_are_set_and_numbered(built):
    page, text = (
        read(built, "derivations/D13.html"),
        (built[0] / "derivations/D13.md").read_text("utf-8"),
    )
    shown = text.count("$$") // 2
    assert page.count('<math display="block"') == shown
    numbers = re.findall(r'class="formula" id="(D13\.\d+)"', page)
    assert numbers == [f"D13.{k}" for k in range(1, shown + 1)]
    words = re.sub(
        r"<annotation.*?</annotation>|<script.*?</script>|<pre.*?</pre>", "", page, flags=re.S
    )
    assert "$" not in re.sub(r"<[^>]*>", "", words)


def test_labels_and_names_are_linked_wherever_they_stand(built):
    index = read(built, "index.html")
    assert 'href="derivations/D13.html#d13"' in index
    assert 'href="reference/theory/Polytope.html#theory.Polytope"' in index
    assert "../reference/theory/Polytope.html#theory.Polytope" in read(
        built, "derivations/D13.html"
    )
    assert "../../derivations/D13.html#d13" in read(built, "reference/theory/Polytope.html")


def test_the_search_index_holds_names_and_titles(built):
    index = (built[1] / "searchindex.js").read_text(encoding="utf-8")
    assert "Polytope" in index
    assert "Feature dimensionalities sum to at most the rank" in index


def test_a_warning_is_refused(built, monkeypatch, capfd):
    source, html, doctrees = built
    monkeypatch.setenv("JOBS", "1")
    (source / "index.md").write_text(INDEX + "\n[lost](#no-such-place)\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="the site has warnings"):
        bind(source, html, doctrees)
    assert "no-such-place" in capfd.readouterr().err
