"""What Sphinx is told; `__main__.py` runs it."""

import html
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
html_js_files = [(name, {"defer": "defer"}) for name in ("figures.js", "scrolling.js")]
html_copy_source = False
html_show_copyright = False
smartquotes_action = "D"  # dashes alone: docstrings quote values
html_show_search_summary = False  # a page from disk can't fetch others
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# `file:` is what 'self' is for a page from disk. Furo and Sphinx have scripts and styles in the
# page; the models need WebAssembly, and a worker that is made of text.
POLICY = (
    "default-src 'none'; script-src 'self' file: 'unsafe-inline' 'wasm-unsafe-eval'; "
    "style-src 'self' file: 'unsafe-inline'; img-src 'self' file: data:; worker-src blob:; "
    "base-uri 'none'; form-action 'self' file:"
)
_NAMES = re.compile(r"(`+[^`]*`+)")
# Of "a, b" Sphinx would take the first name for a type.
_LISTED = re.compile(r"^:\w+ \w+(?:, \w+)+:")
_STARTS_FIELD = (":", "-", "..")


def _without_substitutions(line):
    """A line whose bars mean nothing to reStructuredText; those in names never do."""
    parts = _NAMES.split(line)
    return "".join(p if i % 2 else p.replace("|", r"\|") for i, p in enumerate(parts))


def as_restructured_text(_app, _what, _name, _object, _options, lines):
    """Docstrings are plain text: bars are magnitudes, and indented formulas stay as they are."""
    kept, before, formula = [], "", False
    for raw in lines:
        line = _LISTED.sub(lambda names: names[0].replace(", ", ","), raw)
        if not line.startswith(" "):
            formula = formula and not line
        elif kept and not kept[-1] and not before.startswith((" ", *_STARTS_FIELD)):
            formula = True
            kept += [] if before.endswith("::") else ["::", ""]
        kept.append(line if formula else _without_substitutions(line))
        before = line or before
    lines[:] = kept


def without_inner_parameters(_app, what, _name, found, _options, _signature, _returned):
    """A class that a function makes for its user is shown without what the function passes it."""
    inner = what == "class" and "made by `rv." in (found.__doc__ or "").split("\n\n")[0]
    return ("", None) if inner else None


def with_policy(_app, _page, _template, context, _doctree):
    """The page may run the scripts of the site, and ask nothing of anybody else."""
    policy = html.escape(POLICY)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    context["metatags"] = context.get("metatags", "") + meta


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-signature", without_inner_parameters)
    app.connect("html-page-context", with_policy)
    app.connect("autodoc-process-docstring", as_restructured_text)
