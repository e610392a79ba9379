"""An output with every other symbol in the place of an input, against retyped texts."""

import language_models
import numpy as np
import pytest
import torch
from small import LETTERS, Written, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.reading import Question, Reading, swapped_numbers
from rnnviz_widget.scene.codec import pack, unpack
from rnnviz_widget.scene.swaps import InputSwaps

TEXT = "the study of grammar is that of us"
MODULES = {
    "gru": lambda: recurrent("gru", 2, dtype=torch.float64).eval(),
    "lstm": lambda: recurrent("lstm", 1, dtype=torch.float64).eval(),
    "written": lambda: seeded(Written, dtype=torch.float64),
}


def swaps(model, text, s, t, **asked):
    """The last step's result; the others say how much is done, in rising order."""
    target = asked.pop("target", rv.TRUTH)
    *shares, found = Reading(model, text, Question(target, **asked)).swaps(s, t)
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    return found


def by_symbol(found, numbers=None):
    return dict(zip(found.symbols, found.numbers if numbers is None else numbers, strict=True))


def logits_of(module, text, letters=LETTERS):
    ids = torch.tensor([[letters.index(one) for one in text]])
    with torch.no_grad():
        found = module(ids)
    return (found[0] if isinstance(found, tuple) else found)[0]


def frequencies(text):
    counts = {one: text.count(one) + 1 for one in LETTERS}
    return {one: count / sum(counts.values()) for one, count in counts.items()}


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize(("s", "t"), [(20, 20), (20, 19), (33, 0), (5, 2)])
def test_every_symbol_is_retyping_the_text(name, s, t):
    module = MODULES[name]()
    model = rv.SequenceModel(module, LETTERS)
    found = swaps(model, TEXT, s, t, target="e")
    numbers = by_symbol(found)
    assert found.symbols[0] == TEXT[t]
    assert numbers.keys() == set(LETTERS)
    for symbol in LETTERS:
        odds = logits_of(module, TEXT[:t] + symbol + TEXT[t + 1 :])[s].softmax(0)
        assert numbers[symbol] == pytest.approx(float(odds[LETTERS.index("e")]), rel=1e-9)
    shares = frequencies(TEXT)
    drawn = by_symbol(found, found.frequency.shares)
    assert drawn == pytest.approx(shares, rel=1e-9)
    expected = sum(shares[one] * numbers[one] for one in LETTERS)
    assert found.frequency.expected == pytest.approx(expected, rel=1e-9)
    assert found.frequency.error == 0
    assert (found.kind, found.target.name, found.of) == ("probability", "e", 27)
    assert np.unpackbits(np.packbits(found.typeable))[:27].all()


@pytest.mark.parametrize("name", MODULES)
def test_plausible_draws_are_the_models_conditional(name):
    module = MODULES[name]()
    model = rv.SequenceModel(module, LETTERS)
    found = swaps(model, TEXT, 20, 7, target="e")
    odds = logits_of(module, TEXT)[6].softmax(0).tolist()
    drawn = by_symbol(found, found.plausible.shares)
    assert drawn == pytest.approx(dict(zip(LETTERS, odds, strict=True)), rel=1e-9)
    numbers = by_symbol(found)
    expected = sum(p * numbers[one] for one, p in zip(LETTERS, odds, strict=True))
    assert found.plausible.expected == pytest.approx(expected, rel=1e-9)
    assert found.notes == []
    first = swaps(model, TEXT, 20, 0, target="e")
    assert first.plausible is None
    assert "predicts nothing before the first symbol" in first.notes[0]


def test_the_gradients_prediction_is_that_of_plain_autograd():
    module = MODULES["gru"]()
    model = rv.SequenceModel(module, LETTERS)
    table = module.embedding.weight.detach()
    embedded = table[[LETTERS.index(one) for one in TEXT]].requires_grad_()
    logits = module.head(module.cell(embedded[None])[0])[0, 20]
    logs = logits.log_softmax(0)
    e, o = (logs[LETTERS.index(one)] for one in "eo")
    odds = e - torch.log1p(-e.exp())

    def to_first_order(number):
        (gradient,) = torch.autograd.grad(number, embedded, retain_graph=True)
        return number.detach() + (table - table[LETTERS.index(TEXT[18])]) @ gradient[18]

    predicted = by_symbol(one := swaps(model, TEXT, 20, 18, target="e"), one.predicted)
    truth = to_first_order(odds).sigmoid()
    assert predicted == pytest.approx(dict(zip(LETTERS, truth.tolist(), strict=True)), rel=1e-7)
    assert predicted[TEXT[18]] == pytest.approx(one.numbers[0], rel=1e-9)
    two = swaps(model, TEXT, 20, 18, target=rv.Contrast("e", "o"))
    assert two.kind == "difference"
    assert two.numbers[0] == pytest.approx((e - o).item(), rel=1e-9)
    predicted = by_symbol(two, two.predicted)
    truth = to_first_order(e - o)
    assert predicted == pytest.approx(dict(zip(LETTERS, truth.tolist(), strict=True)), rel=1e-7)
    for symbol in "xyz ":
        logs = logits_of(module, TEXT[:18] + symbol + TEXT[19:])[20].log_softmax(0)
        apart = float(logs[LETTERS.index("e")] - logs[LETTERS.index("o")])
        assert by_symbol(two)[symbol] == pytest.approx(apart, rel=1e-9)


def test_both_engines_agree():
    model = rv.SequenceModel(MODULES["lstm"](), LETTERS)
    for target in ("e", rv.Contrast("e", "o")):
        found = {}
        for engine in ("sweep", "autograd"):
            *_, found[engine] = Reading(model, TEXT, Question(target), engine=engine).swaps(30, 4)
        one, other = found.values()
        np.testing.assert_allclose(one.numbers, other.numbers, atol=1e-12)
        np.testing.assert_allclose(one.predicted, other.predicted, atol=1e-12)
        assert np.ptp(one.predicted) > 1e-9


@pytest.mark.parametrize("name", ["gru", "lstm", "nested-lstm", "rnn"])
def test_bundled_models_predict_the_next_letter_of_the_words_that_they_predict(name):
    model = rv.load_pretrained(name)
    s = TEXT.index("grammar") + 5
    found = swaps(model, TEXT, s, s - 1)
    before = TEXT[: s - 1].rsplit(" ", maxsplit=1)[-1]
    logits = logits_of(model.network.module, TEXT)[s - 2].double()
    odds = dict(zip(model.outputs, logits.softmax(0).tolist(), strict=True))
    going = dict.fromkeys(LETTERS, 0.0)
    for word, p in odds.items():
        if word.startswith(before):
            going[(word[len(before) :] + " ")[0]] += p
    truth = {one: p / sum(going.values()) for one, p in going.items()}
    assert by_symbol(found, found.plausible.shares) == pytest.approx(truth, abs=1e-5)
    numbers = by_symbol(found)
    for symbol in LETTERS:
        text = TEXT[: s - 1] + symbol + TEXT[s:]
        odds = logits_of(model.network.module, text)[s].double().softmax(0)
        assert numbers[symbol] == pytest.approx(float(odds[model.classes["grammar"]]), abs=1e-5)
    strange = swaps(model, "the xqzv of grammar", 7, 7)
    assert strange.plausible is None
    assert "predicts no word that begins with “xqz”" in strange.notes[0]


def test_what_can_not_be_swapped_is_said():
    model = rv.SequenceModel(recurrent(), LETTERS, name="GRU")
    with pytest.raises(ValueError, match="does not depend on that character: it is not read"):
        swaps(model, TEXT, 4, 5)
    alone = rv.SequenceModel(recurrent(symbols=1, classes=2), ["a"], ["x", "y"])
    with pytest.raises(ValueError, match="there is one symbol only"):
        swaps(alone, "aaa", 2, 1)
    one = swaps(model, "q", 0, 0, target="e")
    assert len(one.symbols) == 27
    assert one.plausible is None


class Broken(language_models.Transformer):
    """Gives NaN where a token is read whose embedding is long."""

    def rest(self, x):
        long = x[..., 0] > 50
        return super().rest(x) + torch.where(long, torch.nan, 0)[..., None]


def test_numbers_that_are_not_finite_with_another_symbol_are_said():
    module = seeded(Broken).double().eval()
    with torch.no_grad():
        module.embedding.weight[7, 0] = 99
    model = rv.SequenceModel(module, language_models.LETTERS, example="cbagfed")
    with pytest.raises(FloatingPointError, match="gives NaN"):
        swaps(model, "abcabc", 5, 5)


def test_recurrent_layers_that_overflow_with_another_symbol_are_said(monkeypatch):
    real = swapped_numbers.logits_read_on

    def overflowing(*args):
        for logits in real(*args):
            yield logits if logits is None else logits.index_fill(0, torch.tensor(3), torch.nan)

    monkeypatch.setattr(swapped_numbers, "logits_read_on", overflowing)
    model = rv.SequenceModel(recurrent(), LETTERS, name="GRU")
    with pytest.raises(FloatingPointError, match="GRU gives NaN with “b” there"):
        swaps(model, "abcabc", 5, 2)


def test_a_model_that_reads_otherwise_the_second_time_is_noted():
    model = rv.SequenceModel(seeded(language_models.Drifting).double(), language_models.LETTERS)
    reading = Reading(model, "abcabc", Question("a"))
    reading.model.network.module.counts = True
    *_, found = reading.swaps(5, 2)
    assert "reads the same text again" in " ".join(found.notes)


class Classes(nn.Module):
    """Reads letters, and predicts none of them."""

    def __init__(self):
        super().__init__()
        self.inner = recurrent(classes=3, dtype=torch.float64)

    def forward(self, ids):
        return self.inner(ids)


def test_swaps_travel_and_have_a_table():
    found = swaps(rv.SequenceModel(Classes(), LETTERS, "xyz"), TEXT, 9, 4, target="x")
    read = unpack(InputSwaps, pack(found))
    np.testing.assert_allclose(read.numbers, found.numbers, rtol=1e-6)
    assert list(read.symbols) == list(found.symbols)
    assert read.plausible is None
    assert "is not said to predict what follows" in read.notes[0]
    table = found.table()
    assert table["number"] == sorted(table["number"], reverse=True)
    assert dict(zip(table["symbol"], table["number"], strict=True)) == by_symbol(found)
    assert np.isnan(table["plausible"]).all()
    assert "by frequency" in repr(found)
