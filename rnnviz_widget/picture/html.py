"""A picture that stands in a notebook when nothing runs: HTML that sanitisers keep.

Only div, span and b with inline styles that JupyterLab's sanitiser lets through, ground and ink
explicit, so that it reads the same on a dark host. Where styles are dropped the words remain.
"""

from __future__ import annotations

from html import escape

from .caption import (
    UNKNOWN,
    chips,
    explanation,
    legend_ends,
    legend_words,
    not_read,
    place,
    shared_explanation,
    told,
)
from .colors import WHITE, Palette, Rgb, hexed, make_palette
from .format import glyph, line, named
from .picture import FacetPicture, Look, Picture

_MONO = "font-family:monospace"
_SMALL = "font-size:12px"
_STRANGE = "text-decoration:dotted underline"


def standing_html(picture: Picture, ground: Rgb = WHITE) -> str:
    """The picture as an HTML fragment; all that is text in it is escaped.

    Args:
        picture: What to draw.
        ground: What it stands on, sRGB 0 to 255.
    """
    palette = make_palette(ground, signed=picture.signed)
    shared = shared_explanation(picture)
    head = escape(place(picture))
    if shared is not None and shared.target:
        head += f", explains {_explained(shared, palette)}"
    parts = [
        f'<div style="color:{_hex(palette.muted)}">{head}</div>',
        *(_facet(picture, facet, palette, differs=shared is None) for facet in picture.facets),
        _legend(picture, palette),
    ]
    style = (
        f"background-color:{_hex(palette.ground)};color:{_hex(palette.ink)};padding:8px 10px;"
        "font-family:sans-serif;font-size:13px;line-height:1.5"
    )
    return f'<div style="{style}">{"".join(parts)}</div>'


def _facet(picture: Picture, facet: FacetPicture, palette: Palette, *, differs: bool) -> str:
    muted = f"color:{_hex(palette.muted)}"
    said = escape(told(facet, picture))
    name = f'<b>{escape(named(facet.name))}</b> <span style="{muted}">{said}</span>'
    lines = [name, _predictions(facet, palette)]
    if differs and facet.target is not None:
        explains = f"explains {_explained(explanation(facet), palette)}"
        lines.append(f'<span style="{muted}">{explains}</span>')
    notes = [words for words in (facet.note, facet.error) if words is not None]
    lines += [f'<span style="{_SMALL}">{escape(line(words))}</span>' for words in notes]
    rule = f"border-top:1px solid {_hex(palette.line)};margin-top:6px;padding-top:6px"
    above = "".join(f"<div>{each}</div>" for each in lines)
    return f'<div style="{rule}">{above}{_text(picture, facet, palette)}</div>'


def _predictions(facet: FacetPicture, palette: Palette) -> str:
    said = []
    for chip in chips(facet):
        name = f'<span style="{_MONO}">{escape(chip.name)}</span>'
        if chip.explained:
            name = f"<b>{name}</b>"
        value = f'<span style="color:{_hex(palette.muted)};{_SMALL}">{escape(chip.value)}</span>'
        said.append(f"{name} {value}")
    return " &nbsp; ".join(said)


def _text(picture: Picture, facet: FacetPicture, palette: Palette) -> str:
    runs = []
    for look, stretch in picture.runs(facet):
        words = escape("".join(glyph(c) + ("\n" if c == "\n" else "") for c in stretch))
        style = _style(look, palette)
        runs.append(f'<span style="{style}">{words}</span>' if style else words)
    style = f"{_MONO};font-size:15px;line-height:1.9;white-space:pre-wrap;word-wrap:break-word"
    return f'<div style="{style}">{"".join(runs)}</div>'


def _style(look: Look, palette: Palette) -> str:
    styles = []
    if look.step is None:
        styles.append(_hatched(palette))
    elif look.step:
        background, ink = palette.at(look.step)
        styles.append(f"background-color:{_hex(background)}")
        if ink != palette.ink:
            styles.append(f"color:{_hex(ink)}")
    if look.unknown:
        styles.append(_STRANGE)
    if look.explained:
        styles.append(f"border-bottom:3px solid {_hex(palette.accent)}")
    return ";".join(styles)


def _hatched(palette: Palette) -> str:
    """Muted text on stripes; the text is muted also where a host drops the stripes."""
    ground, stripe = _hex(palette.ground), _hex(palette.hatch)
    stops = (
        f"{ground} 20%,{stripe} 20%,{stripe} 30%,{ground} 30%,{ground} 70%,{stripe} 70%,"
        f"{stripe} 80%,{ground} 80%"
    )
    return (
        f"color:{_hex(palette.future)};background-image:linear-gradient(135deg,{stops});"
        "background-size:9px 9px"
    )


def _legend(picture: Picture, palette: Palette) -> str:
    parts = []
    ends = legend_ends(picture)
    if ends is not None:
        stops = ",".join(_hex(color) for color in palette.bar(signed=picture.signed))
        bar = (
            f"background-image:linear-gradient(to right,{stops});"
            f"border:1px solid {_hex(palette.line)}"
        )
        parts.append(f'{ends[0]} <span style="{bar}">{"&nbsp;" * 24}</span> {ends[1]}')
    if any(facet.hatches for facet in picture.facets):
        parts.append(f'<span style="{_hatched(palette)}">{not_read(picture)}</span>')
    if any(facet.unknown for facet in picture.facets):
        parts.append(f'<span style="{_STRANGE}">{UNKNOWN}</span>')
    parts.append(escape(legend_words(picture)))
    rule = (
        f"border-top:1px solid {_hex(palette.line)};margin-top:6px;padding-top:6px;"
        f"color:{_hex(palette.muted)};{_SMALL}"
    )
    return f'<div style="{rule}">{" &nbsp; ".join(parts)}</div>'


def _explained(what: tuple[str, str], palette: Palette) -> str:
    target, reason = what
    shown = f'<b style="color:{_hex(palette.ink)}">{escape(target)}</b>'
    return f"{shown}, {escape(line(reason))}"


def _hex(color: Rgb) -> str:
    """The shortest form, such as "#fff"."""
    code = hexed(color)
    return f"#{code[1::2]}" if code[1::2] == code[2::2] else code
