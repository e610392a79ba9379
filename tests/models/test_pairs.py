"""A source and its target in one row: encoder-decoders in plain torch, in float64."""

import numpy as np
import pytest
import torch
from kinds import by_hand
from small import seeded, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES

SYMBOLS = "\nabcdef"
TARGETS = "\nABC"
TEXT = "fabdac\nbcad"
TWO = "fabdac\nBCAB"


class Attentive(nn.Module):
    """A GRU encoder and a GRU decoder that attends to what was read at each step."""

    def __init__(self, steps=False, targets=None):
        super().__init__()
        self.table = nn.Embedding(len(SYMBOLS), 4)
        self.target_table = self.table if targets is None else nn.Embedding(targets, 3)
        self.encoder = nn.GRU(4, 6, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(12, 6)
        self.decoder = nn.GRU(self.target_table.embedding_dim, 6, batch_first=True)
        self.keys = nn.Linear(12, 6)
        self.head = nn.Linear(12, targets or len(SYMBOLS))
        self.steps = steps

    def forward(self, source, target):
        return self.decode(*self.encode(self.table(source)), target)

    def encode(self, embedded):
        read, state = self.encoder(embedded)
        return self.keys(read), torch.tanh(self.bridge(torch.cat(list(state), 1)))[None]

    def decode(self, keys, state, target):
        if not self.steps:
            return self.write(keys, self.decoder(self.target_table(target), state)[0])
        made = []
        for step in target.unbind(1):
            output, state = self.decoder(self.target_table(step)[:, None], state)
            made.append(self.write(keys, output))
        return torch.cat(made, 1)

    def write(self, keys, output):
        attended = (output @ keys.transpose(1, 2)).softmax(-1) @ keys
        return self.head(torch.cat([output, attended], -1))

    def both(self, source, target):
        """Logits of embedded tokens: at the source those of the first step."""
        keys, state = self.encode(source[None])
        logits = self.write(keys, self.decoder(target[None], state)[0])[0]
        return torch.cat([logits[:1].expand(len(source), -1), logits])


def reading(start, less=0):
    """Splits ids at the line break, with which the decoder starts."""

    def read(module, ids):
        at = int((ids[0] == start).nonzero()[-1])
        logits = module(ids[:, :at], ids[:, at:] - less)
        return torch.cat([logits[:, :1].expand(-1, at, -1), logits], 1)

    return read


class Whole:
    """What the test computes itself, of one table or of two side by side."""

    def __init__(self, module, at):
        self.module, self.at = module, at
        self.width = module.table.embedding_dim

    def plain(self, embedded):
        source, target = embedded[: self.at], embedded[self.at :]
        if self.module.target_table is not self.module.table:
            source, target = source[:, : self.width], target[:, self.width :]
        return self.module.both(source, target)


@pytest.mark.parametrize("steps", [False, True])
@pytest.mark.parametrize("measure", MEASURES)
def test_one_table(measure, steps):
    module = seeded(Attentive, steps, dtype=torch.float64).eval()
    model = rv.SequenceModel(module, SYMBOLS, forward=reading(0), example="ab\nc")
    ids = torch.tensor([SYMBOLS.index(c) for c in TEXT])
    targets = [(3 * s) % len(SYMBOLS) for s in range(len(TEXT))]
    found = rv.connectivity(model, TEXT, target=[SYMBOLS[k] for k in targets], measure=measure)
    x = torch.nn.functional.one_hot(ids, len(SYMBOLS)).double()
    expected = by_hand(Whole(module, 6), x, targets, measure, module.table.weight)
    assert worst(found.scores, expected) < 1e-10
    assert not found.causal
    assert expected[-1].all()


@pytest.mark.parametrize("steps", [False, True])
@pytest.mark.parametrize("measure", MEASURES)
def test_a_table_for_the_source_and_one_for_the_target(measure, steps):
    module = seeded(Attentive, steps, 4, dtype=torch.float64).eval()
    source = ["<pad>", *"abcdef"]
    model = rv.SequenceModel(
        module,
        [*source, *TARGETS],
        TARGETS,
        embedding=[module.table, "target_table"],
        forward=reading(7, less=7),
        example="ab\nC",
    )
    ids = torch.tensor([[*source, *TARGETS].index(c) for c in TWO])
    targets = [s % 4 for s in range(len(TWO))]
    found = rv.connectivity(model, TWO, target=[TARGETS[k] for k in targets], measure=measure)
    x = torch.nn.functional.one_hot(ids, 11).double()
    table = torch.block_diag(module.table.weight, module.target_table.weight)
    expected = by_hand(Whole(module, 6), x, targets, measure, table)
    assert worst(found.scores, expected) < 1e-10
    assert expected[-1].all()
    assert model.network.capabilities.embedding_name == "table, target_table"


def test_a_short_target_is_not_taken_for_a_causal_text():
    """Its first half, and the outputs of that, end with the source."""
    module = seeded(Attentive, dtype=torch.float64)
    model = rv.SequenceModel(module, SYMBOLS, forward=reading(0), example="ab\nc")
    found = rv.connectivity(model, "abc\nfed", target="a")
    assert not found.causal
    assert found.scores[0, :4].all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"embedding": ["table", "head"]}, r"must be an nn.Embedding; 'head' is not"),
        ({"embedding": ["target_table", "table"]}, r"one after the other.*\(4 \+ 7\)"),
        ({"embedding": ["table"]}, r"must be called one after the other"),
    ],
)
def test_tables_that_read_something_else_are_said(options, words):
    module = seeded(Attentive, False, 4)
    symbols = ["<pad>", *"abcdef", *TARGETS]
    with pytest.raises((ValueError, TypeError), match=words):
        rv.SequenceModel(
            module, symbols, TARGETS, forward=reading(7, less=7), example="ab\nC", **options
        )


def test_without_an_example_there_is_nothing_to_split():
    module = seeded(Attentive)
    with pytest.raises(RuntimeError, match="forward= failed on ids") as caught:
        rv.SequenceModel(module, SYMBOLS, forward=reading(6))
    assert "pass one as example=" in str(caught.value)


def test_half_precision_and_a_refresh():
    module = seeded(Attentive, False, 4, dtype=torch.float64)
    symbols = ["<pad>", *"abcdef", *TARGETS]
    options = {
        "embedding": ["table", "target_table"],
        "forward": reading(7, less=7),
        "example": "ab\nC",
    }
    model = rv.SequenceModel(module, symbols, TARGETS, **options)
    before = rv.connectivity(model, TWO, target="B").scores
    with torch.no_grad():
        module.head.weight.mul_(2)
    model.refresh()
    np.testing.assert_allclose(rv.connectivity(model, TWO, target="B").scores, 2 * before)
