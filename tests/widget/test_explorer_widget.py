"""Traits, as the page and the user see them."""

import sys
import threading

import numpy as np
import pytest
import torch
import traitlets
from received import read_ints, read_names, read_scores
from small import LETTERS, recurrent
from widgets import await_fill, explorer_of, filled, page_of

import rnnviz_widget as rv
from rnnviz_widget.scene.bytes_as_text import as_text

TEXT = "a text that two models read"


def row_of(facet, measure):
    return read_scores(facet, signed=measure["signed"])


@pytest.fixture
def widget(model):
    widget = rv.explore(model, TEXT)
    yield widget
    widget.close()
    await_fill(widget, 20)


def from_page(widget, **state):
    widget.set_state(state)


@pytest.mark.parametrize("measure", ["norm", "squared", "embedding_norm", "grad_x_input"])
def test_an_answer_is_the_row_of_connectivity(model, measure):
    widget = rv.explore({"A": model, "B": model}, TEXT, position=9, measure=measure)
    page = page_of(widget)
    scores = rv.connectivity(model, TEXT, measure=measure).scores
    from_page(widget, position=12)
    answer = page.answer
    assert (answer["position"], answer["epoch"]) == (12, 1)
    for facet in answer["facets"]:
        row = row_of(facet, page.scene["measure"])
        peak = np.abs(scores[12]).max()
        assert np.abs(row - scores[12, :13]).max() <= peak / 999
        assert facet["total"] == pytest.approx(np.abs(scores[12]).sum(), rel=1e-5)
    widget.close()


def test_position_starts_at_the_end_and_goes_both_ways(widget):
    assert widget.position == len(TEXT) - 1
    seen = []
    widget.observe(lambda change: seen.append(change.new), "position")
    from_page(widget, position=4)
    widget.position = 7
    assert seen == [4, 7]
    assert page_of(widget).answer["position"] == 7


def test_positions_outside_the_text_are_refused(widget):
    with pytest.raises(traitlets.TraitError, match=r"position must be .* 0 to 26; got 27"):
        widget.position = 27
    with pytest.raises(traitlets.TraitError, match=r"pinned must be .* 0 to 26; got -1"):
        widget.pinned = -1
    assert widget.position == len(TEXT) - 1


def test_a_pin_is_shown_instead(widget):
    page = page_of(widget)
    widget.pinned = 3
    assert (widget.shown, page.answer["position"]) == (3, 3)
    widget.position = 9
    assert page.answer["position"] == 3
    widget.pinned = None
    assert page.answer["position"] == 9


def test_every_row_reaches_the_page_and_then_no_answer_is_needed(widget):
    page = page_of(widget)
    filled(widget)
    assert page.rows["complete"] is True
    assert page.status["state"] == "done"
    serial = page.answer["serial"]
    from_page(widget, position=2)
    assert page.answer["serial"] == serial
    assert widget.position == 2


def test_asking_again_for_what_failed_is_answered_again(widget, monkeypatch):
    page = page_of(widget)

    def fail(_):
        raise ArithmeticError("<b>no</b>")

    monkeypatch.setattr(explorer_of(widget).caches[0].reading, "pieces", fail)
    for serial in (2, 3):
        widget.position = 5 if serial == 2 else 6
        assert page.answer["serial"] == serial
        assert page.answer["facets"][0]["error"] == "ArithmeticError: <b>no</b>"


def test_refresh_keeps_text_position_and_pin():
    module = recurrent("gru")
    widget = rv.explore(rv.SequenceModel(module, LETTERS), TEXT, target="e", position=9, pinned=4)
    page = page_of(widget)
    filled(widget)
    before = row_of(page.answer["facets"][0], page.scene["measure"])
    with torch.no_grad():
        module.head.weight.mul_(2)
    widget.refresh()
    after = row_of(page.answer["facets"][0], page.scene["measure"])
    np.testing.assert_allclose(after, 2 * before, rtol=1e-4)
    assert (widget.position, widget.pinned, widget.text) == (9, 4, TEXT)
    assert page.scene["epoch"] == page.answer["epoch"] == page.rows["epoch"] == 2
    await_fill(widget)
    assert page.rows["complete"] is True
    widget.close()


def test_predictions_and_targets_are_in_the_scene(model):
    widget = rv.explore(model, TEXT)
    c = rv.connectivity(model, TEXT)
    facet = page_of(widget).scene["facets"][0]
    names = read_names(facet["classes"])
    top = read_ints(facet["top"], 3 * len(TEXT)).reshape(len(TEXT), 3)
    targets = [names[k] for k in read_ints(facet["target"], len(TEXT))]
    assert [[names[k] for k in row] for row in top] == [
        [name for name, _ in predictions[:3]] for predictions in c.predictions
    ]
    assert targets == c.targets
    reasons = [facet["reasons"][k] for k in read_ints(facet["reason"], len(TEXT))]
    assert reasons == c.reasons
    ranks = read_ints(facet["target_rank"], len(TEXT))
    np.testing.assert_array_equal(ranks, c.target_ranks)
    widget.close()


def test_models_come_alone_by_name_or_in_a_list(model):
    other = rv.SequenceModel(recurrent("lstm"), LETTERS, name="LSTM")
    for given, names in (
        (model, ["GRU"]),
        ([model, other], ["GRU", "LSTM"]),
        ({"one": model, "two": model}, ["one", "two"]),
    ):
        widget = rv.explore(given, TEXT)
        assert [facet["name"] for facet in page_of(widget).scene["facets"]] == names
        assert list(widget.models) == names
        widget.close()


@pytest.mark.parametrize(
    ("models", "options", "kind", "words"),
    [
        ({}, {}, ValueError, "there is no model to explore"),
        ("twice", {}, ValueError, "two models are called 'GRU'; pass a dict"),
        ("number", {}, TypeError, "a model's name must be a string; got 3"),
        (None, {"position": 99}, traitlets.TraitError, "0 to 26; got 99"),
        (None, {"target": "zz"}, ValueError, "target 'zz' is not among"),
    ],
)
def test_bad_calls_are_said(model, models, options, kind, words):
    models = {"twice": [model, model], "number": {3: model}, None: model}.get(
        models if isinstance(models, (str, type(None))) else 0, models
    )
    with pytest.raises(kind, match=words):
        rv.explore(models, TEXT, **options)


def test_unknown_options_are_refused(model):
    with pytest.raises(TypeError, match="heat"):
        rv.explore(model, TEXT, heat=1)


def test_a_text_of_one_character(model):
    widget = rv.explore(model, "a")
    filled(widget)
    assert page_of(widget).rows["complete"] is True
    widget.close()


def test_a_row_in_part_says_where_it_begins_and_the_whole_follows(model, monkeypatch):
    from rnnviz_widget.explorer import explorer as rooms
    from rnnviz_widget.explorer import fill

    monkeypatch.setattr(rooms, "_ANSWER_WITHIN", 0.0)
    monkeypatch.setattr(fill.Fill, "advance", lambda _: False)
    text = TEXT * 9
    widget = rv.explore(model, text, position=0)
    filled(widget)
    answers = []
    whole = threading.Event()
    widget.observe(lambda change: answers.append(change.new), "_answer")
    widget.observe(lambda change: "from" in change.new["facets"][0] or whole.set(), "_answer")
    from_page(widget, position=240)
    assert whole.wait(20)
    scores = rv.connectivity(model, text, tolerance=0).scores[240, :241]
    assert answers[0]["facets"][0]["from"] == 225
    for answer in answers:
        assert (answer["position"], answer["epoch"]) == (240, 1)
        facet = answer["facets"][0]
        row = row_of(facet, page_of(widget).scene["measure"])
        expected = scores[facet.get("from", 0) :]
        np.testing.assert_allclose(row, expected, atol=1.001e-3 * expected.max())
    assert "from" not in answers[-1]["facets"][0]
    assert len({answer["serial"] for answer in answers}) == len(answers)
    widget.close()
    await_fill(widget, 20)


def test_which_engine_serves_is_told(model):
    words = "sweep: the GRU layers are served by their own equations"
    widget = rv.explore(model, TEXT)
    assert widget.engines == {"GRU": words}
    assert page_of(widget).scene["facets"][0]["engine"] == words
    forced = rv.explore(model, TEXT, engine="autograd")
    assert forced.engines == {"GRU": "autograd: asked for"}
    with pytest.raises(ValueError, match="engine must be one of"):
        rv.explore(model, TEXT, engine="fast")
    with pytest.raises(ValueError, match=r"tolerance must be 0 \(exact\) or a share"):
        rv.explore(model, TEXT, tolerance=-1)


def test_where_bytes_get_lost_text_is_sent(model, monkeypatch):
    plain = rv.explore(model, TEXT)
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    colab = rv.explore(model, TEXT)
    for name in ("_scene", "_answer", "_rows"):
        assert as_text(getattr(plain, name)) == getattr(colab, name)
    assert colab.bake().rows == len(TEXT)
    plain.bake()
    assert colab.shared().state["_rows"] == plain.shared().state["_rows"]
    plain.close()
    colab.close()
