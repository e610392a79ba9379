"""The story of a Transformer beside an LSTM: its task, its training, and what it says of both."""

import re

import numpy as np
import pytest
import story_scripts
import torch

import rnnviz_widget as rv


@pytest.fixture(scope="module")
def recall():
    return story_scripts.imported("recall")


@pytest.fixture(scope="module")
def script(recall):
    return story_scripts.imported("transformer_and_lstm")


@pytest.fixture(scope="module")
def widget(script):
    widget = script.explorer()
    yield widget
    widget.close()


@pytest.fixture(scope="module")
def story(script, widget):
    story = script.transformer_and_lstm(widget)
    assert len(story) == 6
    return story


@pytest.fixture(scope="module")
def claims(story):
    """Each claim by its step and name, as it is now."""
    return {(claim.step, claim.name): claim for claim in story.check()}


def test_a_text_tells_each_person_once_and_the_answer_is_what_was_told(recall):
    ids = recall.texts(50, 6, np.random.default_rng(0), asked=3)
    assert ids.shape == (50, 18)
    for text in ids:
        told = dict(text[:12].reshape(6, 2))
        assert len(told) == len(set(told.values())) == 6
        assert all(told[name] == colour for name, colour in text[12:].reshape(3, 2))
        assert all(recall.WORDS[i] in recall.NAMES for i in text[::2])
        assert all(recall.WORDS[i] in recall.COLOURS for i in text[1::2])


def test_words_are_read_as_they_are_written(recall):
    [ids] = recall.texts(1, 4, np.random.default_rng(1))
    text = recall.in_words(ids)
    assert re.fullmatch(r"(\w+: \w+, ){4}\w+: \w+,", text)
    model = rv.SequenceModel(recall.LSTM(), recall.WORDS, tokenize=recall.tokenize)
    tokens = model.tokens(text)
    assert list(tokens.ids) == list(ids)
    assert "".join(text[a:b] for _, a, b in recall.tokenize(text)) == text.replace(" ", "")


@pytest.mark.parametrize("name", ["Transformer", "LSTM"])
def test_training_is_the_same_each_time_and_learns_which_word_can_follow(recall, name, monkeypatch):
    monkeypatch.setattr(recall, "BATCH", 16)
    first, again = (recall.train(name, steps=40, say=str) for _ in range(2))
    for key, value in first.state_dict().items():
        assert torch.equal(value, again.state_dict()[key])
    ids = recall.texts(100, 4, np.random.default_rng(2))
    colours = {recall.WORDS.index(colour) for colour in recall.COLOURS}
    assert set(recall.answers(first, ids).tolist()) <= colours


def test_what_was_trained_is_kept_in_half_precision(recall, tmp_path):
    module = recall.LSTM(width=48, units=96)
    recall.save({"LSTM": module}, tmp_path / "weights.npz")
    loaded = recall.load("LSTM", tmp_path / "weights.npz")
    for key, value in module.state_dict().items():
        assert torch.equal(value.half().float(), loaded.state_dict()[key])


def test_the_weights_that_ship_are_those_of_the_accuracies_that_are_told(recall, claims):
    sizes, right = [], {}
    for name in recall.MODULES:
        module = recall.load(name)
        sizes.append(sum(parameter.numel() for parameter in module.parameters()))
        right[name] = [recall.accuracy(module, people, 1000, seed=5) for people in (2, 4, 6, 8)]
    assert max(sizes) < 1.02 * min(sizes)
    told = [claims[6, f"{number}, LSTM"].stated for number in ("two", "four", "six", "eight")]
    assert right["LSTM"] == pytest.approx(told, abs=0.04)
    smallest = claims[6, "smallest, Transformer"].stated
    assert min(right["Transformer"]) == pytest.approx(smallest, abs=0.01)
    assert smallest > 0.99


def test_no_number_stands_in_the_prose():
    source = (story_scripts.FOLDER / "transformer_and_lstm.py").read_text(encoding="utf-8")
    prose = re.findall(r'story\.add\("""(.*?)"""\)', source, re.DOTALL)
    assert len(prose) == 6
    for words in prose:
        assert not re.search(r"\d", words)


def test_all_claims_hold(claims):
    assert len(claims) == 29
    assert all(claim.holds for claim in claims.values())


def test_its_page_can_be_made(story, tmp_path):
    story.save_html(tmp_path / "story.html")
    page = (tmp_path / "story.html").read_text(encoding="utf-8")
    assert "How a Transformer and an LSTM find what they were told" in page


def test_the_transformer_looks_where_it_was_told_and_the_lstm_mixes_people_up(claims):
    found = {key: claim.found for key, claim in claims.items()}
    for step in (2, 4):
        assert found[step, "asked for is strongest, Transformer"] > 0.98
    # What the gradient does not show of the LSTM, reruns do.
    assert found[2, "asked for is strongest, LSTM"] < 0.5
    assert found[3, "strongest changed, LSTM"] < 0.5
    assert found[3, "asked for changed, LSTM"] > 0.7
    assert found[4, "asked for is strongest, LSTM"] > 0.7
    assert found[5, "answer, Transformer"] == "grey"
    # That of emil, as the prose has it.
    assert found[5, "answer, LSTM"] == "green"
    assert found[6, "eight, LSTM"] < found[6, "four, LSTM"] < found[6, "two, LSTM"]


def answer(recall, model, text):
    """The likeliest word after the last name of a text."""
    return rv.connectivity(model, text, rows=[-1]).predictions[-1][0][0]


def test_the_figures_are_those_of_reruns_by_hand(recall, script, widget, monkeypatch):
    monkeypatch.setattr(script, "TEXTS", 12)
    monkeypatch.setattr(script, "_MEASURED", {})
    model = widget.models["LSTM"]
    rng = np.random.default_rng(7)
    ids = recall.texts(12, 6, rng)
    colours = np.arange(12, 24)
    new = [rng.choice(np.setdiff1d(colours, text)) for text in ids]
    followed, found, kept, strongest_followed = [], [], [], []
    for each, other in zip(ids, new, strict=True):
        words = [recall.WORDS[i] for i in each]
        text, fresh = recall.in_words(each[:-1]), recall.WORDS[other]
        before = answer(recall, model, text)
        c = rv.connectivity(model, text, target=before, measure="exchange")
        row = np.abs(c.scores[-1])
        strongest = max(range(6), key=lambda n, row=row: row[2 * n] + row[2 * n + 1])
        found.append(words[2 * strongest] == words[-2])
        for n in range(6):
            after = answer(recall, model, text.replace(f" {words[2 * n + 1]},", f" {fresh},"))
            if words[2 * n] == words[-2]:
                followed.append(after == fresh)
            else:
                kept.append(after == before)
            if n == strongest:
                strongest_followed.append(after == fresh)
    measured = script.measured(model)
    assert measured.followed == pytest.approx(np.mean(followed))
    assert measured.kept == pytest.approx(np.mean(kept))
    assert measured.by["exchange"].found == pytest.approx(np.mean(found))
    assert measured.by["exchange"].followed == pytest.approx(np.mean(strongest_followed))


def test_other_weights_are_measured_anew(recall, script, monkeypatch):
    monkeypatch.setattr(script, "TEXTS", 12)
    monkeypatch.setattr(script, "_MEASURED", {})
    module = recall.load("Transformer")
    model = rv.SequenceModel(module, recall.WORDS, tokenize=recall.tokenize)
    trained = script.measured(model)
    assert trained.followed == 1
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(0.3)
    model.refresh()
    assert script.measured(model).followed < 1
