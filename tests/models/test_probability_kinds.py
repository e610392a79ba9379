"""Modules of all kinds that return probabilities, by each measure, page and process."""

import numpy as np
import pytest
import torch
from kinds import Classifier, OneHot, Sensor, Tagger, by_hand
from language_models import LETTERS, NAMES, Base, H, Transformer
from models.probability_modules import (
    OF_CLASSES,
    OF_EACH,
    TEXT,
    Sigmoided,
    Softmaxed,
    made,
    notes,
    own,
)
from small import seeded, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, Network, choose_engine
from rnnviz_widget.reading import Reading, strip_of


class Ends(nn.Module):
    """Another module, with something at its end."""

    def __init__(self, inner, end):
        super().__init__()
        self.inner = inner
        self.end = end

    def forward(self, x):
        return self.end(self.inner(x))


@pytest.mark.filterwarnings("ignore:`?torch.jit:DeprecationWarning")
@pytest.mark.parametrize("end", [nn.Softmax(-1), nn.Sigmoid()])
@pytest.mark.parametrize("script", [False, True])
@pytest.mark.parametrize("make", [Base, Classifier, Tagger, Transformer, OneHot])
def test_other_kinds_of_modules_end_so_too(make, script, end):
    if script and make is Transformer:
        make = Base
    inner = seeded(make, dtype=torch.float64)
    module = Ends(inner, end).eval()
    outputs = NAMES if make in (Tagger, Classifier) else LETTERS
    options = {"one_hot": True} if make is OneHot else {}
    run = torch.jit.script(module) if script else module
    model = rv.SequenceModel(run, LETTERS, outputs, **options)
    found = rv.connectivity(model, TEXT, target=outputs[1])
    ids = torch.tensor([[LETTERS.index(each) for each in TEXT]])
    with torch.no_grad():
        mine = module(torch.eye(8, dtype=torch.float64)[ids] if make is OneHot else ids)
        rows = mine.expand(8, -1) if make is Classifier else mine[0]
    np.testing.assert_allclose(found.target_probabilities, rows[:, 1], rtol=1e-9)
    of_softmax = isinstance(end, nn.Softmax)
    assert notes(model, OF_CLASSES if of_softmax else OF_EACH)
    plain = inner.plain
    inner.plain = lambda e: plain(e).log_softmax(-1) if of_softmax else plain(e)
    inputs = torch.eye(8, dtype=torch.float64)[ids[0]]
    matrix = None if make is OneHot else inner.table()
    assert worst(found.scores, by_hand(inner, inputs, [1] * 8, "norm", matrix)) < 1e-9


@pytest.mark.parametrize("end", [nn.Softmax(-1), nn.Sigmoid()])
def test_each_token_masked_in_turn(end):
    inner = seeded(lambda: Transformer(causal=False), dtype=torch.float64)
    network = Network(Ends(inner, end), 8, 8, mask=2)
    of_logs = nn.LogSoftmax(-1) if isinstance(end, nn.Softmax) else nn.Identity()
    plain = Network(Ends(inner, of_logs), 8, 8, mask=2)
    ids = torch.tensor([1, 0, 3, 7, 4])
    engine, right = (choose_engine(each, ids) for each in (network, plain))
    rows, targets = [0, 3], [1, 5]
    found, _ = engine.rows(rows, targets, MEASURES["norm"])
    truth, _ = right.rows(rows, targets, MEASURES["norm"])
    assert worst(found.numpy(), truth.numpy()) < 1e-12
    masked = ids.clone()
    masked[3] = 2
    with torch.no_grad():
        p = network.module(masked[None])[0, 3]
    torch.testing.assert_close(network.probabilities(engine.outputs([3])[0]), p)


def test_vectors_too():
    vectors = torch.randn(9, 3, generator=torch.Generator().manual_seed(0))
    inner = seeded(Sensor)
    model = rv.SequenceModel.from_vectors(Ends(inner, nn.Sigmoid()), vectors, outputs=NAMES)
    found = rv.connectivity(model, model.text, target="verb")
    with torch.no_grad():
        np.testing.assert_allclose(
            found.target_probabilities, inner(vectors[None])[0, :, 1].sigmoid(), rtol=1e-5
        )
    said = rv.SequenceModel.from_vectors(inner, vectors, outputs=NAMES, returns="log_odds")
    again = rv.connectivity(said, said.text, target="verb")
    np.testing.assert_allclose(again.scores, found.scores, rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_too(dtype):
    module = seeded(Softmaxed, nn.Softmax(-1), dtype=dtype)
    found = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, target="c")
    np.testing.assert_allclose(found.target_probabilities, own(module.float())[:, 2], rtol=0.05)
    assert found.scores.any()


def test_every_method_is_of_what_is_explained():
    module = made(Softmaxed, nn.Softmax(-1))
    plain = made(Softmaxed, nn.LogSoftmax(-1))
    plain.load_state_dict(module.state_dict())
    for measure in ("occlusion", "integrated_gradients", "smooth_grad"):
        found, right = (
            rv.connectivity(rv.SequenceModel(each, LETTERS), TEXT, target="c", measure=measure)
            for each in (module, plain)
        )
        np.testing.assert_allclose(found.scores, right.scores, rtol=1e-6, atol=1e-9)


def test_it_is_found_out_anew_with_other_weights_and_by_other_processes(tmp_path):
    class Switch(Base):
        def __init__(self):
            super().__init__()
            self.register_buffer("squash", torch.tensor(False))

        def forward(self, ids):
            found = super().forward(ids)
            return found.softmax(-1) if self.squash else found

    module = seeded(Switch)
    model = rv.SequenceModel(module, LETTERS)
    assert model.network.notes == []
    before = model.network.fingerprint()
    module.squash.fill_(True)
    model.refresh()
    assert notes(model, OF_CLASSES)
    assert model.network.fingerprint() != before
    module.squash.fill_(False)
    model.refresh()
    assert model.network.notes == []
    path = tmp_path / "kept.jsonl"
    rv.evaluate(model, [TEXT * 20], memory=False, keep=path, progress=False)
    other = rv.SequenceModel(module, LETTERS, returns="log_odds")
    with pytest.raises(ValueError, match="differs in: model"):
        rv.evaluate(other, [TEXT * 20], memory=False, keep=path, progress=False)


@pytest.mark.parametrize("end", [nn.Softmax(-1), nn.Sigmoid()])
def test_a_page_that_computes_by_itself_refuses_what_it_would_show_wrongly(end, tmp_path):
    module = seeded(Sigmoided, end)
    widget = rv.explore(rv.SequenceModel(module, LETTERS), TEXT)
    with pytest.raises(ValueError, match="can't be sent with its page"):
        widget.save_html(tmp_path / "page.html", live=True)
    widget.save_html(tmp_path / "page.html")
    widget.close()


def test_a_strip_of_classes_that_are_likely_by_themselves():
    names = [f"{number:03}" for number in range(400)]
    module = made(Sigmoided, nn.Sigmoid(), classes=400, width=H)
    reading = Reading(rv.SequenceModel(module, LETTERS, names), TEXT)

    strip = strip_of(reading.predictions.all_odds(3), names)
    assert strip.p.max() <= 1
    assert (strip.p >= strip.best_p - 1e-6).all()
