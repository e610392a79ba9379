"""Texts to be searched: of a file, of a list, of a folder that keeps states."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from inside.corpora import TEXTS
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.inside.corpus_layer import CorpusLayer, OnRule
from rnnviz_widget.scene.unit_matches import SearchProgress

SMALL = ["the first text", "x", "a third one which is longer", "the end"]
LAYER = "hidden of layer 0 of cell"


@pytest.fixture
def model():
    return rv.SequenceModel(recurrent("gru"), LETTERS)


def layer_of(model, corpus):
    *progress, found = CorpusLayer.read(model, LAYER, corpus)
    assert all(isinstance(each, SearchProgress) for each in progress)
    for _ in found.find_on(OnRule()):
        pass
    return found


def test_texts_of_a_file_a_list_and_a_folder_are_the_same(tmp_path):
    file = tmp_path / "small.txt"
    file.write_text("\n".join(SMALL), encoding="utf-8")
    of_file = rv.TextCorpus(file, keep=tmp_path / "kept")
    assert (of_file.name, of_file.texts, len(of_file)) == ("small.txt", SMALL, 4)
    assert of_file.characters == sum(map(len, SMALL))
    again = rv.TextCorpus(str(tmp_path / "kept"))
    assert (again.texts, again.keep) == (SMALL, tmp_path / "kept")
    assert rv.TextCorpus(TEXTS).texts == TEXTS
    assert rv.TextCorpus([*SMALL, "x"]).numbers["x"] == 1


def test_states_are_kept_for_each_model_and_layer(tmp_path, model, monkeypatch):
    read = []
    states = rv.SequenceModel.states

    def counted(self, text, **more):
        read.append(text)
        return states(self, text, **more)

    monkeypatch.setattr(rv.SequenceModel, "states", counted)
    first = layer_of(model, rv.TextCorpus(SMALL, keep=tmp_path / "kept"))
    assert read == SMALL
    second = layer_of(model, rv.TextCorpus(tmp_path / "kept"))
    assert read == SMALL
    assert np.array_equal(first.states.states, second.states.states)
    other = rv.SequenceModel(recurrent("gru", seed=5), LETTERS)
    layer_of(other, rv.TextCorpus(tmp_path / "kept"))
    assert read == [*SMALL, *SMALL]


def test_what_memory_can_not_hold_is_on_disk_and_the_same(model):
    memory = layer_of(model, rv.TextCorpus(SMALL))
    disk = layer_of(model, rv.TextCorpus(SMALL, memory_limit=300))
    assert isinstance(disk.states.states, np.memmap)
    assert isinstance(disk.on.bits, np.memmap)
    assert not isinstance(memory.on.bits, np.memmap)
    assert np.array_equal(memory.on.bits, disk.on.bits)
    folder = disk.states.states.filename.parent.parent
    assert folder.exists()
    del disk
    assert not folder.exists()


def test_a_corpus_that_has_changed_since_its_states_were_kept_is_refused(tmp_path):
    rv.TextCorpus(SMALL, keep=tmp_path)
    with pytest.raises(ValueError, match=r"has changed since .* text 1 is another"):
        rv.TextCorpus([SMALL[0], "y", *SMALL[2:]], keep=tmp_path)
    with pytest.raises(ValueError, match=r"it had 4 texts and has 3\. Give another"):
        rv.TextCorpus(SMALL[:3], keep=tmp_path)


def test_what_is_no_corpus_is_refused_in_words(tmp_path):
    empty, folder = tmp_path / "empty.txt", tmp_path / "folder"
    empty.write_text("\n\n")
    folder.mkdir()
    for source, kind, words in (
        (tmp_path / "none.txt", FileNotFoundError, "there is no file .*none.txt'; give the path"),
        (empty, ValueError, "has no text; give a file with at least one line"),
        (folder, ValueError, "keeps no corpus: expected one with corpus.json"),
        ([], ValueError, "the corpus has no text; give at least one"),
        (["a", ""], ValueError, "text 1 is empty; leave it out"),
        (["a", 3], TypeError, "text 1 must be a string; got 3"),
        (7, TypeError, "the path of a text file, a folder that keeps one, or a list of texts"),
        (["\ud800"], ValueError, "text 0 has half of a surrogate pair"),
    ):
        with pytest.raises(kind, match=words):
            rv.TextCorpus(source)


def test_a_full_disk_and_unknown_characters_are_said(model, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    with pytest.raises(ValueError, match="GB on disk"):
        layer_of(model, rv.TextCorpus(SMALL, memory_limit=300))
    with pytest.raises(ValueError, match=r"the corpus, text 2: .*does not know"):
        layer_of(model, rv.TextCorpus([*SMALL[:2], "caf\u00e9"]))
