r"""A picture as LaTeX, for the text of a paper.

The fragment needs \usepackage{xcolor} in the preamble, and a LaTeX of 2020 or newer. Characters
beyond ASCII are written as they are: pdfLaTeX with \usepackage[T1]{fontenc} knows the Latin ones;
others need LuaLaTeX or XeLaTeX and a font that has them.
"""

from __future__ import annotations

from .colors import Palette, palette_of
from .content import CellStyle, FacetContent, Phrase, TextRun, content_of
from .format import glyph
from .legend import Legend
from .picture import Picture

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
    # Two of these in a row would become one sign.
    "-": "-{}",
    ",": ",{}",
    # The signs for invisible characters, in commands that every LaTeX has.
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

# Local to the fragment's group. A line may break between any two cells, preferably after a space.
_MACROS = r"""\begingroup\parindent=0pt\parskip=0.6ex\fboxsep=0pt\raggedright
\def\rnnvizcell#1#2#3{\colorbox[HTML]{#1}{\strut\textcolor[HTML]{#2}{#3}}\penalty300{}}%
\def\rnnvizplain#1#2{\textcolor[HTML]{#1}{#2}\penalty300{}}%
\def\rnnvizhere#1#2{\textcolor[HTML]{#1}{\underline{\normalcolor #2}}\penalty300{}}%
\def\rnnvizunknown#1{$\overline{\hbox{#1}}$\penalty300{}}%
"""


def to_latex(picture: Picture) -> str:
    """The picture as a fragment for a white page, one paragraph for each model; see the module.

    What has not been read is grey, the explained character is underlined, and unknown tokens are
    overlined. Colours are the page's. Strips of units and routes, which figures have, are left out.
    """
    content = content_of(picture)
    palette = palette_of("light", signed=content.signed)
    paragraphs = [
        _phrases(content.heading),
        *(_facet(facet, palette) for facet in content.facets),
        rf"{{\footnotesize {_legend(content.legend, palette)}\par}}",
    ]
    needs = "% rnnviz-widget: \\usepackage{xcolor}\n"
    return f"{needs}{_MACROS}" + "\\par\n".join(paragraphs) + "\n\\endgroup\n"


def escaped(words: str) -> str:
    """Words without any characters that are special in LaTeX."""
    return "".join(_ESCAPES.get(character, character) for character in words)


def _phrases(phrases: list[Phrase]) -> str:
    said = []
    for text, strong in phrases:
        # A comma before a space is safe: it can't join with another one.
        comma = ", " if text.startswith(", ") else ""
        words = comma + escaped(text.removeprefix(comma))
        said.append(rf"\textbf{{{words}}}" if strong else words)
    return "".join(said)


def _facet(facet: FacetContent, palette: Palette) -> str:
    said = [rf"\textbf{{{escaped(facet.name)}}} {escaped(facet.summary)}"]
    for chip in facet.chips:
        font = "textbf" if chip.explained else "texttt"  # typewriter letters have no bold
        said.append(rf"\{font}{{{escaped(chip.name)}}} {escaped(chip.value)}")
    if facet.explains:
        said.append(_phrases(facet.explains))
    said += [escaped(words) for words in (facet.note, facet.error) if words is not None]
    return " \\quad\n".join(said) + "\\par\n" + _text(facet.runs, palette)


def _text(runs: list[TextRun], palette: Palette) -> str:
    lines = [""]
    for text, cell in runs:
        for piece in _pieces(text, cell, palette):
            if len(lines[-1]) + len(piece) > _WIDTH and lines[-1]:
                lines.append("")
            lines[-1] += piece
    # A comment sign keeps the end of a line from being a space.
    return "{\\ttfamily%\n" + "%\n".join(lines) + "%\n}"


def _pieces(text: str, cell: CellStyle, palette: Palette) -> list[str]:
    """A run, character by character, so that a line may break anywhere."""
    ink = _html(palette.future if cell.step is None else palette.at(cell.step).ink)
    pieces = []
    for character in text:
        drawn = r"\ " if character == " " else escaped(glyph(character).rstrip("\t"))
        if cell.unknown:
            drawn = rf"\rnnvizunknown{{{drawn}}}"
        if cell.step:
            background = _html(palette.at(cell.step).background)
            drawn = rf"\rnnvizcell{{{background}}}{{{ink}}}{{{drawn}}}"
        elif cell.step is None:
            drawn = rf"\rnnvizplain{{{ink}}}{{{drawn}}}"
        if cell.explained:
            drawn = rf"\rnnvizhere{{{_html(palette.accent)}}}{{{drawn}}}"
        pieces.append(drawn + _AFTER.get(character, ""))
    return pieces


def _legend(legend: Legend, palette: Palette) -> str:
    parts = []
    if legend.ends is not None:
        low, high = legend.ends
        stops = "".join(
            rf"\colorbox[HTML]{{{_html(color)}}}{{\rule{{0.8em}}{{0pt}}\rule{{0pt}}{{1.2ex}}}}"
            for color in palette.bar
        )
        parts.append(rf"{escaped(low)} \mbox{{{stops}}} {escaped(high)}")
    if legend.hatched is not None:
        parts.append(rf"\textcolor[HTML]{{{_html(palette.future)}}}{{grey: {legend.hatched}}}")
    if legend.unknown is not None:
        parts.append(rf"$\overline{{\hbox{{a}}}}$ {legend.unknown}")
    return " \\quad\n".join([*parts, escaped(legend.words)])


def _html(color: str) -> str:
    """A colour for xcolor's model HTML, such as FFFFFF."""
    return color[1:].upper()
