"""Mends what furo and Sphinx write that readers of screens stumble over; axe-core names each."""

from __future__ import annotations

from pathlib import Path

_MENDED = {
    # A heading has a level.
    'class="caption" role="heading"': 'class="caption" role="heading" aria-level="2"',
    # The lines of a signature are a list of definitions without terms.
    '<dl>\n<dd><em class="sig-param">': '<dl role="presentation">\n<dd><em class="sig-param">',
    # Two landmarks of a kind have names.
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    # The corner of a table is no header.
    '<th class="head"><p></p></th>': "<td></td>",
    # A page has a heading.
    '<div id="search-results">': '<h1>Search</h1>\n<div id="search-results">',
}


def mend(site: Path) -> None:
    """Mend all pages of a site."""
    for page in site.glob("**/*.html"):
        text = page.read_text(encoding="utf-8")
        for before, after in _MENDED.items():
            text = text.replace(before, after)
        page.write_text(text, encoding="utf-8")
