"""Whatever texts and names hold: no markup comes alive, and every character comes back."""

import csv
import json
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from facets import explained, scored
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from picture.pictures import Parsed
from picture.test_latex import blocks, drawn, read
from pyarrow import parquet

from rnnviz_widget.picture import format as words
from rnnviz_widget.picture import standing_html, standing_text, to_latex
from rnnviz_widget.picture.export import plot
from rnnviz_widget.picture.figure import figure_bytes
from rnnviz_widget.reading import tables
from rnnviz_widget.scene.facet import MeasureInfo
from rnnviz_widget.scene.reads import Reads

HALF = "\ud83d"
MEAN = [
    "</script>", "<script>alert(1)</script>", "<!--", "-->", "]]>", "<img src=x onerror=a>", "&lt;",
    '"', "'", "`", "\\", "$", "{}", "%", "~^_#&", "\\input{a}", "=1+1", ",", ";", "--", "\x00",
    "\x1b[2J", "\r", "\n", "\t", "\x7f", "\x85", "\u00ad", "\u2028", "\u202e", "\u2066", "\u200d",
    "\ufeff", "\ufffe", "\uffff", "e\u0301", "\u0301", "עברית", "العربية", "漢字", "👩‍👩‍👧", "🏳️‍🌈",
    "\U000e0041", "  ", "", "nan", "NULL",
]  # fmt: skip
STRANGE = st.lists(st.one_of(st.sampled_from(MEAN), st.text(max_size=3)), max_size=4).map("".join)
HALVES = st.one_of(STRANGE, st.sampled_from([HALF, f"a{HALF}\ude00", f"<b>{HALF}"]))
DRAWING = {"svg", "defs", "style", "g", "path", "use", "clipPath", "rect"}
ABOUT = {"metadata", "RDF", "Work", "type", "format", "creator", "Agent", "title"}


@st.composite
def connectivities(draw, strings=STRANGE):
    """What a model with strange names may give on a strange text."""
    text = draw(strings.filter(bool))[:24]
    size = len(text)
    names = st.lists(strings, min_size=4, max_size=4, unique=True)
    classes = draw(names)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    signed, causal = draw(st.booleans()), draw(st.booleans())
    scores = rng.gamma(0.4, size=(size, size)).astype(np.float32)
    if causal:
        scores = np.tril(scores)
    scores *= rng.choice([-1, 1], size=scores.shape) if signed else 1
    return scored(
        text,
        scores,
        unknown=sorted(set(rng.integers(0, size, draw(st.integers(0, 3))).tolist())),
        name=draw(strings),
        reads=Reads.up_to_own(size) if causal else Reads.everything(size),
        measure=MeasureInfo("grad_x_input" if signed else "norm", signed, "a number"),
        classes=classes,
        top_probabilities=np.full((size, 3), 0.3),
        explained=explained(
            rng.integers(0, 4, size),
            rng.random(size),
            rng.integers(1, 9, size),
            [draw(strings)] * size,
        ),
        engine="sweep",
        notes=[draw(strings)],
    )


def check_html(picture, c):
    parsed = Parsed(standing_html(picture))
    assert parsed.tags <= {"div", "span", "b"}
    assert parsed.attributes <= {"style"}
    assert not parsed.others
    written = "".join(words.glyph(x) + ("\n" if x == "\n" else "") for x in c.text)
    assert parsed.texts == [written]
    for each in (
        words.one_line(c.name),
        words.one_line(c.notes[0]),
        words.visible(c.predictions[0][0][0]),
    ):
        assert each in parsed.words
    parsed.words.encode()
    assert standing_text(picture).endswith(written)


def check_latex(picture, c):
    fragment = to_latex(picture)
    (source,) = blocks(fragment)
    assert "".join(character for character, _ in read(source)) == drawn(c.text)
    fragment.encode()
    assert all(ord(character) >= 32 for character in fragment.replace("\n", ""))


def check_svg(picture):
    root = ET.fromstring(figure_bytes(plot(picture, width=3), "svg"))
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= DRAWING | ABOUT
    for element in root.iter():
        assert not [name for name in element.attrib if name.lower().startswith("on")]


def check_data(c, folder):
    for suffix in tables.SUFFIXES:
        tables.save([c], folder / f"a{suffix}")
    with (folder / "a.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    table = parquet.read_table(folder / "a.parquet")
    size = len(c.text)
    pairs = [(s, t) for s in range(size) for t in range(s + 1 if c.causal else size)]
    for found in (lines, table.to_pylist()):
        assert [(int(line["output"]), int(line["input"])) for line in found] == pairs
        for (s, t), line in zip(pairs, found, strict=True):
            assert (line["output_token"], line["input_token"]) == (c.text[s], c.text[t])
            assert (line["model"], line["target"]) == (c.name, c.targets[s])
            assert line["reason"] == c.reasons[s]
            assert np.float32(line["score"]) == c.scores[s, t]
    with np.load(folder / "a.npz", allow_pickle=False) as saved:
        assert (saved["scores"] == c.scores).all()
        about = [json.loads(str(saved["metadata"])), json.loads(table.schema.metadata[b"rnnviz"])]
    for each in about:
        (model,) = each["models"]
        assert each["text"] == c.text
        assert (model["name"], model["tokens"], model["targets"]) == (c.name, c.tokens, c.targets)
        assert [[tuple(p) for p in best] for best in model["predictions"]] == c.predictions
        assert model["notes"] == c.notes


def check(c, position):
    picture = c.picture(position % len(c.text))
    check_html(picture, c)
    check_latex(picture, c)
    check_svg(picture)
    with tempfile.TemporaryDirectory() as folder:
        check_data(c, Path(folder))


@settings(max_examples=25, deadline=None)
@given(connectivities(), st.integers(0, 99))
def test_every_export(c, position):
    check(c, position)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(connectivities(), st.integers(0, 99))
def test_every_export_5000_times(c, position):
    check(c, position)


@settings(max_examples=25, deadline=None)
@given(connectivities(HALVES))
def test_half_a_character_is_drawn_as_a_square_and_refused_as_data(c):
    picture = c.picture()
    check_html(picture, c)
    check_latex(picture, c)
    check_svg(picture)
    said = [c.text, c.name, *c.targets, *c.reasons, *c.notes, *(n for n, _ in c.predictions[0])]
    if any(0xD800 <= ord(character) < 0xE000 for each in said for character in each):
        for suffix in tables.SUFFIXES:
            with pytest.raises(ValueError, match="half of a surrogate pair"):
                tables.save([c], Path("nowhere") / f"a{suffix}")


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(connectivities(HALVES), st.sampled_from(["png", "pdf"]))
def test_pictures_of_the_other_kinds(c, kind):
    assert figure_bytes(plot(c.picture(), width=3), kind)[:4] in (b"\x89PNG", b"%PDF")
