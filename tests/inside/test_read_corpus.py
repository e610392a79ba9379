"""States of many texts: in memory and in a folder, and where they don't fit."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from inside.corpora import MODEL, TEXTS, Reader, states_of

from rnnviz_widget.inside.find_matches import find_matches
from rnnviz_widget.inside.on_bits import OnBits
from rnnviz_widget.inside.read_corpus import read_corpus, texts_of_file
from rnnviz_widget.inside.selection import select_units
from rnnviz_widget.inside.state_store import stored_states
from rnnviz_widget.inside.thresholds import quantile_thresholds


def test_in_memory_and_in_a_folder_are_the_same(tmp_path):
    memory = states_of(read_corpus(Reader(), TEXTS))
    folder = states_of(read_corpus(Reader(), TEXTS, path=tmp_path / "s", identity=MODEL))
    plain = [Reader()(text).astype(np.float32) for text in TEXTS]
    for found in (memory, folder, stored_states(tmp_path / "s")):
        assert len(found) == len(TEXTS)
        for n, right in enumerate(plain):
            assert np.array_equal(found.text(n), right)
    assert isinstance(folder.states, np.memmap)
    # What is mapped from a file is searched like any other.
    searched = []
    for texts in (memory, folder):
        on = OnBits.of(texts, quantile_thresholds(texts, 0.6))
        searched.append(find_matches(on, select_units(on, 3, 4, before=0)).table())
    assert len(searched[0]) > 1
    assert searched[0] == searched[1]


def test_what_does_not_fit_into_memory_is_refused_at_once():
    reader = Reader(units=1_000)
    texts = ["ten chars."] * 1_000
    with pytest.raises(
        ValueError,
        match=r"of 10,000 characters take about 0.04 GB in memory, of 0.02 GB at most. Keep them "
        "in a folder with path=",
    ):
        list(read_corpus(reader, texts, memory_limit=20_000_000))
    assert len(reader.texts) == 1
    states_of(read_corpus(reader, texts, memory_limit=20_000_000, dtype="float16"))


def test_what_does_not_fit_on_the_disk_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000))
    reader = Reader()
    with pytest.raises(ValueError, match=r"of 50 characters take about 1\.2e-06 GB on disk"):
        next(read_corpus(reader, TEXTS, path=tmp_path, identity=MODEL))
    assert reader.texts == TEXTS[:1]


def test_states_that_can_not_be_taken_say_of_which_text(tmp_path):
    def nan(text):
        states = Reader()(text)
        states[0, 0] = np.nan if text == "x" else 0
        return states

    def several(text):
        return Reader(units=2 + len(text) % 2)(text)

    def large(text):
        return Reader()(text) * 1e5

    for number, more in enumerate(({}, {"path": tmp_path, "identity": MODEL})):
        with pytest.raises(ValueError, match="text 1: states must be finite; got nan at step 0"):
            list(read_corpus(nan, TEXTS, **more))
        if number:
            shutil.rmtree(tmp_path)
        with pytest.raises(ValueError, match=r"text 0: a state of .* too large for float16"):
            list(read_corpus(large, TEXTS, dtype="float16", **more))
        if number:
            shutil.rmtree(tmp_path)
        with pytest.raises(ValueError, match=r"text 1: expected 2 units|text 1 has 3"):
            list(read_corpus(several, TEXTS, **more))


def test_arguments_that_make_no_sense_are_refused(tmp_path):
    for texts, more, message in (
        ([], {}, "there are no texts"),
        (TEXTS, {"dtype": "int8"}, "dtype must be one of float16, float32, float64; got 'int8'"),
        (TEXTS, {"path": tmp_path}, "states in a folder need identity="),
    ):
        with pytest.raises(ValueError, match=message):
            next(read_corpus(Reader(), texts, **more))


def test_texts_are_the_lines_of_a_file(tmp_path):
    file = tmp_path / "corpus.txt"
    file.write_text("one line\n\nand a longer second line\nabcdefghijklmn\n", encoding="utf-8")
    assert texts_of_file(file) == ["one line", "and a longer second line", "abcdefghijklmn"]
    assert texts_of_file(file, longest=10) == [
        "one line", "and a ", "longer ", "second ", "line", "abcdefghij", "klmn",
    ]  # fmt: skip
    assert "".join(texts_of_file(file, longest=1)) == "".join(texts_of_file(file))
    with pytest.raises(ValueError, match="longest must be at least 1 character; got 0"):
        texts_of_file(file, longest=0)
    file.write_bytes(b"abc\xff")
    with pytest.raises(ValueError, match="is not UTF-8: byte 3 can't be read"):
        texts_of_file(file)
    file.write_text("\n\n")
    with pytest.raises(ValueError, match="has no text"):
        texts_of_file(file)
