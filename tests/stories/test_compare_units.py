"""The story of four units: what its prose says of the models is so, and was measured of them."""

import re

import numpy as np
import pytest
import story_scripts
import torch

import rnnviz_widget as rv

SENTENCE, WORD = ("GRU", "LSTM"), ("Nested LSTM", "RNN")
"""The units that read mostly the one or the other, as the prose has it."""


@pytest.fixture(scope="module")
def script():
    return story_scripts.imported("compare_units")


@pytest.fixture(scope="module")
def widget(script):
    widget = script.explorer()
    yield widget
    widget.close()


@pytest.fixture(scope="module")
def claims(script, widget):
    """Each claim by its step and name, as it is now."""
    story = script.compare_units(widget)
    assert len(story) == 5
    return {(claim.step, claim.name): claim for claim in story.check()}


def of_step(claims, step, what=""):
    """What each model has in a step."""
    return {name: claims[step, f"{name}{what}"].found for name in (*SENTENCE, *WORD)}


def least_and_most(found):
    """The least of those that read the sentence, and the most of those that read the word."""
    return min(found[name] for name in SENTENCE), max(found[name] for name in WORD)


def test_no_number_stands_in_the_prose():
    source = (story_scripts.FOLDER / "compare_units.py").read_text(encoding="utf-8")
    prose = re.findall(r'story\.add\("""(.*?)"""\)', source, re.DOTALL)
    assert len(prose) == 5
    for words in prose:
        assert not re.search(r"\d", words)


def test_all_claims_hold(claims):
    assert len(claims) == 44
    assert all(claim.holds for claim in claims.values())


def test_all_guess_the_same_word_and_accuracy_hardly_tells_them_apart(claims):
    assert claims[1, "guess"].found == "score"
    right = of_step(claims, 1)
    assert max(right.values()) - min(right.values()) < 0.04


def test_two_read_mostly_the_sentence_and_two_mostly_the_word(script, claims):
    least, most = least_and_most(of_step(claims, 2, ", texts"))
    assert least > 0.5 > most
    # The place that is shown is no exception.
    least, most = least_and_most(of_step(claims, 2))
    assert least > most
    # Nor is it the choice of texts: all intervals are on their side of the half.
    shares = {
        name: rv.pretrained_results(key)["memory"]["share before word"]
        for name, key in script.MODELS.items()
    }
    assert all(shares[name]["low"] > 0.5 for name in SENTENCE)
    assert all(shares[name]["high"] < 0.5 for name in WORD)


def test_each_looks_back_where_no_letter_is_typed_and_two_go_on(claims):
    without, with_letters = of_step(claims, 3, ", no letter"), of_step(claims, 3, ", letters")
    assert min(without.values()) > 0.7
    assert all(with_letters[name] < without[name] for name in without)
    least, most = least_and_most(with_letters)
    assert least > most + 0.1


def test_the_rnn_reaches_least_and_yet_predicts_as_well_as_the_nested_lstm(claims):
    for what in ("", ", texts"):
        least, most = least_and_most(of_step(claims, 4, what))
        assert least > 1.5 * most
    reach = of_step(claims, 4, ", texts")
    assert reach["RNN"] == min(reach.values())
    assert claims[4, "LSTM, far"].found > 5 * claims[4, "RNN, far"].found
    right = of_step(claims, 1)
    assert right["RNN"] == pytest.approx(right["Nested LSTM"], abs=0.005)


def test_who_reads_the_sentence_guesses_better_without_letters_and_the_rnn_catches_up(claims):
    least, most = least_and_most(of_step(claims, 5, ", no letter"))
    assert least > most > claims[5, "lookup, no letter"].found
    right = of_step(claims, 5, ", letters")
    assert right["RNN"] > max(right[name] for name in SENTENCE) - 0.01
    assert right["Nested LSTM"] < min(right[name] for name in ("RNN", *SENTENCE)) - 0.03
    assert abs(claims[5, "lookup, letters"].found - right["LSTM"]) < 0.01


def test_what_is_said_of_many_texts_is_what_was_measured(script, claims):
    for name, key in script.MODELS.items():
        results = rv.pretrained_results(key)
        by_known = results["model"]["accuracy by known"]["in vocabulary"]["top 1"]["value"]
        memory = results["memory"]
        share = memory["share before word by known"]["value"]
        found = [
            claims[place].found
            for place in (
                (1, name),
                (2, f"{name}, texts"),
                (3, f"{name}, no letter"),
                (3, f"{name}, letters"),
                (5, f"{name}, no letter"),
                (5, f"{name}, letters"),
            )
        ]
        top = results["model"]["accuracy"]["in vocabulary"]["top 1"]
        told = [top["value"], memory["share before word"]["value"], share[0], share[4]]
        assert found == [*told, by_known[0], by_known[9]]
        assert claims[4, f"{name}, texts"].found == pytest.approx(memory["reach"]["value"], abs=0.5)
        if (4, f"{name}, far") in claims:
            beyond = sum(memory["share by lag"]["value"][20:])
            assert claims[4, f"{name}, far"].found == pytest.approx(beyond, abs=1e-4)
        # The claims of all models name the counts once.
        assert claims[1, "places"].found == top["positions"]
        assert claims[2, "texts"].found == memory["texts"]
        assert 100 * (top["high"] - top["low"]) / 2 < claims[1, "interval"].found + 0.05


def test_what_is_said_of_the_text_shown_is_what_its_rows_are(script, claims):
    scores = np.abs(rv.connectivity(rv.load_pretrained("rnn"), script.TEXT).scores)
    at, start = script.TEXT.index("score") + 3, script.TEXT.index(" score")
    by_hand = scores[at, :start].sum() / scores[at].sum()
    assert claims[2, "RNN"].found == pytest.approx(by_hand, abs=0.005)
    at = script.TEXT.index("form") + 3
    distances = at - np.arange(at + 1)
    reach = (scores[at, : at + 1] * distances).sum() / scores[at].sum()
    assert claims[4, "RNN"].found == pytest.approx(reach, abs=0.5)


def test_of_other_weights_nothing_is_said_that_was_not_measured(script):
    model = rv.load_pretrained("rnn")
    script.check_measured(model, "RNN")
    with torch.no_grad():
        next(model.network.module.parameters()).mul_(1.01)
    with pytest.raises(ValueError, match="the RNN has other weights than those that were measured"):
        script.check_measured(model, "RNN")
