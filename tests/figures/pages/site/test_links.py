"""The check of links: what leads nowhere, or to the net, is found."""

from __future__ import annotations

import pytest

from figures.pages.site.links import check_links

WHOLE = {
    "index.html": '<a href="a/b.html#here">b</a> <a href="https://example.org/x">x</a>'
    '<img src="p.png"> <a href="#top"></a> <h1 id="top"></h1> <img src="data:image/png;base64,AA">',
    "a/b.html": '<a href="../index.html">up</a> <p id="here"></p> <link rel="stylesheet" '
    'href="../s.css"> <a href="?q=1">search</a>',
    "p.png": "",
    "s.css": "a { background: url(p.png) }",
}


def site(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_whole_site_has_no_broken_link(tmp_path):
    found = check_links(site(tmp_path, WHOLE))
    assert (found.pages, found.broken, found.elsewhere) == (2, [], [])
    assert found.outside == {"https://example.org/x": 1}
    assert found.said == "2 pages, 6 links inside, 0 broken, 1 addresses outside"


@pytest.mark.parametrize(
    "planted",
    [
        '<a href="gone.html">x</a>',
        '<a href="a/b.html#gone">x</a>',
        '<a href="#gone">x</a>',
        '<img src="gone.png">',
        '<a href="a">a folder</a>',
    ],
)
def test_a_planted_broken_link_is_found(tmp_path, planted):
    site(tmp_path, WHOLE | {"a.html": planted})
    (broken,) = check_links(tmp_path).broken
    assert broken.startswith("a.html: ")
    assert broken.removeprefix("a.html: ") in planted


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("c.html", '<script src="https://cdn.example/x.js"></script>'),
        ("c.html", '<link rel="stylesheet" href="//cdn.example/x.css">'),
        ("c.css", "@import 'https://fonts.example/f.css';"),
        ("c.css", 'a { src: url("https://fonts.example/f.woff2") }'),
    ],
)
def test_what_a_page_would_fetch_from_the_net_is_found(tmp_path, name, planted):
    (found,) = check_links(site(tmp_path, WHOLE | {name: planted})).elsewhere
    assert found.startswith(name)
