"""A model with one output for the whole text is counted once a text."""

import json

import numpy as np
import pytest
import torch
from small import seeded
from torch import nn
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget import memory
from rnnviz_widget.models.truth import whole_text
from rnnviz_widget.picture import standing_text

LETTERS = "ab "


class Sizes(nn.Module):
    """ids (1, T) -> (1, 2): a GRU's last state."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(3, 4)
        self.gru = nn.GRU(4, 6, batch_first=True)
        self.head = nn.Linear(6, 2)

    def forward(self, ids):
        return self.head(self.gru(self.embedding(ids))[0][:, -1])


def size(tokens):
    return "good" if len(tokens) < 5 else "bad"


def classifier(truth=size, *, says=None, **more):
    module = seeded(Sizes, dtype=torch.float64)
    if says is not None:
        with torch.no_grad():
            module.head.bias[:] = torch.tensor([9.0, 0.0] if says == "good" else [0.0, 9.0])
    return rv.SequenceModel(module, LETTERS, ["good", "bad"], truth=truth, **more)


def evaluate(model, texts, **options):
    return rv.evaluate(model, texts, progress=False, **options)


@pytest.mark.parametrize("texts", [["ab", "ab" * 49], ["ab" * 200, "a"]])
def test_two_texts_of_which_one_is_right_are_one_half_whatever_their_lengths(texts):
    found = evaluate(classifier(says="good"), texts)
    assert found.accuracy().value == 0.5
    assert found.accuracy().positions == found.cross_entropy().positions == 2
    assert found.reach().positions == 2
    assert (found.accuracy().low, found.accuracy().high) == (0.0, 1.0)


def test_a_list_with_one_class_for_each_token_is_as_good_as_one_class():
    texts = ["ab", "ba ba ba"]
    one = evaluate(classifier(), texts)
    each = evaluate(classifier(lambda tokens: [size(tokens)] * len(tokens)), texts)
    assert one.as_dict() == each.as_dict()
    none = evaluate(classifier(lambda tokens: None if len(tokens) < 3 else "bad"), texts)
    assert none.accuracy().positions == 1


def test_figures_are_of_the_one_output_of_each_text():
    texts = ["ab", "ab ba b", "a" * 30, "b b"]
    model = classifier()
    found = evaluate(model, texts, lags=5)
    reaches, effective, lags, losses = [], [], [], []
    for text in texts:
        ids = torch.tensor([[LETTERS.index(c) for c in text]])
        logits = model.network.module(ids)[0]
        truth = 0 if len(text) < 5 else 1
        losses.append(-logits.log_softmax(0)[truth].item())
        scores = rv.connectivity(model, text).scores[-1]
        share = scores / scores.sum()
        back = np.arange(len(text))[::-1]
        reaches.append((share * back).sum())
        effective.append(np.exp(-(share * np.log(share)).sum()))
        lags.append([share[back == lag].sum() for lag in range(6)] + [share[back > 5].sum()])
    assert found.cross_entropy().value == pytest.approx(np.mean(losses), rel=1e-12)
    assert found.reach().value == pytest.approx(np.mean(reaches), rel=1e-12)
    assert found.effective_characters().value == pytest.approx(np.mean(effective), rel=1e-12)
    by_lag = [each.value for each in found.share_by_lag()]
    assert by_lag == pytest.approx(np.mean(lags, axis=0).tolist(), rel=1e-12)


def test_memory_of_one_row_stands_at_the_last_token():
    scores = np.array([[1.0, 1.0, 2.0]])
    assert memory.reach(scores, at=[2]) == pytest.approx([0.75])
    assert memory.share_by_lag(scores, 1, at=[2])[0].tolist() == [0.5, 0.25, 0.25]
    with pytest.raises(ValueError, match="at must have one token, 0 to 2, for each of 1 outputs"):
        memory.reach(scores, at=[3])
    with pytest.raises(ValueError, match="pass the token of each output with at="):
        memory.reach(scores)


def test_its_sentence_and_its_rows_are_those_of_the_end_wherever_it_is_shown():
    c = rv.connectivity(classifier(), "ab ba")
    assert c.one_output
    said = [standing_text(c.picture(p)).split("; ", 3)[3].split("\n")[0] for p in range(5)]
    assert len(set(said)) == 1
    assert said[0].endswith(" or more characters before the end.")
    widget = rv.explore(classifier(), "ab ba")
    assert page_of(widget).scene["facets"][0]["one_output"] is True
    widget.close()


def test_short_texts_are_not_refused_and_start_counts_from_the_end_of_the_text():
    assert evaluate(classifier(), ["ab", "ba"]).reach().positions == 2
    assert evaluate(classifier(), ["ab", "ab" * 49], start=50).reach().positions == 1


def test_what_is_of_words_is_an_error_and_not_among_the_figures():
    found = evaluate(classifier(), ["ab", "ba b"])
    for figure in (
        found.accuracy_by_known,
        found.share_before_word,
        found.reach_by_known,
        found.share_before_word_by_known,
    ):
        with pytest.raises(ValueError, match="one output for the whole text, which belongs to no"):
            figure()
    figures = json.loads(json.dumps(found.as_dict()))
    assert "accuracy by known" not in figures
    assert set(figures["memory"]) == {
        "measure", "target", "of", "start", "lags", "reach", "effective characters", "share by lag",
    }  # fmt: skip
    assert "2 texts" in repr(found)


def test_an_interrupted_evaluation_goes_on(tmp_path):
    texts = ["ab", "ba b", "b" * 20]
    whole = evaluate(classifier(), texts, keep=tmp_path / "kept")
    lines = (tmp_path / "kept").read_text().splitlines(keepends=True)
    (tmp_path / "kept").write_text("".join(lines[:2]))
    again = evaluate(classifier(), texts, keep=tmp_path / "kept")
    assert again.as_dict() == whole.as_dict() == evaluate(classifier(), texts).as_dict()
    assert again.whole


def test_several_classes_of_one_output_are_refused():
    model = classifier(lambda tokens: ["good", *["bad"] * (len(tokens) - 1)])
    with pytest.raises(ValueError, match=r"truth must return one class .* got 4 items: 'good', "):
        rv.connectivity(model, "ab a")
    with pytest.raises(ValueError, match="returned 'fine', which is not among"):
        rv.connectivity(classifier(lambda _: "fine"), "ab a")
    with pytest.raises(ValueError, match="got 0 items: none"):
        rv.connectivity(classifier(lambda _: []), "ab a")


def test_what_follows_is_not_known_of_an_output_that_has_read_it():
    class Following(Sizes):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(6, 3)

    model = rv.SequenceModel(seeded(Following), LETTERS)
    assert model.truth == "next"
    found = rv.connectivity(model, "ab ab")
    assert len(set(found.targets)) == 1
    assert set(found.reasons) == {
        "the top prediction, as nothing follows the text that this one output has read"
    }
    for memory_too in (True, False):
        with pytest.raises(
            ValueError,
            match=r"which the text does not contain\. With SequenceModel\(\.\.\., window=",
        ):
            evaluate(model, ["ab ab"], start=0, memory=memory_too)


def test_the_last_word_is_the_one_that_is_read():
    model = rv.SequenceModel(seeded(Sizes), LETTERS, ["ab", "b"], truth="word")
    assert set(rv.connectivity(model, "ab ab b").targets) == {"b"}
    answer = whole_text("same", model.tokens("ab"), {"a": 0, "b": 1})
    assert answer.target is None
    assert not answer.outside


def test_a_row_of_zeros_everywhere_is_told_from_texts_that_are_too_short():
    model = classifier()
    with torch.no_grad():
        model.network.module.head.weight[:] = 0
    with pytest.raises(ValueError, match="is zero on each of these 2 texts"):
        evaluate(model, ["ab", "ba"])
    assert evaluate(model, ["ab", "ba"], memory=False).accuracy().positions == 2
