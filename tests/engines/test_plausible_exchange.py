"""Exchange for what the model itself predicts, against texts that are really retyped."""

import numpy as np
import pytest
import torch
from retyping import difference, retyped
from small import LETTERS, Written, recurrent, seeded
from torch import nn
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget.engines import METHODS

TEXT = "the study of us"
IDS = torch.tensor([LETTERS.index(one) for one in TEXT])
OTHERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ?"
PAIR = rv.Contrast("e", "o")
TARGETS = [(LETTERS.index("e"), LETTERS.index("o"))] * len(TEXT)


class First(nn.Module):
    """A module without what it returns besides logits."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, ids):
        found = self.module(ids)
        return found[0] if isinstance(found, tuple) else found


def conditional(module):
    """How likely each symbol is at each place, (T, V): at the first by frequency."""
    with torch.no_grad():
        odds = module(IDS[None])[0].double().softmax(1)
    counts = torch.bincount(IDS, minlength=27).double() + 1
    return torch.cat([(counts / counts.sum())[None], odds[:-1]])


def truth_of(module):
    each = conditional(module)
    columns = [retyped(module, IDS, difference(TARGETS), each[t])[:, t] for t in range(len(IDS))]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize(
    "made",
    [
        lambda: recurrent("gru", 2, dtype=torch.float64).eval(),
        lambda: recurrent("lstm", 1, dtype=torch.float64).eval(),
        lambda: seeded(Written, dtype=torch.float64),
    ],
)
def test_it_is_every_symbol_typed_as_often_as_the_model_predicts_it(made):
    module = First(made())
    model = rv.SequenceModel(module, LETTERS)
    c = rv.connectivity(model, TEXT, target=PAIR, measure="plausible_exchange")
    truth = truth_of(module)
    assert abs(c.scores - truth).max() < 1e-12
    assert abs(truth).max() > 0.01
    plain = rv.connectivity(model, TEXT, target=PAIR, measure="exchange")
    np.testing.assert_allclose(c.scores[:, 0], plain.scores[:, 0], atol=1e-12)
    assert abs(c.scores - plain.scores).max() > 1e-3
    assert "as likely as the model finds them" in c.facet.engine_words
    assert "1 of 15 places" in c.facet.engine_words


def test_large_vocabularies_are_sampled_at_each_place():
    module = First(recurrent("gru", 1, symbols=300, classes=300, dtype=torch.float64)).eval()
    names = [chr(0x4E00 + n) for n in range(300)]
    model = rv.SequenceModel(module, names)
    text, asked = "".join(names[n] for n in (5, 7, 5, 299, 0, 17, 5)), rv.Contrast(*names[:2])
    found = {
        samples: rv.connectivity(
            model.by("plausible_exchange", samples=samples), text, target=asked
        )
        for samples in (40, 300)
    }
    assert found[300].accuracy.error == 0
    peaks = abs(found[300].scores).max(1, keepdims=True)
    off = abs(found[40].scores - found[300].scores) / peaks
    assert 0 < off.max() < 5 * found[40].accuracy.error
    assert "a sample of" in found[40].facet.engine_words


@pytest.mark.parametrize(
    ("outputs", "options", "words"),
    [
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ?",
            {"truth": "next"},
            "other symbols than those that it reads",
        ),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZ?", {}, "not said to predict what follows"),
        (LETTERS, {"returns": "log_odds"}, "each right or wrong by itself"),
    ],
)
def test_models_that_predict_no_inputs_are_refused(outputs, options, words):
    model = rv.SequenceModel(recurrent(), LETTERS, outputs, name="GRU", **options)
    with pytest.raises(ValueError, match=f"GRU .*{words}"):
        rv.connectivity(model, TEXT, measure="plausible_exchange")


def test_a_window_is_refused():
    model = rv.SequenceModel(First(recurrent()), LETTERS, window=4)
    with pytest.raises(ValueError, match="windows, whose places have no predictions"):
        rv.connectivity(model, TEXT, measure="plausible_exchange")


def test_the_page_offers_it_where_models_predict_their_inputs():
    assert "plausible_exchange" in METHODS
    for outputs, offered in ((LETTERS, True), (OTHERS, False)):
        w = rv.explore(rv.SequenceModel(recurrent(), LETTERS, outputs), TEXT)
        names = [name for name, _ in page_of(w).choices["measure"]]
        assert ("plausible_exchange" in names) == offered
        assert "exchange" in names
        w.close()
