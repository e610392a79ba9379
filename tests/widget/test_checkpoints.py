"""The widget over checkpoints: its trait, what the page is told, and what is saved."""

import json
import re

import numpy as np
import pytest
import torch
import traitlets
from models.test_checkpoints import TEXT, model_of, modules
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget.scene.codec import unpack
from rnnviz_widget.scene.facet import Scene


@pytest.fixture
def checkpoints():
    own, *others = modules(4)
    return rv.Checkpoints(model_of(own), others, labels=["a", "b", "c"])


def state_in(page):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])


def scores(w, name="small"):
    return w.connectivity(name).scores


def test_the_trait_shows_a_checkpoint(checkpoints):
    w = rv.explore(checkpoints, TEXT)
    assert w.checkpoint == 2
    seen = []
    w.observe(lambda change: seen.append((change.new, scores(w))), "checkpoint")
    for k in (0, 1):
        w.checkpoint = k
    assert [new for new, _ in seen] == [0, 1]
    for k, (_, found) in enumerate(seen):
        assert np.allclose(found, rv.connectivity(checkpoints[k], TEXT).scores, rtol=1e-5)
    assert np.allclose(
        w.models["small"].network.module.head.bias, checkpoints[1].network.module.head.bias
    )


def test_what_is_no_checkpoint_changes_nothing(checkpoints):
    w = rv.explore(checkpoints, TEXT)
    for wrong in (3, -1):
        with pytest.raises(
            traitlets.TraitError, match=f"there are checkpoints 0 to 2; got {wrong}"
        ):
            w.checkpoint = wrong
    for wrong in ("b", None, True, 1.5):
        with pytest.raises(traitlets.TraitError):
            w.checkpoint = wrong
    assert w.checkpoint == 2
    with pytest.raises(traitlets.TraitError, match="no model has checkpoints"):
        rv.explore(model_of(modules(1)[0]), TEXT).checkpoint = 1


def test_a_page_asks_for_one_and_is_refused_in_words(checkpoints):
    w = rv.explore(checkpoints, TEXT)
    page = page_of(w)
    page.ask("checkpoint", checkpoint=1)
    assert w.checkpoint == 1
    assert page.checkpoints["shown"] == 1
    assert page.checkpoints["epoch"] == page.scene["epoch"] == 2
    assert page.checkpoints["checkpoints"] == [
        {"label": "a", "epoch": 0},
        {"label": "b", "epoch": 2},
        {"label": "c", "epoch": 1},
    ]
    page.ask("checkpoint", checkpoint=7)
    assert page.reply("checkpoint")["refused"] == "there are checkpoints 0 to 2; got 7"
    assert w.checkpoint == 1


def test_one_that_explodes_is_refused_in_words_and_the_picture_stays():
    own, one, other = modules(3)
    with torch.no_grad():
        one.head.weight.fill_(float("inf"))
    w = rv.explore(rv.Checkpoints(model_of(own), [one, other]), TEXT)
    page = page_of(w)
    before = page.scene
    page.ask("checkpoint", checkpoint=0)
    assert "not finite" in page.reply("checkpoint")["refused"]
    assert (w.checkpoint, page.scene) == (1, before)


def test_one_shown_before_comes_with_its_rows(checkpoints):
    w = rv.explore(checkpoints, TEXT)
    w.bake()
    rows = page_of(w).rows
    assert rows["complete"] is True
    w.checkpoint = 0
    assert page_of(w).scene["epoch"] != rows["epoch"]
    w.checkpoint = 2
    assert page_of(w).rows == rows


def test_checkpoints_stand_beside_other_models(checkpoints):
    w = rv.explore({"first": checkpoints[0], "now": checkpoints, "again": checkpoints}, TEXT)
    w.checkpoint = 1
    for name, k in (("first", 0), ("now", 1), ("again", 1)):
        expected = rv.connectivity(checkpoints[k], TEXT).scores
        assert np.allclose(scores(w, name), expected, rtol=1e-5)


def test_a_text_is_read_by_the_checkpoint_that_is_shown(checkpoints):
    w = rv.explore(checkpoints, TEXT)
    w.checkpoint = 0
    w.text = "another text"
    assert np.allclose(scores(w), rv.connectivity(checkpoints[0], "another text").scores, rtol=1e-5)
    w.checkpoint = 2
    assert np.allclose(scores(w), rv.connectivity(checkpoints[2], "another text").scores, rtol=1e-5)


def test_baked_and_saved_every_checkpoint_is_in_the_page(checkpoints, tmp_path):
    w = rv.explore(checkpoints, TEXT)
    w.checkpoint = 1
    w.save_html(tmp_path / "page.html")
    assert w.checkpoint == 1
    page = (tmp_path / "page.html").read_text()
    state = state_in(page)
    assert state["_checkpoints"]["shown"] == 1
    kept = {one["_scene"]["epoch"]: one for one in state["_kept"]}
    listed = [one["epoch"] for one in state["_checkpoints"]["checkpoints"]]
    assert set(kept) | {state["_scene"]["epoch"]} == set(listed)
    assert all(one["_rows"]["complete"] for one in kept.values())
    assert '["checkpoints"]=' in page


def test_a_page_that_runs_models_has_the_shown_checkpoint_only(tmp_path):
    own = rv.load_pretrained("gru-small")
    w = rv.explore(rv.Checkpoints(own, [own.network.module] * 2), "a text")
    w.save_html(tmp_path / "page.html", live=True)
    assert not {"_kept", "_checkpoints"} & state_in((tmp_path / "page.html").read_text()).keys()


def test_the_scenes_that_are_kept_are_those_of_the_checkpoints(checkpoints):
    w = rv.explore(checkpoints, TEXT)
    w.bake()
    shared = w.shared().state
    for one in shared["_kept"]:
        scene = unpack(Scene, one["_scene"])
        [k] = [
            k
            for k, listed in enumerate(shared["_checkpoints"]["checkpoints"])
            if listed["epoch"] == scene.epoch
        ]
        expected = rv.connectivity(checkpoints[k], TEXT)
        found = scene.facets[0].explained.probability
        assert np.allclose(found, expected.target_probabilities, rtol=2e-3)
