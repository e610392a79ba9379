"""Models that are sent along with a page: what is sent, what is refused, and what a reader has."""

import json
import zlib
from pathlib import Path

import pytest
import torch
from live.golden import CASES, Tiny, cell, dumps, model
from small import seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.models import CELLS, TOP, NestedLSTM, SequenceModel
from rnnviz_widget.reading import Question
from rnnviz_widget.share import live
from rnnviz_widget.share.live import as_sent, live_message, live_size

HERE = Path(__file__).parents[1] / "live"


def sequence(module, symbols=" abc", **options):
    return SequenceModel(module, symbols, name="it", **options)


def logits(sequence_model, length=30):
    ids = torch.arange(length) % len(sequence_model.inputs)
    return sequence_model.network.logits(ids).detach()


def near(value, other):
    if isinstance(value, dict):
        return value.keys() == other.keys() and all(near(value[k], other[k]) for k in value)
    if isinstance(value, list):
        return len(value) == len(other) and all(map(near, value, other))
    return (
        value == pytest.approx(other, rel=1e-4, abs=1e-7)
        if isinstance(value, float)
        else value == other
    )


@pytest.mark.parametrize("name", CASES)
def test_the_golden_models_are_as_written_down(name):
    written = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    assert near(json.loads(dumps(name)), written)


def test_every_file_has_its_case():
    assert {path.stem for path in HERE.glob("*.json")} == set(CASES)


def test_every_kind_of_cell_is_tried_in_a_page():
    messages = [json.loads(path.read_text("utf-8"))["message"] for path in HERE.glob("*.json")]
    assert {layer["cell"] for message in messages for layer in message["layers"]} == set(CELLS)


def test_half_precision_sends_the_bundled_weights_as_they_are():
    gru = rv.load_pretrained("gru-small")
    assert torch.equal(logits(as_sent(gru, "half")), logits(as_sent(as_sent(gru, "half"), "half")))
    assert (logits(as_sent(gru, "half")) - logits(gru)).abs().max() < 1e-4


def test_eight_bits_keep_the_logits_near():
    gru = rv.load_pretrained("gru-small")
    sent, own = logits(as_sent(gru, "int8")), logits(gru)
    assert 0 < (sent - own).abs().max() < 0.05 * own.std()


@pytest.mark.parametrize("precision", ["int8", "half"])
@pytest.mark.parametrize("name", CASES)
def test_the_size_told_is_the_size_sent(name, precision):
    sequence_model, _, target = CASES[name]()
    message = live_message("it", sequence_model, precision=precision, question=Question(target))
    size = len(message["weights"]) + len(message["numbers"])
    assert live_size(sequence_model, precision) == size
    assert message["check"] == zlib.crc32(message["weights"] + message["numbers"])
    assert json.loads(json.dumps(message | {"weights": "", "numbers": ""}))


def test_a_reader_gets_a_model_like_the_authors():
    own = model([cell(nn.GRU, 3, 5)], unknown="a")
    sent = as_sent(own, "half")
    assert (sent.name, sent.inputs, sent.outputs) == (own.name, own.inputs, own.outputs)
    assert (sent.unknown, sent.truth) == ("a", "word")
    assert rv.connectivity(sent, " ab x").engine == "sweep"


def test_one_class_and_the_top_prediction_can_be_explained():
    own = model([cell(nn.GRU, 3, 5)])
    assert live_message("it", own, question=Question("cab"))["target"] == 2
    assert live_message("it", own, question=Question(TOP))["target"] == "top"
    with pytest.raises(ValueError, match=r"'cub' is not among .* did you mean 'cab'"):
        live_message("it", own, question=Question("cub"))


def test_what_is_no_precision_or_measure_is_refused():
    own = model([cell(nn.GRU, 3, 5)])
    for call in (live_message, lambda _, m, precision: live_size(m, precision)):
        with pytest.raises(ValueError, match="precision must be 'int8' or 'half'; got 'int4'"):
            call("it", own, precision="int4")
    with pytest.raises(ValueError, match="measure must be one of"):
        live_message("it", own, question=Question(measure="nrom"))


def test_large_models_are_refused_with_what_to_do(monkeypatch):
    own = model([cell(nn.GRU, 3, 5)], outputs=[str(n) for n in range(500)])
    monkeypatch.setattr(live, "LIVE_LIMIT", live_size(own, "half") - 1)
    with pytest.raises(
        ValueError, match=r"take 0\.0 MB with precision='half',.* Use precision=\"int8\" \(0\.0"
    ):
        live_message("it", own, precision="half")
    assert live_message("it", own, precision="int8")
    monkeypatch.setattr(live, "LIVE_LIMIT", 10)
    with pytest.raises(
        ValueError,
        match=r"precision='int8' \(the head, 0\.0 MB, in 8 bits, all else in 16\).* Use "
        r"live_limit=100_000 \(a page of 0\.1 MB.*, a smaller model, or save without live=True",
    ):
        live_message("it", own)


def test_a_limit_that_is_said_goes_before_the_usual_one(tmp_path, monkeypatch):
    own = model([cell(nn.GRU, 3, 5)], outputs=[str(n) for n in range(500)])
    size = live_size(own)
    monkeypatch.setattr(live, "LIVE_LIMIT", size - 1)
    assert live_message("it", own, limit=size)["weights"]
    widget = rv.explore(own, "abc")
    widget.save_html(tmp_path / "page.html", live=True, live_limit=100_000)
    assert '"_live":[{"version":1' in (tmp_path / "page.html").read_text("utf-8")
    with pytest.raises(ValueError, match=r"limit for a model in a page is"):
        widget.save_html(tmp_path / "other.html", live=True, live_limit=10)
    with pytest.raises(TypeError, match="live_limit must be a whole number of bytes; got 'all'"):
        widget.save_html(tmp_path / "other.html", live=True, live_limit="all")
    assert not (tmp_path / "other.html").exists()
    widget.close()


class Squashed(Tiny):
    """Does something between the recurrent layers and the head."""

    def forward(self, ids):
        return self.head(torch.tanh(self.layers[0](self.embedding(ids))[0]))


class Scaled(Tiny):
    """Does something after the head."""

    def forward(self, ids):
        return 2 * super().forward(ids)


class Drawn(Tiny):
    """Never the same twice."""

    def forward(self, ids):
        return super().forward(ids) + torch.rand(1)


class Counted(Tiny):
    """Starts from a state that depends on the text."""

    def forward(self, ids):
        start = torch.full((1, 1, self.layers[0].hidden_size), ids.shape[1] / 10)
        return self.head(self.layers[0](self.embedding(ids), start)[0])


class Attention(nn.Module):
    """No recurrent layer at all."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(4, 3)
        self.head = nn.Linear(3, 4)

    def forward(self, ids):
        return self.head(self.embedding(ids))


def gru(**options):
    return [nn.GRU(3, 5, batch_first=True, **options)]


REFUSED = {
    "other logits": lambda: sequence(seeded(Squashed, gru(), 4, 4)),
    "not the unchanged output of a linear layer": lambda: sequence(seeded(Scaled, gru(), 4, 4)),
    "draws random numbers": lambda: sequence(seeded(Drawn, gru(), 4, 4)),
    "alone give other logits": lambda: sequence(seeded(Counted, gru(), 4, 4)),
    "no recurrent layer": lambda: sequence(seeded(Attention)),
    "GRU reads backwards too": lambda: sequence(two_ways()),
    "LSTM has a proj_size": lambda: sequence(
        seeded(Tiny, [nn.LSTM(3, 5, proj_size=2, batch_first=True)], 4, 4, out=2)
    ),
    "tokenize is a Python function": lambda: sequence(seeded(Tiny, gru(), 4, 4), tokenize=list),
}


def two_ways():
    module = Tiny(gru(bidirectional=True), 4, 4)
    module.head = nn.Linear(10, 4)
    return module


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
@pytest.mark.parametrize("why", REFUSED)
def test_what_a_page_cannot_run_is_refused_with_the_reason(why):
    with pytest.raises(ValueError, match=f"'it' can't be sent .*{why}.*nn.GRU, nn.LSTM"):
        live_message("it", REFUSED[why]())


def test_weights_that_do_not_fit_are_refused():
    own = seeded(Tiny, gru(), 4, 4)
    with torch.no_grad():
        own.head.weight[0, 0] = 1e6
    with pytest.raises(ValueError, match=r"the largest is 1e\+06, of at most 65,504"):
        live_message("it", sequence(own), precision="half")
    assert torch.isfinite(logits(as_sent(sequence(own), "int8"))).all()
    with torch.no_grad():
        own.head.weight[0, 0] = float("nan")
    with pytest.raises(ValueError, match="not finite numbers"):
        live_message("it", sequence(own))


def test_time_first_double_precision_and_states_are_served():
    first = seeded(Tiny, [nn.LSTM(3, 5, 2)], 4, 4, dtype=torch.float64)
    own = SequenceModel(first, " abc", batch_first=False)
    assert (logits(as_sent(own, "half")) - logits(own)).abs().max() < 1e-2
    nested = sequence(seeded(Tiny, [NestedLSTM(3, 4, 2, batch_first=True, depth=3)], 4, 4))
    assert (logits(as_sent(nested, "half")) - logits(nested)).abs().max() < 1e-2
