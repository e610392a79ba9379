"""Every other symbol in the place of an input, of many kinds of models, against retyped texts."""

import language_models
import numpy as np
import pytest
import torch
from engines.test_masked import MASK, Reader, V
from kinds import Sensor
from models.test_one_number import price
from reading.test_swaps import MODULES, TEXT, by_symbol, logits_of, swaps
from small import LETTERS, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import Network
from rnnviz_widget.engines.methods.replacements import EXACT


@pytest.mark.parametrize(("options", "place"), [({"window": 6}, 3), ({"window": 6, "pad": "z"}, 0)])
def test_what_is_read_in_windows(options, place):
    module = MODULES["gru"]()

    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = module

        def forward(self, ids):
            return self.inner(ids)[0][:, -1]

    def last(text):
        window = ("zzzzz" + text if "pad" in options else text)[-6:]
        return logits_of(module, window)[-1].log_softmax(0)[LETTERS.index("e")].exp().item()

    model = rv.SequenceModel(Last(), LETTERS, truth="next", **options)
    found = swaps(model, TEXT[:5], 4, place, target="e")
    own, numbers = TEXT[:5], by_symbol(found)
    for symbol in LETTERS:
        assert numbers[symbol] == pytest.approx(last(own[:place] + symbol + own[place + 1 :]))
    # To first order: nearly right for a symbol whose embedding is near.
    with torch.no_grad():
        table = module.embedding.weight
        table[:] = table[LETTERS.index(own[place])] + 1e-4 * (table - table.mean(0))
    model.refresh()
    near = swaps(model, own, 4, place, target="e")
    moves = near.numbers - near.numbers[0]
    np.testing.assert_allclose(
        near.predicted - near.numbers[0], moves, atol=1e-3 * abs(moves).max()
    )


def test_a_masked_token_is_drawn_from_the_prediction_of_itself():
    module = seeded(Reader, dtype=torch.float64).eval()
    network = Network(module, V, V, mask=MASK)
    letters = "abcdef_"
    model = rv.SequenceModel(module, letters, truth="same").snapshot(network)
    text = "ceafbdccf"

    def odds(text, at):
        masked = text[:at] + "_" + text[at + 1 :]
        return logits_of(module, masked, letters)[at].softmax(0).tolist()

    found = swaps(model, text, 5, 2, target="d")
    for symbol, number in by_symbol(found).items():
        changed = text[:2] + symbol + text[3:]
        assert number == pytest.approx(odds(changed, 5)[letters.index("d")], rel=1e-9)
    drawn = by_symbol(found, found.plausible.shares)
    assert drawn == pytest.approx(dict(zip(letters, odds(text, 2), strict=True)), rel=1e-9)
    with pytest.raises(ValueError, match="it is masked"):
        swaps(model, text, 5, 5)


def test_numbers_of_a_model_of_one_number_and_who_predicts_no_inputs():
    module, model = price()
    found = swaps(model, "badheg", 5, 2)
    assert (found.kind, found.target) == ("number", None)
    letters = language_models.LETTERS
    for symbol, number in by_symbol(found).items():
        text = f"ba{symbol}heg"
        assert number == pytest.approx(float(logits_of(module, text, letters)[5, 0]), rel=1e-9)
    assert found.plausible is None
    assert "gives one number" in found.notes[0]


def test_other_modules_are_read_again_with_each_symbol():
    module = seeded(language_models.Transformer).double().eval()
    letters = language_models.LETTERS
    model = rv.SequenceModel(module, letters)
    text = "abcahgfedb"
    found = swaps(model, text, 9, 4, target="c")
    for symbol, number in by_symbol(found).items():
        odds = logits_of(module, text[:4] + symbol + text[5:], letters)[9].softmax(0)
        assert number == pytest.approx(float(odds[2]), rel=1e-9)
    odds = logits_of(module, text, letters)[3].softmax(0).tolist()
    drawn = by_symbol(found, found.plausible.shares)
    assert drawn == pytest.approx(dict(zip(letters, odds, strict=True)), rel=1e-9)


def test_large_vocabularies_are_sampled_and_the_error_is_said():
    names = [chr(0x4E00 + n) for n in range(2000)]
    module = recurrent("gru", 1, symbols=2000, classes=2000, dtype=torch.float64).eval()
    model = rv.SequenceModel(module, names)
    text = "".join(names[n] for n in (5, 7, 5, 1999, 0, 17, 5))
    found = swaps(model, text, 6, 3, target=names[5])
    assert found.of == 2000
    assert EXACT > len(found.symbols) > 64
    ids = torch.tensor([names.index(one) for one in text])
    texts = ids.repeat(2000, 1)
    texts[:, 3] = torch.arange(2000)
    with torch.no_grad():
        numbers = module(texts)[0][:, 6].softmax(1)[:, 5]
        plausible = module(ids[None])[0][0, 2].softmax(0)
    even = torch.bincount(ids, minlength=2000).double() + 1
    for draws, shares in ((found.frequency, even / even.sum()), (found.plausible, plausible)):
        truth = float(shares @ numbers)
        assert 0 < draws.error < abs(float(numbers.max() - numbers.min()))
        assert abs(draws.expected - truth) < 5 * draws.error
        assert "a sample of" in draws.words
    for symbol, number in by_symbol(found).items():
        assert number == pytest.approx(float(numbers[names.index(symbol)]), rel=1e-9)


def test_vectors_are_exchanged_for_other_steps_of_their_text():
    vectors = torch.randn(5, 3, generator=torch.Generator().manual_seed(3)).double()
    module = seeded(Sensor).double()
    model = rv.SequenceModel.from_vectors(module, vectors, outputs=["up", "down", "on"])
    found = swaps(model, model.text, 4, 2, target="up")
    assert found.symbols[0] == f"{model.text[2]} (step 3)"
    assert len(found.symbols) == 5
    assert not found.typeable[1:].any()
    assert "reads vectors" in found.notes[0]
    for n, name in enumerate(f"{label} (step {n + 1})" for n, label in enumerate(model.text)):
        changed = vectors.clone()
        changed[2] = vectors[n]
        with torch.no_grad():
            odds = module(changed[None])[0][4].softmax(0)
        assert by_symbol(found)[name] == pytest.approx(float(odds[0]), rel=1e-9)
