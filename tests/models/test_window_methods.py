"""Each window read by methods and in batches, and rows on demand."""

import numpy as np
import pytest
import torch
from language_models import LETTERS, Base, D
from models.window_modules import TEXT, Last, by_hand, made
from small import seeded, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import measures_of
from rnnviz_widget.engines.autograd import separate
from rnnviz_widget.engines.autograd.output_texts import WindowTexts
from rnnviz_widget.reading import Reading


def explained(module, text, s, k, window):
    """The logit that is explained, of embedded windows (B, L, D); and the window's embedding."""
    ids = [LETTERS.index(character) for character in text[max(0, s - window + 1) : s + 1]]
    e = module.embedding.weight.detach()[ids]
    return lambda many: module.head(module.cell(many)[0][:, -1])[:, k], e


@pytest.mark.parametrize("measure", ["occlusion", "integrated_gradients"])
def test_a_method_is_computed_in_each_window(measure):
    module, model = made("one output")
    c = rv.connectivity(model, TEXT, target=LETTERS[2], measure=measure)
    truth = np.zeros((len(TEXT), len(TEXT)))
    with torch.no_grad():
        for s in range(len(TEXT)):
            y, e = explained(module, TEXT, s, 2, 5)
            if measure == "occlusion":
                without = e.repeat(len(e), 1, 1)
                without[range(len(e)), range(len(e))] = 0
                row = y(e[None]) - y(without)
                truth[s, s + 1 - len(e) : s + 1] = row
            else:
                truth[s, s] = float(y(e[None]) - y(torch.zeros_like(e)[None]))
    if measure == "occlusion":
        assert worst(c.scores, truth) < 1e-9
    else:
        # Rows add up to what the window changes, and lie in it.
        np.testing.assert_allclose(c.scores.sum(1), truth.sum(1), atol=1e-4)
        for s, row in enumerate(c.scores):
            assert not row[: max(0, s - 4)].any()
            assert not row[s + 1 :].any()


def test_other_methods_serve_or_say_why_not():
    model = made("one output")[1]
    assert rv.connectivity(model, "badh", measure="smooth_grad").scores.any()
    with pytest.raises(ValueError, match="no rule for GRU"):
        rv.connectivity(model, "badh", measure="deep_lift")
    with pytest.raises(ValueError, match="one output for the whole text"):
        rv.connectivity(model, "badh", measure="attention")
    assert "attention" not in measures_of(model.network)


class Attends(Base):
    def __init__(self):
        super().__init__(width=D)
        self.attention = nn.MultiheadAttention(D, 1, batch_first=True)

    def forward(self, ids):
        embedded = self.embedding(ids)
        return self.head(self.attention(embedded, embedded, embedded)[0])


def test_attention_is_that_of_the_window():
    module = seeded(Attends, dtype=torch.float64)
    c = rv.connectivity(rv.SequenceModel(module, LETTERS, window=4), TEXT, measure="attention")
    e = module.embedding.weight.detach()[[LETTERS.index(x) for x in TEXT[5:9]]][None]
    _, weights = module.attention(e, e, e)
    np.testing.assert_allclose(c.scores[8, 5:9], weights[0, -1].detach(), rtol=1e-9)
    assert not c.scores[8, :5].any()


def test_windows_are_read_in_batches_that_memory_bounds(monkeypatch):
    sizes = []
    forward = Last.forward
    monkeypatch.setattr(
        Last, "forward", lambda self, ids: sizes.append(tuple(ids.shape)) or forward(self, ids)
    )
    model = made("padded")[1]
    long = TEXT * 20
    sizes.clear()
    reading = Reading(model, long)
    assert len(sizes) < len(long) / 8
    assert {length for _, length in sizes} == {5}
    assert max(count for count, _ in sizes) == WindowTexts.most
    whole = reading.matrix()[0]
    sizes.clear()
    monkeypatch.setattr(separate, "MEMORY", 1)
    alone = Reading(model, long[:30])
    np.testing.assert_allclose(alone.rows([12]), whole[[12], :30], rtol=1e-9)
    assert {count for count, _ in sizes} == {1}


def test_a_hovered_row_before_others_and_the_rest_behind():
    module, model = made("one output")
    widget = rv.explore(model, TEXT)
    widget.position = 11
    widget.bake()
    truth, _ = by_hand(module, TEXT, model_targets(model), "norm", window=5)
    assert worst(widget.connectivity().scores, truth) < 1e-9
    # Another text, with other windows.
    widget.text = TEXT[::-1] + TEXT
    widget.bake()
    again, _ = by_hand(module, widget.text, model_targets(model, widget.text), "norm", window=5)
    assert worst(widget.connectivity().scores, again) < 1e-9
    with torch.no_grad():
        module.head.weight.mul_(2)
    widget.refresh()
    widget.bake()
    # Twice the weights may make another class the best at the end, where there is no truth.
    assert worst(widget.connectivity().scores[:-1], 2 * again[:-1]) < 1e-9
    with pytest.raises(ValueError, match="each output reads a window of its own, and a page reads"):
        widget.shared(live="half")
    widget.close()


def model_targets(model, text=TEXT):
    return [LETTERS.index(name) for name in rv.connectivity(model, text).targets]
