"""Another target while the widget runs, looks at other classes, and what is refused."""

import json
import threading

import ipywidgets
import numpy as np
import pytest
import traitlets
from received import read_ints, read_names, read_scores
from small import LETTERS, recurrent
from widgets import LEFT_OUT, await_fill, begin_fill, explorer_of, filled, page_of, rows_of

import rnnviz_widget as rv
from rnnviz_widget.scene.bytes_as_text import as_text

TEXT = "a text that two models read"
PAIR = rv.Contrast("e", rather_than="o")


def unpacked(entry, measure):
    return read_scores(entry, signed=measure["signed"])


def near(row, scores):
    return np.abs(row - scores).max() <= np.abs(scores).max() / 999


@pytest.fixture
def model():
    return rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU")


@pytest.fixture
def other():
    """A model that lacks "z"."""
    return rv.SequenceModel(recurrent("lstm", classes=26), LETTERS, LETTERS[:26], name="LSTM")


@pytest.fixture
def widget(model):
    widget = rv.explore(model, TEXT, position=9, pinned=4)
    yield widget
    widget.close()
    await_fill(widget, 20)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("e", ["e"]),
        (rv.TOP, "top"),
        (PAIR, ["e", "o"]),
        (("e", rv.TRUTH), ["e", {"choice": "truth"}]),
        ([rv.TOP] * len(TEXT), None),
    ],
)
def test_a_new_target_is_a_new_epoch_of_the_same_picture(model, widget, target, message):
    page = page_of(widget)
    filled(widget)
    seen = []
    widget.observe(lambda change: seen.append(change.new), "target")
    widget.target = target
    c = rv.connectivity(model, TEXT, target=target)
    assert widget.target == target
    assert seen == [target]
    assert widget.get_state("target")["target"] == message
    assert json.dumps(message)
    scene = page.scene
    assert (scene["epoch"], scene["target"]) == (2, message)
    assert scene["measure"] == vars(c.facet.measure)
    assert (widget.position, widget.pinned, widget.text) == (9, 4, TEXT)
    assert (page.answer["epoch"], page.answer["position"]) == (2, 4)
    assert near(unpacked(page.answer["facets"][0], scene["measure"]), c.scores[4, :5])
    facet = scene["facets"][0]
    names = read_names(facet["classes"])
    shown = [names[k] for k in read_ints(facet["target"], len(TEXT))]
    assert shown == c.targets
    if c.rivals is None:
        assert facet["rivals"] is None
    else:
        rivals = read_ints(facet["rivals"]["target"], len(TEXT))
        assert [names[k] for k in rivals] == c.rivals
        ranks = read_ints(facet["rivals"]["rank"], len(TEXT))
        np.testing.assert_array_equal(ranks, c.rival_ranks)
    await_fill(widget)
    assert (page.rows["epoch"], page.rows["complete"]) == (2, True)
    assert page.status["state"] == "done"


def test_a_widget_that_is_not_shown_computes_the_shown_row_only(widget):
    page = page_of(widget)
    widget.target = "e"
    assert page.answer["epoch"] == 2
    assert page.status["state"] == "idle"
    assert len(rows_of(widget)) == 1


def test_the_same_target_changes_nothing(widget):
    widget.target = rv.TRUTH
    widget.set_state({"target": "truth"})
    assert page_of(widget).scene["epoch"] == 1


def test_refresh_keeps_the_target(widget):
    page = page_of(widget)
    widget.target = PAIR
    widget.refresh()
    assert (page.scene["epoch"], page.scene["target"]) == (3, ["e", "o"])


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("zz", "^GRU: target 'zz' is not among the model's 27 output classes"),
        ("z", "^LSTM: target 'z' is not among the model's 26"),
        (("e", "z"), "^LSTM: target 'z'"),
        (("e", "e"), "two different classes"),
        (3, "target must be rv.TRUTH"),
        (None, "target must be rv.TRUTH"),
        (["e"], "one for each token: 27 expected, 1 came"),
    ],
)
def test_what_not_all_can_explain_is_refused_and_nothing_changes(model, other, target, words):
    widget = rv.explore([model, other], TEXT, target="e")
    page = page_of(widget)
    scene, facets = page.scene, explorer_of(widget).facets
    with pytest.raises(traitlets.TraitError, match=words):
        widget.target = target
    assert widget.target == "e"
    assert page.scene is scene
    assert explorer_of(widget).facets is facets
    widget.close()


@pytest.mark.parametrize("bad", [["z"], ["e", "z"], "no", [], 7, {"a": 1}])
def test_the_page_is_told_why_not_and_what_else_it_sent_stands(model, other, bad):
    widget = rv.explore([model, other], TEXT, target="e")
    sent = []
    widget.send_state = lambda key: sent.append(key)  # noqa: PLW0108 - it has a name
    for serial in (1, 2):
        widget.set_state({"target": bad, "position": 3 + serial})
        assert widget.position == 3 + serial
        assert widget.target == "e"
        refused = page_of(widget).refused
        assert (refused["kind"], refused["serial"]) == ("target", serial)
        assert "'z' is not among" in refused["message"] or "travels as" in refused["message"]
        assert sent.count("target") == serial
    widget.close()


def test_the_page_sets_targets(widget, model):
    page = page_of(widget)
    for message, target in ((["e"], "e"), ("top", rv.TOP), (["e", "o"], PAIR)):
        widget.set_state({"target": message})
        assert widget.target == target
        c = rv.connectivity(model, TEXT, target=target)
        row = unpacked(page.answer["facets"][0], page.scene["measure"])
        assert near(row, c.scores[4, :5])
    await_fill(widget)


def test_targets_can_be_linked(model, other):
    one, two = rv.explore(model, TEXT), rv.explore(other, TEXT)
    link = traitlets.link((one, "target"), (two, "target"))
    one.target = PAIR
    assert two.target == PAIR
    two.target = rv.TOP
    assert one.target == rv.TOP
    assert page_of(one).scene["epoch"] == page_of(two).scene["epoch"] == 3
    link.unlink()
    in_the_page = ipywidgets.jslink((one, "target"), (two, "target"))
    assert in_the_page.source == (one, "target")
    in_the_page.close()
    for widget in (one, two):
        widget.close()


def test_ready_made_rows_have_no_target_to_change():
    widget = rv.from_rows({"A": ("abc", [[1], [2, 3], [4, 5, 6]])})
    page = page_of(widget)
    assert page.scene["target"] is None
    with pytest.raises(traitlets.TraitError, match=r"^A: its rows are ready-made"):
        widget.target = "e"
    page.ask("preview", position=1, target=["e"])
    assert "ready-made" in page.refused["message"]
    page.ask("classes", prefix="")
    assert page.found["names"] == []
    widget.close()


def test_targets_that_change_while_the_fill_and_hovers_go_on(model, other):
    widget = rv.explore([model, other], TEXT * 4)
    page, wrong = page_of(widget), []

    def check(change):
        if change.new["epoch"] != page.scene["epoch"]:
            wrong.append(change.new["epoch"])

    widget.observe(check, "_rows")
    begin_fill(widget)
    stop = threading.Event()

    def hover():
        position = 0
        while not stop.is_set():
            position = (position + 7) % len(widget.text)
            widget.set_state({"position": position})

    hovering = threading.Thread(target=hover)
    hovering.start()
    for target in ("e", PAIR, rv.TOP, "a", ("a", "b"), rv.TRUTH, "q", PAIR):
        widget.target = target
    stop.set()
    hovering.join(20)
    assert not hovering.is_alive()
    await_fill(widget)
    assert not wrong
    assert explorer_of(widget).target == PAIR
    epoch = explorer_of(widget).epoch
    # Two that come while the page's state is taken in may be one.
    assert 2 <= epoch <= 9
    assert page.answer["epoch"] == page.scene["epoch"] == page.rows["epoch"] == epoch
    assert page.rows["complete"] is True
    widget.close()


def look(widget, position, target, **serial):
    page = page_of(widget)
    page.ask("preview", position=position, target=target, **serial)
    return page.preview


@pytest.mark.parametrize(
    ("message", "target"),
    [(["e"], "e"), (["e", "o"], PAIR), ("top", rv.TOP), ("truth", rv.TRUTH)],
)
def test_a_look_is_answered_without_a_new_epoch(widget, model, message, target):
    page = page_of(widget)
    filled(widget)
    before = page.scene, page.answer, page.rows, dict(rows_of(widget))
    looked = look(widget, 12, message, serial=3)
    c = rv.connectivity(model, TEXT, target=target)
    assert (looked["epoch"], looked["position"], looked["serial"]) == (1, 12, 3)
    assert looked["measure"] == vars(c.facet.measure)
    (entry,) = looked["facets"]
    assert entry["row"] == 12
    assert near(unpacked(entry, looked["measure"]), c.scores[12, :13])
    told = entry["target"]
    assert (told["name"], told["rank"], told["reason"]) == (
        c.targets[12],
        c.target_ranks[12],
        c.reasons[12],
    )
    assert told["p"] == pytest.approx(c.target_probabilities[12], rel=1e-5)
    rival = c.rivals and {"name": c.rivals[12], "rank": c.rival_ranks[12]}
    assert (told["rival"] and {k: told["rival"][k] for k in ("name", "rank")}) == rival
    now = page.scene, page.answer, page.rows
    assert all(one is two for one, two in zip(now, before, strict=False))
    assert rows_of(widget).keys() == before[3].keys()
    assert json.dumps(as_text(looked))


def test_a_look_at_nothing_ends_it(widget):
    page = page_of(widget)
    looked = look(widget, 12, ["e"])
    page.look_away()
    assert page.preview is looked


def test_a_class_that_one_model_lacks_is_looked_at_in_the_others(model, other):
    widget = rv.explore([model, other], TEXT)
    looked = look(widget, 12, ["z"])
    assert looked["facets"][0]["target"]["name"] == "z"
    assert looked["facets"][1]["target"] is None
    assert "'z' is not among the model's 26" in looked["facets"][1]["error"]
    widget.close()


@pytest.mark.parametrize(
    "asked",
    [
        {"position": 99, "target": ["e"]},
        {"position": -1, "target": ["e"]},
        {"position": 3, "target": "e"},
        {"target": ["e"]},
        {"position": 3, "target": ["e"], "serial": LEFT_OUT},
    ],
)
def test_bad_looks_are_refused_in_words(widget, asked):
    page = page_of(widget)
    serial = page.ask("preview", **asked)
    assert page.refused["kind"] == "preview"
    assert page.refused["serial"] == (None if serial is LEFT_OUT else serial)
    assert page.refused["message"]
    assert page.preview == {}


def test_a_long_look_is_finished_behind_and_the_fill_goes_on(model, monkeypatch):
    from rnnviz_widget.explorer import explorer as rooms

    monkeypatch.setattr(rooms, "_ANSWER_WITHIN", 0.0)
    text = TEXT * 9
    widget = rv.explore(model, text, position=0)
    filled(widget)
    whole, seen = threading.Event(), []
    page_of(widget).on_reply("preview", seen.append)
    page_of(widget).on_reply("preview", lambda one: "from" in one["facets"][0] or whole.set())
    look(widget, 240, ["e", "o"], serial=4)
    assert whole.wait(20)
    c = rv.connectivity(model, text, target=PAIR, tolerance=0)
    assert seen[0]["facets"][0]["from"] == 224
    assert near(unpacked(seen[-1]["facets"][0], seen[-1]["measure"]), c.scores[240, :241])
    assert {each["serial"] for each in seen} == {4}
    widget.close()
    await_fill(widget, 20)


def test_names_are_found_by_how_they_begin(model):
    names = ["the", "then", "that", "cat", *map(str, range(40))]
    words = rv.SequenceModel(recurrent("gru", classes=44), LETTERS, names)
    widget = rv.explore(words, TEXT, position=7)
    page = page_of(widget)
    serial = page.ask("classes", prefix="th")
    found = page.found
    assert (found["serial"], found["prefix"], found["position"]) == (serial, "th", 7)
    c = rv.connectivity(words, TEXT, target="then")
    p = {each["name"]: each["p"] for each in found["names"]}
    assert p.keys() == {"the", "then", "that"}
    assert p["then"] == [pytest.approx(c.target_probabilities[7], rel=1e-5)]
    page.ask("classes", prefix="")
    assert len(page.found["names"]) == 20
    page.ask("classes", prefix=3)
    assert page.refused["kind"] == "classes"
    widget.close()


def test_a_saved_page_has_the_contrast(widget):
    widget.target = PAIR
    widget.bake()
    shared = widget.shared()
    assert shared.state["_scene"]["target"] == ["e", "o"]
    assert "e rather than o" in shared.standing
    assert widget.connectivity().rivals == ["o"] * len(TEXT)
