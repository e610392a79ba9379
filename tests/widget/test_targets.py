"""Another target while the widget runs, looks at other classes, and what is refused."""

import json
import threading

import ipywidgets
import numpy as np
import pytest
import traitlets
from received import read_ints, read_names
from small import LETTERS, recurrent
from widget.texts import PAIR, TEXT, near, unpacked
from widgets import await_fill, begin_fill, explorer_of, filled, page_of, rows_of

import rnnviz_widget as rv


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
    assert scene["measure"] == {"name": c.measure, "signed": c.signed, "label": c.label}
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
    scene, facets = page.scene, explorer_of(widget).caches
    with pytest.raises(traitlets.TraitError, match=words):
        widget.target = target
    assert widget.target == "e"
    assert page.scene is scene
    assert explorer_of(widget).caches is facets
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
        assert "'z' is not among" in refused["message"] or "is sent as" in refused["message"]
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


def test_a_saved_page_has_the_contrast(widget):
    widget.target = PAIR
    widget.bake()
    shared = widget.shared()
    assert shared.state["_scene"]["target"] == ["e", "o"]
    assert "e rather than o" in shared.standing
    assert widget.connectivity().rivals == ["o"] * len(TEXT)
