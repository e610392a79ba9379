"""Reruns are what a user gets who calls the module on the changed text."""

import numpy as np
import pytest
import torch
from evaluation.plainly import BothWays
from kinds import Sensor
from small import LETTERS, Written, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.reading.rerun import Rerunner

IDS = [3, 20, 1, 0, 9, 13, 3, 5]


def changed(texts=9, seed=1):
    drawn = np.random.default_rng(seed).integers(0, 27, (texts, len(IDS)))
    return np.where(np.random.default_rng(seed + 1).random(drawn.shape) < 0.3, drawn, IDS)


def plainly(call, texts, row):
    """Log-probabilities at an output, text by text, (B, V)."""
    with torch.no_grad():
        every = [call(torch.tensor(text)[None], row) for text in texts]
    return torch.log_softmax(torch.stack(every).double(), dim=-1).numpy()


def first(module):
    def call(ids, row):
        output = module(ids)
        return (output[0] if isinstance(output, tuple) else output)[0, row]

    return call


def agrees(model, call, rows=(2, 7), texts=None, **close):
    texts = changed() if texts is None else texts
    rerunner = Rerunner(model, IDS)
    found = rerunner.explained(texts, [*rows, rows[0]], [5, (1, 4), 2][: len(rows) + 1])
    logs = [plainly(call, texts, row) for row in (*rows, rows[0])]
    expected = [logs[0][:, 5], logs[1][:, 1] - logs[1][:, 4], logs[2][:, 2]]
    assert found == pytest.approx(np.stack(expected, axis=1), **{"abs": 1e-10, **close})
    assert np.ptp(found[:, 0]) > 0.01
    return rerunner


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_recurrent_layers_in_batches(cell):
    module = recurrent(cell, layers=2, dtype=torch.float64).eval()
    assert agrees(rv.SequenceModel(module, LETTERS), first(module)).batches


def test_more_texts_than_one_batch_has():
    module = recurrent(dtype=torch.float64).eval()
    agrees(rv.SequenceModel(module, LETTERS), first(module), texts=changed(300))


@pytest.mark.parametrize(("make", "args"), [(Written, ()), (BothWays, (27,))])
def test_other_modules(make, args):
    module = seeded(make, *args, dtype=torch.float64)
    agrees(rv.SequenceModel(module, LETTERS), first(module))


def test_single_precision():
    module = recurrent().eval()
    agrees(rv.SequenceModel(module, LETTERS), first(module), abs=1e-5)


def test_time_first():
    module = recurrent(batch_first=False, dtype=torch.float64).eval()
    model = rv.SequenceModel(module, LETTERS, batch_first=False)
    agrees(model, lambda ids, row: module(ids.T)[0][row, 0])


def test_a_module_that_reads_one_text_at_a_time():
    class Alone(nn.Module):
        """In a batch each text gets something of the others."""

        def __init__(self):
            super().__init__()
            self.inner = recurrent(dtype=torch.float64)

        def forward(self, ids):
            logits = self.inner(ids)[0]
            return logits + len(ids) * logits.mean(dim=0)

    module = Alone().eval()
    assert not agrees(rv.SequenceModel(module, LETTERS), first(module)).batches


@pytest.mark.parametrize("pad", [None, "a"])
def test_windows(pad):
    module = recurrent(dtype=torch.float64).eval()
    model = rv.SequenceModel(module, LETTERS, window=4, pad=pad)

    def call(ids, row):
        if pad is not None:
            ids, row = torch.cat([torch.ones(1, 3, dtype=torch.long), ids], dim=1), row + 3
        return module(ids[:, max(0, row - 3) : row + 1])[0][0, -1]

    agrees(model, call)


def test_one_output_for_the_whole_text():
    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = recurrent(dtype=torch.float64)

        def forward(self, ids):
            return self.inner(ids)[0][:, -1]

    module = Last().eval()
    agrees(rv.SequenceModel(module, LETTERS), lambda ids, _: module(ids)[0], rows=(7, 7))


def test_one_number():
    class Price(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = recurrent(classes=1, dtype=torch.float64)

        def forward(self, ids):
            return self.inner(ids)[0][:, -1]

    module = Price().eval()
    model = rv.SequenceModel(module, LETTERS, ["price"], unit="EUR")
    texts = changed()
    found = Rerunner(model, IDS).explained(texts, [7], [0])
    with torch.no_grad():
        assert found[:, 0] == pytest.approx(module(torch.tensor(texts))[:, 0].numpy())


def test_vectors():
    vectors = np.random.default_rng(0).normal(size=(8, 3))

    module = seeded(Sensor, classes=27, dtype=torch.float64)
    model = rv.SequenceModel.from_vectors(module, vectors, outputs=LETTERS)
    texts = np.random.default_rng(1).integers(0, 8, (9, 8))
    steps = torch.tensor(vectors)
    agrees(model, lambda ids, row: module(steps[ids])[0, row], texts=texts)


def test_probabilities_of_zero_are_numbers():
    class Masked(nn.Module):
        """The class of the first symbol can't be right where the text has an "x"."""

        def __init__(self):
            super().__init__()
            self.inner = recurrent(dtype=torch.float64)

        def forward(self, ids):
            logits = self.inner(ids)[0]
            no = (ids == LETTERS.index("x")).any(dim=1)[:, None] & (torch.arange(27) == 0)
            return logits.masked_fill(no[:, None], float("-inf"))

    texts = np.array([IDS, [*IDS[:-1], LETTERS.index("x")]])
    found = Rerunner(rv.SequenceModel(Masked(), LETTERS), IDS).explained(texts, [6], [0])
    assert -50 < found[0, 0] < 0
    assert found[1, 0] == -745


def test_nan_on_a_rerun_is_said():
    module = recurrent()
    with torch.no_grad():
        module.embedding.weight[LETTERS.index("x")] = np.nan
    model = rv.SequenceModel(module, LETTERS, name="broken", example="abc")
    texts = np.array([IDS, [*IDS[:4], LETTERS.index("x"), *IDS[5:]]])
    with pytest.raises(FloatingPointError, match=r"exchanged, broken gives NaN at output 6: it"):
        Rerunner(model, IDS).explained(texts, [2, 6], [0, 0])
