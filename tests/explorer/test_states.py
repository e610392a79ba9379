"""The states of the models' units, in windows of the text, as the page is sent them."""

import queue
from functools import partial

import numpy as np
import pytest
from explorer.two_models import OTHER, TEXT

from rnnviz_widget.explorer import Explorer, ReadySource
from rnnviz_widget.explorer import states as windows
from rnnviz_widget.explorer.unit_layers import layers_of_model
from rnnviz_widget.inside.route import route
from rnnviz_widget.reading import ready_readings
from rnnviz_widget.reading.formats import read_tables
from rnnviz_widget.scene.asks import AskStates
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.unit_states import UNKNOWN, RouteEnds

WAIT = 30


def states_of(reading):
    """Known states: of unit k at step t the number t + k / 8, and in another layer its half."""
    steps = np.arange(len(reading))[:, None] + np.arange(5) / 8
    return {"hidden of layer 0": steps, "forget of layer 1": steps[:, :3] / 2}


def layers_of(reading):
    return {name: partial(np.asarray, each) for name, each in states_of(reading).items()}


@pytest.fixture
def heard(explorer):
    replies = queue.Queue()
    instrument = explorer.instruments["states"]
    instrument.layers_of = layers_of
    instrument.on_reply = replies.put
    return replies


def asking(serial, around=0, layers=("forget of layer 1",) * 2, **more):
    given = {
        "curves": [None, None],
        "values": True,
        "order": "number",
        "route": None,
    }
    return AskStates(serial, around, layers=layers, **{**given, **more})


def ask(explorer, heard, **asked):
    """The reply to an ask, which may come at once or later."""
    found = explorer.instruments["states"].ask(asking(7, **asked))
    return found or heard.get(timeout=WAIT)


def numbers(facet):
    whole = np.frombuffer(facet.values, "<i2").reshape(-1, len(facet.index))
    return np.where(whole == UNKNOWN, np.nan, whole * np.asarray(facet.quantum))


def test_the_states_of_the_wanted_layers_come_with_exact_digits(explorer, heard):
    reply = ask(explorer, heard, layers=["hidden of layer 0", "forget of layer 1"])
    assert (reply.epoch, reply.serial, reply.first, reply.after) == (1, 7, 0, len(TEXT))
    first, second = reply.facets
    wanted = states_of(TEXT)
    assert list(first.layers) == list(wanted)
    assert (first.layer, second.layer, first.of, second.of) == (0, 1, 5, 3)
    assert np.allclose(numbers(first), wanted["hidden of layer 0"], atol=1e-12)
    assert np.allclose(numbers(second), np.round(wanted["forget of layer 1"], 3), atol=1e-12)
    assert np.allclose(first.low, np.arange(5) / 8)
    assert np.allclose(first.mean, (len(TEXT) - 1) / 2 + np.arange(5) / 8)
    assert first.order.tolist() == [0, 1, 2, 3, 4]


def test_the_last_hidden_states_are_shown_first(explorer, heard):
    first, second = ask(explorer, heard, layers=[None, "no such layer"]).facets
    assert (first.layer, second.layer) == (0, 0)


def test_a_unit_s_whole_curve_comes_when_it_is_asked_for(explorer, heard):
    reply = ask(explorer, heard, curves=[2, 99])
    first, second = reply.facets
    curve = np.frombuffer(first.curve, "<i2") * first.quantum[2]
    assert first.curve_of == 2
    assert np.allclose(curve, np.round(states_of(TEXT)["forget of layer 1"][:, 2], 3))
    assert (second.curve_of, second.curve) == (None, b"")


def test_a_long_text_comes_in_windows(explorer, heard, monkeypatch):
    monkeypatch.setattr(windows, "_WINDOW_BYTES", 100)
    monkeypatch.setattr(windows, "_FEWEST", 8)
    reply = ask(explorer, heard, around=len(TEXT) - 1)
    assert (reply.first, reply.after) == (24, len(TEXT))
    assert [facet.start for facet in reply.facets] == [24, 24]
    wanted = np.round(states_of(TEXT)["forget of layer 1"], 3)[24:]
    assert np.allclose(numbers(reply.facets[0]), wanted, atol=1e-12)


def test_a_later_ask_is_answered_at_once_and_another_text_is_read_anew(explorer, heard):
    ask(explorer, heard)
    at_once = explorer.instruments["states"].ask(asking(8, 3))
    assert at_once.serial == 8
    explorer.changes.read(OTHER)
    reply = ask(explorer, heard)
    assert (reply.epoch, reply.after) == (2, len(OTHER))
    # What was kept is dropped when the view is closed.
    closing = asking(9, None)
    assert explorer.instruments["states"].ask(closing) is None
    again = asking(10, 3)
    assert explorer.instruments["states"].ask(again) is None
    assert heard.get(timeout=WAIT).serial == 10


def test_a_saved_page_has_as_much_as_fits_around_the_character_shown(explorer, heard, monkeypatch):
    assert explorer.states.saved(3) is None
    monkeypatch.setattr(windows, "_WINDOW_BYTES", 100)
    monkeypatch.setattr(windows, "_FEWEST", 8)
    last = ask(explorer, heard, around=0, values=False)
    assert (last.first, last.after) == (0, 8)
    whole = explorer.states.saved(20)
    assert (whole.first, whole.after, whole.serial, whole.by) == (0, len(TEXT), 7, "number")
    wanted = np.round(states_of(TEXT)["forget of layer 1"], 3)
    assert np.allclose(numbers(whole.facets[0]), wanted, atol=1e-12)
    # Both models have three units of two bytes.
    monkeypatch.setattr(windows, "_SAVED_BYTES", 16 * 6 * 2)
    part = explorer.states.saved(20)
    assert (part.first, part.after) == (11, 27)
    assert np.allclose(numbers(part.facets[1]), wanted[11:27], atol=1e-12)
    assert explorer.states.saved(3).first == 0
    explorer.changes.read(OTHER)
    assert explorer.states.saved(3) is None


def test_a_hover_elsewhere_does_not_drop_an_ask(explorer, heard):
    explorer.instruments["states"].ask(asking(7, order="similar"))
    explorer.rows_at(20)
    assert heard.get(timeout=WAIT).serial == 7


def test_a_model_whose_states_are_not_found_fails_alone(explorer, heard):
    words = "no layer of Mixer has states; its modules are mix"
    answers = iter([ValueError(words), {}])

    def some(_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    explorer.instruments["states"].layers_of = some
    assert ask(explorer, heard).facets == [
        Failure(words),
        Failure("none of its layers has states that can be shown"),
    ]


def test_a_layer_that_fails_or_has_other_steps_fails_alone(explorer, heard):
    def broken():
        raise RuntimeError("out of memory")

    layers = {
        "hidden": broken,
        "short": lambda: np.zeros((3, 2)),
        "gate": partial(np.ones, (len(TEXT), 2)),
    }
    explorer.instruments["states"].layers_of = lambda _: layers
    failed = ask(explorer, heard, layers=["hidden", "short"]).facets
    assert failed[0] == Failure("RuntimeError: out of memory")
    assert failed[1] == Failure(f"short has 3 steps; the text has {len(TEXT)}")
    found, _ = ask(explorer, heard, layers=["gate", "short"]).facets
    assert numbers(found).tolist() == np.ones((len(TEXT), 2)).tolist()


def test_a_route_comes_with_its_check(explorer, heard):
    explorer.instruments["states"].layers_of = layers_of_model
    reply = ask(explorer, heard, route=RouteEnds(20, 14))
    for facet, model in zip(reply.facets, explorer.models.values(), strict=True):
        found, wanted = facet.route, route(model, TEXT, 20, 14)
        assert (found.output, found.input, facet.route_error) == (20, 14, None)
        assert found.steps.tolist() == list(range(14, 20))
        assert np.allclose(np.sum([one.shares for one in found.layers], axis=0), 1)
        assert [one.layer for one in found.layers] == [str(each) for each in wanted.places]
        best = wanted.strongest(1)[0]
        assert (found.strongest[0].unit, found.strongest[0].share) == (best.unit, best.share)
        assert found.strongest[0].layer in facet.layers
        assert found.connectivity == pytest.approx(wanted.connectivity)
        assert found.apart == wanted.error < 1e-10
        assert found.check == wanted.without().words


def test_there_is_no_route_to_an_earlier_output(explorer, heard):
    explorer.instruments["states"].layers_of = layers_of_model
    found, _ = ask(explorer, heard, route=RouteEnds(5, 9)).facets
    assert found.route is None
    assert "a later output" in found.route_error


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (asking(1, 99), "99"),
        (asking(1, layers=[None]), "layers must have an entry for each of"),
        (asking(1, curves=[]), "curves must have an entry for each of"),
    ],
)
def test_bad_asks_are_refused_in_words(explorer, asked, words):
    with pytest.raises(ValueError, match=words):
        explorer.instruments["states"].ask(asked)


def test_ready_made_rows_have_no_states():
    tables = read_tables({"A": {"text": "ab", "scores": [[1.0, 0.0], [0.5, 0.5]]}})
    explorer = Explorer(ReadySource(ready_readings(tables)))
    try:
        heard = queue.Queue()
        explorer.instruments["states"].on_reply = heard.put
        explorer.instruments["states"].ask(asking(1, layers=[None], curves=[None]))
        assert "ready-made" in heard.get(timeout=WAIT).facets[0].error
    finally:
        explorer.close()
        assert explorer.join(WAIT)
