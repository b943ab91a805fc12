"""How the site is built.  `figures.pages.site` gathers its pages; `make site` runs both."""

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
    # The overview of figures has a grid that takes the width, and the table of results as well.
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        "index": [],
        "explorer": [],
        "figures/index": [],
        "derivations/index": [],
    },
    "footer_start": ["copyright"],
    "footer_end": [],
    "navbar_align": "left",
}

if tags.has("tutorial"):  # noqa: F821 - Sphinx hands it over
    # Executed as the site is built: what it says is what it found.
    extensions.append("sphinx_gallery.gen_gallery")
    sphinx_gallery_conf = {
        "examples_dirs": [str(Path(__file__).parent / "tutorial")],
        "gallery_dirs": ["tutorial"],
        "filename_pattern": r"\.py$",
        "abort_on_example_error": True,
        "download_all_examples": False,
        "show_memory": False,
        "write_computation_times": False,  # a page of tables that would be fetched from the net
        "min_reported_time": 0,
        "plot_gallery": True,
    }
