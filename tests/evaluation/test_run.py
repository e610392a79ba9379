"""What `evaluate` finds is what a plain loop over positions finds."""

import json

import numpy as np
import pytest
import torch
from evaluation.plainly import (
    PIECES,
    TEXTS,
    WORDS,
    BothWays,
    agrees,
    count,
    in_pieces,
    next_model,
    word_model,
)
from small import LETTERS, recurrent, seeded

import rnnviz_widget as rv


def evaluate(model, texts, **options):
    return rv.evaluate(model, texts, progress=False, **options)


def test_words_inside_and_outside():
    model = word_model()
    expected = count(model, TEXTS, "word", start=5, lags=10)
    assert expected["outside", 0] > 2
    assert expected["outside", 24] == 0
    assert 0 < expected["top 1", 0] < expected["inside", 0]
    found = evaluate(model, TEXTS, start=5, lags=10)
    agrees(found, expected)
    assert found.characters == sum(map(len, TEXTS))
    assert found.name == "gru"


def test_the_next_token_and_words_of_24_letters_and_more():
    texts = [text.replace("it", "pneumonoultramicroscopicsilicovolcanoconiosis") for text in TEXTS]
    model = next_model()
    expected = count(model, texts, "next", start=0, lags=3)
    assert expected["inside", 24] > 40
    found = evaluate(model, texts, start=0, lags=3)
    agrees(found, expected)
    # The last position has no truth: one a text is not counted.
    assert found.accuracy().positions == found.characters - len(texts)
    assert found.reach().positions == found.accuracy().positions


def test_symbols_that_are_fed_as_unknown():
    module = recurrent(symbols=28, classes=len(WORDS), dtype=torch.float64)
    model = rv.SequenceModel(module, LETTERS + "?", WORDS, truth="word", unknown="?")
    texts = [text.replace("cat", "c4t").replace("of", "OF") for text in TEXTS]
    expected = count(model, texts, "word", start=3)
    agrees(evaluate(model, texts, start=3), expected)
    known = count(model, [text.replace("of", "by") for text in texts], "word", start=3)
    assert known["outside", 0] == expected["outside", 0]
    module = recurrent(symbols=28, classes=28, dtype=torch.float64)
    following = rv.SequenceModel(module, LETTERS + "?", unknown="?")
    found = evaluate(following, ["a4b c"], start=0)
    # "4" follows "a", but is not among what can be named.
    assert found.accuracy().positions == 3
    assert found.accuracy(outside=True).positions == 4


@pytest.mark.parametrize("truth", ["word", "next"])
def test_tokens_of_several_characters(truth):
    outputs = WORDS if truth == "word" else PIECES
    module = recurrent(symbols=len(PIECES), classes=len(outputs), dtype=torch.float64)
    model = rv.SequenceModel(module, PIECES, outputs, truth=truth, tokenize=in_pieces)
    expected = count(model, TEXTS, truth, start=4, lags=7, pieces=in_pieces)
    found = evaluate(model, TEXTS, start=4, lags=7)
    agrees(found, expected)
    assert found.accuracy(outside=True).positions < found.characters - 20  # tokens are fewer


def test_a_token_of_no_character_at_the_end():
    module = recurrent(symbols=28, classes=28)
    symbols = [*LETTERS, "<end>"]

    def tokenize(text):
        return [*((c, t, t + 1) for t, c in enumerate(text)), ("<end>", len(text), len(text))]

    found = evaluate(rv.SequenceModel(module, symbols, tokenize=tokenize), [" ab"], start=0)
    assert [known.positions for known in found.accuracy_by_known()[:4]] == [1, 1, 1, 0]


@pytest.mark.parametrize("measure", ["norm", "squared", "embedding_norm"])
def test_a_model_that_reads_both_ways(measure):
    module = seeded(BothWays, len(WORDS), seed=3, dtype=torch.float64)
    model = rv.SequenceModel(module, LETTERS, WORDS, truth="word")
    expected = count(model, TEXTS, "word", start=5, lags=9, measure=measure)
    agrees(evaluate(model, TEXTS, start=5, lags=9, measure=measure), expected)


def test_a_signed_measure_counts_by_its_size():
    """The reference differs by what the embedded input is: so against `rv.connectivity`."""
    model = word_model()
    found = evaluate(model, TEXTS[:1], start=0, measure="grad_x_input")
    c = rv.connectivity(model, TEXTS[0], measure="grad_x_input")
    assert (c.scores < 0).any()
    has = [reason == "the word being typed" for reason in c.reasons]
    assert found.reach().value == pytest.approx(rv.memory.reach(c.scores)[has].mean())
    assert found.memory.measure == "grad_x_input"


def test_the_top_prediction_is_explained_everywhere_from_start_on():
    model = word_model()
    expected = count(model, TEXTS, "word", start=6, top=True)
    found = evaluate(model, TEXTS, start=6, target=rv.TOP)
    agrees(found, expected)
    assert found.reach().positions == sum(len(text) - 6 for text in TEXTS)
    assert found.as_dict()["memory"]["target"] == "rv.TOP"
    without = rv.SequenceModel(model.network.module, LETTERS, WORDS)  # no truth at all
    alone = evaluate(without, TEXTS, start=6, target=rv.TOP)
    assert alone.reach() == found.reach()
    assert alone.accuracy().positions == 0
    json.dumps(alone.as_dict(), allow_nan=False)


def test_one_class_is_explained_where_asked():
    model = word_model()
    c = rv.connectivity(model, TEXTS[0], target="cat")
    found = evaluate(model, TEXTS[:1], start=2, target="cat")
    assert found.reach().value == pytest.approx(rv.memory.reach(c.scores)[2:].mean())


def test_a_truth_of_the_users_own():
    def truth(symbols):
        return ["a" if symbol == "t" else None for symbol in symbols]

    module = recurrent(classes=27, dtype=torch.float64)
    found = evaluate(rv.SequenceModel(module, LETTERS, truth=truth), TEXTS, start=0)
    assert found.accuracy().positions == "".join(TEXTS).count("t")
    assert found.accuracy(outside=True).positions == found.accuracy().positions


def test_without_memory_the_accuracies_are_the_same():
    model = word_model("lstm")
    short, whole = evaluate(model, TEXTS, memory=False), evaluate(model, TEXTS, start=5)
    assert short.memory is None
    assert short.accuracy_by_known(2) == whole.accuracy_by_known(2)
    assert short.cross_entropy() == whole.cross_entropy()
    with pytest.raises(ValueError, match=r"memory was not measured for lstm: .* with memory=True"):
        short.reach()
    assert "memory" not in short.as_dict()


def test_memory_is_not_computed_where_nothing_counts(monkeypatch):
    from rnnviz_widget.reading import Reading

    rows = []
    matrix = Reading.matrix
    monkeypatch.setattr(Reading, "matrix", lambda self: rows.append(len(self)) or matrix(self))
    found = evaluate(word_model(), TEXTS, start=20)
    assert rows == [len(text) for text in TEXTS if len(text) > 20]
    assert [int(tally.rows.sum()) for tally in found.tallies][2] == 0


def test_log_probabilities_do_not_underflow():
    """A truth that single precision gives no probability at all still has a cross entropy."""
    module = recurrent()
    with torch.no_grad():
        module.head.weight.zero_()
        module.head.bias.zero_()
        module.head.bias[0] = 300.0
    found = evaluate(rv.SequenceModel(module, LETTERS), ["abc"], memory=False)
    assert found.cross_entropy().value == pytest.approx(300)


def test_the_model_is_left_as_it_was():
    module = recurrent(dtype=torch.float64).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    evaluate(rv.SequenceModel(module, LETTERS), TEXTS, start=0)
    assert module.training
    assert all(p.requires_grad and p.grad is None for p in module.parameters())
    assert all(value.equal(before[name]) for name, value in module.state_dict().items())


def test_inference_mode_around_it_changes_nothing():
    with torch.inference_mode():
        inside = evaluate(word_model(), TEXTS, start=5)
    assert inside.as_dict() == evaluate(word_model(), TEXTS, start=5).as_dict()


@pytest.mark.parametrize(
    ("texts", "options", "kind", "words"),
    [
        (" the cat", {}, TypeError, r"a list of strings; got one string: pass \[text\]"),
        ([], {}, ValueError, "texts is empty: expected at least one text"),
        ([" the", 7], {}, TypeError, r"must be strings; number 1 is 7 \(int\)"),
        ([" the", None], {}, TypeError, r"number 1 is None \(NoneType\)"),
        ([" the", ""], {"memory": False}, ValueError, "text 1: text is empty"),
        ([" the", " c4t"], {"memory": False}, ValueError, "text 1: the model does not know '4'"),
        (TEXTS, {"start": -1}, ValueError, "start and lags must be at least 0; got -1 and 100"),
        (TEXTS, {"lags": -2}, ValueError, "at least 0; got 100 and -2"),
        (TEXTS, {"measure": "nrom"}, ValueError, "nrom"),
        (TEXTS, {"target": "dog", "start": 0}, ValueError, "text 0: target 'dog' is not among"),
        (
            TEXTS,
            {"start": 500},
            ValueError,
            "memory can't be measured: from output 500 of each text",
        ),
        (["   "], {"memory": False}, ValueError, "not one position of these 1 texts counts: gru"),
    ],
)
def test_bad_arguments_are_said(texts, options, kind, words):
    with pytest.raises(kind, match=words):
        evaluate(word_model(), texts, **options)


def test_what_is_no_model_is_said():
    with pytest.raises(TypeError, match=r"expected an rv\.SequenceModel; got Recurrent"):
        evaluate(recurrent(), TEXTS)


def test_no_truth_is_said():
    model = rv.SequenceModel(recurrent(), LETTERS, truth="none", name="mute")
    with pytest.raises(ValueError, match=r"mute has no truth there\. Give the model a truth"):
        evaluate(model, TEXTS, memory=False)
    with pytest.raises(ValueError, match=r"target=rv\.TOP if the model has no truth"):
        evaluate(model, TEXTS, start=0)


def test_a_model_whose_rows_are_all_zeros_is_said():
    module = recurrent()
    with torch.no_grad():
        module.head.weight.zero_()
    with pytest.raises(ValueError, match="a row that is not all zero"):
        evaluate(rv.SequenceModel(module, LETTERS), TEXTS, start=0)


def test_numbers_that_are_not_finite_are_said_with_their_text():
    module = recurrent()
    with torch.no_grad():
        module.embedding.weight[LETTERS.index("x")] = np.nan
    model = rv.SequenceModel(module, LETTERS)
    with pytest.raises(FloatingPointError, match=r"text 3: .* logits that are not finite"):
        evaluate(model, TEXTS, memory=False)
