"""What is made of a story is computed aside: the widget and its page stay as they are."""

import threading

import comm
import numpy as np
import pytest
from models.test_checkpoints import model_of
from models.test_checkpoints import modules as trained
from passes import counted
from small import LETTERS, Recurrent, recurrent
from stories.page import TEXT, page_state
from widgets import display_in_notebook, explorer_of, filled, page_of

import rnnviz_widget as rv

OTHER = "another text"
PUBLIC = ("text", "target", "measure", "of", "position", "pinned", "brush", "scale", "checkpoint")


@pytest.fixture
def sent(monkeypatch):
    """What any widget sends to hosts, in order."""
    found = []
    monkeypatch.setattr(
        comm.DummyComm, "publish_msg", lambda _, kind, data=None, **__: found.append((kind, data))
    )
    return found


def stepped(widget):
    """A story whose steps differ in all that a step keeps, and a widget that shows another."""
    story = rv.story(widget)
    widget.pinned, widget.brush, widget.scale = 12, (2, 6), "row"
    story.add("First.")
    widget.text, widget.target, widget.brush = OTHER, rv.TOP, None
    story.add("Second.")
    widget.target, widget.measure, widget.bars = "e", "squared", True
    story.add("Third.")
    widget.text, widget.pinned, widget.position = TEXT, None, 20
    widget.interventions = {"one": [rv.Intervention(layer=0, units=5)]}
    story.add("Fourth.")
    widget.interventions, widget.target, widget.measure, widget.bars = {}, rv.TRUTH, "norm", False
    story.claim("place", 12, lambda shown: shown.shown, step=1)
    return story


def shown(widget):
    """All that a widget says of itself, to its page and in Python."""
    return widget.get_state(), {name: getattr(widget, name) for name in PUBLIC}


def test_the_page_is_sent_nothing_and_the_widget_ends_as_it_was(widget, sent, tmp_path):
    story = stepped(widget)
    filled(widget)
    before = shown(widget)
    rows = [dict(cache.rows) for cache in explorer_of(widget).caches]
    sent.clear()
    story.save_html(tmp_path / "story.html")
    assert [claim.found for claim in story.check()] == [12]
    story.claim("text", OTHER, lambda shown: shown.text, step=2)
    assert len(page_state(story)["_scenes"]) == 3
    assert sent == []
    assert shown(widget) == before
    after = [dict(cache.rows) for cache in explorer_of(widget).caches]
    assert all(one.keys() == other.keys() for one, other in zip(rows, after, strict=True))
    # It is heard, if it is changed.
    widget.position = 3
    assert sent


def test_a_step_that_fails_leaves_it_so_too(widget, sent, tmp_path):
    story = stepped(widget)
    fails = False

    def quantity(_):
        if fails:
            raise RuntimeError("the step fails")
        return 1

    story.claim("one", 1, quantity, step=3)
    filled(widget)
    before = shown(widget)
    sent.clear()
    fails = True
    for use in (story.check, story.shared, lambda: story.save_html(tmp_path / "story.html")):
        with pytest.raises(RuntimeError, match="the step fails"):
            use()
    with pytest.raises(RuntimeError, match="the step fails"):
        story.claim("two", 1, quantity, step=2)
    assert sent == []
    assert shown(widget) == before
    assert not list(tmp_path.iterdir())
    names = [thread.name for thread in threading.enumerate()]
    assert "rnnviz-fill" not in names


def test_what_the_reader_does_meanwhile_stays_and_changes_no_step(widget):
    story = stepped(widget)
    page = page_of(widget)

    def quantity(_):
        page.send(position=3, pinned=5, scale="log")
        page.ask("text", text="what is typed meanwhile", position=7)
        return 1

    story.claim("one", quantity=lambda _: 1, step=2)
    expected = page_state(story)
    story.claim("one", 1, quantity, step=2)
    widget.text = TEXT
    found = page_state(story)
    assert (widget.text, widget.position, widget.pinned) == ("what is typed meanwhile", 7, None)
    assert widget.scale == "log"
    for one, other in zip(found["_steps"], expected["_steps"], strict=True):
        assert (one["position"], one["pinned"]) == (other["position"], other["pinned"])
        assert one["scale"] == other["scale"]
    scenes = [
        [state["_scene"], *(each["_scene"] for each in state["_scenes"])]
        for state in (found, expected)
    ]
    assert [[one["text"] for one in each] for each in scenes] == [[TEXT, OTHER, OTHER, TEXT]] * 2


def test_the_models_read_again_only_what_the_widget_does_not_show():
    widget = rv.explore({"one": rv.SequenceModel(recurrent(), LETTERS)}, TEXT)
    story = rv.story(widget)
    for position in (5, 9):
        widget.position = position
        story.add("Here.")
    filled(widget)
    with counted(Recurrent) as passes:
        story.shared()
        assert passes.forward == []
        widget.text = OTHER
        story.add("There.")
        passes.forward.clear()
        story.shared()
    assert passes.forward == [(1, len(TEXT)), (1, len(OTHER))]
    widget.close()


def test_checkpoints_and_their_models_stay():
    own, *others = trained(4)
    series = rv.Checkpoints(model_of(own), others, labels=["a", "b", "c"])
    widget = rv.explore(series, "a text that is read")
    story = rv.story(widget)
    for checkpoint in (0, 2, 1):
        widget.checkpoint = checkpoint
        story.add("Here.")
        story.claim(
            "row",
            float(widget.connectivity("small").scores[5, 2]),
            lambda shown: float(shown.connectivity("small").scores[5, 2]),
            tolerance=1e-6,
        )
    before, models = shown(widget), dict(widget.models)
    assert all(claim.holds for claim in story.check())
    assert shown(widget) == before
    assert widget.models == models
    widget.checkpoint = 2
    assert np.array_equal(
        widget.connectivity("small").scores, rv.connectivity(series[2], widget.text).scores
    )
    widget.close()


def test_a_copy_has_the_corpus_and_can_be_displayed(widget, sent):
    story = rv.story(widget)
    story.add("Here.")
    widget.corpus = ["a text", "another text that two models read"]

    def matches(shown):
        found = shown.find_matches(rv.Selection(2, 3, corpus=True, quantile=0.5))
        return len(found.to_dict()["model"])

    def display(shown):
        display_in_notebook(shown)
        return 1

    story.claim("displayed", 1, display)
    assert [kind for kind, _ in sent].count("comm_open") == 2
    story.claim("matches", quantity=matches)
    assert story.check()[1].found > 0
    assert widget.selection is None
