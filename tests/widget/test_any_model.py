"""One widget, models of five kinds: what is sent of each is what each itself gives."""

import many
import numpy as np
import pytest
import torch
from kinds import by_hand
from language_models import LETTERS
from received import read_ints, read_scores
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget.scene.codec import pack

CAUSAL = {
    "GRU": True,
    "bidirectional LSTM": False,
    "LSTM with attention": True,
    "Transformer": True,
    "GPT-2": True,
}


@pytest.fixture(scope="module")
def models():
    return many.models(torch.float64)


@pytest.fixture(scope="module")
def numbers(models):
    """C of each, (S, T), of the plain ones by autograd on their own computation."""
    found = {name: rv.connectivity(model, many.TEXT) for name, model in models.items()}
    ids = torch.tensor([LETTERS.index(letter) for letter in many.TEXT])
    x = torch.nn.functional.one_hot(ids, len(LETTERS)).double()
    scores = {"GPT-2": found["GPT-2"].scores}
    for name, module in many.modules(torch.float64).items():
        targets = [models[name].classes[each] for each in found[name].targets]
        scores[name] = by_hand(module, x, targets, "norm", module.table())
    return found, scores


def row_of(facet):
    return read_scores(facet, signed=False)


def test_what_is_sent_of_each(models, numbers):
    found, scores = numbers
    widget = rv.explore(models, many.TEXT)
    page = page_of(widget)
    scene = page.scene
    assert [facet["name"] for facet in scene["facets"]] == list(CAUSAL)
    for facet in scene["facets"]:
        c = found[facet["name"]]
        assert c.causal == CAUSAL[facet["name"]]
        assert facet["reads"] == pack(c.reads)
        assert (facet["spans"] is None) == (facet["name"] != "GPT-2")
        assert facet["truth"] == (None if "bi" in facet["name"] else "next")
        assert (facet["note"] is None) == c.causal
        names = facet["classes"][1:].split(facet["classes"][0])
        targets = read_ints(facet["target"], len(c.tokens))
        assert [names[k] for k in targets] == c.targets
        if facet["spans"] is not None:
            spans = read_ints(facet["spans"], 2 * len(c.tokens)).reshape(-1, 2)
            assert [many.TEXT[a:b] for a, b in spans.tolist()] == c.tokens
    assert len(found["GPT-2"].tokens) < len(many.TEXT)
    for position in (0, 2, 11, len(many.TEXT) - 1):
        widget.set_state({"position": position})
        for facet, (name, model) in zip(page.answer["facets"], models.items(), strict=True):
            s = model.tokens(many.TEXT).at(position)
            row = scores[name][s]
            assert facet["row"] == s
            sent = row_of(facet)
            assert len(sent) == (s + 1 if CAUSAL[name] else len(row))
            assert np.abs(sent - row[: len(sent)]).max() <= row.max() / 999
            assert facet["total"] == pytest.approx(row.sum(), rel=1e-5)
    widget.close()


def test_all_read_another_text_or_none_does(models):
    widget = rv.explore(models, many.TEXT)
    page = page_of(widget)
    widget.text = "cabcab"
    assert len(page.scene["facets"]) == 5
    assert page.scene["text"] == "cabcab"
    with pytest.raises(Exception, match="GRU"):
        widget.text = "cab cab"
    assert page.scene["text"] == "cabcab"
    widget.close()
