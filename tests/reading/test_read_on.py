"""Readings that go on from another one: facets and rows as if the text were read anew."""

import dataclasses

import numpy as np
import pytest
from small import LETTERS, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.models import pretrained_names
from rnnviz_widget.reading import Question, Reading
from rnnviz_widget.scene.codec import pack

TEXT = "the formal study of grammar is an important part"
EDITS = {
    "a letter at the end": TEXT + "s",
    "a word at the end": TEXT + " of education",
    "deleted at the end": TEXT[:-3],
    "deleted in the middle": TEXT[:12] + TEXT[18:],
    "inserted in the middle": TEXT[:20] + "the " + TEXT[20:],
    "pasted over the middle": TEXT[:10] + " rules taught " + TEXT[30:],
    "another first letter": "s" + TEXT[1:],
    "the same text": TEXT,
    "one letter of it": TEXT[:1],
    "another text": "quite another one",
}
PAIR = rv.Contrast("part", rather_than="parts")
QUESTIONS = {
    "truth": Question(),
    "top": Question(rv.TOP),
    "a class": Question("of"),
    "two classes": Question(PAIR, measure="grad_x_input"),
    "a probability": Question(of="log_prob"),
    "a method": Question(measure="occlusion"),
}


def check_alike(found, anew):
    """Facets field by field, and all rows."""
    for field in dataclasses.fields(found.facet):
        if field.name not in ("top_probabilities", "explained"):
            one, other = getattr(found.facet, field.name), getattr(anew.facet, field.name)
            assert np.all(one == other), field.name
    np.testing.assert_allclose(
        found.facet.top_probabilities, anew.facet.top_probabilities, atol=1e-6
    )
    one, other = found.facet.explained, anew.facet.explained
    assert (list(one.target), list(one.reasons)) == (list(other.target), list(other.reasons))
    np.testing.assert_array_equal(one.rank, other.rank)
    np.testing.assert_allclose(one.probability, other.probability, atol=1e-6)
    if other.rivals is not None:
        assert list(one.rivals.target) == list(other.rivals.target)
        np.testing.assert_array_equal(one.rivals.rank, other.rivals.rank)
    assert found.explained == anew.explained
    np.testing.assert_allclose(found.target_log_probability, anew.target_log_probability, atol=1e-6)
    np.testing.assert_allclose(
        found.predictions.all_odds(len(anew) - 1),
        anew.predictions.all_odds(len(anew) - 1),
        atol=1e-6,
    )
    rows, right = found.matrix()[0], anew.matrix()[0]
    peaks = np.abs(right).max(axis=1, keepdims=True)
    assert (np.abs(rows - right) / np.where(peaks > 0, peaks, 1)).max() < 1e-6


@pytest.mark.parametrize("name", pretrained_names())
def test_every_edit_of_every_bundled_model_is_as_if_read_anew(name):
    model = rv.load_pretrained(name)
    before = Reading(model, TEXT)
    for text in EDITS.values():
        found = Reading(model, text, before=before)
        check_alike(found, Reading(model, text))
        assert pack(found.facet).keys() == pack(before.facet).keys()


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_question_is_answered_as_if_the_text_were_read_anew(question):
    model = rv.load_pretrained("gru-small")
    for text in EDITS.values():
        found = Reading(model, text, question, before=Reading(model, TEXT, question))
        check_alike(found, Reading(model, text, question))


def test_a_text_typed_letter_by_letter():
    model = rv.load_pretrained("lstm")
    reading = Reading(model, TEXT[:1])
    for end in range(2, len(TEXT) + 1):
        reading = Reading(model, TEXT[:end], before=reading)
    check_alike(reading, Reading(model, TEXT))


def test_rows_are_the_same_where_neither_input_nor_target_changed():
    model = rv.load_pretrained("gru-small")
    before = Reading(model, TEXT)
    # The word at the end becomes another one, which its letters are explained by.
    longer = Reading(model, TEXT + "ies", before=before)
    word = TEXT.rindex(" ")
    assert longer.same_rows == list(range(word))
    assert longer.same_rows == [
        s for s in range(len(TEXT)) if longer.explained[s] == before.explained[s]
    ]
    right = Reading(model, TEXT + "ies").rows(longer.same_rows)
    np.testing.assert_allclose(
        before.rows(longer.same_rows), right[:, : len(TEXT)], atol=1e-5 * right.max()
    )
    first = Reading(model, "s" + TEXT[1:], before=before)
    assert first.same_rows == []
    asked = Reading(model, TEXT, Question(rv.TOP), before=before)
    alike = zip(asked.explained[:-1], before.explained, strict=False)
    assert asked.same_rows == [s for s, (one, other) in enumerate(alike) if one == other]
    asked = Reading(model, TEXT, Question(measure="squared"), before=before)
    assert asked.same_rows == []
    chosen = Question("of", measure="occlusion")
    of_method = Reading(model, TEXT, chosen, before=Reading(model, TEXT, chosen))
    assert of_method.same_rows == []
    assert before.explaining(Question("of")).same_rows == []


def test_another_question_than_that_of_the_reading_before():
    model = rv.load_pretrained("gru-small")
    before = Reading(model, TEXT, Question("of"))
    for question in (Question(), Question("of", of="centred"), Question(PAIR)):
        check_alike(
            Reading(model, TEXT + "s", question, before=before),
            Reading(model, TEXT + "s", question),
        )


def test_what_is_masked_stays_masked():
    module = recurrent("gru")
    module.head.bias.data[LETTERS.index("e")] = -float("inf")
    model = rv.SequenceModel(module, LETTERS)
    before = Reading(model, "a text", Question("e"))
    found = Reading(model, "a text to read", Question("e"), before=before)
    check_alike(found, Reading(model, "a text to read", Question("e")))
    assert all("masked" in reason for reason in found.facet.explained.reasons)


def test_other_weights_are_not_read_on():
    module = recurrent("gru")
    model = rv.SequenceModel(module, LETTERS)
    before = Reading(model, "a text")
    module.head.weight.data.add_(1)
    module.cell.weight_hh_l0.data.mul_(0.5)
    model.refresh()
    found = Reading(model, "a text to read", before=before)
    assert found.same_rows == []
    check_alike(found, Reading(model, "a text to read"))


def test_a_logit_that_is_not_finite_is_named_as_ever():
    module = recurrent("rnn")
    module.cell = seeded(nn.RNN, 5, 12, nonlinearity="relu", batch_first=True)
    module.cell.weight_ih_l0.data.abs_()
    module.embedding.weight.data[LETTERS.index("z")] = 3e38
    model = rv.SequenceModel(module, LETTERS)
    before = Reading(model, "a text")
    words = []
    for reading in (None, before):
        with pytest.raises(FloatingPointError, match=r"first at token 8 \(.z") as caught:
            Reading(model, "a text azure", before=reading)
        words.append(str(caught.value))
    assert words[0] == words[1]
    assert Reading(model, "a text to read", before=before).facet.engine == "sweep"


def test_accuracy_goes_with_the_rows():
    model = rv.load_pretrained("gru-small")
    text = TEXT * 8
    before = Reading(model, text)
    for _ in before.fill(range(len(before))):
        pass
    assert before.accuracy.tolerance > 0
    assert Reading(model, text + "s", before=before).accuracy == before.accuracy
    assert Reading(model, "s" + text[1:], before=before).accuracy.tolerance == 0
