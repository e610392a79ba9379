"""A static picture as HTML that sanitisers keep, for notebooks in which nothing runs.

It uses only div, span and b with inline styles that JupyterLab's sanitiser allows. Ground and text
colours are explicit, so that it is readable on a dark host, too. If styles are removed, the words
remain.
"""

from __future__ import annotations

import re
from functools import partial
from html import escape

from .colors import Palette, adaptive_palette, palette_of
from .content import CellStyle, FacetContent, Phrase, TextRun, content_of
from .format import glyphs
from .legend import Legend
from .picture import Picture

_MONO = "font-family:monospace"
_SMALL = "font-size:12px"
_UNKNOWN = "text-decoration:dotted underline"
_SHORTER = re.compile(r"#(.)\1(.)\2(.)\3")


def standing_html(picture: Picture, theme: str = "light") -> str:
    """The picture as an HTML fragment on a "light" (white) or "dark" ground.

    All text is escaped. With "auto" it takes the ground of a document that declares its colour
    schemes; sanitisers drop colours that are written so.
    """
    content = content_of(picture)
    made = adaptive_palette if theme == "auto" else partial(palette_of, theme)
    palette = made(signed=content.signed)
    heading = _phrases(content.heading, palette)
    parts = [
        f'<div style="color:{_hex(palette.muted)}">{heading}</div>',
        *(_facet(facet, palette) for facet in content.facets),
        _legend(content.legend, palette),
    ]
    style = (
        f"background-color:{_hex(palette.ground)};color:{_hex(palette.ink)};padding:8px 10px;"
        "font-family:sans-serif;font-size:13px;line-height:1.5"
    )
    return f'<div style="{style}">{"".join(parts)}</div>'


def _phrases(phrases: list[Phrase], palette: Palette) -> str:
    strong = f'<b style="color:{_hex(palette.ink)}">'
    return "".join(
        f"{strong}{escape(text)}</b>" if is_strong else escape(text) for text, is_strong in phrases
    )


def _facet(facet: FacetContent, palette: Palette) -> str:
    muted = f"color:{_hex(palette.muted)}"
    name = f'<b>{escape(facet.name)}</b> <span style="{muted}">{escape(facet.summary)}</span>'
    lines = [name, _predictions(facet, palette)]
    if facet.explains:
        lines.append(f'<span style="{muted}">{_phrases(facet.explains, palette)}</span>')
    notes = [words for words in (facet.note, facet.error) if words is not None]
    lines += [f'<span style="{_SMALL}">{escape(words)}</span>' for words in notes]
    rule = f"border-top:1px solid {_hex(palette.line)};margin-top:6px;padding-top:6px"
    above = "".join(f"<div>{each}</div>" for each in lines)
    return f'<div style="{rule}">{above}{_text(facet.runs, palette)}</div>'


def _predictions(facet: FacetContent, palette: Palette) -> str:
    said = []
    for chip in facet.chips:
        name = f'<span style="{_MONO}">{escape(chip.name)}</span>'
        if chip.explained:
            name = f"<b>{name}</b>"
        value = f'<span style="color:{_hex(palette.muted)};{_SMALL}">{escape(chip.value)}</span>'
        said.append(f"{name} {value}")
    return " &nbsp; ".join(said)


def _text(runs: list[TextRun], palette: Palette) -> str:
    cells = []
    for text, cell in runs:
        words, style = escape(glyphs(text)), _style(cell, palette)
        cells.append(f'<span style="{style}">{words}</span>' if style else words)
    style = f"{_MONO};font-size:15px;line-height:1.9;white-space:pre-wrap;word-wrap:break-word"
    return f'<div style="{style}">{"".join(cells)}</div>'


def _style(cell: CellStyle, palette: Palette) -> str:
    styles = []
    if cell.step is None:
        styles.append(_hatched(palette))
    elif cell.step:
        background, ink = palette.at(cell.step)
        styles.append(f"background-color:{_hex(background)}")
        if ink != palette.ink:
            styles.append(f"color:{_hex(ink)}")
    if cell.unknown:
        styles.append(_UNKNOWN)
    if cell.explained:
        styles.append(f"border-bottom:3px solid {_hex(palette.accent)}")
    return ";".join(styles)


def _hatched(palette: Palette) -> str:
    """Muted text on stripes; the text stays muted if a host removes the stripes."""
    ground, stripe = _hex(palette.ground), _hex(palette.hatch)
    stops = (
        f"{ground} 20%,{stripe} 20%,{stripe} 30%,{ground} 30%,{ground} 70%,{stripe} 70%,"
        f"{stripe} 80%,{ground} 80%"
    )
    return (
        f"color:{_hex(palette.future)};background-image:linear-gradient(135deg,{stops});"
        "background-size:9px 9px"
    )


def _legend(legend: Legend, palette: Palette) -> str:
    parts = []
    if legend.ends is not None:
        low, high = legend.ends
        stops = ",".join(map(_hex, palette.bar))
        bar = (
            f"background-image:linear-gradient(to right,{stops});"
            f"border:1px solid {_hex(palette.line)}"
        )
        parts.append(f'{low} <span style="{bar}">{"&nbsp;" * 24}</span> {high}')
    if legend.hatched is not None:
        parts.append(f'<span style="{_hatched(palette)}">{legend.hatched}</span>')
    if legend.unknown is not None:
        parts.append(f'<span style="{_UNKNOWN}">{legend.unknown}</span>')
    parts.append(escape(legend.words))
    rule = (
        f"border-top:1px solid {_hex(palette.line)};margin-top:6px;padding-top:6px;"
        f"color:{_hex(palette.muted)};{_SMALL}"
    )
    return f'<div style="{rule}">{" &nbsp; ".join(parts)}</div>'


def _hex(color: str) -> str:
    """The shortest form of a colour, such as "#fff", or of each of a pair."""
    return _SHORTER.sub(r"#\1\2\3", color)
