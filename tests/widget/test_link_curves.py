"""What the page asks of one output at all checkpoints, and is answered; and what is saved of it."""

import json
import re
import threading

import numpy as np
import pytest
import torch
from models.test_checkpoints import TEXT, Small, model_of, modules
from small import LETTERS, recurrent, seeded
from torch import nn
from widgets import await_fill, explorer_of, page_of, picture_of

import rnnviz_widget as rv
from rnnviz_widget.explorer import link_curves as module
from rnnviz_widget.explorer.link_curves import coarse_to_fine
from rnnviz_widget.scene.bytes_as_text import as_bytes
from rnnviz_widget.scene.codec import unpack
from rnnviz_widget.scene.link_curves import LinkCurves
from rnnviz_widget.scene.rows import Failure

AT = 9


def checkpoints_of(count=5, **options):
    own, *others = modules(count + 1)
    return rv.Checkpoints(model_of(own), [one.state_dict() for one in others], **options)


@pytest.fixture
def checkpoints():
    return checkpoints_of()


def ask(w, position=AT):
    """All replies to an ask until all checkpoints are read."""
    page, whole, seen = page_of(w), threading.Event(), []

    def heard(reply):
        seen.append(unpack(LinkCurves, reply))
        if seen[-1].done == seen[-1].total:
            whole.set()

    page.on_reply("link_curve", heard)
    serial = page.ask("link_curve", position=position, fills=False)
    assert whole.wait(30)
    await_fill(w)
    assert {each.serial for each in seen} == {serial}
    return seen


def same_as_connectivity(found, checkpoints, text=TEXT, position=AT, **asked):
    for k, model in enumerate(checkpoints):
        of = rv.connectivity(model, text, rows=[position], **asked)
        np.testing.assert_allclose(
            found.scores[k], of.scores[0, : found.scores.shape[1]], rtol=1e-5
        )
        assert found.target[k] == of.targets[position]
        np.testing.assert_allclose(
            found.probability[k], of.target_probabilities[position], rtol=1e-5
        )
        assert found.rank[k] == of.target_ranks[position]


def test_it_is_what_connectivity_says_of_each_checkpoint(checkpoints):
    w = rv.explore(checkpoints, TEXT)
    found = ask(w)[-1]
    assert (found.position, found.epoch) == (AT, page_of(w).scene["epoch"])
    assert found.trouble == ""
    [facet] = found.facets
    assert facet.output == AT
    same_as_connectivity(facet, checkpoints)
    curve = rv.link_curve(checkpoints, TEXT, AT, 4)
    np.testing.assert_allclose(facet.scores[:, 4], curve.scores, rtol=1e-5)
    sums = np.abs(facet.scores).sum(axis=1)
    np.testing.assert_allclose(np.abs(facet.scores[:, 4]) / sums, curve.shares, rtol=1e-5)


def test_target_measure_and_text_are_those_that_are_shown(checkpoints):
    w = rv.explore(checkpoints, TEXT, target="e", measure="grad_x_input")
    [facet] = ask(w)[-1].facets
    same_as_connectivity(facet, checkpoints, target="e", measure="grad_x_input")
    assert (facet.scores < 0).any()
    w.target, w.measure, w.text = rv.TOP, "squared", "another text"
    [facet] = ask(w)[-1].facets
    asked = {"target": rv.TOP, "measure": "squared"}
    same_as_connectivity(facet, checkpoints, "another text", **asked)


def test_more_comes_with_each_reply_and_the_ends_come_first(checkpoints):
    assert coarse_to_fine(5) == [4, 0, 3, 2, 1]
    for count in (1, 2, 3, 20, 100):
        order = coarse_to_fine(count)
        assert sorted(order) == list(range(count))
        assert {order[0], order[min(1, count - 1)]} == {0, count - 1}
    w = rv.explore(checkpoints, TEXT)
    replies = ask(w)
    done = [each.done for each in replies]
    assert done == sorted(done)
    assert done[-1] == 5
    for each in replies:
        known = ~np.isnan(each.facets[0].probability)
        assert known.sum() == each.done
        assert set(np.flatnonzero(known)) == set(coarse_to_fine(5)[: each.done])


def test_what_was_read_is_not_read_again(checkpoints, monkeypatch):
    w = rv.explore(checkpoints, TEXT)
    first = ask(w)[-1]
    axis = explorer_of(w).changes.axis
    read = []
    before = axis.models_at
    monkeypatch.setattr(axis, "models_at", lambda k: read.append(k) or before(k))
    again = ask(w)
    assert len(again) == 1
    np.testing.assert_array_equal(again[0].facets[0].scores, first.facets[0].scores)
    # Another output, and a first visit, take what has read the text for the curve.
    same_as_connectivity(ask(w, 4)[-1].facets[0], checkpoints, position=4)
    w.checkpoint = 1
    expected = rv.connectivity(checkpoints[1], TEXT).scores
    np.testing.assert_allclose(w.connectivity("small").scores, expected, rtol=1e-5)
    # At another checkpoint the curve is the same, and known.
    there = ask(w)
    assert len(there) == 1
    assert there[0].epoch == page_of(w).scene["epoch"]
    np.testing.assert_array_equal(there[0].facets[0].scores, first.facets[0].scores)
    assert read == []


def test_other_weights_are_read_again():
    own, *others = modules(4)
    checkpoints = rv.Checkpoints(model_of(own), others)
    w = rv.explore(checkpoints, TEXT)
    before = ask(w)[-1]
    with torch.no_grad():
        for one in others:
            one.head.weight.mul_(-1.5)
    w.refresh()
    after = ask(w)[-1]
    assert not np.allclose(before.facets[0].probability, after.facets[0].probability)
    same_as_connectivity(after.facets[0], checkpoints)


def test_those_that_can_not_be_read_are_named_and_the_others_known(tmp_path):
    own, *others = modules(5)
    paths = [tmp_path / f"step-{100 * k}.pt" for k in range(1, 5)]
    for path, one in zip(paths, others, strict=True):
        torch.save(one.state_dict(), path)
    paths[1].write_bytes(paths[1].read_bytes()[:200])
    torch.save(Small(units=9).state_dict(), paths[2])
    checkpoints = rv.Checkpoints(model_of(own), tmp_path)
    paths[0].unlink()
    w = rv.explore(checkpoints, TEXT)
    found = ask(w)[-1]
    assert found.done == found.total == 4
    assert "checkpoint 200 can't be shown: " in found.trouble
    assert "cut off" in found.trouble
    assert "checkpoint 300 can't be shown: " in found.trouble
    assert "checkpoint 100 can't be shown: " in found.trouble
    [facet] = found.facets
    assert list(np.isnan(facet.probability)) == [True, True, True, False]
    assert np.isnan(facet.scores[:3]).all()
    expected = rv.connectivity(checkpoints[3], TEXT, rows=[AT]).scores[0, : AT + 1]
    np.testing.assert_allclose(facet.scores[3], expected, rtol=1e-5)


def test_of_many_that_can_not_be_read_some_are_named():
    own, one = modules(2)
    checkpoints = rv.Checkpoints(model_of(own), [{}, {}, {}, {}, {}, one])
    found = ask(rv.explore(checkpoints, TEXT))[-1]
    assert found.trouble.count("can't be shown") == 3
    assert found.trouble.endswith("; and 2 more")


def test_one_that_explodes_is_said():
    own, one, other = modules(3)
    with torch.no_grad():
        one.head.weight.fill_(float("inf"))
    found = ask(rv.explore(rv.Checkpoints(model_of(own), [one, other]), TEXT))[-1]
    assert "checkpoint 0: FloatingPointError" in found.trouble
    same_as_connectivity(
        unpacked_without_first(found.facets[0]), rv.Checkpoints(model_of(own), [other])
    )


def unpacked_without_first(facet):
    names = ("scores", "probability", "rank", "target")
    return type(facet)(output=facet.output, **{name: getattr(facet, name)[1:] for name in names})


def test_models_without_checkpoints_have_none(checkpoints):
    w = rv.explore({"first": checkpoints[0], "now": checkpoints, "again": checkpoints}, TEXT)
    first, *others = ask(w)[-1].facets
    assert first == Failure("it has no checkpoints")
    for facet in others:
        same_as_connectivity(facet, checkpoints)
    without = rv.explore(checkpoints[0], TEXT)
    page_of(without).ask("link_curve", position=AT, fills=False)
    assert "no model has checkpoints" in page_of(without).refused["message"]


class BothWays(Small):
    def __init__(self):
        super().__init__()
        self.layer = nn.GRU(4, 3, batch_first=True, bidirectional=True)


def test_a_model_that_reads_ahead_has_links_to_later_inputs():
    own, *others = (seeded(BothWays, seed=seed) for seed in range(4))
    checkpoints = rv.Checkpoints(model_of(own), others)
    w = rv.explore(checkpoints, TEXT)
    [facet] = ask(w)[-1].facets
    assert facet.scores.shape == (3, len(TEXT))
    assert (np.abs(facet.scores[:, AT + 1 :]) > 0).all()
    same_as_connectivity(facet, checkpoints)


def test_of_one_number_the_number_is_told():
    own, *others = (recurrent("gru", classes=1, seed=seed) for seed in range(3))
    checkpoints = rv.Checkpoints(rv.SequenceModel(own, LETTERS, ["stars"], name="one"), others)
    [facet] = ask(rv.explore(checkpoints, TEXT))[-1].facets
    values = [rv.connectivity(one, TEXT, rows=[AT]).values[AT] for one in checkpoints]
    np.testing.assert_allclose(facet.probability, values, rtol=1e-5)
    assert list(facet.rank) == [0, 0]


def test_an_ask_for_none_ends_it(checkpoints):
    w = rv.explore(checkpoints, TEXT)
    page_of(w).ask("link_curve", position=None, fills=False)
    assert page_of(w).reply("link_curve") == {}
    page_of(w).ask("link_curve", position=len(TEXT), fills=False)
    assert "position must be a character" in page_of(w).refused["message"]


def test_too_many_numbers_are_refused_in_words(checkpoints, monkeypatch):
    monkeypatch.setattr(module, "_MOST_SCORES", 5 * len(TEXT) - 1)
    w = rv.explore(checkpoints, TEXT)
    page_of(w).ask("link_curve", position=AT, fills=False)
    # A page can be saved all the same.
    assert w.shared().state["_reply"] == {}
    assert (
        "5 checkpoints with 14 inputs are more than the 69 numbers" in page_of(w).refused["message"]
    )


def saved_state(w, path):
    w.save_html(path)
    found = re.search(r'<script type="application/json">(.*?)</script>', path.read_text())
    return as_bytes(json.loads(found[1]))


def test_what_was_read_travels_in_a_saved_page(checkpoints, tmp_path):
    w = rv.explore(checkpoints, TEXT, position=AT)
    assert "link_curve" not in saved_state(w, tmp_path / "closed.html")["_reply"]
    ask(w)
    page_of(w).ask("modules", names=["link_curve"])
    w.checkpoint = 1
    state = saved_state(w, tmp_path / "open.html")
    assert '["link_curve"]=' in (tmp_path / "open.html").read_text()
    saved = unpack(LinkCurves, state["_reply"]["link_curve"])
    assert saved.epoch == state["_scene"]["epoch"]
    assert saved.done == saved.total == 5
    same_as_connectivity(saved.facets[0], checkpoints)
    w.position = 4
    assert "link_curve" not in saved_state(w, tmp_path / "elsewhere.html")["_reply"]


def high_of(w):
    return picture_of(w).scaling.full


def test_full_colour_stands_for_the_same_at_all_checkpoints_that_were_shown(checkpoints):
    w = rv.explore(checkpoints, TEXT, position=AT)
    own = []
    for k in range(5):
        alone = rv.explore(checkpoints[k], TEXT, position=AT)
        own.append(high_of(alone))
    assert high_of(w) == own[4]
    seen = {4}
    for k in (0, 3, 1, 2):
        w.checkpoint = k
        seen.add(k)
        assert high_of(w) == max(own[n] for n in seen)
    w.common_scale = False
    for k in range(5):
        w.checkpoint = k
        assert high_of(w) == own[k]
    for scale in ("one", "log"):
        w.scale, w.common_scale = scale, True
        highs = set()
        for k in range(5):
            w.checkpoint = k
            highs.add(high_of(w))
        assert len(highs) == 1
