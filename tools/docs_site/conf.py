"""What Sphinx is told; `__main__.py` runs it."""

import re
import tomllib
from pathlib import Path

_PROJECT = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]

project = _PROJECT["name"]
author = _PROJECT["authors"][0]["name"]
copyright = author  # noqa: A001 - Sphinx's name
release = version = _PROJECT["version"]
html_title = project
root_doc = "index"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 4  # as on GitHub
myst_enable_extensions = ["colon_fence"]

suppress_warnings = ["myst.header"]

add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
default_role = "code"  # docstrings write names as Markdown does
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_maximum_signature_line_length = 88

html_theme = "furo"
html_static_path = [str(Path(__file__).resolve().parent / "static")]
html_css_files = ["site.css"]
html_js_files = [("figures.js", {"defer": "defer"})]
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

_NAMES = re.compile(r"(`+[^`]*`+)")
_STARTS_FIELD = (":", "-", "..")


def as_restructured_text(_app, _what, _name, _object, _options, lines):
    """Docstrings are plain text: bars are magnitudes, and indented formulas stay as they are."""
    kept, before = [], ""
    for line in lines:
        formula = line.startswith("    ") and kept and not kept[-1]
        if formula and before and not before.startswith((" ", *_STARTS_FIELD)):
            kept += ["::", ""]
        if before.startswith(" ") or not line.startswith("    "):
            parts = _NAMES.split(line)
            line = "".join(p if i % 2 else p.replace("|", r"\|") for i, p in enumerate(parts))
        before = line or before
        kept.append(line)
    lines[:] = kept


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", as_restructured_text)
