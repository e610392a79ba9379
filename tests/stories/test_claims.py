"""Claims: what they are made of, when they hold, and which are marked with other weights."""

import pytest
from small import LETTERS, recurrent
from stories.page import TEXT, page_state, retrain, share_by_hand

import rnnviz_widget as rv
from rnnviz_widget import share


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
