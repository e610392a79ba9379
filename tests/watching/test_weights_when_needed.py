"""A folder's checkpoints on the axis of rv.explore: read when they are shown."""

import numpy as np
import pytest
import torch
from small import LETTERS
from watching.trainings import TEXT, now_of
from widgets import await_fill

import rnnviz_widget as rv
from rnnviz_widget.watching import checkpoints_of


def test_each_is_read_when_it_is_shown(training):
    run = training()
    watch = run.watched()
    states = []
    for _ in range(3):
        run.steps(1)
        assert watch.finish(60)
        states.append({name: one.clone() for name, one in run.module.state_dict().items()})
    model = rv.SequenceModel(run.module, LETTERS, name="Recurrent")
    folder = watch.folder
    axis = checkpoints_of(folder, model)
    assert axis.labels == tuple(str(one.step) for one in watch.checkpoints)
    place = axis.labels.index("2")
    run.module.load_state_dict(folder.weights(place))
    true = now_of(run.module)
    np.testing.assert_array_equal(rv.connectivity(axis[place], TEXT).scores, true.scores)
    error = (folder.weights(place)["head.weight"] - states[1]["head.weight"]).abs().max()
    assert error < torch.abs(states[1]["head.weight"]).max() / 2000
    widget = rv.explore(axis, TEXT)
    widget.checkpoint = place
    np.testing.assert_array_equal(widget.connectivity().scores, true.scores)
    widget.close()
    await_fill(widget)


def test_a_damaged_one_is_named(training):
    run = training()
    watch = run.watched()
    run.steps(2)
    assert watch.finish(60)
    file = watch.checkpoints[-1].file
    (watch.folder.path / file).write_bytes(b"nonsense")
    axis = checkpoints_of(watch.folder, rv.SequenceModel(run.module, LETTERS))
    with pytest.raises(ValueError, match=f"checkpoint 2 can't be shown: {file}"):
        axis[-1]
