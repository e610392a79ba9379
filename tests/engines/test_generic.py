"""Any module, whichever way its rows are computed, against the definition."""

import logging
import math
import threading

import pytest
import torch
from small import LETTERS, Recurrent, recurrent, seeded
from torch import nn

from rnnviz_widget.engines import MEASURES, Network, reference_row
from rnnviz_widget.engines.autograd import generic
from rnnviz_widget.engines.autograd.generic import COPIES, TOGETHER, GenericEngine
from rnnviz_widget.engines.autograd.passes import Graph
from rnnviz_widget.engines.autograd.strategy_timer import ALONE, StrategyTimer

IDS = torch.tensor([LETTERS.index(c) for c in "the study of grammar is"])
NORM = MEASURES["norm"]


class Loop(nn.Module):
    """A cell of its own in a Python loop."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.inputs = nn.Linear(5, 24)
        self.states = nn.Linear(12, 24)
        self.head = nn.Linear(12, 27)

    def forward(self, ids):
        embedded = self.embedding(ids)
        state = embedded.new_zeros(len(ids), 12)
        states = []
        for t in range(ids.shape[1]):
            gate, new = (self.inputs(embedded[:, t]) + self.states(state)).chunk(2, 1)
            state = torch.lerp(state, new.tanh(), gate.sigmoid())
            states.append(state)
        return self.head(torch.stack(states, 1))


class Then(nn.Module):
    """A recurrent layer, something after it, and a head."""

    def __init__(self, make=nn.GRU, then=lambda self, h: h, width=12, **options):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.cell = make(5, 12, batch_first=True, **options)
        self.attention = nn.MultiheadAttention(12, 2, batch_first=True)
        self.head = nn.Linear(width, 27)
        self.then = then

    def forward(self, ids):
        return self.head(self.then(self, self.cell(self.embedding(ids))[0]))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 8)
        self.places = nn.Parameter(torch.zeros(64, 8))
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 27)

    def forward(self, ids):
        length = ids.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length, dtype=torch.float64)
        return self.head(self.encoder(self.embedding(ids) + self.places[:length], mask=mask))


class NoHead(Recurrent):
    """Changes what its linear layer gave."""

    def forward(self, ids):
        return super().forward(ids)[0].tanh()


class OneText(Recurrent):
    """Starts from a state for one text alone."""

    def forward(self, ids):
        state = torch.full((1, 1, 12), 0.3, dtype=self.head.weight.dtype)
        return self.head(self.cell(self.embedding(ids), state)[0])


class Viewed(Recurrent):
    """Takes for granted that the batch is one text."""

    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(hidden.view(1, ids.shape[1], -1))


class Lengths(Recurrent):
    """Reads texts of two lengths only."""

    def forward(self, ids):
        if ids.shape[1] not in {4, len(IDS)}:
            raise ValueError("an unusual length")
        return super().forward(ids)


class Noisy(Recurrent):
    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(hidden * torch.rand_like(hidden))


class Uncopyable(Recurrent):
    def __deepcopy__(self, memo):
        raise TypeError("a handle to a file")


class TwiceHeaded(Recurrent):
    """Calls its head on something else first."""

    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(hidden + self.head(hidden)[..., :12])


def attention(*, causal):
    def then(self, h):
        length = h.shape[1]
        mask = torch.ones(length, length, dtype=torch.bool).triu(1) if causal else None
        return h + self.attention(h, h, h, attn_mask=mask, need_weights=False)[0]

    return then


def over_the_batch(_, h):
    """Attends across the batch: of copies of one text it gives what one gives."""
    rows = h.transpose(0, 1)
    return h + (torch.softmax(rows @ rows.mT, -1) @ rows).transpose(0, 1)


def normed(_, h):
    return nn.functional.batch_norm(h.flatten(0, 1), None, None, training=True).view_as(h)


# Name -> (module, causal, whether a beginning of the text is read alike, whether a batch is).
MODULES = {
    "loop": (Loop, True, True, True),
    "gru": (lambda: Recurrent("gru", 2), True, True, True),
    "lstm": (lambda: Recurrent("lstm", 2), True, True, True),
    "time first": (lambda: Recurrent("lstm", batch_first=False), True, True, True),
    "both ways": (lambda: Then(nn.LSTM, width=24, bidirectional=True), False, False, True),
    "attention": (lambda: Then(then=attention(causal=False)), False, False, True),
    "causal attention": (lambda: Then(then=attention(causal=True)), True, True, True),
    "transformer": (Transformer, True, True, True),
    "no head": (NoHead, True, True, True),
    "head called twice": (TwiceHeaded, True, True, True),
    "one text": (OneText, True, True, False),
    "viewed": (Viewed, True, True, False),
    "mixes the batch": (lambda: Then(then=over_the_batch), True, True, False),
    "norms the batch": (lambda: Then(then=normed), False, False, False),
    "mean": (lambda: Then(then=lambda _, h: h + h.mean(1, keepdim=True)), False, False, True),
    "length": (lambda: Then(then=lambda _, h: h / h.shape[1]), True, False, True),
    "other lengths": (Lengths, True, False, True),
    "random": (Noisy, True, False, False),
    "no copy": (Uncopyable, True, False, False),
}
PLAIN = ("random", "no copy")


def network_of(name):
    module = seeded(MODULES[name][0], dtype=torch.float64)
    return Network(module, 27, 27, batch_first=name != "time first")


def truth_of(network, rows, targets, measure="norm", ids=IDS):
    pairs = zip(rows, targets, strict=True)
    return torch.stack([reference_row(network, ids, s, k, measure) for s, k in pairs])


def check(ours, truth, bound=1e-11):
    assert ours.shape == truth.shape
    assert not ours.requires_grad
    peaks = truth.abs().amax(1, keepdim=True)
    assert ((ours - truth).abs() <= bound * peaks).all()


def force(monkeypatch, way, size):
    """Go this way as long as it is not rejected, however long it takes."""

    def choose(ways, reads, more, most, patience):
        now = 0 if way == ALONE else int(min(size, ways._most[way]))
        return (way, now) if now else (ALONE, 1)

    monkeypatch.setattr(StrategyTimer, "choose", choose)
    monkeypatch.setattr(StrategyTimer, "cost", lambda *_: math.inf)
    monkeypatch.setattr(generic, "_FEW", 0)


def count(monkeypatch):
    """How often each way went through."""
    seen = {}
    took = StrategyTimer.took

    def noted(ways, way, size, tokens, seconds):
        seen[way] = seen.get(way, 0) + 1
        took(ways, way, size, tokens, seconds)

    monkeypatch.setattr(StrategyTimer, "took", noted)
    return seen


EVERY = list(range(len(IDS)))
CLASSES = [(3 * s) % 27 for s in EVERY]


@pytest.mark.parametrize("way", [ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("name", MODULES)
def test_every_way_gives_what_the_definition_gives(name, way, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "rnnviz_widget")
    force(monkeypatch, way, 4)
    seen = count(monkeypatch)
    _, causal, prefix, batch = MODULES[name]
    network = network_of(name)
    engine = GenericEngine(network, IDS)
    assert engine.reads.causal == causal
    truth = truth_of(network, EVERY, CLASSES)
    ours, accuracy = engine.rows(EVERY, CLASSES, NORM)
    check(ours, truth)
    assert accuracy.error == accuracy.tolerance == 0
    if causal:
        assert (ours.triu(1) == 0).all()
    if name in PLAIN:
        assert not seen
        return
    assert engine._prefix == prefix
    assert (seen.get(way, 0) > 3) == (way != COPIES or batch)
    if not batch and way == COPIES:
        assert "rows are not computed as copies, 4 at once: " in caplog.text
    if causal and not prefix:
        assert "the whole text is read for each row: " in caplog.text


@pytest.mark.parametrize(
    ("name", "way", "words"),
    [
        ("one text", COPIES, "the module failed on ids of shape"),
        ("viewed", COPIES, "the module failed on ids of shape"),
        ("mixes the batch", COPIES, "an output depends on later inputs"),
        ("norms the batch", COPIES, "the gradients differ from those of a row alone"),
        ("length", ALONE, "its outputs differ where the text ends earlier"),
        ("other lengths", ALONE, "an unusual length"),
        (
            "head called twice",
            ALONE,
            "the input of its first call is not the one that makes the logits",
        ),
    ],
)
def test_the_log_says_why_a_way_is_not_gone(name, way, words, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "rnnviz_widget")
    force(monkeypatch, way, 4)
    GenericEngine(network_of(name), IDS).rows(EVERY, CLASSES, NORM)
    assert words in caplog.text


class Refusing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * float(gradient.abs().sum() >= 0)


@pytest.mark.parametrize(
    ("factor", "words"), [(2, "the gradients differ from those of a row alone"), (1, "")]
)
def test_a_graph_that_cant_be_walked_for_several_rows(factor, words, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "rnnviz_widget")
    force(monkeypatch, TOGETHER, 4)
    seen = count(monkeypatch)
    then = (lambda _, h: Refusing.apply(h)) if factor == 1 else (lambda _, h: h)
    together = Graph.together
    monkeypatch.setattr(Graph, "together", lambda *args: factor * together(*args))
    network = Network(seeded(lambda: Then(then=then), dtype=torch.float64), 27, 27)
    ours, _ = GenericEngine(network, IDS).rows(EVERY, CLASSES, NORM)
    check(ours, truth_of(network, EVERY, CLASSES))
    assert seen.keys() == {ALONE}
    assert "rows are not computed as together, 4 at once: " + words in caplog.text


@pytest.mark.parametrize("way", [None, ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure(measure, way, monkeypatch):
    if way:
        force(monkeypatch, way, 5)
    network = network_of("loop")
    ours, _ = GenericEngine(network, IDS).rows(EVERY, CLASSES, MEASURES[measure])
    check(ours, truth_of(network, EVERY, CLASSES, measure))


@pytest.mark.parametrize("way", [None, ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("rows", [[7], [22, 0, 7, 7, 1], [5] * 20 + [22, 3, 3, 21, 4, 0] * 5, []])
def test_any_rows_in_any_order(rows, way, monkeypatch):
    if way:
        force(monkeypatch, way, 4)
    network = network_of("causal attention")
    targets = [(n * n) % 27 for n in range(len(rows))]
    ours, _ = GenericEngine(network, IDS).rows(rows, targets, NORM)
    if rows:
        check(ours, truth_of(network, rows, targets))
    assert ours.shape == (len(rows), len(IDS))


@pytest.mark.parametrize("name", MODULES)
def test_one_row_comes_in_one_piece(name):
    network = network_of(name)
    engine = GenericEngine(network, IDS)
    truth = truth_of(network, [9], [4])[0]
    ((first, piece),) = engine.pieces(9, 4, NORM)
    assert first == 0
    assert len(piece) == (10 if engine.reads.causal else len(IDS))
    check(piece[None], truth[None, : len(piece)])
    assert (truth[len(piece) :] == 0).all()


@pytest.mark.parametrize("way", [ALONE, TOGETHER, COPIES])
def test_a_text_of_one_token(way, monkeypatch):
    force(monkeypatch, way, 2)
    network = network_of("loop")
    engine = GenericEngine(network, IDS[:1])
    assert engine.reads.causal
    targets = list(range(27))
    ours, _ = engine.rows([0] * 27, targets, NORM)
    check(ours, truth_of(network, [0] * 27, targets, ids=IDS[:1]))


def test_every_way_is_looked_at_when_there_is_much_to_do(monkeypatch):
    seen = count(monkeypatch)
    network = network_of("gru")
    ids = IDS.repeat(4)
    every = list(range(len(ids)))
    ours, _ = GenericEngine(network, ids).rows(every, [1] * len(ids), NORM)
    check(ours, truth_of(network, every, [1] * len(ids), ids=ids))
    assert {ALONE, TOGETHER} <= seen.keys()


@pytest.mark.parametrize("name", ["gru", "both ways", "no copy", "random"])
def test_a_fill_gives_every_row_once_and_lets_others_in(name):
    network = network_of(name)
    engine = GenericEngine(network, IDS)
    rows = EVERY[::-1]
    truth = truth_of(network, rows, CLASSES)
    fill = engine.fill(rows, CLASSES, NORM, patience=1e-9)
    found = {}
    with torch.no_grad():
        for block in fill:
            assert not torch.is_grad_enabled()
            taken = []

            def take(taken=taken):
                taken.append(network.lock.acquire(blocking=False))
                network.lock.release()

            other = threading.Thread(target=take)
            other.start()
            other.join()
            assert taken == [True]
            assert len(block) <= 1
            for s, scores in block:
                assert s not in found
                found[s] = scores
    assert fill.share == 1
    assert fill.accuracy.error == 0
    check(torch.stack([found[s] for s in rows]), truth)


def test_a_fill_can_be_left():
    network = network_of("loop")
    engine = GenericEngine(network, IDS)
    for block in engine.fill(EVERY, CLASSES, NORM):
        if block:
            break
    check(engine.rows(EVERY, CLASSES, NORM)[0], truth_of(network, EVERY, CLASSES))


def test_what_does_not_fit_is_not_kept_and_not_computed_at_once(monkeypatch):
    monkeypatch.setattr(generic, "MEMORY", 1)
    seen = count(monkeypatch)
    network = network_of("attention")
    engine = GenericEngine(network, IDS)
    truth = truth_of(network, EVERY, CLASSES)
    for _ in range(2):
        check(engine.rows(EVERY, CLASSES, NORM)[0], truth)
        assert seen.keys() == {ALONE}
        assert engine._whole is None
        ((_, piece),) = engine.pieces(3, CLASSES[3], NORM)
        check(piece[None], truth[3:4])
        assert engine._whole is None


@pytest.mark.parametrize("way", [ALONE, TOGETHER, COPIES])
def test_the_logits_are_computed_once(way, monkeypatch):
    force(monkeypatch, way, 4)
    network = network_of("gru")
    engine = GenericEngine(network, IDS)
    torch.testing.assert_close(engine.logits, network.logits(IDS))
    assert not engine.logits.requires_grad
    calls = []
    network.module.head.register_forward_hook(lambda *_: calls.append(1))
    engine.rows(EVERY, CLASSES, NORM)
    assert not calls


@pytest.mark.parametrize("way", [ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad, torch.enable_grad])
def test_the_mode_of_the_caller_does_not_matter(mode, way, monkeypatch):
    force(monkeypatch, way, 4)
    network = network_of("lstm")
    truth = truth_of(network, EVERY, CLASSES)
    with mode():
        engine = GenericEngine(network, IDS.clone())
        ours, _ = engine.rows(EVERY, CLASSES, NORM)
        ((_, piece),) = engine.pieces(3, CLASSES[3], NORM)
    check(ours, truth)
    check(piece[None], truth[3:4, :4])


@pytest.mark.parametrize("way", [None, ALONE, TOGETHER, COPIES])
def test_half_precision(way, monkeypatch):
    if way:
        force(monkeypatch, way, 4)
    module = recurrent("gru")
    network = Network(module.bfloat16(), 27, 27)
    ours, _ = GenericEngine(network, IDS).rows(EVERY, CLASSES, NORM)
    assert ours.dtype is torch.bfloat16
    truth = truth_of(Network(module.double(), 27, 27), EVERY, CLASSES)
    check(ours.double(), truth, 0.1)


class Unread(Recurrent):
    """Its class 0 reads nothing."""

    def forward(self, ids):
        logits = super().forward(ids)[0]
        return torch.cat([torch.zeros_like(logits[..., :1]), logits[..., 1:]], 2)


class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)

    def forward(self, ids):
        self.embedding(ids)
        return torch.ones(*ids.shape, 27, dtype=torch.float64)


@pytest.mark.parametrize("way", [None, ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("make", [Unread, Constant])
def test_what_has_no_influence_is_exactly_zero(make, way, monkeypatch):
    if way:
        force(monkeypatch, way, 4)
    network = Network(seeded(make, dtype=torch.float64), 27, 27)
    engine = GenericEngine(network, IDS)
    assert engine.reads.causal
    targets = [0, 1] * 11 + [0]
    ours, _ = engine.rows(EVERY, targets, NORM)
    assert (ours[::2] == 0).all()
    assert ours[1::2].any() == (make is Unread)


def test_an_error_of_the_module_is_not_hidden():
    network = network_of("gru")
    engine = GenericEngine(network, IDS)
    with pytest.raises(IndexError):
        engine.rows([len(IDS)] * 2, [0, 1], NORM)


class Ladder:
    """A machine on which a block takes what a function of its size says."""

    def __init__(self, **ways):
        self.ways = StrategyTimer(dict.fromkeys(ways, 4))
        self.seconds = {ALONE: lambda n: n, **ways}

    def run(self, rows, most=10**6, patience=math.inf, tokens=10):
        blocks = []
        while rows > 0:
            way, size = self.ways.choose([tokens] * rows, 0, most, patience)
            size = min(size, rows)
            self.ways.took(way, size, tokens, self.seconds[way](size))
            blocks.append((way, size))
            rows -= size
        return blocks


def test_rows_go_the_cheapest_way():
    blocks = Ladder(fast=lambda n: 1 + n / 100, slow=lambda n: 3 * n).run(1000)
    assert blocks[:2] == [(ALONE, 1)] * 2
    assert [size for way, size in blocks if way == "fast"][:5] == [4, 8, 16, 32, 64]
    assert [size for way, size in blocks if way == "slow"] in ([4], [])
    assert len(blocks) < 16


def test_where_nothing_is_gained_rows_go_one_by_one():
    blocks = Ladder(a=lambda n: 1.2 * n, b=lambda n: 2 * n).run(1000)
    assert sum(size for way, size in blocks if way != ALONE) < 40


def test_a_little_work_is_not_worth_a_look():
    assert {way for way, _ in Ladder(fast=lambda n: 1).run(50)} == {ALONE}
    ways = StrategyTimer({"fast": 4})
    ways.took(ALONE, 1, 10, 1.0)
    ways.took(ALONE, 1, 10, 1.0)
    assert ways.choose([10] * 32, 0, 1000, math.inf) == (ALONE, 1)
    assert ways.choose([10] * 32, 100, 1000, math.inf) == ("fast", 4)


def test_blocks_keep_to_memory_and_patience():
    fast = Ladder(fast=lambda n: 1 + n / 2)
    assert max(size for _, size in fast.run(500, most=16)) == 16
    fast = Ladder(fast=lambda n: 1 + n / 2)
    assert max(fast.seconds[way](size) for way, size in fast.run(500, patience=9)) <= 9
    assert {size for _, size in fast.run(100, patience=0.1)} == {1}


def test_a_way_that_is_rejected_is_gone_no_more():
    ways = StrategyTimer({"fast": 4})
    for way, size in ((ALONE, 1), (ALONE, 1), ("fast", 4), ("fast", 8)):
        ways.took(way, size, 10, 1.0)
    assert ways.choose([10] * 500, 0, 1000, math.inf) == ("fast", 16)
    ways.reject("fast", 16)
    assert ways.choose([10] * 500, 0, 1000, math.inf) == ("fast", 8)
    ways.reject("fast", 4)
    assert ways.choose([10] * 500, 0, 1000, math.inf) == (ALONE, 1)


def test_rows_that_read_little_are_not_computed_with_those_that_read_much():
    ways = StrategyTimer({"fast": 4})
    for way, size, seconds in ((ALONE, 1, 1), (ALONE, 1, 1), ("fast", 4, 2), ("fast", 8, 3.9)):
        ways.took(way, size, 10, seconds)
    assert ways.choose([10] * 8, 0, 1000, math.inf) == ("fast", 8)
    assert ways.choose([100] * 4 + [1] * 4, 0, 1000, math.inf) == ("fast", 4)
    assert ways.choose([10], 0, 1000, math.inf) == (ALONE, 1)
