"""Layers that read both ways or from right to left, and projections, against float64 autograd."""

import pytest
import torch
from engines.directed_modules import (
    CLASSES,
    KINDS,
    SIZE,
    SYMBOLS,
    Model,
    both,
    check,
    deep,
    engine_of,
    flipped,
    one,
    texts,
    truth,
)
from small import seeded, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, Network
from rnnviz_widget.engines.methods.available import measures_of
from rnnviz_widget.engines.sweep import bidirectional
from rnnviz_widget.engines.sweep.sweep_engine import SweepEngine


@pytest.mark.parametrize("length", [1, 2, 17])
@pytest.mark.parametrize(("layers", "batch_first"), [(1, True), (2, True), (2, False), (3, False)])
@pytest.mark.parametrize("kind", KINDS)
def test_bidirectional_stacks_give_what_autograd_gives(kind, layers, batch_first, length):
    make, options = KINDS[kind]
    options = {"batch_first": batch_first, "bidirectional": True, **options}
    width = 2 * options.get("proj_size", 6)
    module = seeded(lambda: Model([make(SIZE, 6, layers, **options)], width), dtype=torch.float64)
    engine = check(module, length, batch_first=batch_first)
    assert engine.reads.whole
    assert engine.read_stack is None
    if kind != "relu" and length > 2:  # of relu a sum near zero may fall on its other side
        check(module, length, batch_first=batch_first, dtype=torch.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_many_rows_by_formed_jacobians(kind):
    make, options = KINDS[kind]
    width = 2 * options.get("proj_size", 6)
    layers = make(SIZE, 6, 2, batch_first=True, bidirectional=True, bias=False, **options)
    check(seeded(lambda: Model([layers], width), dtype=torch.float64), 140)


def in_turns(layers, x):
    """Every other layer reads from right to left."""
    for number, layer in enumerate(layers):
        x = torch.flip(layer(torch.flip(x, (1,)))[0], dims=[-2]) if number % 2 else layer(x)[0]
    return x


STATE = torch.linspace(-1, 1, 24, dtype=torch.float64).view(4, 1, 6)


STACKS = {
    "both below one": lambda: Model([both(nn.GRU, SIZE, 5), one(nn.LSTM, 10, 6)], 6),
    "both below two": lambda: Model([both(nn.GRU, SIZE, 5), one(nn.LSTM, 10, 6, num_layers=2)], 6),
    "one below both": lambda: Model([one(nn.LSTM, SIZE, 5), both(nn.RNN, 5, 6)], 12),
    "states given": lambda: Model(
        [both(nn.GRU, SIZE, 6, num_layers=2)], 12, lambda layers, x: layers[0](x, STATE)[0]
    ),
    "states given to an LSTM": lambda: Model(
        [both(nn.LSTM, SIZE, 6, num_layers=2)],
        12,
        lambda layers, x: layers[0](x, (STATE, -STATE))[0],
    ),
    "flipped": lambda: Model([one(nn.GRU, SIZE, 6, num_layers=2)], 6, flipped),
    "flipped, two modules": lambda: Model([one(nn.LSTM, SIZE, 4), one(nn.RNN, 4, 6)], 6, flipped),
    "flipped, other head": lambda: Model([one(nn.GRU, SIZE, 6)], 6, flipped, deep()),
    "flipped, both ways": lambda: Model([both(nn.GRU, SIZE, 6, num_layers=2)], 12, flipped),
    "in turns": lambda: Model([one(nn.GRU, SIZE, 6), one(nn.LSTM, 6, 6)], 6, in_turns),
    "in turns, three": lambda: Model(
        [one(nn.GRU, SIZE, 6), one(rv.MinGRU, 6, 6), one(rv.NestedLSTM, 6, 6)], 6, in_turns
    ),
}


@pytest.mark.parametrize("length", [1, 2, 17, 60])
@pytest.mark.parametrize("stack", STACKS)
def test_layers_in_any_order_of_directions(stack, length):
    engine = check(seeded(STACKS[stack], dtype=torch.float64), length)
    backward = stack in {"flipped", "flipped, two modules", "flipped, other head"}
    if length > 1:
        assert (engine.reads.backward, engine.reads.whole) == (backward, not backward)
    if backward:
        rows, _ = engine.rows(range(length), [0] * length, MEASURES["norm"])
        assert not rows.tril(-1).any()


def test_rows_in_parts_that_fit_in_memory(monkeypatch):
    """Rows in any order, one of them twice, in parts of 16."""
    module = seeded(lambda: Model([both(nn.GRU, SIZE, 6, num_layers=2)], 12), dtype=torch.float64)
    ids = texts(50)
    monkeypatch.setattr(bidirectional, "_HELD", 17 * 50 * (12 + SIZE) * 8)
    engine = engine_of(module, ids)
    assert engine.block == 16
    rows = [7, *range(49, -1, -1), 7]
    targets = [4, *(row % CLASSES for row in range(50)), 1]
    expected, _ = truth(module, ids, rows, targets)
    fill = engine.fill(rows, targets, MEASURES["norm"])
    shares, done = [], 0
    for ready in fill:
        shares.append(fill.share)
        for row, scores in ready:
            assert row == rows[done]
            assert worst(scores[None].numpy(), expected["norm"][done : done + 1]) <= 1e-12
            done += 1
    assert done == 52
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_any_head_and_any_explained_number():
    module = seeded(lambda: Model([both(nn.LSTM, SIZE, 3)], 6, head=deep()), dtype=torch.float64)
    check(module, 17)
    ids = texts(17)
    engine = engine_of(module, ids)
    pair, _ = engine.rows([4], [(2, 3)], MEASURES["grad_x_input"])
    single, _ = engine.rows([4, 4], [2, 3], MEASURES["grad_x_input"])
    torch.testing.assert_close(pair[0], single[0] - single[1])


def test_logits_that_are_too_many_to_keep(monkeypatch):
    from rnnviz_widget.engines.module import forward_passes

    module = seeded(lambda: Model([both(nn.GRU, SIZE, 6)], 12), dtype=torch.float64)
    monkeypatch.setattr(forward_passes, "LOGITS_AT_ONCE", 16 * CLASSES)
    engine = check(module, 17)
    assert not len(engine.logits)
    torch.testing.assert_close(engine.outputs([3]), module(texts(17)[None])[0, [3]])


def in_place(layers, x):
    turned = x.flip(1)
    turned *= 2
    return layers[0](turned)[0].flip(1)


def by_hand(layers, x):
    return torch.cat([layers[0](x)[0], layers[1](x.flip(1))[0].flip(1)], dim=2)


REFUSED = {
    "one direction read": (
        lambda: Model([both(nn.GRU, SIZE, 6)], 6, lambda layers, x: layers[0](x)[0][..., :6]),
        "reads one direction alone",
    ),
    "not flipped back": (
        lambda: Model([one(nn.GRU, SIZE, 6)], 6, lambda layers, x: layers[0](x.flip(1))[0]),
        "reads other positions too",
    ),
    "units flipped": (
        lambda: Model([one(nn.GRU, SIZE, 6)], 6, lambda layers, x: layers[0](x.flip(2))[0]),
        "does not read what the embedding gave",
    ),
    "flipped and changed": (
        lambda: Model([one(nn.GRU, SIZE, 6)], 6, in_place),
        "does not read what the embedding gave",
    ),
    "two modules side by side": (
        lambda: Model([one(nn.GRU, SIZE, 6), one(nn.GRU, SIZE, 6)], 12, by_hand),
        "does not read what the layer before it made",
    ),
    "attends": (
        lambda: Model(
            [both(nn.GRU, SIZE, 6)],
            12,
            lambda layers, x: layers[0](x)[0] + layers[0](x)[0].mean(1, keepdim=True),
        ),
        "does not read",
    ),
}


@pytest.mark.parametrize("which", REFUSED)
def test_anything_else_is_left_to_autograd(which):
    make, reason = REFUSED[which]
    module = seeded(make, dtype=torch.float64)
    ids = texts(17)
    engine = engine_of(module, ids)
    assert engine.name == "autograd"
    assert reason in engine.reason
    expected, _ = truth(module, ids, [3, 16], [0, 4])
    scores, _ = engine.rows([3, 16], [0, 4], MEASURES["norm"])
    assert worst(scores.numpy(), expected["norm"]) <= 1e-10


def test_a_text_that_is_the_same_from_both_ends_is_not_taken_for_flipped():
    module = seeded(
        lambda: Model([one(nn.GRU, SIZE, 6)], 6, lambda layers, x: layers[0](x + 0)[0]),
        dtype=torch.float64,
    )
    ids = torch.tensor([1, 2, 3, 2, 1])
    engine = engine_of(module, ids)
    assert engine.name == "autograd"
    assert engine.reads.causal


def test_equations_that_disagree_are_not_used(monkeypatch):
    original = bidirectional.BidirectionalStack.walk

    def wrong(self, row, at_hidden):
        return 1.001 * (yield from original(self, row, at_hidden))

    monkeypatch.setattr(bidirectional.BidirectionalStack, "walk", wrong)
    module = seeded(lambda: Model([both(nn.GRU, SIZE, 6)], 12), dtype=torch.float64)
    engine = engine_of(module, texts(17))
    assert engine.name == "autograd"
    assert "differ from autograd" in engine.reason


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_projected_lstm_reads_on_from_a_changed_input(layers, batch_first):
    lstm = nn.LSTM(SIZE, 6, layers, proj_size=4, batch_first=batch_first)
    module = seeded(lambda: Model([lstm], 4), dtype=torch.float64)
    engine = check(module, 17, SweepEngine, batch_first=batch_first)
    assert engine.reads.causal
    assert engine.read_stack.reads_as_before()
    letters = "abcdefghi"
    model = rv.SequenceModel(module, letters, letters[:5], batch_first=batch_first)
    question = {"target": rv.Contrast("a", "c")}
    found = [
        rv.connectivity(model.by("exchange"), "abacab", engine=engine, **question).scores
        for engine in ("sweep", "autograd")
    ]
    assert abs(found[0] - found[1]).max() < 1e-12
    assert abs(found[0]).max() > 1e-3


def test_methods_do_not_take_a_bidirectional_stack_for_one_that_reads_on():
    module = seeded(lambda: Model([both(nn.GRU, SIZE, 6)], 12), dtype=torch.float64)
    network = Network(module, SYMBOLS, CLASSES)
    assert "quick_exchange" not in measures_of(network)
    projected = seeded(
        lambda: Model([nn.LSTM(SIZE, 6, proj_size=4, batch_first=True)], 4), dtype=torch.float64
    )
    assert "quick_exchange" in measures_of(Network(projected, SYMBOLS, CLASSES))
    model = rv.SequenceModel(module, "abcdefghi", "abcde")
    question = {"target": rv.Contrast("a", "c")}
    found = [
        rv.connectivity(model.by("exchange"), "abacab", engine=engine, **question)
        for engine in ("sweep", "autograd")
    ]
    assert abs(found[0].scores - found[1].scores).max() < 1e-12
    assert not found[0].causal
    assert abs(found[0].scores[0, 1:]).max() > 1e-3


def test_a_widget_shows_what_a_bidirectional_model_reads_ahead():
    module = seeded(lambda: Model([both(nn.GRU, SIZE, 6, num_layers=2)], 12), dtype=torch.float64)
    model = rv.SequenceModel(module, "abcdefghi", "abcde")
    swept, other = (
        rv.connectivity(model, "abacabcdfe", engine=engine) for engine in ("auto", "autograd")
    )
    assert (swept.engine, other.engine) == ("sweep", "autograd")
    assert swept.reads == other.reads
    assert abs(swept.scores - other.scores).max() < 1e-12
