"""How the site is built.  Its pages are gathered by ``figures.pages.site``; `make site` runs both."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

project = "superposition-theory"
author = "The superposition-theory authors"
copyright = author
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_design",
    "sphinx_copybutton",
    "figures.pages.site.mathematics",
    "figures.pages.site.crossings",
    "figures.pages.site.docstrings",
]
html_math_renderer = "pandoc"
default_role = "literal"  # docstrings put code between single backticks
nitpicky = True
exclude_patterns = ["**/GALLERY_HEADER.rst"]

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3

autodoc_typehints = "none"  # docstrings say what things are, with shapes
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = "superposition-theory"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "collapse_navigation": True,
    "navigation_depth": 3,
    "show_toc_level": 2,
    "header_links_before_dropdown": 8,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "navbar_align": "left",
}
