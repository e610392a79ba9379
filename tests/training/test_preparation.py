import hashlib

import pytest

from rnnviz_widget import SequenceModel, connectivity, training
from rnnviz_widget.training import preparation, source

CLEAN = "the cat sat on the mat and the dog sat on the cat " * 4


def prepared(text, folder, **options):
    said = []
    corpus = training.prepare(text, folder, say=said.append, **options)
    return corpus, "\n".join(said)


def test_a_clean_text_is_taken_without_a_word(tmp_path):
    corpus, said = prepared(CLEAN, tmp_path)
    assert said == ""
    assert corpus.vocabulary[0] == "the"
    assert corpus.name == "a text of the user's own"
    assert training.load(str(tmp_path)).counts.tolist() == corpus.counts.tolist()
    corpus, said = prepared(CLEAN, tmp_path, name="cats")
    assert corpus.name == "cats"
    assert said == f"this replaces the text that was prepared in {tmp_path} before"


def test_another_text_is_cleaned_and_that_is_said(tmp_path):
    (tmp_path / "cats.txt").write_bytes(b"\xef\xbb\xbfThe cat sat. \xff9 cats" + CLEAN.encode())
    corpus, said = prepared(tmp_path / "cats.txt", tmp_path / "data")
    assert "cats.txt is not text8, by its checksum" in said
    assert "bytes that are not UTF-8: 1; they count as spaces" in said
    assert "cleaned: 4 of 220 characters were not a to z or single spaces" in said
    assert "before: 'The cat sat. \ufffd9 cats" in said
    assert "after:  'the cat sat nine cats" in said
    assert corpus.name == "cats.txt"
    assert "nine" in corpus.vocabulary


def test_only_text8_is_called_text8(tmp_path, monkeypatch):
    (tmp_path / "text8").write_bytes(CLEAN.encode())
    corpus, said = prepared(tmp_path / "text8", tmp_path / "data")
    assert "is not text8" in said
    assert corpus.name == "'text8' (not text8)"
    monkeypatch.setattr(source, "TEXT_SHA256", hashlib.sha256(CLEAN.encode()).hexdigest())
    corpus, said = prepared(tmp_path / "text8", tmp_path / "data")
    assert "text8 is text8, by its checksum" in said
    assert corpus.name == "text8"


def test_an_empty_file_and_a_text_without_letters(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(ValueError, match="the text is empty"):
        prepared(tmp_path / "empty", tmp_path / "data")
    with pytest.raises(ValueError, match="is a Latin letter or a digit"):
        prepared("???", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_from_a_text_to_a_model_in_python(tmp_path):
    corpus, _ = prepared(
        "Some songs: la, la la! Do re mi fa so la ti do. " * 40, tmp_path / "songs"
    )
    settings = training.Settings(
        units=8, classes=len(corpus.vocabulary), characters=600, streams=4, length=30
    )
    run = training.Run(settings, corpus, tmp_path / "run")
    assert run.train(progress=False)
    trained = run.trained()
    model = SequenceModel(trained.module, trained.symbols, trained.classes, truth="word")
    assert connectivity(model, "la la do re").scores.shape == (11, 11)


def test_the_package_offers_what_a_notebook_takes():
    assert training.prepare is preparation.prepare
    for name in training.__all__:
        assert getattr(training, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = training.nothing
