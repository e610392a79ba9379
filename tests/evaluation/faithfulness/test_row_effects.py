"""What exchanging really does: worked out by hand, and by retyping the text."""

import numpy as np
import pytest
from evaluation.faithfulness.toys import check_of, logs, reruns_of, two_back
from evaluation.plainly import TEXTS, next_model, word_model

import rnnviz_widget as rv
from rnnviz_widget.evaluation.faithfulness.drawn_symbols import exchangeable
from rnnviz_widget.reading import Question, Reading

TEXT = "abcabacabb"
SHARES = {symbol: TEXT.count(symbol) / len(TEXT) for symbol in "abc"}


def expected_after(k):
    return sum(share * logs(symbol)[k] for symbol, share in SHARES.items())


def test_effects_by_hand():
    reruns = reruns_of(two_back(), TEXT, rows=10, start=2)
    true_rows = reruns.true_effects().rows
    assert [true.row for true in true_rows] == [*range(2, 10)]
    for true in true_rows:
        read = TEXT[true.row - 2]
        k = int(np.argmax(logs(read)))
        effect = np.zeros(len(true.places))
        effect[true.places == true.row - 2] = logs(read)[k] - expected_after(k)
        assert true.effect == pytest.approx(effect, abs=1e-11)
        square = sum(p * (logs(read)[k] - logs(s)[k]) ** 2 for s, p in SHARES.items())
        assert true.size.max() == pytest.approx(square**0.5)
        assert true.explained == pytest.approx(logs(read)[k])
        assert true.chance == pytest.approx(np.exp(logs(read)[k]))
        assert true.error == 0


def test_effects_of_a_contrast_by_hand():
    reruns = reruns_of(two_back(), TEXT, rv.Contrast("c", "a"), rows=3)
    assert len(reruns.rerun) == 3
    for rerun, true in zip(reruns.rerun, reruns.true_effects().rows, strict=True):
        assert rerun.plan.target == (2, 0)
        read = logs(TEXT[true.row - 2])
        mean = expected_after(2) - expected_after(0)
        assert true.effect[true.places == true.row - 2] == pytest.approx(read[2] - read[0] - mean)
        odds = np.exp(read)
        assert true.chance == pytest.approx(odds[2] / (odds[2] + odds[0]))


def test_comprehensiveness_and_sufficiency_by_hand():
    """The right order takes the one input that is read first: then all of the probability is gone
    that ever will be; the nearest comes to it at k = 4 (it is the third nearest), and not before.
    """
    reruns = reruns_of(two_back(), TEXT, rows=10, start=4, draws=50)

    def right(true_rows):
        return [(true.places == true.row - 2).astype(float) for true in true_rows]

    true_rows = reruns.true_effects().rows
    check = check_of([(reruns, true_rows, right)])
    drawn = []
    for rerun, true in zip(reruns.rerun, true_rows, strict=True):
        k = int(np.argmax(logs(TEXT[true.row - 2])))
        at = list(true.places).index(true.row - 2)
        after = np.mean([np.exp(logs("abc"[z])[k]) for z in rerun.plan.drawn[:, at]])
        drawn.append(true.chance - after)
    expected = pytest.approx(np.mean(drawn))
    for k in check.steps:
        assert check.comprehensiveness(k).value == expected
        assert check.sufficiency(k).value == pytest.approx(0, abs=1e-11)
        nearest = check.comprehensiveness(k, "nearest").value
        assert nearest == (expected if k >= 4 else pytest.approx(0, abs=1e-11))
    assert check.aopc().value == expected
    assert check.gain().value == pytest.approx(np.mean(drawn) * 2 / 5)
    assert 0.3 < check.racu().value < 1
    assert check.worse_than_nearest().value < 0.5


@pytest.mark.parametrize("model", [word_model, next_model])
def test_effects_are_those_of_retyping_the_text(model):
    model, text = model(), TEXTS[2]
    reruns = reruns_of(model, text, rows=3, start=3)
    (true_rows, ids) = reruns.true_effects().rows, model.tokens(text).ids
    drawn = {i: ids.count(i) / len(ids) for i in set(ids)}
    assert len(true_rows) == 3
    for true in true_rows:
        first = Reading(model, text, Question(rv.TOP))
        name = model.outputs[first.explained[true.row]]
        for at, t in enumerate(true.places):
            mean = sum(
                share
                * Reading(
                    model, text[:t] + model.inputs[b] + text[t + 1 :], Question(name)
                ).target_log_probability[true.row]
                for b, share in drawn.items()
            )
            effect = first.target_log_probability[true.row] - mean
            assert true.effect[at] == pytest.approx(effect, abs=1e-6)


def test_draws_are_the_same_whatever_is_measured():
    one, other = (reruns_of(two_back(), TEXT, measure=m) for m in ("norm", "grad_x_input"))
    assert len(one.rerun) == 2
    for a, b in zip(one.rerun, other.rerun, strict=True):
        assert a.plan.row == b.plan.row
        assert np.array_equal(a.plan.drawn, b.plan.drawn)
        assert np.array_equal(a.plan.orders, b.plan.orders)


def test_tokens_of_no_character_stay_as_they_are():
    def tokenize(text):
        return [*((c, t, t + 1) for t, c in enumerate(text)), ("c", len(text), len(text))]

    tokens = two_back(tokenize=tokenize).tokens("abab")
    assert exchangeable(tokens).tolist() == [True] * 4 + [False]
