"""Classes that a module masks, by a logit of -inf."""

import json

import numpy as np
import pytest
import torch
from small import LETTERS, oracle, recurrent, worst
from torch import nn
from widgets import page_of

import rnnviz_widget as rv

MASKED = [LETTERS.index(name) for name in "dz"]
TEXT = "the dizzy dad sat"


class Masks(nn.Module):
    """Masks two classes in one of the ways in which that is done."""

    def __init__(self, way, module):
        super().__init__()
        self.way, self.module = way, module
        mask = torch.zeros(27, dtype=torch.bool)
        mask[MASKED] = True
        self.register_buffer("mask", mask)
        if way == "bias":
            with torch.no_grad():
                module.head.bias[MASKED] = -torch.inf

    def forward(self, ids):
        logits = self.module(ids)[0]
        if self.way == "bias":
            return logits
        if self.way == "add":
            return logits + torch.zeros(27).masked_fill(self.mask, -torch.inf)
        if self.way == "by place":
            mask = self.mask & (torch.arange(ids.shape[1]) % 2 == 0)[:, None]
            return logits.masked_fill(mask, -torch.inf)
        logits = logits.masked_fill(self.mask, -torch.inf)
        return {"fill": lambda y: y, "log": nn.LogSoftmax(-1), "softmax": nn.Softmax(-1)}[self.way](
            logits
        )


LOGITS = ("bias", "add", "fill", "by place")


@pytest.fixture(params=["auto", "autograd"])
def engine(request):
    return request.param


def masking(way):
    return rv.SequenceModel(Masks(way, recurrent()), LETTERS, truth="next")


def masked_at(way):
    return [s for s in range(len(TEXT)) if way != "by place" or s % 2 == 0]


@pytest.mark.parametrize("way", [*LOGITS, "log", "softmax"])
def test_probabilities_and_ranks_are_those_of_the_others(way, engine):
    found = rv.connectivity(masking(way), TEXT, target="d", engine=engine)
    ids = torch.tensor([[LETTERS.index(c) for c in TEXT]])
    logits = recurrent().eval()(ids)[0][0].detach()
    for s in masked_at(way):
        logits[s, MASKED] = -torch.inf
        assert found.target_probabilities[s] == 0
        assert found.target_ranks[s] >= 26
        assert found.reasons[s] == "the class you chose; masked here: its logit is -∞"
    for s, (name, p) in enumerate(each[0] for each in found.predictions):
        assert name == LETTERS[int(logits[s].argmax())]
        np.testing.assert_allclose(p, float(logits[s].softmax(0).max()), rtol=1e-5)
        assert ("masked" in found.reasons[s]) == (s in masked_at(way))


@pytest.mark.parametrize("measure", ["norm", "grad_x_input"])
@pytest.mark.parametrize("way", LOGITS)
def test_rows_of_other_classes_are_those_without_a_mask(way, engine, measure):
    found = rv.connectivity(masking(way), TEXT, target="e", measure=measure, engine=engine)
    ids = torch.tensor([LETTERS.index(c) for c in TEXT])
    truth = oracle(recurrent(), ids, [LETTERS.index("e")] * len(TEXT), measure)
    assert worst(found.scores, truth) < 1e-4
    assert not any("masked" in reason for reason in found.reasons)


@pytest.mark.parametrize("way", LOGITS)
def test_a_contrast_says_that_the_other_is_masked(way):
    found = rv.connectivity(masking(way), TEXT, target=rv.Contrast("e", "d"))
    for s in range(len(TEXT)):
        masked = s in masked_at(way)
        said = "the class it is compared with is masked here: its logit is -∞" in found.reasons[s]
        assert said == masked
        assert (found.rival_probabilities[s] == 0) == masked
    assert np.isfinite(found.scores).all()


@pytest.mark.parametrize("measure", ["occlusion", "integrated_gradients", "smooth_grad"])
def test_no_input_moves_a_class_that_is_masked(measure, engine):
    found = rv.connectivity(masking("fill"), TEXT, target="d", measure=measure, engine=engine)
    assert found.scores.shape == (len(TEXT), len(TEXT))
    assert not found.scores.any()


def test_the_cross_entropy_of_a_truth_that_is_masked_is_infinite_and_said(tmp_path):
    texts = ["the cat sat", "the cats eat", "a dizzy dad"]
    model, path = masking("fill"), tmp_path / "kept.jsonl"
    found = rv.evaluate(model, texts, start=3, progress=False, keep=path)
    entropy = found.cross_entropy()
    assert entropy.value == entropy.high == np.inf
    assert 0 < entropy.low < np.inf
    assert found.as_dict()["cross entropy"]["value"] == "infinite"
    json.dumps(found.as_dict(), allow_nan=False)
    fine = rv.evaluate(model, texts[:2], start=3, progress=False).cross_entropy()
    assert np.isfinite([fine.value, fine.low, fine.high]).all()
    again = rv.evaluate(model, texts, start=3, progress=False, keep=path)
    assert again.cross_entropy() == entropy


def test_a_widget_shows_it():
    widget = rv.explore(masking("add"), text=TEXT, target="d")
    page = page_of(widget)
    try:
        (facet,) = page.scene["facets"]
        assert facet["reasons"] == ["the class you chose; masked here: its logit is -∞"]
        assert not np.frombuffer(facet["target_p"], "<f4").any()
        page.ask("strips", wanted=True, fills=False)
        widget.position = 3
        (strip,) = page.strips["facets"]
        odds = np.frombuffer(strip["p"], "<f4")
        assert np.isfinite(odds).all()
        np.testing.assert_allclose(odds.sum(), 1, rtol=1e-5)
        assert not odds[MASKED].any()
    finally:
        widget.close()


@pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning")
def test_torchscript_too():
    """It is compared with what the ids give, on every text."""
    scripted = torch.jit.script(Fills())
    found = rv.connectivity(rv.SequenceModel(scripted, LETTERS), TEXT, target="e")
    plain = rv.connectivity(rv.SequenceModel(Fills(), LETTERS), TEXT, target="e")
    assert worst(found.scores, plain.scores) < 1e-4
    assert not any(p[0][0] in "dz" for p in found.predictions)


class Fills(nn.Module):
    """Masks two classes, as TorchScript can."""

    def __init__(self):
        super().__init__()
        module = recurrent()
        self.embedding, self.cell, self.head = module.embedding, module.cell, module.head
        mask = torch.zeros(27, dtype=torch.bool)
        mask[MASKED] = True
        self.register_buffer("mask", mask)

    def forward(self, ids):
        logits = self.head(self.cell(self.embedding(ids))[0])
        return logits.masked_fill(self.mask, float("-inf"))


class Gives(nn.Module):
    """Logits, of which some are something else at one token."""

    def __init__(self, value, classes):
        super().__init__()
        self.module, self.value, self.classes = recurrent(), value, classes

    def forward(self, ids):
        logits = self.module(ids)[0].clone()
        if ids.shape[1] == len(TEXT):
            logits[:, 5, self.classes] = self.value
        return logits


@pytest.mark.parametrize(
    ("value", "classes", "words"),
    [
        (torch.nan, [3], "logits that are not finite, first at token 5"),
        (torch.inf, [3], "logits that are not finite, first at token 5"),
        (-torch.inf, list(range(27)), "only logits of -inf, first at token 5"),
    ],
)
def test_nan_and_infinity_and_nothing_at_all_are_still_refused(engine, value, classes, words):
    model = rv.SequenceModel(Gives(value, classes), LETTERS)
    with pytest.raises(FloatingPointError, match=words):
        rv.connectivity(model, TEXT, engine=engine)
