"""Stories: what a step keeps, and what a page has of it."""

import json
import threading

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter
from share.executed import SHOW, execute
from small import LETTERS, recurrent
from stories.page import DATA, TEXT, page_state, retrain
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget import share
from rnnviz_widget.share.notebook import notebook_page
from rnnviz_widget.share.state import of_page


def test_a_step_keeps_what_the_widget_shows(widget):
    story = rv.story(widget)
    widget.position, widget.brush, widget.scale = 12, (2, 6), "row"
    story.add("First.")
    widget.pinned, widget.brush, widget.by, widget.target = 20, None, "word", rv.TOP
    story.add("Second.")
    widget.pinned, widget.position, widget.target = None, 3, rv.TRUTH
    story.show(1)
    assert (widget.shown, widget.pinned, widget.brush) == (12, 12, (2, 6))
    assert (widget.scale, widget.by, widget.target) == ("row", "character", rv.TRUTH)
    story.show(2)
    assert (widget.shown, widget.brush, widget.by, widget.target) == (20, None, "word", rv.TOP)
    story.update(2, "Another.")
    assert len(story) == 2
    assert repr(story) == "Story(2 steps, 0 claims)"


def test_a_page_has_the_steps_the_scenes_and_the_code(widget):
    story = rv.story(widget, title="A & B")
    widget.position = 5
    story.add("First, *here*.")
    widget.position = 8
    story.add("Then {rank}.")
    story.claim("rank", quantity=rv.stories.rank(model="one"))
    widget.target = "e"
    story.add("<script>alert(1)</script>")
    story.claim("beside the prose", 0.5, lambda _: 0.5)
    state = page_state(story)
    assert [step["pinned"] for step in state["_steps"]] == [5, 8, 8]
    assert [step["scene"] for step in state["_story"]["steps"]] == [0, 0, 1]
    [other] = state["_scenes"]
    assert other["_scene"]["target"] == ["e"]
    assert other["_rows"]["epoch"] == other["_scene"]["epoch"] != state["_scene"]["epoch"]
    assert other["_rows"]["complete"]
    assert state["_opened"] == ["story"]
    assert "module-story" not in share.document([story.shared()])
    html = share.document([story.shared()])
    assert '(self.rnnvizModules??={})["story"]=' in html
    assert "<p>First, <em>here</em>.</p>" in html
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p><p>beside the prose: 0.5</p>" in html
    assert widget.target == "e"
    assert widget.position == 8


def test_of_a_long_text_each_step_has_its_own_row(monkeypatch):
    monkeypatch.setattr("rnnviz_widget.explorer.fill.FILL_LIMIT", 40)
    widget = rv.explore({"one": rv.SequenceModel(recurrent("gru"), LETTERS)}, TEXT)
    story = rv.story(widget)
    for position, target in ((3, rv.TRUTH), (9, rv.TOP), (25, rv.TRUTH)):
        widget.target, widget.position = target, position
        story.add("Here.")
    state = page_state(story)
    assert state["_status"]["done"] < state["_status"]["total"]
    assert [step["scene"] for step in state["_story"]["steps"]] == [0, 1, 0]
    epochs = [state["_scene"]["epoch"], state["_scenes"][0]["_scene"]["epoch"]]
    answers = [step["_answer"] for step in state["_steps"]]
    assert [one["position"] for one in answers] == [3, 9, 25]
    assert [one["epoch"] for one in answers] == [*epochs, epochs[0]]
    widget.close()


def test_rows_without_a_model_can_be_told_of():
    widget = rv.from_rows({"A": ("abc", [[1], [2, 3], [4, 5, 6]])})
    story = rv.story(widget)
    story.add("{first}")
    story.claim("first", 4 / 15, rv.stories.share((0, 1)), tolerance=0.001)
    assert page_state(story)["_story"]["steps"][0]["claims"][0]["stated"] == "27 %"
    widget.close()


def test_a_notebook_plays_it_where_it_is_displayed(widget):
    story = rv.story(widget)
    story.add("First.")
    shown = DisplayFormatter().format(story)[0]
    assert shown["text/html"].startswith('<div class="rnnviz-page"><p>First.</p><div')
    assert shown["text/plain"].startswith("First.\n\n")


def test_a_story_is_saved_and_converted_as_any_widget(widget, tmp_path):
    story = rv.story(widget, title="A & B")
    widget.position = 5
    story.add("First.")
    widget.text = "another text of theirs"
    story.add("Second.")
    story.save_html(tmp_path / "story.html")
    html = (tmp_path / "story.html").read_text(encoding="utf-8")
    assert "<h1>A &amp; B</h1>" in html
    rv.save_html(tmp_path / "both.html", [story, widget])
    read = of_page(DATA.search(html)[1])
    assert read["_story"]["steps"][1]["scene"] == 1
    assert read["_scenes"][0]["_scene"]["text"] == "another text of theirs"
    changed = json.loads(DATA.search(html)[1])
    for spoil in (
        lambda state: state["_steps"].pop(),
        lambda state: state["_steps"][0].update(pinned=999),
        lambda state: state["_story"]["steps"][1].update(scene=2),
        lambda state: state.update(_scenes=[{}]),
    ):
        state = json.loads(json.dumps(changed))
        spoil(state)
        with pytest.raises(ValueError, match="saved state"):
            of_page(json.dumps(state))


def test_what_instruments_say_is_kept_until_the_weights_change(widget, modules):
    page = page_of(widget)
    story = rv.story(widget)
    widget.position = 9
    whole = threading.Event()
    page.ask("modules", names=["swaps"])
    page.on_reply("swaps", lambda reply: reply["facets"][-1]["done"] == 1 and whole.set())
    page.ask("swaps", position=9, input=9)
    assert whole.wait(20)
    story.add("Open.")
    page.ask("modules", names=[])
    widget.position = 12
    story.add("Closed.")
    widget.target = rv.TOP
    story.add("Another scene.")
    state = page_state(story)
    assert [step["_opened"] for step in state["_steps"]] == [["swaps"], [], []]
    assert state["_steps"][0]["_reply"]["swaps"]["epoch"] == state["_scene"]["epoch"]
    assert state["_opened"] == ["swaps", "story"]
    retrain(modules["one"], seed=1)
    widget.refresh()
    assert [step["_opened"] for step in page_state(story)["_steps"]] == [[], [], []]


def test_what_can_be_no_story_is_refused(widget, tmp_path):
    with pytest.raises(
        TypeError, match=r"expected an explorer widget, as rv.explore.* makes one; got str"
    ):
        rv.story("w")
    with pytest.raises(TypeError, match="title must be a string"):
        rv.story(widget, title=7)
    story = rv.story(widget)
    with pytest.raises(ValueError, match="no step yet; got 1"):
        story.show(1)
    with pytest.raises(TypeError, match="from 1; got 'a'"):
        story.show("a")
    with pytest.raises(ValueError, match=r"has no step; story\.add"):
        story.save_html(tmp_path / "story.html")
    story.add("{a}")
    with pytest.raises(ValueError, match=r"step 1 has \{a\}, and no claim is called so"):
        story.save_html(tmp_path / "story.html")
    with pytest.raises(ValueError, match="without live=True"):
        rv.save_html(tmp_path / "story.html", [story], live=True)
    assert not list(tmp_path.iterdir())


def test_a_converted_notebook_plays_its_stories(tmp_path):
    notebook = execute(
        SHOW,
        "story = rv.story(w)\nstory.add('First.')\nw.target = rv.TOP\nstory.add('Second.')\nstory",
    )
    path = tmp_path / "notebook.ipynb"
    nbformat.write(notebook, path)
    page = notebook_page(path)
    states = [json.loads(data) for data in DATA.findall(page.html)]
    [state] = [one for one in states if "_story" in one]
    assert len(state["_steps"]) == 2
    assert len(state["_scenes"]) == 1
    assert page.html.count('(self.rnnvizModules??={})["story"]=') == 1
    assert not page.warnings
