"""Models whose every output can be worked out by hand, and checks of scores that are made up."""

import numpy as np
import torch
from evaluation.plainly import TEXTS
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.evaluation.faithfulness import Check
from rnnviz_widget.evaluation.faithfulness.drawn_symbols import drawn_symbols_of
from rnnviz_widget.evaluation.faithfulness.measured import measure_row
from rnnviz_widget.evaluation.faithfulness.record import TextCheck
from rnnviz_widget.evaluation.faithfulness.row_effects import CheckSettings
from rnnviz_widget.evaluation.faithfulness.text import TextReruns
from rnnviz_widget.models import as_target
from rnnviz_widget.reading import Question, Reading

TABLE = torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, -1.0], [0.5, -0.5, 0.0]], dtype=torch.float64)


def check(model, texts=TEXTS, **options):
    return rv.check(model, texts, **{"progress": False, "draws": 2, **options})


class TwoBack(nn.Module):
    """Logits at s are a row of a table: that of the symbol at s - 2, and at first of symbol 0.

    All other symbols up to s add next to nothing, so that they are seen to be read.
    """

    def __init__(self, back=2):
        super().__init__()
        self.embedding = nn.Embedding(3, 3, dtype=torch.float64)
        self.embedding.weight.data = TABLE.clone()
        self.back = back

    def forward(self, ids):
        embedded = self.embedding(ids)
        first = self.embedding(torch.zeros_like(ids[:, : self.back]))
        rest = 1e-13 * embedded.cumsum(dim=1)
        return torch.cat([first, embedded], dim=1)[:, : ids.shape[1]] + rest


def two_back(**options):
    return rv.SequenceModel(TwoBack(), "abc", name="two back", truth="none", **options)


def logs(symbol):
    """The log-probabilities of the three classes after a symbol."""
    return torch.log_softmax(TABLE["abc".index(symbol)], dim=0).numpy()


def reruns_of(model, text, target=rv.TOP, number=0, measure=None, **settings):
    """The reruns of a text, with symbols drawn as often as they stand there."""
    replacements = drawn_symbols_of(model, [model.tokens(text)], None)
    reading = Reading(model, text, Question(as_target(target), measure))
    return TextReruns.of(
        reading, number, replacements, CheckSettings(**settings), wants_truth=False
    )


def check_of(texts_and_scores, *, signed=False, steps=(1, 2, 4, 8, 16)):
    """A check of scores that are given.

    By text: its reruns, what really happens at its outputs, and scores (N,) for each of these.
    """
    texts = []
    for reruns, true_rows, scores in texts_and_scores:
        empty = np.zeros(0)
        rows = [
            measure_row(
                rerun,
                true,
                {"scores": each, "twin": empty, "other": empty},
                signed=signed,
            )
            for rerun, true, each in zip(reruns.rerun, true_rows, scores(true_rows), strict=True)
        ]
        texts.append(TextCheck(true_rows, {"made up": rows}))
    return Check("toy", "made up", signed, "rv.TOP", "logit", steps, "drawn", texts)
