"""Modules that draw numbers, keep a state, cut the gradient, or are compiled: read, or said."""

import random
import warnings

import numpy as np
import pytest
import torch
from language_models import LETTERS, Base, D, H
from models.misuses import model, read
from small import seeded, worst
from torch import nn

import rnnviz_widget as rv


class Dropping(Base):
    """Its dropout is never off."""

    def forward(self, ids):
        return self.head(nn.functional.dropout(self.cell(self.embedding(ids))[0], 0.5))


class Rolling(Base):
    """Draws numbers that torch knows nothing of."""

    def forward(self, ids):
        return super().forward(ids) * random.random()


class Keeping(Base):
    """Goes on from the state that it was left in."""

    hidden = None

    def forward(self, ids):
        output, state = self.cell(self.embedding(ids), self.hidden)
        self.hidden = state.detach()
        return self.head(output)


def afresh(module, ids):
    module.hidden = None
    return module(ids)


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (Dropping, "The module draws random numbers in eval mode"),
        (Rolling, "The module gives other logits each time it reads the same ids"),
        (Keeping, "The module gives other logits each time it reads the same ids"),
    ],
)
def test_what_is_not_the_same_each_time_is_said(make, note):
    found = read(model(make), target="a")
    assert [each.startswith(note) for each in found.notes] == [True]
    assert found.scores.any()
    assert found.engine == "autograd"


def test_all_rows_are_of_one_pass():
    found = read(model(Rolling), target="a").scores
    plain = read(model(), target="a").scores
    drawn = found[plain > 0] / plain[plain > 0]
    np.testing.assert_allclose(drawn, drawn[0], rtol=1e-4)


def test_a_module_that_goes_on_is_called_afresh_by_forward():
    module = seeded(Keeping, dtype=torch.float64)
    mine = rv.SequenceModel(module, LETTERS, forward=afresh)
    plain = seeded(Base, dtype=torch.float64)
    plain.load_state_dict(module.state_dict())
    found, truth = read(mine), read(rv.SequenceModel(plain, LETTERS))
    assert found.notes == []
    assert worst(found.scores, truth.scores) < 1e-12
    assert module.hidden is None


class Detached(Base):
    def forward(self, ids):
        return super().forward(ids).detach()


def test_where_no_gradient_flows_it_is_said():
    found = read(model(Detached))
    assert not found.scores.any()
    (note,) = found.notes
    assert note.startswith("No gradient flows from its logits back to its input")
    assert "detach()" in note


@pytest.mark.parametrize("symbols", ["a", "ab", "abc"])
def test_few_symbols(symbols):
    class Few(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(len(symbols), D)
            self.places = nn.Embedding(50, D)
            self.cell = nn.GRU(D, H, batch_first=True)
            self.head = nn.Linear(H, len(symbols))

        def forward(self, ids):
            x = self.embedding(ids) + self.places(torch.arange(ids.shape[1]))
            return self.head(self.cell(x)[0])

    mine = model(Few, symbols)
    assert mine.network.capabilities.embedding_name == "embedding"
    assert read(mine, symbols * 3).scores.any()


def test_a_compiled_module_is_run_as_it_was_written():
    module = seeded(Base, dtype=torch.float64)
    compiled = torch.compile(module, backend="eager")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read(rv.SequenceModel(compiled, LETTERS, embedding=compiled.embedding))
    truth = read(rv.SequenceModel(module, LETTERS))
    assert (found.scores == truth.scores).all()
    assert found.engine == "sweep"


def test_how_a_module_is_called_is_part_of_an_evaluation(tmp_path):
    module = seeded(Base)
    path = tmp_path / "kept.jsonl"
    texts = ["abc", "cab"]

    def evaluate(**options):
        return rv.evaluate(
            rv.SequenceModel(module, LETTERS, **options), texts, memory=False, keep=path
        )

    first = evaluate(forward=lambda m, ids: m(ids) * 2)
    again = evaluate(forward=lambda m, ids: m(ids) * 2)
    assert first.cross_entropy() == again.cross_entropy()
    for options in ({}, {"forward": lambda m, ids: m(ids) * 3}):
        with pytest.raises(ValueError, match="it differs in: model"):
            evaluate(**options)
