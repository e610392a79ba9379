"""Figures: the page's colours, nothing global, crisp in every format."""

import io
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from picture.pictures import facet, picture
from PIL import Image

from rnnviz_widget import picture as room
from rnnviz_widget.picture import Picture, cell_styles, colors, plot, save
from rnnviz_widget.scene.facet import ExplainedClass

TEXT = "a young age through advanced learning"


def several(text, position):
    spans = [(0, 0), *((p, min(p + 3, len(text))) for p in range(0, len(text), 3))]
    apart = ExplainedClass(
        "a class with a long name\n", 0.0002, 1204, "the top prediction, as no ..."
    )
    facets = [
        facet(text, position, unknown=[2, 3], note="A note that is long enough to take two lines."),
        facet(text, position, name="in tokens", spans=spans, token=1 + position // 3, target=apart),
        facet(text, position, name="reads ahead", causal=False, seed=3),
        facet(text, position, name="failed", scores=None, error="ValueError: no such thing " * 9),
        facet(text, position, name="", scores=None),
    ]
    return Picture(position, tuple(facets))


def drawn(figure, kind):
    return next(c for c in figure.axes[0].collections if isinstance(c, kind))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("signed", [False, True])
def test_cells_have_the_pages_colours(theme, signed):
    shown = picture(TEXT, 31, signed=signed)
    figure = plot(shown, theme=theme)
    palette = colors.palette_of(theme, signed=signed)
    faces = {mpl.colors.to_hex(c) for c in drawn(figure, PolyCollection).get_facecolor()}
    wanted = {style.step for style in cell_styles(shown, 0)} - {None, 0}
    assert {palette.at(step).background for step in wanted} <= faces
    assert mpl.colors.to_hex(figure.get_facecolor()) == palette.ground
    letters = {t.get_text(): t.get_color() for t in figure.artists}
    assert set(TEXT) - {" "} <= set(letters)
    strokes = {mpl.colors.to_hex(c) for c in drawn(figure, LineCollection).get_colors()}
    assert palette.hatch in strokes


def test_a_png_has_the_colours_too():
    scores = np.zeros(5)
    scores[2] = 1
    content = io.BytesIO()
    plot(picture("ab de", 4, scores=scores)).savefig(content, dpi=200)
    full = colors.palette_of("light", signed=False).at(64).background
    pixels = np.asarray(Image.open(content).convert("RGB")).reshape(-1, 3)
    assert (pixels == list(bytes.fromhex(full[1:]))).all(axis=1).sum() > 100


def test_is_as_wide_as_asked_and_as_high_as_it_must_be():
    for width in (2, 3.2, 6.5, 20):
        figure = plot(several(TEXT * 3, 40), width=width)
        assert figure.get_figwidth() == width
        figure.canvas.draw()
        box = figure.axes[0].get_tightbbox()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1 + 1
        heights = figure.axes[0].get_ylim()
        texts = [t.get_position()[1] for t in figure.artists]
        assert 0 < min(texts) < max(texts) < max(heights)
    assert plot(picture(TEXT * 4, 31)).get_figheight() > plot(picture(TEXT, 31)).get_figheight()


def test_long_words_and_names_stay_inside():
    text = "w" * 300
    given = {"name": "N" * 80, "classes": ["c" * 90, "d" * 60, "e"]}
    figure = plot(picture(text, 100, **given), width=3)
    figure.canvas.draw()
    for label in figure.artists:
        assert label.get_window_extent().x1 <= figure.bbox.x1 + 2


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_characters_that_no_font_has_and_markup_are_only_drawn(tmp_path, kind):
    odd = "漢\U0001f469\u200d\U0001f467 e\u0301 \x00\x07\t\n\u202e\ud800\ufffe"
    text = f"$x_1$ \\frac{{ {odd}</text> &amp; --"
    path = tmp_path / f"a.{kind}"
    save(picture(text, 10, name="--><script>\ud800"), path)
    content = path.read_bytes()
    assert content[:5] in (b"\x89PNG\r", b"<?xml", b"%PDF-")
    if kind == "svg":
        root = ET.fromstring(content)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"script", "text", "a", "image", "foreignObject"}


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_names_without_a_shape_are_drawn_as_nothing(tmp_path, kind):
    shown = picture(name="\ufeff", note="a\ufeff \u00ad", classes=["\ufeff", "", "\u200b"])
    save(shown, tmp_path / f"a.{kind}")
    assert (tmp_path / f"a.{kind}").stat().st_size > 1000


def test_the_same_picture_is_the_same_file(tmp_path):
    for kind in ("png", "svg", "pdf"):
        one, other = tmp_path / f"a.{kind}", tmp_path / f"b.{kind.upper()}"
        save(picture(), one)
        save(picture(), other)
        assert one.read_bytes() == other.read_bytes()


def test_settings_of_the_reader_change_nothing(tmp_path):
    save(picture(), tmp_path / "a.svg")
    odd = {"text.usetex": True, "svg.fonttype": "none", "savefig.bbox": "tight", "font.size": 30}
    with mpl.rc_context(odd):
        save(picture(), tmp_path / "b.svg")
        assert mpl.rcParams["svg.fonttype"] == "none"
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_text_stays_text_in_a_pdf(tmp_path):
    save(picture(), tmp_path / "a.pdf")
    content = (tmp_path / "a.pdf").read_bytes()
    assert b"/TrueType" in content or b"/CIDFontType2" in content
    assert b"/Type3" not in content


def test_no_pyplot_no_backend_and_no_matplotlib_before_a_figure():
    code = (
        "import sys\n"
        "from picture.pictures import picture\n"
        "assert 'matplotlib' not in sys.modules\n"
        "from rnnviz_widget.picture import plot\n"
        "figure = plot(picture())\n"
        "assert figure._repr_png_().startswith(b'\\x89PNG')\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    # rnnviz_widget itself brings torch, and torch may bring others; the room alone must not.
    stub = (
        "import sys, types\n"
        "package = types.ModuleType('rnnviz_widget')\n"
        f"package.__path__ = [{str(room.__path__[0]).removesuffix('/picture')!r}]\n"
        "sys.modules['rnnviz_widget'] = package\n"
    )
    subprocess.run(
        [sys.executable, "-W", "error", "-c", stub + code],
        check=True,
        cwd=Path(__file__).parents[1],
    )


def test_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rnnviz_widget.picture.figure", None)
    monkeypatch.delitem(sys.modules, "rnnviz_widget.picture.figure")
    for name in [n for n in sys.modules if n.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("figure", "drawing", "fonts", "keys", "sheet"):
        monkeypatch.delitem(sys.modules, f"rnnviz_widget.picture.{name}", raising=False)
        monkeypatch.delattr(room, name, raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'rnnviz-widget\[figures\]'"):
        plot(picture())


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"theme": "pink"}, 'theme must be "light" or "dark"; got \'pink\''),
        ({"width": 1}, "width must be a number of inches from 2 to 200; got 1"),
        ({"width": float("nan")}, "width must be a number of inches from 2 to 200; got nan"),
        ({"font_size": 0.5}, "font_size must be 1 to 52 points .* got 0.5"),
        ({"fonts": ["No Such Font"]}, "knows no font called 'No Such Font'"),
    ],
)
def test_refuses_what_it_can_not_draw(more, words):
    with pytest.raises(ValueError, match=words):
        plot(picture(), **more)


def test_refuses_a_path_of_another_kind(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.png, \.svg, \.pdf, \.tex; got .*a\.jpg'"):
        save(picture(), tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="the paper's own style; leave out width"):
        save(picture(), tmp_path / "a.tex", width=3)
