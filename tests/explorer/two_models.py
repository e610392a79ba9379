"""Two models on one text, as an explorer shows them."""

from small import LETTERS, recurrent

import rnnviz_widget as rv

TEXT = "a text that two models read"
OTHER = "quite another one"
PAIR = rv.Contrast("e", rather_than="o")


def models(**options):
    return {
        "GRU": rv.SequenceModel(recurrent("gru"), LETTERS, **options),
        "LSTM": rv.SequenceModel(recurrent("lstm", seed=1), LETTERS, **options),
    }
