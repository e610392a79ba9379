"""Weights that are taken anew: all at once or not at all, and by nobody who did not ask for it."""

import copy

import numpy as np
import pytest
import torch
from small import LETTERS, oracle, recurrent, worst
from widgets import explorer_of, page_of

import rnnviz_widget as rv

TEXT = "a text to be read twice"
OTHER = "and then another one"
ENGINES = ["sweep", "autograd"]


def truth_of(module, text, measure="norm", target="e"):
    """All scores of a module, by float64 autograd on its own embeddings."""
    ids = [LETTERS.index(letter) for letter in text]
    return oracle(module, ids, [LETTERS.index(target)] * len(ids), measure)


def matches(scores, module, text, **how):
    return worst(scores, truth_of(module, text, **how)) < 1e-4


def train(module):
    """Weights of which every row is another."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(1.5)


def raises(module):
    module.head = torch.nn.Linear(3, 27)


def is_not_finite(module):
    train(module)
    with torch.no_grad():
        module.head.bias.fill_(float("nan"))


def has_another_shape(module):
    module.head = torch.nn.Linear(12, 5)


def is_interrupted(module):
    def interrupt(*_):
        raise KeyboardInterrupt

    module.register_forward_hook(interrupt)


BREAKS = [raises, is_not_finite, has_another_shape, is_interrupted]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("breaks", BREAKS)
def test_where_one_model_fails_all_keep_their_weights(breaks, engine):
    first, second = recurrent("gru", seed=1), recurrent("gru", seed=2)
    before = {"A": copy.deepcopy(first), "B": copy.deepcopy(second)}
    models = {"A": rv.SequenceModel(first, LETTERS), "B": rv.SequenceModel(second, LETTERS)}
    widget = rv.explore(models, TEXT, target="e", engine=engine)
    page = page_of(widget)
    train(first)
    breaks(second)
    with pytest.raises((RuntimeError, ValueError, FloatingPointError, KeyboardInterrupt)):
        widget.refresh()
    assert explorer_of(widget).epoch == page.scene["epoch"] == 1
    for name, module in before.items():
        assert matches(widget.connectivity(name).scores, module, TEXT)
    widget.text = OTHER
    assert page.scene["text"] == OTHER
    for name, module in before.items():
        assert matches(widget.connectivity(name).scores, module, OTHER)
        found = rv.connectivity(models[name], OTHER, target="e", engine=engine)
        assert matches(found.scores, module, OTHER)
    widget.measure = "embedding_norm"
    assert matches(widget.connectivity("A").scores, before["A"], OTHER, measure="embedding_norm")
    widget.close()


def test_a_failed_refresh_can_be_repeated():
    module = recurrent("gru")
    widget = rv.explore(rv.SequenceModel(module, LETTERS), TEXT, target="e")
    head, module.head = module.head, torch.nn.Linear(3, 27)
    with pytest.raises(RuntimeError):
        widget.refresh()
    module.head = head
    train(module)
    widget.refresh()
    assert explorer_of(widget).epoch == page_of(widget).scene["epoch"] == 2
    assert matches(widget.connectivity().scores, module, TEXT)


def test_interrupted_while_it_shows_the_page_has_the_scene_of_its_rows(monkeypatch):
    module = recurrent("gru")
    widget = rv.explore(rv.SequenceModel(module, LETTERS), TEXT, target="e")
    page = page_of(widget)
    train(module)

    def interrupt(_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(explorer_of(widget), "rows_at", interrupt)
        with pytest.raises(KeyboardInterrupt):
            widget.refresh()
    assert page.scene["epoch"] == page.rows["epoch"] == page.status["epoch"] == 2
    widget.position = 3
    assert (page.answer["epoch"], page.answer["position"]) == (2, 3)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", ["widget", "model", "another measure"])
def test_a_widget_that_was_not_refreshed_keeps_to_its_weights(how, engine):
    module = recurrent("gru")
    before = copy.deepcopy(module)
    model = rv.SequenceModel(module, LETTERS)
    shown = rv.explore(model, TEXT, target="e", engine=engine)
    other = rv.explore(model, TEXT, target="e", engine=engine)
    explorer_of(shown).rows_at(3)
    train(module)
    if how == "widget":
        other.refresh()
        assert matches(other.connectivity().scores, module, TEXT)
    elif how == "model":
        model.refresh()
    else:
        model.by("squared").refresh()
    assert matches(rv.connectivity(model, TEXT, target="e").scores, module, TEXT)

    (_, row), *_ = explorer_of(shown).rows_at(9)
    assert worst(row[None], truth_of(before, TEXT)[9:10, :10]) < 1e-4
    assert matches(shown.connectivity().scores, before, TEXT)
    shown.bake()
    assert matches(shown.connectivity().scores, before, TEXT)
    shown.target = "t"
    assert matches(shown.connectivity().scores, before, TEXT, target="t")
    shown.measure = "squared"
    assert matches(shown.connectivity().scores, before, TEXT, target="t", measure="squared")
    shown.text = OTHER
    assert matches(shown.connectivity().scores, before, OTHER, target="t", measure="squared")
    shown.refresh()
    assert matches(shown.connectivity().scores, module, OTHER, target="t", measure="squared")


def test_a_live_page_is_sent_the_weights_that_are_shown():
    module = recurrent("gru")
    model = rv.SequenceModel(module, LETTERS)
    widget = rv.explore(model, TEXT)
    before = widget.shared(live="half").live[0]["check"]
    train(module)
    model.refresh()
    assert widget.shared(live="half").live[0]["check"] == before
    widget.refresh()
    assert widget.shared(live="half").live[0]["check"] != before


def test_facets_of_one_model_are_refreshed_together():
    module = recurrent("gru")
    model = rv.SequenceModel(module, LETTERS, name="A")
    widget = rv.explore([model, model.by("squared")], TEXT, target="e")
    train(module)
    widget.refresh()
    assert matches(widget.connectivity("A").scores, module, TEXT)
    squared = widget.connectivity(model.by("squared").name).scores
    assert matches(squared, module, TEXT, measure="squared")
    networks = {id(one.network) for one in explorer_of(widget).snapshots.values()}
    assert networks == {id(model.network)}


def test_all_texts_are_evaluated_by_the_weights_of_the_beginning():
    module = recurrent("gru")
    plain = rv.SequenceModel(copy.deepcopy(module), LETTERS)
    texts = ["several texts to be", "evaluated one after", "the other by a model"]
    right = rv.evaluate(plain, texts, start=2, progress=False)

    def tokenize(text):
        if text == texts[1]:
            train(module)
            model.refresh()
        return list(text)

    model = rv.SequenceModel(module, LETTERS, tokenize=tokenize)
    found = rv.evaluate(model, texts, start=2, progress=False)
    assert found.cross_entropy() == right.cross_entropy()
    assert found.reach() == right.reach()
    assert np.array_equal(
        rv.connectivity(model, texts[0], tolerance=0).scores,
        rv.connectivity(rv.SequenceModel(module, LETTERS), texts[0], tolerance=0).scores,
    )
