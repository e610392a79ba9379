"""Made-up texts, what reads their states, and the states that steps of reading end with."""

import numpy as np

from rnnviz_widget.inside.text_states import TextStates

TEXTS = ["the first text", "x", "a third one, which is longer", "the end"]
MODEL = {"model": "abc", "layer": "gru 0"}


class Reader:
    """Gives made-up states, and counts what it read."""

    def __init__(self, units=6):
        self.units = units
        self.texts = []

    def __call__(self, text):
        self.texts.append(text)
        codes = np.array([ord(c) for c in text])
        return np.sin(codes[:, None] * np.arange(1, self.units + 1))


def states_of(steps):
    *shares, found = steps
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert isinstance(found, TextStates)
    return found
