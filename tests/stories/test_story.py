"""Stories: what a step keeps, what a claim holds to, and what a page has of both."""

import base64
import json
import re
import threading

import nbformat
import numpy as np
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from share.executed import SHOW, execute
from small import LETTERS, recurrent
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget import share
from rnnviz_widget.share.notebook import notebook_page
from rnnviz_widget.share.state import of_page

TEXT = "a text that two models read"
DATA = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)


@pytest.fixture
def modules():
    return {"one": recurrent("gru"), "two": recurrent("gru", seed=1)}


@pytest.fixture
def widget(modules):
    models = {name: rv.SequenceModel(module, LETTERS) for name, module in modules.items()}
    widget = rv.explore(models, TEXT, position=9)
    yield widget
    widget.close()


def page_state(story):
    """What the page of a story answers from, bytes as they were."""

    def bytes_of(value):
        return base64.b64decode(value["b64"]) if value.keys() == {"b64"} else value

    html = share.document([story.shared()])
    return json.loads(DATA.search(html)[1], object_hook=bytes_of)


def share_by_hand(model, at, start, end):
    row = np.abs(rv.connectivity(model, TEXT).scores[at].astype(np.float64))
    return row[start:end].sum() / row.sum()


def retrain(module, seed):
    with torch.no_grad():
        generator = torch.Generator().manual_seed(seed)
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))


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


def test_a_claim_is_what_a_loop_by_hand_gives(widget):
    story = rv.story(widget)
    widget.position, widget.brush = 15, (2, 6)
    story.add("x")
    story.claim("share of two", quantity=rv.stories.share(model="two"))
    story.claim("the same", quantity=rv.stories.share("text", model="two"))
    story.claim("p", quantity=rv.stories.probability(model="one"))
    story.claim("top", quantity=rv.stories.prediction(model="one"))
    story.claim("rank", quantity=rv.stories.rank(model="one"), tolerance=0)
    story.claim("own", quantity=lambda w: w.shown / 2)
    by_name = {claim.name: claim for claim in story.check()}
    assert all(claim.holds for claim in by_name.values())
    right = share_by_hand(widget.models["two"], 15, 2, 6)
    # Shares are taken from rows as they are sent, to 1/1000 of the largest.
    assert by_name["share of two"].found == pytest.approx(right, abs=2e-3)
    assert by_name["the same"].found == by_name["share of two"].found
    c = rv.connectivity(widget.models["one"], TEXT)
    assert by_name["p"].found == pytest.approx(float(c.target_probabilities[15]))
    assert by_name["top"].found == c.predictions[15][0][0]
    assert by_name["rank"].found == c.target_ranks[15]
    assert by_name["own"].found == 7.5


def test_a_claim_that_does_not_hold_is_refused_at_once(widget):
    story = rv.story(widget)
    widget.brush = (0, 4)
    story.add("x")
    now = rv.stories.share(model="one")(widget)
    story.claim("share", now + 0.019, rv.stories.share(model="one"))
    with pytest.raises(ValueError, match=r"'share' is .* in what step 1 shows, and not .*0\.02"):
        story.claim("share", now + 0.021, rv.stories.share(model="one"))
    with pytest.raises(ValueError, match="name one of the models"):
        story.claim("share", 0.25)
    with pytest.raises(TypeError, match="must be a number or a text; got None"):
        story.claim("share", quantity=lambda _: None)
    with pytest.raises(ValueError, match="is nan, which is no number"):
        story.claim("share", quantity=lambda _: float("nan"))
    with pytest.raises(ValueError, match="a name without braces"):
        story.claim("a {b}", 1, lambda _: 1)
    with pytest.raises(ValueError, match="tolerance must be"):
        story.claim("a", 1, lambda _: 1, tolerance=-1)
    with pytest.raises(ValueError, match="the steps 1 to 1; got 2"):
        story.claim("a", 1, lambda _: 1, step=2)
    with pytest.raises(ValueError, match="is not in the text up to"):
        story.claim("a", quantity=rv.stories.share("learning", model="one"))
    assert len(story.check()) == 1


def test_a_claim_is_made_of_what_its_step_shows_wherever_the_widget_is(widget):
    story = rv.story(widget)
    widget.position = 4
    story.add("x")
    widget.position = 20
    story.claim("place", 4, lambda w: w.shown)
    assert (widget.position, widget.pinned) == (20, None)


def test_the_brush_of_one_model_is_what_a_number_alone_is_about():
    widget = rv.explore({"one": rv.SequenceModel(recurrent("gru"), LETTERS)}, TEXT, position=15)
    widget.brush = (2, 6)
    story = rv.story(widget)
    story.add("{share on *text*}")
    story.claim("share on *text*", round(share_by_hand(widget.models["one"], 15, 2, 6), 2))
    assert story.check()[0].holds
    widget.brush = None
    story.update(1)
    [checked] = story.check()
    assert not checked.holds
    assert "nothing is brushed" in checked.trouble
    widget.close()


def test_exactly_the_claims_that_changed_by_more_than_their_tolerance_are_marked(widget, modules):
    story = rv.story(widget)
    before = {}
    for step, at in enumerate((6, 12, 18, 22, 26), start=1):
        widget.position = at
        story.add(f"At {at} {{one}}, {{two}}, {{loose}}.")
        for name in ("one", "two"):
            story.claim(name, quantity=rv.stories.share((2, 6), model=name), tolerance=0.01)
            before[step, name] = share_by_hand(widget.models[name], at, 2, 6)
        story.claim("loose", quantity=rv.stories.share((2, 6), model="two"), tolerance=1)
    assert all(claim.holds for claim in story.check())
    retrain(modules["two"], seed=3)
    # What a widget shows are the weights of its last refresh.
    assert all(claim.holds for claim in story.check())
    widget.refresh()
    broken = {(claim.step, claim.name) for claim in story.check() if not claim.holds}
    changed = set()
    for step, at in enumerate((6, 12, 18, 22, 26), start=1):
        after = share_by_hand(widget.models["two"], at, 2, 6)
        difference = abs(after - before[step, "two"])
        # Rounding must not decide.
        assert abs(difference - 0.01) > 1e-3
        if difference > 0.01:
            changed.add((step, "two"))
    assert broken == changed
    assert 0 < len(changed) < 5
    page = page_state(story)
    marked = {
        (n, "".join(run["text"] for run in claim["name"]))
        for n, step in enumerate(page["_story"]["steps"], start=1)
        for claim in step["claims"]
        if not claim["holds"]
    }
    assert marked == changed
    assert share.document([story.shared()]).count("(now ") >= len(changed)


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
    with pytest.raises(TypeError, match="expected an explorer widget; got str"):
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
