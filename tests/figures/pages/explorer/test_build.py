"""One file, whole, small, and silent on the net."""

from __future__ import annotations

import json
import re
import sys

import pytest

from figures.__main__ import main
from figures.pages.explorer import build
from figures.rules import Sources, explorer_needs


def test_every_script_of_the_folder_is_in_the_page_once():
    assert sorted(build.scripts()) == sorted(path.name for path in build.PARTS.glob("*.js"))


@pytest.mark.extra("plotly", dev=True)
def test_the_page_holds_its_data_and_asks_nobody(page_text):
    assert len(page_text.encode()) < build.MOST
    outside = page_text.split('<script type="text/plain" id="plotly">')[0]
    assert not re.search(r'(?:src|href)="(?!data:|#)', outside)
    assert "default-src 'none'" in outside
    assert "$" not in re.sub(
        r"\$\{|\$\{", "", re.sub(r"<script>.*?</script>", "", outside, flags=re.S)
    )
    for key in ("style", *(each.key for each in build.TABS)):
        text = re.search(rf'id="data-{key}">(.*?)</script>', page_text, flags=re.S)
        json.loads(text[1])
    assert page_text.count("</script>") == page_text.count("<script")


def test_make_knows_what_the_page_is_made_of():
    needed = explorer_needs(build.PARTS.parent, Sources())
    assert {"figures/pages/explorer/page/dom.js", "theory/loss/exact.py"} <= set(needed)
    assert {"$(B)/data/phase_n2_m1.derived.nc", "$(B)/data/phase_n3_m2.measured.nc"} <= set(needed)


def test_without_plotly_or_data_it_says_what_to_do(tmp_path, capsys, monkeypatch):
    assert main(["--profile", "quick", "--root", str(tmp_path), "explorer"]) == 1
    said = capsys.readouterr().err
    assert "133 cells" in said, "the cost is said first"
    assert "phase_n2_m1" in said
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(ImportError, match="docs"):
        build.plotly_source()


def test_a_page_that_grows_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "page", lambda *_: "x" * (build.MOST + 1))
    with pytest.raises(ValueError, match="under 8 MB"):
        build.write_explorer(build.Profile("quick", tmp_path))
