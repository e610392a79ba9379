"""The check of one output: its numbers are those of plain runs of the module on changed texts."""

from itertools import combinations_with_replacement

import language_models
import numpy as np
import pytest
import torch
from evaluation.faithfulness.toys import logs, two_back
from kinds import Sensor
from small import LETTERS, Written, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.evaluation.faithfulness.check_output import check_output
from rnnviz_widget.evaluation.faithfulness.drawn_symbols import DrawnSymbols, drawn_symbols_of
from rnnviz_widget.evaluation.faithfulness.exchanged_texts import ExchangedTexts
from rnnviz_widget.models import as_target
from rnnviz_widget.reading import Question, Reading

TEXT = "the study of grammar is that of the forms of words and of us"
LONG = (
    " anarchism originated as a term of abuse first used against early working class radicals "
    "including the diggers of the english revolution and the sans culottes of the fr"
)


def checked(reading, row, scores=None):
    """The check, and how many steps it took."""
    scores = reading.rows([row])[0] if scores is None else scores
    steps, checking = 0, check_output(reading, row, scores)
    try:
        while True:
            next(checking)
            steps += 1
    except StopIteration as ended:
        return ended.value, steps


def texts_of(reading, row, places=None):
    """The texts that the check runs."""
    ids = np.array(reading.facet.tokens.ids)
    places = np.arange(row + 1) if places is None else places
    return ExchangedTexts.drawn(
        ids,
        places,
        abs(places - row),
        scores=reading.rows([row])[0][places].astype(float),
        symbols=drawn_symbols_of(reading.model, [reading.facet.tokens], None),
        signed=reading.facet.measure.signed,
        seed=row,
    )


def plainly(call, texts, row, k):
    """The probability of a class in each text, or of the first of just two, text by text."""
    with torch.no_grad():
        every = [call(torch.tensor(text)[None], row) for text in texts]
    logits = torch.stack(every).double()
    if isinstance(k, tuple):
        return torch.sigmoid(logits[:, k[0]] - logits[:, k[1]]).numpy()
    return torch.softmax(logits, dim=-1)[:, k].numpy()


def agrees(reading, row, call, k, places=None):
    check, steps = checked(reading, row)
    drawn = texts_of(reading, row, places)
    left = plainly(call, drawn.texts.reshape(-1, drawn.texts.shape[-1]), row, k)
    left = left.reshape(drawn.texts.shape[:2])
    curves = (check.strongest, check.nearest, check.random)
    for curve, some in zip(curves, drawn.orders, strict=True):
        assert curve.mean == pytest.approx(left[:, some].mean(axis=0), abs=1e-5)
        errors = left[:, some].std(axis=0, ddof=1) / check.draws**0.5
        assert curve.error == pytest.approx(errors, abs=1e-5)
    assert check.nothing == pytest.approx(left[:, -1].mean(), abs=1e-5)
    ids = np.array(reading.facet.tokens.ids)
    assert check.before == pytest.approx(plainly(call, [ids], row, k)[0], abs=1e-5)
    assert check.again is None
    assert np.ptp(np.concatenate([curve.mean for curve in curves])) > 1e-3
    assert steps >= 1
    return check


def first(module):
    def call(ids, row):
        output = module(ids)
        return (output[0] if isinstance(output, tuple) else output)[0, row]

    return call


@pytest.mark.parametrize("name", ["gru", "lstm", "nested-lstm", "rnn"])
def test_bundled_models_are_run_again(name):
    model = rv.load_pretrained(name)
    reading, module = Reading(model, LONG, Question(rv.TOP)), model.network.module
    row = len(LONG) - 3
    check = agrees(reading, row, first(module), reading.explained[row])
    assert (check.counts, check.draws) == ([1, 2, 4, 8, 16], 5)
    assert (check.drawn, check.of, check.rival) == ("text", "character", None)
    assert check.name == reading.facet.explained.at(row, model.outputs).name


@pytest.mark.parametrize("target", [rv.TOP, rv.Contrast("e", "o")])
@pytest.mark.parametrize("module", [recurrent("lstm", layers=2), seeded(Written)])
def test_classes_and_contrasts_of_other_modules(module, target):
    module = module.double().eval()
    reading = Reading(rv.SequenceModel(module, LETTERS), TEXT, Question(as_target(target)))
    check = agrees(reading, 30, first(module), reading.explained[30])
    assert check.rival == (None if target is rv.TOP else "o")
    assert check.signed == (target is not rv.TOP)


def test_a_transformer_reads_whole_texts():
    module = seeded(language_models.Transformer).double().eval()
    text = "abcahgfedbabcabcdd"
    reading = Reading(rv.SequenceModel(module, language_models.LETTERS), text)
    agrees(reading, 15, lambda ids, row: module(ids)[0, row], reading.explained[15])


def test_windows():
    module = recurrent(dtype=torch.float64).eval()
    reading = Reading(rv.SequenceModel(module, LETTERS, window=6), TEXT)

    def call(ids, row):
        return module(ids[:, row - 5 : row + 1])[0][0, -1]

    check = agrees(reading, 30, call, reading.explained[30], places=np.arange(25, 31))
    assert check.counts == [1, 2, 4]
    assert check.draws == 8


def test_one_number_of_the_whole_text():
    class Price(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = recurrent(classes=1, dtype=torch.float64)

        def forward(self, ids):
            return self.inner(ids)[0][:, -1]

    module = Price().eval()
    reading = Reading(rv.SequenceModel(module, LETTERS, ["price"], unit="EUR"), TEXT)
    last = len(TEXT) - 1
    check, _ = checked(reading, 3)
    drawn = texts_of(reading, last)
    with torch.no_grad():
        left = module(torch.tensor(drawn.texts).flatten(0, 1))[:, 0]
        before = module(torch.tensor(reading.facet.tokens.ids)[None])[0, 0]
    left = left.view(drawn.texts.shape[:2]).numpy()
    assert check.strongest.mean == pytest.approx(left[:, drawn.orders[0]].mean(axis=0))
    assert check.before == pytest.approx(float(before))
    assert (check.row, check.unit) == (last, "EUR")


def test_an_output_worked_out_by_hand():
    """What is two back decides alone: it is the strongest input, and not of the two nearest."""
    text = "abcabacabbacbabcabcabbcacba"
    row = 20
    reading = Reading(two_back(), text, Question(rv.TOP))
    check, _ = checked(reading, row)
    k = reading.explained[row]
    before = np.exp(logs(text[row - 2])[k])
    assert check.before == pytest.approx(before)
    assert check.nearest.mean[:2] == pytest.approx([before, before])
    assert check.nearest.error[:2] == pytest.approx([0, 0], abs=1e-9)
    # It is exchanged in the same way, however many others are.
    after = check.strongest.mean[0]
    assert check.strongest.mean == pytest.approx([after] * 5)
    assert check.nearest.mean[2:] == pytest.approx([after] * 3)
    possible = [np.exp(logs(symbol)[k]) for symbol in "abc"]
    means = [np.mean(each) for each in combinations_with_replacement(possible, 5)]
    assert min(abs(after - mean) for mean in means) < 1e-9
    assert not check.flagged
    # Turned round, the row has what matters last.
    scores = reading.rows([row])[0]
    assert checked(reading, row, scores.max() - scores)[0].flagged


def test_shuffled_rows_are_flagged():
    """The share that was demanded; of the rows as they are few are flagged."""
    model = rv.load_pretrained("gru")
    generator = np.random.default_rng(0)
    found = []
    for begin in (0, 31, 57):
        reading = Reading(model, LONG[begin:] + LONG[:begin])
        for row in generator.choice(np.arange(60, len(LONG)), 20, replace=False).tolist():
            scores = reading.rows([row])[0][: row + 1]
            rows = (scores, generator.permutation(scores))
            found.append([checked(reading, row, each)[0].flagged for each in rows])
    as_it_is, shuffled = np.mean(found, axis=0)
    assert shuffled >= 0.95
    assert as_it_is < 0.25


def test_a_text_of_one_symbol_is_exchanged_for_any_symbol():
    model = rv.SequenceModel(recurrent(dtype=torch.float64).eval(), LETTERS)
    check, _ = checked(Reading(model, "aaaaaaaa"), 7)
    assert check.drawn == "all"
    assert np.ptp(check.random.mean) > 1e-4


def test_what_can_not_be_exchanged_is_said():
    model = rv.SequenceModel(recurrent(), LETTERS)
    with pytest.raises(ValueError, match="it reads 1 input here that can be exchanged"):
        checked(Reading(model, "a"), 0)
    alone = rv.SequenceModel(recurrent(symbols=1), ["a"], LETTERS)
    with pytest.raises(ValueError, match="it knows one symbol only: there is nothing to exchange"):
        checked(Reading(alone, "aaaa"), 3)


def test_vectors_are_exchanged_for_other_steps():
    vectors = np.random.default_rng(0).normal(size=(20, 3))

    module = seeded(Sensor, classes=5, dtype=torch.float64)
    model = rv.SequenceModel.from_vectors(module, vectors, outputs="vwxyz")
    reading, steps = Reading(model, model.text), torch.tensor(vectors)
    check = agrees(reading, 17, lambda ids, row: module(steps[ids])[0, row], reading.explained[17])
    assert (check.drawn, check.of) == ("steps", "step")


def test_a_model_that_keeps_a_state_is_told():
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = recurrent()
            self.runs = 0

        def forward(self, ids):
            self.runs += 1
            logits, state = self.inner(ids)
            return logits + 0.01 * self.runs * torch.arange(27), state

    reading = Reading(rv.SequenceModel(Counts().eval(), LETTERS), TEXT, Question(rv.TOP))
    check, _ = checked(reading, 30)
    assert check.again is not None
    assert abs(check.again - check.before) > 1e-3


def test_nan_on_a_rerun_is_said():
    module = recurrent()
    with torch.no_grad():
        module.embedding.weight[LETTERS.index("x")] = np.nan
    model = rv.SequenceModel(module, LETTERS, name="broken", example="abc")
    # The text has one symbol, so that all are drawn, the one that breaks the model too.
    with pytest.raises(FloatingPointError, match="exchanged, broken gives NaN at output 15"):
        checked(Reading(model, "a" * 16), 15, np.arange(16.0))


def test_a_large_vocabulary():
    symbols = [f"<{n}>" for n in range(200_000)]
    module = recurrent(symbols=len(symbols), classes=5).eval()
    text = ["<7>", "<9>", "<199999>", "<7>", "<3>", "<12>"]
    model = rv.SequenceModel(
        module,
        symbols,
        list("abcde"),
        tokenize=lambda _: [(one, 5 * n, 5 * n + 5) for n, one in enumerate(text)],
    )
    reading = Reading(model, "-----" * len(text))
    check = agrees(reading, 5, first(module), reading.explained[5])
    assert (check.drawn, check.of) == ("text", "token")


def test_the_same_output_is_checked_with_the_same_draws():
    reading = Reading(rv.SequenceModel(recurrent(), LETTERS), TEXT)
    assert checked(reading, 30)[0] == checked(reading, 30)[0]
    assert checked(reading, 30)[0] != checked(reading, 29)[0]


def test_draws_are_of_frequencies():
    places = np.arange(400)
    drawn = ExchangedTexts.drawn(
        np.zeros(400, np.int64),
        places,
        places,
        scores=places.astype(float),
        symbols=DrawnSymbols(np.array([3, 8]), np.array([0.25, 0.75]), ""),
        signed=False,
        seed=1,
    )
    everything = drawn.texts[:, -1]
    assert set(np.unique(everything)) == {3, 8}
    assert np.mean(everything == 8) == pytest.approx(0.75, abs=0.05)
    for some, order in zip(drawn.orders, (places[::-1], places, None), strict=True):
        for texts, count in zip(drawn.texts[:, some].transpose(1, 0, 2), drawn.counts, strict=True):
            assert ((texts > 0).sum(axis=1) == count).all()
            if order is not None:
                assert (texts[:, order[:count]] == everything[:, order[:count]]).all()
