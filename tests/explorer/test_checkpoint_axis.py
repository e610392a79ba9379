"""An explorer over checkpoints: what each shows, and what is kept of those that were shown."""

import numpy as np
import pytest
from models.test_checkpoints import TEXT, model_of, modules

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.explorer import checkpoint_axis as axis_module
from rnnviz_widget.explorer.checkpoint_axis import CheckpointAxis

LAST = len(TEXT) - 1


def explorer_over(count=4, **fixed):
    """An explorer of "now", which has checkpoints, and of models without; and the checkpoints."""
    own, *others = modules(count + 1)
    checkpoints = rv.Checkpoints(model_of(own), others)
    axis = CheckpointAxis({"now": checkpoints})
    models = {**axis.models_at(axis.first), **fixed}
    return Explorer(ModelSource(models, TEXT), axis), checkpoints


def shows(explorer, model, name="now"):
    rows = {cache.name: row for cache, row in zip(explorer.caches, rows_of(explorer), strict=True)}
    return np.allclose(rows[name], rv.connectivity(model, explorer.text).scores[-1], rtol=1e-5)


def rows_of(explorer):
    return [row for _, row in explorer.rows_at(len(explorer.text) - 1)]


def test_the_last_is_shown_first_and_any_other_can_be():
    explorer, checkpoints = explorer_over()
    assert explorer.changes.now.checkpoint == 3
    assert shows(explorer, checkpoints[3])
    for k in (0, 2, 1):
        explorer.changes.prepare_checkpoint(k)()
        assert explorer.changes.now.checkpoint == k
        assert shows(explorer, checkpoints[k])
        assert explorer.models["now"].network is explorer.snapshots["now"].network


def test_one_that_was_shown_comes_back_with_its_number_and_its_rows():
    explorer, _ = explorer_over()
    rows = rows_of(explorer)
    explorer.changes.prepare_checkpoint(0)()
    assert explorer.epoch == 2
    explorer.changes.prepare_checkpoint(3)()
    assert explorer.epoch == 1
    assert rows_of(explorer)[0] is rows[0]
    shown = explorer.changes.shown_checkpoint
    assert [one.epoch for one in shown.checkpoints] == [2, 0, 0, 1]
    explorer.changes.prepare_checkpoint(1)()
    assert explorer.epoch == 3


def test_models_without_checkpoints_stay_with_their_rows():
    other = model_of(modules(9)[8])
    explorer, _ = explorer_over(other=other)
    rows_of(explorer)
    cache = explorer.caches[1]
    explorer.changes.prepare_checkpoint(0)()
    assert explorer.caches[1] is cache
    assert shows(explorer, other, "other")


@pytest.mark.parametrize("change", ["text", "target", "refresh"])
def test_a_change_begins_anew_at_the_checkpoint_that_is_shown(change):
    explorer, checkpoints = explorer_over()
    explorer.changes.prepare_checkpoint(1)()
    if change == "text":
        explorer.changes.read(TEXT + " more")
    elif change == "target":
        explorer.changes.explain("e")
    else:
        explorer.changes.refresh()
    assert explorer.changes.now.checkpoint == 1
    assert [one.epoch for one in explorer.changes.shown_checkpoint.checkpoints] == [0, 3, 0, 0]
    if change != "target":
        assert shows(explorer, checkpoints[1])
    explorer.changes.prepare_checkpoint(3)()
    assert explorer.epoch == 4
    assert explorer.text == (TEXT + " more" if change == "text" else TEXT)


def test_what_can_not_be_shown_leaves_all_as_it_was():
    own, one = modules(2)
    axis = CheckpointAxis({"now": rv.Checkpoints(model_of(own), [{}, one])})
    explorer = Explorer(ModelSource(axis.models_at(1), TEXT), axis)
    rows = rows_of(explorer)
    with pytest.raises(ValueError, match="now: checkpoint 0 can't be shown: these are not"):
        explorer.changes.prepare_checkpoint(0)
    for wrong in (-1, 2):
        with pytest.raises(ValueError, match=f"there are checkpoints 0 to 1; got {wrong}"):
            explorer.changes.prepare_checkpoint(wrong)
    assert explorer.epoch == 1
    assert rows_of(explorer)[0] is rows[0]
    without = Explorer(ModelSource({"one": model_of(own)}, TEXT))
    with pytest.raises(ValueError, match=r"no model has checkpoints; pass rv\.Checkpoints"):
        without.changes.prepare_checkpoint(0)
    assert without.changes.shown_checkpoint is None


@pytest.mark.parametrize("limit", ["_MOST_EPOCHS", "_MOST_BYTES"])
def test_those_shown_longest_ago_are_dropped(monkeypatch, limit):
    explorer, checkpoints = explorer_over()
    size = sum(4 * p.numel() for p in checkpoints[0].network.module.parameters())
    monkeypatch.setattr(axis_module, limit, 2 if limit == "_MOST_EPOCHS" else 2 * size)
    for k in (0, 1):
        explorer.changes.prepare_checkpoint(k)()
    assert [one.epoch for one in explorer.changes.shown_checkpoint.checkpoints] == [2, 3, 0, 0]
    explorer.changes.prepare_checkpoint(3)()
    assert explorer.epoch == 4
    assert shows(explorer, checkpoints[3])


def test_what_was_read_of_another_text_is_not_shown():
    explorer, checkpoints = explorer_over()
    changes = explorer.changes
    before = changes.now
    changes.read(TEXT + " more")
    # As a thread does that is slower than the reader.
    changes.axis.read_at(0, before, ModelSource(explorer.models, TEXT))
    changes.prepare_checkpoint(0)()
    assert explorer.text == TEXT + " more"
    assert shows(explorer, checkpoints[0])


def test_what_was_only_read_is_dropped_before_what_was_shown(monkeypatch):
    explorer, checkpoints = explorer_over()
    size = sum(4 * p.numel() for p in checkpoints[0].network.module.parameters())
    monkeypatch.setattr(axis_module, "_MOST_BYTES", 3 * size)
    changes, source = explorer.changes, ModelSource(explorer.models, TEXT)
    read = [changes.axis.read_at(k, changes.now, source) for k in (0, 1)]
    changes.prepare_checkpoint(2)()
    changes.prepare_checkpoint(1)()
    assert explorer.caches[0] is read[1]["now"]
    assert [one.epoch for one in changes.shown_checkpoint.checkpoints] == [0, 3, 2, 1]
    changes.prepare_checkpoint(0)()
    assert explorer.caches[0] is not read[0]["now"]


def test_as_many_checkpoints_of_each_model_are_needed():
    own, *others = modules(4)
    series = {
        "one": rv.Checkpoints(model_of(own), others),
        "two": rv.Checkpoints(model_of(own), others[:2]),
    }
    with pytest.raises(ValueError, match="one has 3, two has 2"):
        CheckpointAxis(series)
