import io
import zipfile
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz_widget.models.autocomplete import SYMBOLS
from rnnviz_widget.training import text8


def spans(text, edges):
    """(start, end, word, cut) by going through the characters one by one."""
    found, start = [], 0
    while start < len(text):
        if text[start] == " ":
            start += 1
            continue
        end = start
        while end < len(text) and text[end] != " ":
            end += 1
        first = start - 1 if start > 0 else start
        cut = end == len(text) or any(first < edge < end for edge in edges)
        found.append((first, end, text[start:end], cut))
        start = end
    return found


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abc ", min_size=24, max_size=60))
def test_every_character_is_given_its_word(tmp_path_factory, text):
    edges = (len(text) - 10, len(text) - 5)
    words = spans(text, edges)
    counts = Counter(w for _, end, w, cut in words if not cut and end <= edges[0])
    folder = tmp_path_factory.mktemp("text")
    if not counts:
        with pytest.raises(ValueError, match="no word"):
            text8.prepare(text.encode(), folder, validation=5, test=5)
        return
    corpus = text8.prepare(text.encode(), folder, validation=5, test=5)
    assert "".join(SYMBOLS[symbol] for symbol in corpus.symbols) == text
    assert corpus.vocabulary == sorted(counts, key=lambda word: (-counts[word], word))
    assert corpus.counts.tolist() == [counts[word] for word in corpus.vocabulary]
    expected = np.full(len(text), text8.NO_WORD)
    for start, end, word, cut in words:
        if not cut:
            known = word in counts
            expected[start:end] = corpus.vocabulary.index(word) if known else text8.UNKNOWN_WORD
    assert corpus.words.tolist() == expected.tolist()


def test_parts_follow_each_other_and_the_test_is_the_end(corpus, text):
    end = len(text)
    assert corpus.parts == {
        "training": (0, end - 8000),
        "validation": (end - 8000, end - 4000),
        "test": (end - 4000, end),
    }
    symbols, words = corpus.part("test")
    assert len(symbols) == len(words) == 4000
    assert np.array_equal(symbols, corpus.symbols[-4000:])


def test_the_sizes_of_text8s_own_parts():
    assert text8.VALIDATION == text8.TEST == 5_000_000


def test_an_unknown_part(corpus):
    with pytest.raises(ValueError, match="unknown part 'tests': expected one of training"):
        corpus.part("tests")


def test_a_vocabulary_larger_than_the_corpus_has_words(corpus):
    number = len(corpus.vocabulary)
    assert corpus.classes(number) == corpus.vocabulary
    with pytest.raises(ValueError, match=f"has {number} different ones: ask for 1 to {number}"):
        corpus.classes(number + 1)


def test_a_corpus_that_is_too_short(tmp_path):
    with pytest.raises(ValueError, match=r"too short: 100 characters.*expected at least 20,000,0"):
        text8.prepare(b"a" * 100, tmp_path)


def test_loading_what_was_not_prepared(tmp_path):
    with pytest.raises(FileNotFoundError, match="prepare first"):
        text8.load(tmp_path)


def test_arrays_are_mapped_not_read(corpus):
    assert isinstance(corpus.symbols, np.memmap)
    assert isinstance(corpus.words, np.memmap)


def zipped(path, *texts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in enumerate(texts):
            archive.writestr(f"text{place}", content)
    return path


def test_reads_the_zip_and_the_plain_file(tmp_path):
    (tmp_path / "plain").write_bytes(b" ab c")
    assert text8.read_text(tmp_path / "plain", None) == b" ab c"
    assert text8.read_text(zipped(tmp_path / "a.zip", b" ab c"), None) == b" ab c"


def test_a_path_with_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="Leave --text8 out to download"):
        text8.read_text(tmp_path / "nothing")


def test_another_text_than_text8(tmp_path):
    (tmp_path / "plain").write_bytes(b" ab c")
    with pytest.raises(ValueError, match=r"is not text8.*expected 6e890197"):
        text8.read_text(tmp_path / "plain")


def test_other_characters_are_named(tmp_path):
    (tmp_path / "plain").write_bytes(b"A dog!")
    with pytest.raises(ValueError, match=r"\('!', 'A'\): clean it"):
        text8.read_text(tmp_path / "plain", None)


def test_a_zip_of_several_files(tmp_path):
    with pytest.raises(ValueError, match="holds 2 files: expected only text8"):
        text8.read_text(zipped(tmp_path / "a.zip", b"a", b"b"), None)


def test_download_checks_and_moves_into_place(tmp_path):
    source = zipped(tmp_path / "source.zip", b" some text")
    got = text8.download(tmp_path / "data", source.as_uri(), text8.sha256(source))
    assert got.read_bytes() == source.read_bytes()
    assert [file.name for file in got.parent.iterdir()] == ["text8.zip"]
    source.unlink()  # what is there already is not fetched again
    assert text8.download(tmp_path / "data", source.as_uri(), text8.sha256(got)) == got


def test_download_of_something_else(tmp_path):
    source = zipped(tmp_path / "source.zip", b" some text")
    with pytest.raises(RuntimeError, match=r"came with SHA-256 .*--text8 PATH"):
        text8.download(tmp_path / "data", source.as_uri())
    assert list((tmp_path / "data").iterdir()) == []


def test_download_without_network(tmp_path):
    with pytest.raises(RuntimeError, match=r"could not download .*--text8 PATH"):
        text8.download(tmp_path / "data", (tmp_path / "nothing").as_uri())
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("failure", [OSError("reset"), KeyboardInterrupt()])
def test_an_interrupted_download_leaves_nothing(tmp_path, monkeypatch, failure):
    class Answer(io.BytesIO):
        headers = {"Content-Length": "1000"}

        def read(self, size=-1):
            if self.tell():
                raise failure
            return super().read(size)

    monkeypatch.setattr(text8.urllib.request, "urlopen", lambda *_, **__: Answer(b"x" * 10))
    with pytest.raises((RuntimeError, KeyboardInterrupt)):
        text8.download(tmp_path)
    assert list(tmp_path.iterdir()) == []
