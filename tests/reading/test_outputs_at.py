"""What a model predicts at a few outputs of a text equals a plain run of its module."""

import math

import pytest
import torch
from small import LETTERS, recurrent
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.reading import outputs_at

TEXT = "a text that a model reads"
ROWS = [len(TEXT) - 1, 3, 11, 3]


class Scaled(nn.Module):
    """No linear layer makes its logits, so that it has no head to be run by itself."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, ids):
        return 0.5 * self.inner(ids)[0]


class BothWays(nn.Module):
    """Each output reads the whole text."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), 5)
        self.cell = nn.GRU(5, 6, bidirectional=True, batch_first=True)
        self.head = nn.Linear(12, len(LETTERS))

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


@pytest.mark.parametrize(
    "module",
    [recurrent("lstm"), recurrent("gru").half(), Scaled(recurrent("gru")), BothWays()],
    ids=["a head", "half precision", "no head", "both ways"],
)
def test_it_equals_a_plain_run(module):
    model = rv.SequenceModel(module.eval(), LETTERS)
    with torch.no_grad():
        ids = torch.tensor([[LETTERS.index(letter) for letter in TEXT]])
        made = module(ids)
        logits = made[0] if isinstance(made, tuple) else made
        logs = logits[0].float().log_softmax(dim=1)
    found = outputs_at(model, TEXT, ROWS)
    for s, (predictions, true) in zip(ROWS, found, strict=True):
        (best,) = predictions
        assert best.name == LETTERS[int(logs[s].argmax())]
        assert best.probability == pytest.approx(math.exp(logs[s].max()), rel=2e-3)
        if s + 1 == len(TEXT):
            assert true is None
            continue
        k = LETTERS.index(TEXT[s + 1])
        assert (true.name, true.rank) == (TEXT[s + 1], 1 + int((logs[s] > logs[s, k]).sum()))
        assert true.probability == pytest.approx(math.exp(logs[s, k]), rel=2e-3)


def test_of_a_large_vocabulary_no_other_output_is_computed():
    model, read = rv.load_pretrained("gru"), []
    head = model.network.module.head
    outputs_at(model, TEXT, [5])  # the head is found
    head.register_forward_hook(lambda module, inputs, made: read.append(made.shape))
    outputs_at(model, TEXT, [5, 7])
    assert read == []


def test_logits_that_are_not_finite_are_said():
    module = recurrent("gru")
    with torch.no_grad():
        module.head.bias[2] = float("nan")
    with pytest.raises(FloatingPointError, match="logits that are not finite, first at token 4"):
        outputs_at(rv.SequenceModel(module, LETTERS), TEXT, [4])
