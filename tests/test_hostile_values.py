"""Values that JSON, a page or a file can't hold are refused where they come in, in words."""

import csv
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from pyarrow import parquet
from small import LETTERS, recurrent
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget.surrogates import has_surrogates

HALF = "a\ud800"
TEXT = "a text that"
TOLD = r"half of a surrogate pair, '\\ud800' at character 1; .*replace it"
ROWS = [[1.0], [2.0, 3.0]]


def model(**options):
    return rv.SequenceModel(recurrent("gru"), LETTERS, unknown="a", **options)


@pytest.fixture
def widget():
    widget = rv.explore(model(), TEXT)
    yield widget
    widget.close()


def of_vectors(labels):
    return rv.SequenceModel.from_vectors(torch.nn.Linear(2, 3), [[1.0, 2.0]], labels, outputs="abc")


def rows_with(**more):
    return rv.from_rows([{"text": "ab", "scores": ROWS, **more}])


def of_symbols(symbols):
    return rv.SequenceModel(recurrent("gru"), symbols)


def symbols_with(symbol):
    return [*list(LETTERS)[:-1], symbol]


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: rv.explore(model(), HALF), "the text"),
        (lambda: rv.connectivity(model(), HALF), "the text"),
        (lambda: rv.evaluate(model(), [HALF * 20]), "the text"),
        (lambda: model(name=HALF), "a model's name"),
        (lambda: rv.explore({HALF: model()}, TEXT), "a model's name"),
        (lambda: rv.SequenceModel(recurrent("gru"), symbols_with(HALF)), r"inputs\[26\]"),
        (lambda: of_symbols(dict(enumerate(symbols_with(HALF)))), r"inputs\[26\]"),
        (lambda: rv.SequenceModel(recurrent("gru"), LETTERS, symbols_with(HALF)), r"outputs\[26\]"),
        (lambda: of_vectors([HALF]), r"labels\[0\]"),
        (lambda: rv.from_rows((HALF, ROWS)), "the text"),
        (lambda: rv.from_rows((["b", HALF], [[1], [2, 3]])), "the text"),
        (lambda: rv.from_rows({HALF: ("ab", ROWS)}), "a model's name"),
        (lambda: rv.from_rows(("ab", ROWS), names=[HALF]), "a model's name"),
        (lambda: rv.from_rows(("ab", ROWS), label=HALF), "label"),
        (lambda: rows_with(predictions=[[HALF], ["b"]]), r"predictions\[0\]"),
        (lambda: rows_with(targets=[None, HALF]), "output 1: a target"),
        (lambda: rv.from_rows([{"char": HALF, "connectivity": [1]}]), "the text"),
        (lambda: rv.from_rows([{"token": "ab", "heat": [1], "meta": [HALF]}]), r"predictions\[0\]"),
    ],
)  # fmt: skip
def test_half_of_a_character_is_refused_at_the_door(make, what):
    words = TOLD.replace("character 1", r"character \d")
    with pytest.raises(ValueError, match=rf"{what} has {words}"):
        make()


def test_a_text_that_is_refused_is_not_kept(widget):
    page = page_of(widget)
    before = page.scene
    with pytest.raises(traitlets.TraitError, match=f"the text has {TOLD}"):
        widget.text = HALF
    assert widget.text == TEXT
    assert page.scene is before


def test_a_title_that_no_page_can_hold_is_refused_before_rows_are_read(widget, tmp_path):
    with pytest.raises(ValueError, match=f"title has {TOLD}"):
        widget.save_html(tmp_path / "page.html", title=HALF)
    with pytest.raises(TypeError, match="title must be a string; got 7"):
        widget.save_html(tmp_path / "page.html", title=7)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "sent",
    [
        {"_ask": {"text": {"text": HALF, "position": 0, "serial": 1}}},
        {"_ask": {"classes": {"prefix": HALF, "serial": 1}}},
        {"_ask": {"preview": {"position": 0, "target": [HALF], "serial": 1}}},
        {"target": [HALF]},
        {"measure": HALF},
        {"scale": HALF},
    ],
)
def test_a_page_that_sends_one_is_told_and_all_else_that_came_with_it_counts(widget, sent):
    page = page_of(widget)
    widget.set_state(sent | {"position": 3})
    [name] = sent.get("_ask", sent)
    assert page.refused["kind"] == name
    assert "half of a surrogate pair" in page.refused["message"]
    assert (widget.position, widget.text, widget.target) == (3, TEXT, rv.TRUTH)
    assert not has_surrogates({k: v for k, v in widget.get_state().items() if k != "_esm"})


def test_what_a_model_says_when_it_fails_can_be_sent(monkeypatch):
    class Failing(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = recurrent("gru")
            self.fails = False

        def forward(self, ids):
            if ids.shape[1] == 5:
                raise RuntimeError(f"no {HALF}")
            return self.inner(ids)

    widget = rv.explore(rv.SequenceModel(Failing(), LETTERS), "abcd")
    page = page_of(widget)
    with pytest.raises(traitlets.TraitError):
        widget.text = "abcde"
    page.ask("text", text="abcde", position=0)
    assert "no a\ufffd" in page.refused["message"]
    assert widget.text == "abcd"
    widget.close()


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("sharpness", [NAN, INF, -INF, 0, 0.999, 1e308, 10**400, True, "4", None, [4]]),
        ("position", [NAN, INF, -1, 11, 2**70, 10**400, True, "1", None, [1]]),
        ("pinned", [NAN, INF, -1, 11, 2**70, True, "1", [1]]),
        ("brush", [NAN, (0, NAN), (0, INF), (0, True), (2, 2), (-1, 2), (0, 10**400), "ab", (1,)]),
        ("direction", [NAN, None, "x", HALF]),
        ("scale", [NAN, None, "x", HALF]),
        ("by", [NAN, None, "x", HALF]),
        ("bars", [NAN, None, "x", 2]),
        ("common_scale", [NAN, None, "x", 2]),
        ("playing", [NAN, None, "x", 2]),
        ("text", [NAN, None, 7, "", HALF]),
        ("target", [NAN, None, 7, "", [], (1,), {}, ["a"], HALF]),
        ("measure", [NAN, None, 7, "", "nothing", HALF]),
    ],
)  # fmt: skip
def test_a_trait_takes_no_value_that_it_can_not_hold(widget, name, values, tmp_path):
    before = widget.get_state()
    for value in values:
        with pytest.raises(traitlets.TraitError) as refused:
            setattr(widget, name, value)
        assert name in str(refused.value) or name in ("text", "target")
    after = widget.get_state()
    assert {k: v for k, v in after.items() if k[0] != "_"} == {
        k: v for k, v in before.items() if k[0] != "_"
    }
    widget.save_html(tmp_path / "page.html")


def test_the_sharpest_is_a_number_that_all_can_draw(widget, tmp_path):
    widget.scale, widget.sharpness = "sparsemax", 1e6
    widget.save_html(tmp_path / "page.html")
    widget.save(tmp_path / "page.svg")
    widget.sharpness = np.float64(3)
    assert type(widget.sharpness) is float


@pytest.mark.parametrize("value", [NAN, INF, -1, 0, 1e9, 10**400, True, "x", None])
def test_a_figure_takes_no_size_that_is_none(widget, value, tmp_path):
    for name in ("width", "font_size"):
        with pytest.raises(ValueError, match=f"{name} must be"):
            widget.plot(**{name: value})
    with pytest.raises(ValueError, match="dpi must be a number from 1 to 10,000"):
        widget.save(tmp_path / "figure.png", dpi=value)
    assert not list(tmp_path.iterdir())


STRANGE = {
    "NUL": "ab\0cd",
    "right to left": "ab\u202ecd\u2066ef\u200f",
    "line and paragraph separators": "ab\u2028\u2029cd\x85",
    "no characters": "ab\ufffe\uffff\U0010ffffcd",
    "control": "".join(map(chr, range(32))) + "\x7f\x9f",
    "marks": "a" + "\u0301" * 100 + "b",
    "markup": "</script><!--<b>&amp;\"'`${}\\\\end{x}%#",
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_a_strange_text_is_in_every_kind_of_file_as_it_is(text, tmp_path):
    widget = rv.explore(model(name=text[:20]), text)
    kinds = ("svg", "png", "pdf", "tex", "csv", "npz", "parquet", "html")
    for kind in kinds:
        widget.save(tmp_path / f"file.{kind}")
    ET.parse(tmp_path / "file.svg")
    with Image.open(tmp_path / "file.png") as picture:
        picture.verify()
    assert (tmp_path / "file.pdf").read_bytes().startswith(b"%PDF")
    tex = (tmp_path / "file.tex").read_text(encoding="utf-8")
    assert not re.findall("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", tex)
    with (tmp_path / "file.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    last = [row["input_token"] for row in rows if row["output"] == str(len(text) - 1)]
    assert "".join(last) == text
    assert rows[0]["model"] == text[:20]
    with np.load(tmp_path / "file.npz") as data:
        texts = [str(data[key]) for key in data if data[key].ndim == 0]
    assert [json.loads(words)["text"] for words in texts if words.startswith("{")] == [text]
    table = parquet.read_table(tmp_path / "file.parquet").to_pydict()
    outputs = zip(table["output"], table["input_token"], strict=True)
    assert "".join(token for s, token in outputs if s == len(text) - 1) == text
    html = (tmp_path / "file.html").read_text(encoding="utf-8")
    [data] = re.findall(r'<script type="application/json">(.*?)</script>', html)
    assert json.loads(data)["_scene"]["text"] == text
    widget.close()


def test_a_letter_of_two_thousand_marks_is_drawn_and_saved(tmp_path):
    text = "a" + "\u0301" * 2000 + "b"
    widget = rv.explore(model(), text)
    widget.save(tmp_path / "figure.png", dpi=50)
    widget.save(tmp_path / "page.html")
    assert text.encode("unicode_escape")[:60] in (tmp_path / "page.html").read_bytes()
    widget.close()


def test_a_name_of_any_length_is_drawn_short_and_kept_whole(tmp_path):
    name, label, label_of = "n" * 5_000 + "end", "k" * 5_000, "l m " * 2_000
    outputs = [label + letter for letter in LETTERS]
    named = rv.SequenceModel(recurrent("gru"), LETTERS, outputs)
    widget = rv.explore({name: named, "m o " * 2_000: named}, "abc")
    ready = rv.from_rows({name: ("ab", ROWS)}, label=label_of)
    for one in (widget, ready):
        picture = one.shared()
        assert "n" * 60 not in picture.words
        assert "n" * 60 not in picture.standing
        assert "n" * 52 + "…" in picture.words
        one.save(tmp_path / "figure.svg")
        assert (tmp_path / "figure.svg").stat().st_size < 400_000
        assert len(one.to_latex()) < 20_000
        assert page_of(one).scene["facets"][0]["name"] == name
    widget.save(tmp_path / "scores.csv")
    assert name in (tmp_path / "scores.csv").read_text(encoding="utf-8")
    widget.close()
    ready.close()
