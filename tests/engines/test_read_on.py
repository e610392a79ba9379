"""A changed text read on from what was read before: as if it were read anew."""

import gc
import weakref

import pytest
import torch
from engines.read_on_modules import (
    EVERY,
    LIMIT,
    READ_ON,
    READ_WHOLE,
    Base,
    Deep,
    LayerByLength,
    Refusing,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from small import seeded
from torch import nn

from rnnviz_widget.engines import MEASURES, Network, choose_engine
from rnnviz_widget.engines.sweep import sweep_engine
from rnnviz_widget.models import MinGRU, NestedLSTM

CELLS = {
    "rnn": nn.RNN,
    "relu": lambda *args, **kwargs: nn.RNN(*args, nonlinearity="relu", **kwargs),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
    "min gru": MinGRU,
    "nested 1": lambda *args, **kwargs: NestedLSTM(*args, depth=1, **kwargs),
    "nested 3": lambda *args, **kwargs: NestedLSTM(*args, depth=3, **kwargs),
}
SHORT = torch.tensor([3, 1, 4, 1, 5, 8, 2, 6])
LONG = torch.tensor([3, 1, 4, 1, 5, 8, 2, 6, 5, 3, 5, 8, 0, 7, 7])


class Stack(nn.Module):
    """Recurrent modules of some kinds, one after the other."""

    def __init__(self, kinds, layers, *, batch_first):
        super().__init__()
        self.embedding = nn.Embedding(9, 5)
        made = [CELLS[kind](5, 5, layers, batch_first=batch_first) for kind in kinds]
        self.layers = nn.ModuleList(made)
        self.head = nn.Linear(5, 9)

    def forward(self, ids):
        read = self.embedding(ids)
        for layer in self.layers:
            read = layer(read)[0]
        return self.head(read)


def shared(one, other):
    """How many tokens both begin with."""
    pairs = zip(one.tolist(), other.tolist(), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def check_alike(engine, anew, tolerance=1e-11):
    """Logits, and the rows of all outputs, one by one and together."""
    rows = list(range(anew.reads.tokens))
    targets = [row % 9 for row in rows]
    torch.testing.assert_close(engine.outputs(rows), anew.outputs(rows), rtol=0, atol=tolerance)
    assert (engine.name, engine.reason, engine.reads) == (anew.name, anew.reason, anew.reads)
    for measure in MEASURES.values():
        right, _ = anew.rows(rows, targets, measure)
        alone = torch.cat([engine.rows([row], [row % 9], measure)[0] for row in rows])
        together = engine.fill(rows, targets, measure).finish()
        for found in (alone, together):
            torch.testing.assert_close(found, right, rtol=0, atol=tolerance * float(right.max()))


EDITS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 6), st.lists(st.integers(0, 8), max_size=6)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=2),
    layers=st.integers(1, 2),
    batch_first=st.booleans(),
    edits=EDITS,
    seed=st.integers(0, 99),
)
def test_whatever_is_edited_it_is_as_if_the_text_were_read_anew(
    kinds, layers, batch_first, edits, seed
):
    module = seeded(
        Stack, kinds, layers, batch_first=batch_first, seed=seed, dtype=torch.float64
    ).eval()
    network = Network(module, 9, 9, batch_first=batch_first)
    ids = SHORT
    engine = choose_engine(network, ids)
    for place, count, typed in edits:
        start = min(place, len(ids))
        text = torch.cat([ids[:start], torch.tensor(typed, dtype=int), ids[start + count :]])
        if not len(text):
            continue
        engine = choose_engine(network, text, before=engine.read_text)
        assert engine.kept == shared(ids, text)
        check_alike(engine, choose_engine(network, text))
        ids = text


@pytest.mark.parametrize("kind", CELLS)
def test_in_single_precision_too(kind):
    module = seeded(Stack, [kind, kind], 2, batch_first=True, seed=1).eval()
    network = Network(module, 9, 9, batch_first=True)
    text = SHORT.repeat(6)
    whole = choose_engine(network, text)
    rows, measure = list(range(len(text))), MEASURES["norm"]
    right = torch.cat([whole.rows([row], [1], measure)[0] for row in rows])
    for count in (1, 2, 9, 40, 47):
        before = choose_engine(network, text[:count])
        engine = choose_engine(network, text, before=before.read_text)
        found = torch.cat([engine.rows([row], [1], measure)[0] for row in rows])
        torch.testing.assert_close(engine.outputs(rows), whole.outputs(rows), rtol=0, atol=1e-6)
        largest = right.amax(dim=1, keepdim=True)
        assert ((found - right).abs() <= 1e-6 * largest).all()


def test_only_what_is_new_is_worked_out(monkeypatch):
    network = Network(seeded(Base), 9, 9)
    before = choose_engine(network, SHORT)
    read = []
    cells_of = sweep_engine.cells_of

    def watched(module, inputs, *others):
        read.append(len(inputs))
        return cells_of(module, inputs, *others)

    monkeypatch.setattr(sweep_engine, "cells_of", watched)
    for text, expected in {LONG: 7, SHORT: 1, SHORT[:3]: 1, SHORT.flip(0): 8}.items():
        engine = choose_engine(network, text, before=before.read_text)
        assert read == [expected]
        # The logits are left to whoever needs them.
        assert len(engine.logits) == (8 if expected == 8 else 0)
        read.clear()


def test_below_another_head_the_layers_read_on_too(monkeypatch):
    network = Network(seeded(Deep, dtype=torch.float64).eval(), 9, 9)
    read = []
    forward = nn.GRU.forward

    def watched(self, inputs, *others):
        read.append(inputs.shape[1])
        return forward(self, inputs, *others)

    monkeypatch.setattr(nn.GRU, "forward", watched)
    before = choose_engine(network, SHORT)
    # Once, and once more to compare the equations with autograd, in two ways.
    assert read[0] == len(SHORT)
    read.clear()
    engine = choose_engine(network, LONG, before=before.read_text)
    # Neither for the logits nor for their graph is the beginning read again.
    assert read == [len(LONG) - len(SHORT)]
    monkeypatch.undo()
    check_alike(engine, choose_engine(network, LONG))


@pytest.mark.parametrize("make", EVERY, ids=lambda make: make.__name__)
@pytest.mark.parametrize("texts", [(SHORT, LONG), (LONG, SHORT), (SHORT, SHORT[:5])])
def test_a_module_that_looks_at_the_whole_text_is_read_as_ever(make, texts):
    network = Network(seeded(make, dtype=torch.float64).eval(), 9, 9)
    before, text = texts
    engine = choose_engine(network, before)
    found = choose_engine(network, text, before=engine.read_text)
    check_alike(found, choose_engine(network, text))


@pytest.mark.parametrize("make", [*READ_ON, *READ_WHOLE], ids=lambda make: make.__name__)
def test_which_modules_are_read_on(make):
    network = Network(seeded(make, dtype=torch.float64).eval(), 9, 9)
    before = choose_engine(network, SHORT)
    text = torch.cat([SHORT, SHORT[:2]])
    kept = choose_engine(network, text, before=before.read_text).kept
    assert kept == (len(SHORT) if make in READ_ON else 0)


def test_another_layer_for_long_texts_is_read_from_the_start():
    network = Network(seeded(LayerByLength, dtype=torch.float64).eval(), 9, 9)
    before = choose_engine(network, SHORT)
    assert choose_engine(network, LONG, before=before.read_text).kept == 0


def test_what_a_module_refuses_is_refused_in_the_same_words():
    network = Network(seeded(Refusing), 9, 9)
    before = choose_engine(network, SHORT)
    words = []
    for read in (None, before.read_text):
        with pytest.raises(RuntimeError, match=f"at most {LIMIT} tokens") as caught:
            choose_engine(network, LONG, before=read)
        words.append(str(caught.value))
    assert words[0] == words[1]


def test_the_module_is_left_as_it_was():
    network = Network(seeded(Base), 9, 9)
    before = choose_engine(network, SHORT)
    choose_engine(network, LONG, before=before.read_text)
    assert not any("forward" in vars(layer) for layer in network.module.modules())
    refusing = Network(seeded(Refusing), 9, 9)
    before = choose_engine(refusing, SHORT)
    with pytest.raises(RuntimeError):
        choose_engine(refusing, LONG, before=before.read_text)
    assert not any("forward" in vars(layer) for layer in refusing.module.modules())


def test_a_text_that_was_read_before_is_not_held():
    network = Network(seeded(Base), 9, 9)
    before = choose_engine(network, SHORT)
    held = weakref.ref(before.read_text.layers[0].call.made), weakref.ref(before)
    engine = choose_engine(network, LONG, before=before.read_text)
    assert engine.kept == len(SHORT)
    del before
    gc.collect()
    assert [each() for each in held] == [None, None]


def test_other_engines_read_the_whole_text():
    network = Network(seeded(Base), 9, 9)
    assert choose_engine(network, SHORT, "autograd").read_text is None
    before = choose_engine(network, SHORT)
    assert choose_engine(network, LONG, "autograd", before.read_text).name == "autograd"
