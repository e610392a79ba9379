"""Another text while the explorer runs."""

import pickle

import numpy as np
import pytest
from explorer.two_models import OTHER, PAIR, TEXT, models
from small import LETTERS, oracle, recurrent

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource, ReadySource
from rnnviz_widget.models import UnknownSymbolError
from rnnviz_widget.reading import Question, ready_readings
from rnnviz_widget.reading.formats import read_tables


def state(explorer):
    return explorer.text, explorer.caches, explorer.epoch, explorer.target


@pytest.mark.parametrize("engine", ["auto", "autograd"])
@pytest.mark.parametrize("text", [OTHER, TEXT * 3, "z", TEXT[:-1] + "s"])
def test_another_text_is_read_with_the_same_weights(text, engine):
    explorer = Explorer(ModelSource(models(), TEXT, Question("e"), engine=engine))
    explorer.rows_at(5)
    explorer.changes.read(text)
    assert (explorer.text, explorer.epoch, explorer.target) == (text, 2, "e")
    # The row of an output before the first changed character stays, where the sweep reads on.
    kept = {5} if engine == "auto" and text.startswith(TEXT[:6]) else set()
    assert [set(cache.rows) for cache in explorer.caches] == [kept] * 2
    ids = [LETTERS.index(letter) for letter in text]
    e = LETTERS.index("e")
    position = len(text) - 1
    answer = explorer.rows_at(position)
    for (s, row), cache, model in zip(
        answer, explorer.caches, explorer.models.values(), strict=True
    ):
        truth = oracle(model.network.module, ids, [e] * len(ids), "norm")[s]
        np.testing.assert_allclose(row, truth, atol=1e-4 * truth.max())
        assert cache.facet.text == text
        assert cache.facet.engine == ("autograd" if engine == "autograd" else "sweep")
    explorer.fill()
    assert explorer.join(timeout=60)
    assert [len(cache.rows) for cache in explorer.caches] == [len(text)] * 2
    explorer.close()


def test_words_about_another_text_are_those_of_that_text(explorer):
    explorer.changes.explain(PAIR)
    explorer.changes.read(OTHER)
    assert explorer.chosen["measure"] == "quick_exchange"
    for rows, model in zip(explorer.caches, explorer.models.values(), strict=True):
        c = rv.connectivity(model, OTHER, target=PAIR)
        facet, explained = rows.facet, rows.facet.explained
        assert [facet.classes[k] for k in explained.target] == c.targets
        best = [[facet.classes[k] for k in row] for row in facet.top]
        assert best == [[name for name, _ in each] for each in c.predictions]
        np.testing.assert_allclose(explained.probability, c.target_probabilities, rtol=1e-5)


def lacking(letter, **options):
    """A model that does not know a letter."""
    letters = LETTERS.replace(letter, "")
    module = recurrent("gru", symbols=26, classes=26)
    return rv.SequenceModel(module, letters, **options)


def failing(tokens):
    if len(tokens) > len(TEXT):
        raise KeyError("<b>too long</b>")
    return [None] * len(tokens)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("a tExt", UnknownSymbolError, "^GRU, LSTM: the model does not know 'E' at 3; it"),
        ("a queue", UnknownSymbolError, "^no q: the model does not know 'q' at 2; it knows"),
        ("", ValueError, "^GRU: text is empty"),
        (7, TypeError, "^GRU: text must be a string; got int"),
        (None, TypeError, "^GRU: text must be a string"),
        (TEXT + "s", RuntimeError, "^own truth: KeyError: '<b>too long</b>'"),
    ],
)
def test_all_models_or_none(text, kind, words):
    every = {
        **models(),
        "no q": lacking("q"),
        "own truth": rv.SequenceModel(recurrent("gru"), LETTERS, unknown="a", truth=failing),
    }
    explorer = Explorer(ModelSource(every, TEXT, Question("e")))
    before = state(explorer)
    with pytest.raises(kind, match=words):
        explorer.changes.read(text)
    assert all(one is two for one, two in zip(state(explorer), before, strict=True))
    explorer.changes.read("read all of it")
    assert explorer.epoch == 2
    explorer.close()
    with pytest.raises(RuntimeError, match="closed"):
        explorer.changes.read("read it")


def test_what_was_prepared_is_not_shown_once_the_explorer_is_closed():
    explorer = Explorer(ModelSource(models(), TEXT))
    begin = explorer.changes.prepare_text("read it")
    explorer.close()
    with pytest.raises(RuntimeError, match="closed"):
        begin()
    assert explorer.caches == []


def test_what_any_of_them_does_not_know_is_told_once_and_in_order():
    words = rv.SequenceModel(
        recurrent("gru", symbols=3, classes=3), ["a", "bc", " "], tokenize=str.split
    )
    every = {"q": lacking("q"), "z": lacking("z"), "fed": lacking("q", unknown="a"), "words": words}
    explorer = Explorer(ModelSource(every, "a bc a a"))
    with pytest.raises(UnknownSymbolError) as caught:
        explorer.changes.read("a zq bc xyz")
    error = caught.value
    assert error.positions == [2, 3, 8, 9, 10]
    assert str(error).startswith("q: the model does not know 'q' at 3; it knows")
    assert "z: the model does not know 'z' at 2, 'z' at 10" in str(error)
    assert "words: the model does not know 'zq' at 2, 'xyz' at 8" in str(error)
    assert "fed" not in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.positions) == (str(error), error.positions)
    explorer.close()


def test_targets_one_by_one_do_not_fit_another_text():
    explorer = Explorer(ModelSource(models(), TEXT, Question([rv.TOP] * len(TEXT))))
    assert not explorer.editable
    before = state(explorer)
    for text in (OTHER, TEXT):
        with pytest.raises(ValueError, match="targets are a list for the tokens of the text"):
            explorer.changes.read(text)
    assert all(one is two for one, two in zip(state(explorer), before, strict=True))
    explorer.changes.explain("e")
    assert explorer.editable
    explorer.changes.read(OTHER)
    assert explorer.epoch == 3
    explorer.close()


def test_ready_made_rows_read_nothing():
    rows = ("abc", [[1], [2, 3], [4, 5, 6]])
    explorer = Explorer(ReadySource(ready_readings(read_tables({"A": rows}, None))))
    assert not explorer.editable
    before = state(explorer)
    with pytest.raises(ValueError, match=r"^these rows are ready-made: .* read another text"):
        explorer.changes.read("abd")
    assert all(one is two for one, two in zip(state(explorer), before, strict=True))
    explorer.close()


def test_what_was_prepared_is_read_again_where_target_or_weights_changed(explorer):
    begin = explorer.changes.prepare_text(OTHER)
    assert (explorer.text, explorer.epoch) == (TEXT, 1)
    facets = explorer.caches
    explorer.changes.explain("e")
    assert explorer.caches is not facets
    begin()
    assert (explorer.text, explorer.epoch, explorer.target) == (OTHER, 3, "e")
    assert set(explorer.caches[0].connectivity().targets) == {"e"}
    begin()
    assert explorer.epoch == 4
    explorer.changes.refresh()
    assert (explorer.text, explorer.epoch) == (OTHER, 5)


def test_a_model_that_is_asked_twice_by_two_names_reads(explorer):
    model = explorer.models["GRU"]
    twice = Explorer(ModelSource({"one": model, "two": model}, TEXT))
    twice.changes.read(OTHER)
    one, two = (row for _, row in twice.rows_at(7))
    np.testing.assert_array_equal(one, two)
    twice.close()
