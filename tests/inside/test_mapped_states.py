"""Maps of models on texts: each point against the model's own state, prediction and loss there."""

import numpy as np
import pytest
import torch
from explorer.two_models import TEXT, models
from hugging import bert, byte_level, gpt2, word_piece
from small import LETTERS, Recurrent, seeded

import rnnviz_widget as rv
from rnnviz_widget.inside import mapped_states
from rnnviz_widget.inside.map_sources import EMBEDDINGS, map_sources, source_named
from rnnviz_widget.inside.mapped_states import map_of_reading, read_corpus_points
from rnnviz_widget.inside.nearest_states import nearest_to
from rnnviz_widget.inside.principal_components import principal_components
from rnnviz_widget.inside.text_states import TextStates
from rnnviz_widget.inside.trustworthiness import trustworthiness
from rnnviz_widget.reading import Reading

CORPUS = ["another text", "of several", "that the model has not read", "a text"]


def reading(**options):
    return Reading(models(**options)["GRU"], TEXT)


def deep():
    return rv.SequenceModel(seeded(Recurrent, "lstm", layers=2), LETTERS)


def mapped(read, name=None, corpus=()):
    source = source_named(map_sources(read.given, TEXT), name)
    points = None
    if corpus:
        *shares, points = read_corpus_points(read, source, corpus)
        assert shares == pytest.approx([(n + 1) / len(corpus) for n in range(len(corpus))])
    return map_of_reading(read, source, points)


def test_each_point_is_the_projection_of_its_state():
    found = mapped(reading())
    states = models()["GRU"].states(TEXT)[0, "hidden"]
    plane = principal_components(states)
    np.testing.assert_allclose(found.map.coordinates, plane.project(states), atol=1e-12)
    # The one that the reader hovers moves to the projection of that state.
    at = 9
    np.testing.assert_allclose(plane.project(states[at][None])[0], found.map.coordinates[at])
    assert found.map.plane.explained.tolist() == plane.explained.tolist()
    trust = trustworthiness(states, plane.project(states))
    assert found.map.trust == trust
    first, second = (100 * each for each in plane.explained)
    words = f"{len(TEXT)} points; {first:.1f} % and {second:.1f} % of the"
    assert found.words().startswith(words)


def test_each_point_has_its_character_prediction_truth_and_loss():
    found = mapped(reading())
    model = models()["GRU"]
    ids = torch.tensor([[LETTERS.index(letter) for letter in TEXT]])
    with torch.no_grad():
        log = torch.log_softmax(model.network.logits(ids[0]), dim=1)
    rows = found.table()
    assert [row["symbol"] for row in rows] == list(TEXT)
    assert [row["predicted"] for row in rows] == [LETTERS[k] for k in log.argmax(dim=1)]
    assert [row["truth"] for row in rows] == [*TEXT[1:], None]
    expected = [-log[s, ids[0, s + 1]].item() for s in range(len(TEXT) - 1)]
    np.testing.assert_allclose([row["loss"] for row in rows], [*expected, np.nan], rtol=1e-5)
    assert rows[20]["context"] == TEXT
    assert rows[2]["context"] == TEXT[:15]


def test_a_corpus_stands_behind_the_text_and_is_placed_with_it():
    found = mapped(reading(), corpus=CORPUS)
    model = models()["GRU"]
    every = np.concatenate([model.states(one)[0, "hidden"] for one in (TEXT, *CORPUS)])
    np.testing.assert_allclose(found.states, every, atol=1e-6)
    plane = principal_components(every)
    np.testing.assert_allclose(found.map.coordinates, plane.project(every), atol=1e-5)
    assert found.own == len(TEXT)
    at = len(TEXT) + len(CORPUS[0]) + 3
    row = found.table()[at]
    assert (row["symbol"], row["context"]) == ("s", "of several")
    assert row["truth"] == "e"


@pytest.mark.parametrize("point", [4, 30])
def test_the_nearest_are_those_of_comparing_with_all(point):
    found = mapped(reading(), corpus=CORPUS)
    model = models()["GRU"]
    texts = TextStates.of(*(model.states(one)[0, "hidden"] for one in (TEXT, *CORPUS)))
    number, step = (0, point) if point < len(TEXT) else (1, point - len(TEXT))
    expected = nearest_to(texts, number, step, count=6, apart=found.apart).states
    near = found.nearest(point)
    assert [row["point"] for row in near] == [texts.starts[s.text] + s.step for s in expected]
    np.testing.assert_allclose(
        [row["similarity"] for row in near], [s.similarity for s in expected], atol=1e-6
    )


def test_all_layers_of_a_kind_are_one_map_with_a_point_for_each():
    read = Reading(deep(), TEXT)
    found = mapped(read, "cell of all layers", CORPUS[:1])
    both = [
        np.concatenate([deep().states(one)[n, "cell"] for one in (TEXT, CORPUS[0])]) for n in (0, 1)
    ]
    np.testing.assert_allclose(found.states, np.concatenate(both), atol=1e-6)
    steps = len(TEXT) + len(CORPUS[0])
    assert len(found) == 2 * steps
    assert found.table()[steps + 4]["layer"] == "cell of layer 1 of cell"
    # The nearest are of the same layer.
    assert {row["layer"] for row in found.nearest(4)} == {"cell of layer 0 of cell"}
    assert {row["layer"] for row in found.nearest(steps + 4)} == {"cell of layer 1 of cell"}


def test_token_embeddings_have_a_point_for_each_symbol():
    read = reading()
    found = mapped(read, EMBEDDINGS)
    rows = models()["GRU"].network.embedding_matrix().numpy()
    np.testing.assert_array_equal(found.states, rows)
    np.testing.assert_allclose(found.map.coordinates, principal_components(rows).project(rows))
    assert [row["symbol"] for row in found.table()] == list(LETTERS)
    assert found.of_tokens.tolist() == [LETTERS.index(letter) for letter in TEXT]
    assert found.own == 0
    nearest = nearest_to(TextStates.of(rows), 0, 4, count=6).states
    assert [row["point"] for row in found.nearest(4)] == [near.step for near in nearest]


def test_a_transformer_has_its_residual_stream_and_embeddings():
    tokenizer = byte_level()
    model = rv.SequenceModel.from_transformers(gpt2(tokenizer, torch.float32), tokenizer)
    text = "the cat sat on the mat"
    read = Reading(model, text)
    names = [one.name for one in map_sources(model, text)]
    assert names[:2] == [EMBEDDINGS, "residual of all layers"]
    found = map_of_reading(read, source_named(map_sources(model, text), "residual of all layers"))
    states = model.states(text)
    residual = states.stack("residual")
    np.testing.assert_array_equal(found.states, residual.reshape(-1, residual.shape[-1]))
    tokens = model.tokens(text)
    assert found.table()[len(tokens) + 1]["symbol"] == tokens.texts[1]
    embeddings = map_of_reading(read, source_named(map_sources(model, text), EMBEDDINGS))
    assert len(embeddings) == len(model.inputs)
    np.testing.assert_array_equal(embeddings.of_tokens, tokens.ids)


def test_an_encoder_has_its_residual_stream_and_embeddings():
    """As BERT: it reads both ways, and its tokenizer puts tokens around a text."""
    tokenizer = word_piece()
    network = bert(tokenizer, torch.float32)
    text = "the cat sat on the mat"
    read = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        layers = network(**read, output_hidden_states=True).hidden_states
    widget = rv.explore(rv.SequenceModel.from_transformers(network, tokenizer), text)
    found = widget.map("residual of all layers")
    embeddings = widget.map(EMBEDDINGS)
    widget.close()
    # What the first layer reads, and what each of the two gives.
    np.testing.assert_allclose(found.states, torch.cat(layers, dim=1)[0], atol=1e-6)
    tokens = ["[CLS]", *text.split(), "[SEP]"]
    assert [row["symbol"] for row in found.table()] == 3 * tokens
    assert [row["truth"] for row in found.table()[:8]] == [None, *text.split(), None]
    expected = principal_components(torch.cat(layers, dim=1)[0].numpy())
    np.testing.assert_allclose(found.map.coordinates, expected.project(found.states), atol=1e-5)
    matrix = network.get_input_embeddings().weight.detach().numpy()
    np.testing.assert_array_equal(embeddings.states, matrix)
    np.testing.assert_array_equal(embeddings.of_tokens, read["input_ids"][0])
    symbols = [row["symbol"] for row in embeddings.table()]
    assert [symbols[step] for step in embeddings.of_tokens] == tokens
    # Both "the" are one point.
    assert embeddings.of_tokens[1] == embeddings.of_tokens[5]


def test_what_is_explained_changes_nothing():
    model = models()["GRU"]
    plain = mapped(reading()).table()
    target = rv.Unit("cell", layer=0, kind="update", index=3)
    for question in (target, "e", rv.TOP):
        asked = rv.explore(model, TEXT, target=question)
        other = asked.map().table()
        asked.close()
        assert [row["truth"] for row in other] == [row["truth"] for row in plain]
        np.testing.assert_allclose(
            [row["loss"] for row in other], [row["loss"] for row in plain], rtol=1e-6
        )


def test_what_does_not_fit_is_said(monkeypatch):
    read = reading()
    with pytest.raises(
        ValueError, match="there is no source 'hiden' of a map; expected one of 'to"
    ):
        mapped(read, "hiden")
    source = source_named(map_sources(read.given, TEXT), None)
    with pytest.raises(ValueError, match=r"text 1: .*does not know"):
        list(read_corpus_points(read, source, ["fine", "not \u00e9"]))
    monkeypatch.setattr(mapped_states, "MOST_POINTS", len(TEXT) + 15)
    found = mapped_states.map_of_reading(
        read, source, list(read_corpus_points(read, source, CORPUS))[-1]
    )
    assert len(found) == len(TEXT) + len(CORPUS[0])
    assert "(the first 1 of 4 texts); " in found.words()
    with pytest.raises(
        ValueError, match=r"the first text .* more steps than the 15 that a map has"
    ):
        list(read_corpus_points(read, source, ["a" * 16]))
    with pytest.raises(ValueError, match="embeddings are no states of texts"):
        list(read_corpus_points(read, source_named(map_sources(read.given, TEXT), EMBEDDINGS), []))
    monkeypatch.setattr(mapped_states, "MOST_POINTS", 30)
    both = source_named(map_sources(deep(), TEXT), "hidden of all layers")
    with pytest.raises(ValueError, match="2 layers of 27 steps are more than the 30 points"):
        map_of_reading(Reading(deep(), TEXT), both)
    with pytest.raises(ValueError, match="there is no point 99"):
        mapped(reading(), EMBEDDINGS).nearest(99)
