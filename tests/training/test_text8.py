import shutil
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


def test_by_default_a_twentieth_each(tmp_path):
    corpus = text8.prepare(b"ab " * 700, tmp_path)
    assert corpus.parts == {
        "training": (0, 1890),
        "validation": (1890, 1995),
        "test": (1995, 2100),
    }
    assert 100_000_000 // text8.SHARE == 5_000_000  # the sizes of text8's own parts


def test_text_that_is_not_clean(tmp_path):
    with pytest.raises(ValueError, match=r"a to z and spaces, got also '!', 'A': clean it first"):
        text8.prepare(b"A dog! " * 10, tmp_path)


def test_a_text_is_called_by_its_name(tmp_path):
    assert text8.prepare(b"ab " * 70, tmp_path).name == "a text of the user's own"
    assert text8.prepare(b"ab " * 70, tmp_path, name="songs.txt").name == "songs.txt"


def test_an_unknown_part(corpus):
    with pytest.raises(ValueError, match="unknown part 'tests': expected one of training"):
        corpus.part("tests")


def test_a_vocabulary_larger_than_the_corpus_has_words(corpus):
    number = len(corpus.vocabulary)
    assert corpus.classes(number) == corpus.vocabulary
    with pytest.raises(ValueError, match=f"has {number} different words: use 1 to {number}"):
        corpus.classes(number + 1)


def test_a_corpus_that_is_too_short(tmp_path):
    with pytest.raises(ValueError, match=r"too short: 19 char.*one in each part. Use a longer"):
        text8.prepare(b"a" * 19, tmp_path)
    with pytest.raises(ValueError, match=r"too short: 100 characters.*expected at least 120 in"):
        text8.prepare(b"a" * 100, tmp_path, validation=30, test=30)


def test_loading_what_was_not_prepared(tmp_path):
    with pytest.raises(FileNotFoundError, match="prepare first"):
        text8.load(tmp_path)


@pytest.mark.parametrize("name", ["parts.json", "vocabulary.txt", "symbols.npy", "words.npy"])
def test_loading_what_was_cut_off_or_lost(data, tmp_path, name):
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    whole = (folder / name).read_bytes()
    for size in (0, 4, len(whole) // 2):
        (folder / name).write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r"is damaged \(.*\): prepare it again"):
            text8.load(folder)
    (folder / name).unlink()
    with pytest.raises((ValueError, FileNotFoundError), match=r"prepare it again|prepare first"):
        text8.load(folder)


def test_arrays_are_mapped_not_read(corpus):
    assert isinstance(corpus.symbols, np.memmap)
    assert isinstance(corpus.words, np.memmap)
