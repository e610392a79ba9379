"""Makes the golden models: `make golden` writes them anew.

Each is a tiny model as sent, a text, and what the model as sent makes of it: what the scene must
say, and every row by every measure, straight from the definition in double precision.
"""

import copy
import json
from pathlib import Path

import numpy as np
import torch
from draws import Draws
from torch import nn

from rnnviz_widget.engines import QUANTITIES
from rnnviz_widget.engines.measures import MEASURES
from rnnviz_widget.engines.reference import reference_rows
from rnnviz_widget.models import TOP, TRUTH, MinGRU, NestedLSTM, SequenceModel
from rnnviz_widget.reading import Question, Reading
from rnnviz_widget.scene.bytes_as_text import as_text
from rnnviz_widget.share.live import as_sent, live_message

HERE = Path(__file__).parent
LETTERS = " abc"
WORDS = ["a", "ab", "cab", "bb", "c", "<b>"]
TEXT = " ab cab bb  xa c a "
KNOWN = TEXT.replace("x", "b")


class Tiny(nn.Module):
    """Recurrent modules one after the other, each with layers of its own."""

    def __init__(self, layers, symbols, classes, bias=True, out=None):
        super().__init__()
        self.embedding = nn.Embedding(symbols, layers[0].input_size)
        self.layers = nn.ModuleList(layers)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(out or layers[-1].hidden_size, classes, bias=bias)

    def forward(self, ids):
        x = self.embedding(ids)
        for layer in self.layers:
            x, _ = layer(x)
        return self.head(self.drop(x))


class Started(Tiny):
    """Begins with learned states."""

    def __init__(self, layers, symbols, classes):
        super().__init__(layers, symbols, classes)
        self.h = nn.Parameter(torch.empty(1, 1, layers[0].hidden_size))
        self.c = nn.Parameter(torch.empty(1, 1, layers[0].hidden_size))

    def forward(self, ids):
        return self.head(self.layers[0](self.embedding(ids), (self.h, self.c))[0])


def model(layers, *, kind=Tiny, outputs=WORDS, truth="word", unknown=None, seed=0, **options):
    made = [make(batch_first=True) for make in layers]
    classes = len(LETTERS if outputs is None else outputs)
    module = drawn(kind(made, len(LETTERS), classes, **options), seed)
    return SequenceModel(module, LETTERS, outputs, name="tiny", truth=truth, unknown=unknown)


def drawn(module, seed):
    """The module with weights from -0.6 to 0.6 in steps of 2**-20, which torch's own draws are not
    on every processor."""
    draws = Draws(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            steps = draws.integers(-629_146, 629_147, *parameter.shape)
            parameter.copy_(torch.from_numpy(steps / (1 << 20)))
    return module


def cell(kind, *sizes, **options):
    """A layer, made when its weights are drawn."""
    return lambda **more: kind(*sizes, **options, **more)


def no_truth(symbols):
    return [None] * len(symbols)


CASES = {
    "gru": lambda: (model([cell(nn.GRU, 3, 5)], unknown="a"), "int8", TRUTH),
    "gru-2": lambda: (model([cell(nn.GRU, 4, 6, 2)], seed=1), "half", TRUTH),
    "gru-no-bias": lambda: (
        model([cell(nn.GRU, 7, 4, bias=False)], seed=2, bias=False), "half", "cab",
    ),
    "lstm": lambda: (model([cell(nn.LSTM, 3, 5)], seed=3, outputs=None, truth=None), "half", TRUTH),
    "lstm-2": lambda: (model([cell(nn.LSTM, 4, 6, 2)], seed=4), "int8", TOP),
    "lstm-started": lambda: (model([cell(nn.LSTM, 3, 5)], kind=Started, seed=5), "int8", TRUTH),
    "min-gru": lambda: (model([cell(MinGRU, 3, 5)], seed=11, unknown="b"), "int8", TRUTH),
    "min-gru-mixed": lambda: (
        model([cell(MinGRU, 4, 6, 2), cell(nn.GRU, 6, 5), cell(MinGRU, 5, 4, bias=False)], seed=12),
        "half",
        TOP,
    ),
    "nested-lstm": lambda: (model([cell(NestedLSTM, 3, 5)], seed=6), "int8", TRUTH),
    "nested-lstm-2": lambda: (
        model([cell(NestedLSTM, 3, 4, 2, depth=3)], seed=7, unknown=" "), "half", TRUTH,
    ),
    "rnn": lambda: (model([cell(nn.RNN, 3, 8, 2)], seed=8, truth=no_truth), "int8", TRUTH),
    "rnn-relu": lambda: (
        model([cell(nn.RNN, 3, 8, nonlinearity="relu")], seed=9), "half", [TOP] * len(KNOWN),
    ),
    "mixed": lambda: (
        model([cell(nn.GRU, 3, 5), cell(nn.RNN, 5, 6), cell(nn.LSTM, 6, 4)], seed=10),
        "int8",
        TRUTH,
    ),
}  # fmt: skip


def golden(name):
    """A model as sent, a text, and what is to be seen of it."""
    sequence, precision, target = CASES[name]()
    text = TEXT if sequence.unknown is not None else KNOWN
    message = live_message("tiny", sequence, precision=precision, question=Question(target))
    sent = as_sent(sequence, precision)
    double = SequenceModel(
        copy.deepcopy(sent.network.module).double(),
        sent.inputs,
        sent.outputs,
        name="double",
        unknown=sent.unknown,
        truth=sent.truth,
    )
    reading = Reading(double, text, Question(target))
    facet, explained = reading.facet, reading.facet.explained
    ids = torch.tensor(facet.tokens.ids)
    every = range(len(ids))
    rows = {
        measure: reference_rows(double.network, ids, every, explained.target, measure)
        for measure in MEASURES
    }
    rows_of = {
        of: reference_rows(
            double.network,
            ids,
            every,
            [quantity.explained(k, by_itself=False) for k in explained.target],
            "norm",
        )
        for of, quantity in QUANTITIES.items()
    }
    return {
        "message": message,
        "text": text,
        "logits": rounded(double.network.logits(ids).detach()),
        "top": facet.top[:, :3].tolist(),
        "target": explained.target,
        "target_p": rounded(explained.probability),
        "target_rank": explained.rank.tolist(),
        "reasons": reasons(explained.reasons, target, sequence),
        "unknown": facet.tokens.unknown,
        "rows": {measure: rounded(row) for measure, row in rows.items()},
        "rows_of": {of: rounded(row) for of, row in rows_of.items()},
    }


def reasons(said, target, sequence):
    """What the page says, which has no Python to find a truth with, nor targets for new text."""
    why = "its truth is computed by a Python function, which a page can't run"
    if isinstance(target, list):
        why = "the targets were chosen one by one for the author's text"
    elif not callable(sequence.truth):
        return said
    return [f"the top prediction, as {why}"] * len(said)


def rounded(values):
    """Numbers of 7 digits."""
    return json.loads(
        json.dumps(np.asarray(values).tolist()), parse_float=lambda n: float(f"{float(n):.7g}")
    )


def dumps(name):
    return json.dumps(as_text(golden(name)), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    for each in CASES:
        (HERE / f"{each}.json").write_text(dumps(each), encoding="utf-8")
