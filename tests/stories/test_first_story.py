"""The story that retells the article: what its prose says of the models is so."""

import re

import pytest
import story_scripts

import rnnviz_widget as rv


@pytest.fixture(scope="module")
def script():
    return story_scripts.imported("memorization")


@pytest.fixture(scope="module")
def widget(script):
    widget = script.explorer()
    yield widget
    widget.close()


@pytest.fixture(scope="module")
def claims(script, widget):
    """Each claim by its step and name, as it is now."""
    story = script.memorization(widget)
    assert len(story) == 6
    return {(claim.step, claim.name): claim for claim in story.check()}


def of_step(claims, step):
    """What each model has in a step."""
    return {name: claims[step, name].found for name in ("Nested LSTM", "LSTM", "GRU")}


def test_no_number_stands_in_the_prose():
    source = (story_scripts.FOLDER / "memorization.py").read_text(encoding="utf-8")
    prose = re.findall(r'story\.add\("""(.*?)"""\)', source, re.DOTALL)
    assert len(prose) == 6
    for words in prose:
        assert not re.search(r"\d", words)


def test_all_claims_hold(claims):
    assert len(claims) == 20
    assert all(claim.holds for claim in claims.values())


def test_the_nested_lstm_completes_mostly_from_letters_and_the_others_look_back(claims):
    for step in (2, 6):
        before = of_step(claims, step)
        assert before["Nested LSTM"] < 0.5
        assert before["Nested LSTM"] < min(before["LSTM"], before["GRU"])


def test_all_look_back_where_there_is_no_letter(script, claims, widget):
    with_letters, without = of_step(claims, 3), of_step(claims, 4)
    assert all(without[name] > with_letters[name] for name in without)
    at = script.typed("learning", 0)
    for name in widget.models:
        assert widget.connectivity(name).predictions[at][0][1] < 0.3


def test_who_remembers_more_does_not_know_better(claims):
    likely = {name: claims[5, f"likely in the {name}"].found for name in ("Nested LSTM", "GRU")}
    assert likely["Nested LSTM"] > likely["GRU"]
    shares = of_step(claims, 5)
    assert min(shares, key=shares.get) == "Nested LSTM"


def test_the_quantities_are_those_of_the_rows(script, claims):
    model = rv.load_pretrained("gru")
    scores = rv.connectivity(model, script.TEXT).scores
    at, start = script.typed("learning", 3), script.TEXT.index(" learning")
    by_hand = scores[at, :start].sum() / scores[at].sum()
    assert claims[2, "GRU"].found == pytest.approx(by_hand, abs=0.005)
