"""A small text, prepared for training. A conftest that imports these fixtures offers them."""

import numpy as np
import pytest

from rnnviz_widget.training import text8

WORDS = [
    "a",
    "an",
    "and",
    "any",
    "be",
    "been",
    "the",
    "there",
    "them",
    "of",
    "often",
    "to",
    "too",
    "toward",
    "in",
    "into",
    "inn",
    "on",
    "one",
    "once",
]


@pytest.fixture(scope="session")
def text():
    """Words in which some follow others often, as bytes; every word also stands alone somewhere."""
    rng = np.random.default_rng(5)
    words = []
    place = 0
    for _ in range(6000):
        place = (place + int(rng.choice([1, 2, 7], p=[0.7, 0.2, 0.1]))) % len(WORDS)
        words.append(WORDS[place])
    return (" " + " ".join(words)).encode()


@pytest.fixture(scope="session")
def data(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("data")
    text8.prepare(text, folder, validation=4000, test=4000)
    return folder


@pytest.fixture(scope="session")
def corpus(data):
    return text8.load(data)
