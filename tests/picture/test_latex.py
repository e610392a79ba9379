"""LaTeX: nothing in the text means anything to it, and every character comes back."""

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture.pictures import facet, picture

from rnnviz_widget.picture import cell_styles, colors, latex, to_latex
from rnnviz_widget.picture import format as words

BACK = {code: character for character, code in latex._ESCAPES.items()} | {r"\ ": " "}
SKIPPED = (r"\quad\allowbreak{}", r"\allowbreak{}", r"\newline{}")
ACTIVE = set("\\{}$&#_%~^")


def blocks(fragment):
    """The source of each text."""
    return re.findall(r"\{\\ttfamily%\n(.*?)%\n\}", fragment, re.DOTALL)


def read(source, styles=()):
    """What a text's source sets: (character, styles), each checked to mean itself."""
    found, at = [], 0
    while at < len(source):
        rest = source[at:]
        macro = re.match(r"\\rnnviz(cell|plain|here|unknown)((?:\{[0-9A-F]{6}\})*)\{", rest)
        skipped = next((s for s in ("%\n", *SKIPPED) if rest.startswith(s)), None)
        escape = max((code for code in BACK if rest.startswith(code)), key=len, default=None)
        if macro:
            end = at + macro.end()
            depth, start = 1, end
            while depth:
                depth += {"{": 1, "}": -1}.get(source[end], 0) * (source[end - 1] != "\\")
                end += 1
            found += read(source[start : end - 1], (*styles, macro[1] + macro[2]))
            at = end
        elif skipped:
            at += len(skipped)
        elif escape:
            found.append((BACK[escape], styles))
            at += len(escape)
        else:
            assert source[at] not in ACTIVE, source[at : at + 20]
            found.append((source[at], styles))
            at += 1
    return found


def drawn(text):
    return "".join(words.glyph(character).rstrip("\t") for character in text)


@pytest.mark.parametrize("signed", [False, True])
def test_has_the_text_in_the_pages_colours(signed):
    shown = picture(signed=signed, unknown=[3])
    (source,) = blocks(to_latex(shown))
    found = read(source)
    assert "".join(character for character, _ in found) == shown.text
    palette = colors.palette_of("light", signed=signed)
    code = lambda color: color[1:].upper()  # noqa: E731
    for cell, (_, styles) in zip(cell_styles(shown, 0), found, strict=True):
        background, ink = palette.at(cell.step or 0)
        wanted = []
        if cell.explained:
            wanted.append(f"here{{{code(palette.accent)}}}")
        if cell.step is None:
            wanted.append(f"plain{{{code(palette.future)}}}")
        elif cell.step:
            wanted.append(f"cell{{{code(background)}}}{{{code(ink)}}}")
        if cell.unknown:
            wanted.append("unknown")
        assert list(styles) == wanted


@given(st.text(min_size=1, max_size=60))
def test_every_character_comes_back(text):
    text = text.replace("\n\n", "\n")
    fragment = to_latex(picture(text, len(text) // 2, unknown=[0]))
    (source,) = blocks(fragment)
    assert "".join(character for character, _ in read(source)) == drawn(text)
    assert "\n\n" not in fragment
    assert max(map(len, source.split("\n"))) < 250


def test_words_are_escaped():
    escaped = latex.escaped("50 % of $x_1$ \\input{a} ~^ <b> \"'` -- ✓")
    assert escaped == (
        r"50 \% of \$x\_1\$ \textbackslash{}input\{a\} \textasciitilde{}\textasciicircum{} "
        r"\textless{}b\textgreater{} \char34{}\textquotesingle{}\textasciigrave{} -{}-{} ✓"
    )
    fragment = to_latex(picture(name="\\input{x}", note="50 %", classes=["$", "b", "c"]))
    for each in (r"\textbackslash{}input\{x\}", r"50 \%", r"\textbf{\$}"):
        assert each in fragment
    assert "grey: not read yet" in fragment


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")
def test_pdflatex_sets_it(tmp_path):
    text = "$x_1$ \\a {b} ~^|<>\"'`` -- ,, ?` & % # \tT\n\x00\x7f\u200b é ß" + "w" * 200
    failed = facet(text, 9, name="%", scores=None, error="\\undefined {")
    shown = picture(text, 9, facets=[facet(text, 9, unknown=[1, 2], note="#&"), failed])
    document = (
        r"\documentclass{article}\usepackage{xcolor}\begin{document}"
        f"{to_latex(shown)}{to_latex(picture(signed=True))}"
        r"\end{document}"
    )
    (tmp_path / "a.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
