r"""A picture as LaTeX, for the text of a paper.

The fragment needs \usepackage{xcolor} in the preamble, and a LaTeX of 2020 or newer. Characters
beyond ASCII stay as they are: with \usepackage[T1]{fontenc} pdfLaTeX knows the Latin ones, for
others take LuaLaTeX or XeLaTeX and a font that has them.
"""

from __future__ import annotations

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

_WIDTH = 90
_AFTER = {"\n": r"\newline{}", " ": r"\allowbreak{}", "\t": r"\quad\allowbreak{}"}

_ESCAPES = {
    **{character: rf"\{character}" for character in "{}$&#_%"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    # Two of these would become one sign.
    "-": "-{}",
    ",": ",{}",
    # What stands for characters without a shape, by what every LaTeX has.
    "↵": r"$\hookleftarrow$",
    "→": r"$\rightarrow$",
    "⇥": r"$\mapsto$",
    "␣": r"\textvisiblespace{}",
    "□": r"\fbox{\rule{1ex}{0pt}\rule{0pt}{1ex}}",
    "◌": r"$\circ$",
    "␡": r"\fbox{\tiny DEL}",
    **{chr(0x2400 + code): rf"\fbox{{\tiny {code:02X}}}" for code in range(0x20)},
    "…": r"\dots{}",
    "·": r"\textperiodcentered{}",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "−": "$-$",  # noqa: RUF001 (the page's minus sign)
}

# Local to the fragment's group. A line may break between any two cells, but better after a space.
_MACROS = r"""\begingroup\parindent=0pt\parskip=0.6ex\fboxsep=0pt\raggedright
\def\rnnvizcell#1#2#3{\colorbox[HTML]{#1}{\strut\textcolor[HTML]{#2}{#3}}\penalty300{}}%
\def\rnnvizplain#1#2{\textcolor[HTML]{#1}{#2}\penalty300{}}%
\def\rnnvizhere#1#2{\textcolor[HTML]{#1}{\underline{\normalcolor #2}}\penalty300{}}%
\def\rnnvizunknown#1{$\overline{\hbox{#1}}$\penalty300{}}%
"""


def to_latex(picture: Picture) -> str:
    """The picture as a fragment for a white page, one paragraph a model; see the module.

    What has not been read is grey, the explained character underlined, what is unknown to the
    model overlined; colours are the page's.
    """
    palette = make_palette(WHITE, signed=picture.signed)
    shared = shared_explanation(picture)
    head = escaped(place(picture))
    if shared is not None and shared.target:
        head += f", {_explains(shared)}"
    paragraphs = [
        head,
        *(_facet(picture, facet, palette, differs=shared is None) for facet in picture.facets),
        rf"{{\footnotesize {_legend(picture, palette)}\par}}",
    ]
    needs = "% rnnviz-widget: \\usepackage{xcolor}\n"
    return f"{needs}{_MACROS}" + "\\par\n".join(paragraphs) + "\n\\endgroup\n"


def escaped(words: str) -> str:
    """Words in which nothing means anything to LaTeX."""
    return "".join(_ESCAPES.get(character, character) for character in words)


def _explains(what: tuple[str, str]) -> str:
    target, reason = what
    return rf"explains \textbf{{{escaped(target)}}}, {escaped(line(reason))}"


def _facet(picture: Picture, facet: FacetPicture, palette: Palette, *, differs: bool) -> str:
    said = [rf"\textbf{{{escaped(named(facet.name))}}} {escaped(told(facet, picture))}"]
    for chip in chips(facet):
        font = "textbf" if chip.explained else "texttt"  # typewriter letters have no bold
        said.append(rf"\{font}{{{escaped(chip.name)}}} {escaped(chip.value)}")
    if differs and facet.target is not None:
        said.append(_explains(explanation(facet)))
    said += [escaped(line(words)) for words in (facet.note, facet.error) if words is not None]
    return " \\quad\n".join(said) + "\\par\n" + _text(picture, facet, palette)


def _text(picture: Picture, facet: FacetPicture, palette: Palette) -> str:
    lines = [""]
    for look, stretch in picture.runs(facet):
        for piece in _pieces(look, stretch, palette):
            if len(lines[-1]) + len(piece) > _WIDTH and lines[-1]:
                lines.append("")
            lines[-1] += piece
    # A comment sign keeps the end of a line from being a space.
    return "{\\ttfamily%\n" + "%\n".join(lines) + "%\n}"


def _pieces(look: Look, stretch: str, palette: Palette) -> list[str]:
    """A stretch of one look, character by character, so that it may break anywhere."""
    ink = _html(palette.future if look.step is None else palette.at(look.step).ink)
    pieces = []
    for character in stretch:
        drawn = r"\ " if character == " " else escaped(glyph(character).rstrip("\t"))
        if look.unknown:
            drawn = rf"\rnnvizunknown{{{drawn}}}"
        if look.step:
            background = _html(palette.at(look.step).background)
            drawn = rf"\rnnvizcell{{{background}}}{{{ink}}}{{{drawn}}}"
        elif look.step is None:
            drawn = rf"\rnnvizplain{{{ink}}}{{{drawn}}}"
        if look.explained:
            drawn = rf"\rnnvizhere{{{_html(palette.accent)}}}{{{drawn}}}"
        pieces.append(drawn + _AFTER.get(character, ""))
    return pieces


def _legend(picture: Picture, palette: Palette) -> str:
    parts = []
    ends = legend_ends(picture)
    if ends is not None:
        stops = "".join(
            rf"\colorbox[HTML]{{{_html(color)}}}{{\rule{{0.8em}}{{0pt}}\rule{{0pt}}{{1.2ex}}}}"
            for color in palette.bar(signed=picture.signed)
        )
        parts.append(rf"{escaped(ends[0])} \mbox{{{stops}}} {escaped(ends[1])}")
    if any(facet.hatches for facet in picture.facets):
        parts.append(rf"\textcolor[HTML]{{{_html(palette.future)}}}{{grey: {not_read(picture)}}}")
    if any(facet.unknown for facet in picture.facets):
        parts.append(rf"$\overline{{\hbox{{a}}}}$ {UNKNOWN}")
    return " \\quad\n".join([*parts, escaped(legend_words(picture))])


def _html(color: Rgb) -> str:
    return hexed(color)[1:].upper()
