"""What goes wrong while a training is watched is said, and the training goes on."""

import numpy as np
import pytest
import torch
from small import LETTERS, recurrent
from torch import nn
from trouble import full_disk
from watching.trainings import TEXT, curves_of, now_of

import rnnviz_widget as rv


def test_an_interrupted_loop_goes_on(training):
    run = training()
    watch = run.watched()
    real = run.module.state_dict

    def interrupted():
        raise KeyboardInterrupt

    run.step()
    assert watch.finish(60)
    run.module.state_dict = interrupted
    with pytest.raises(KeyboardInterrupt):
        run.steps(50)
    run.module.state_dict = real
    run.steps(3)
    assert watch.finish(60)
    assert watch.checkpoints[-1].step == watch.steps
    assert watch.notes == []
    np.testing.assert_array_equal(watch.explorer.connectivity().scores, now_of(run.module).scores)


def test_a_damaged_checkpoint_is_named_and_an_older_one_shown(training, tmp_path):
    run = training()
    watch = run.watched(folder=tmp_path)
    run.steps(5)
    assert watch.finish(60)
    watch.close()
    newest = watch.checkpoints[-1].file
    (tmp_path / newest).write_bytes(b"nonsense")
    watch = run.watched(folder=tmp_path)
    assert newest in " ".join(watch.notes)
    assert curves_of(watch)["shown"] < 5


def test_another_shape_is_said_and_the_training_goes_on(training):
    run = training()
    watch = run.watched()
    run.steps(3)
    assert watch.finish(60)
    kept = len(watch.checkpoints)
    run.module.head = nn.Linear(12, 30)
    run.optimizer = torch.optim.SGD(run.module.parameters(), 0.1)
    run.steps(4)
    assert watch.finish(60)
    assert len(watch.checkpoints) == kept
    [note] = watch.notes
    assert "head.weight was (27, 12) of float32, and is (30, 12) of float32" in note
    assert note in curves_of(watch)["note"]


def test_lost_weights_are_said_and_the_last_picture_stays(training):
    run = training()
    watch = run.watched()
    run.steps(3)
    assert watch.finish(60)
    before = watch.explorer.connectivity().scores
    with torch.no_grad():
        run.module.head.weight[2, 3] = float("nan")
    run.steps(3)
    assert watch.finish(60)
    assert "numbers in " in watch.notes[0]
    assert "are NaN or infinite. The picture is that of step 3." in watch.notes[0]
    assert "The loss was NaN or infinite at step 4." in watch.notes
    np.testing.assert_array_equal(watch.explorer.connectivity().scores, before)
    assert watch.checkpoints[-1].step == 6
    assert curves_of(watch)["points"][-1]["reach"] is None


def test_a_full_disk_is_said_and_the_training_goes_on(training, tmp_path):
    run = training()
    watch = run.watched(folder=tmp_path / "run")
    with full_disk(watch.folder.path, 4096):
        run.steps(3)
        assert watch.finish(60)
        assert "is not stored in full: could not write" in watch.notes[0]
        np.testing.assert_array_equal(
            watch.explorer.connectivity().scores, now_of(run.module).scores
        )
    run.steps(3)
    assert watch.finish(60)
    assert watch.notes == []
    assert watch.checkpoints[-1].file


def test_a_module_that_fails_is_said(training):
    class Fails(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = recurrent("gru")
            self.register_buffer("broken", torch.tensor(0))

        def forward(self, ids):
            if self.broken:
                raise RuntimeError("it broke")
            return self.inner(ids)

    run = training()
    run.module = Fails()
    run.optimizer = torch.optim.SGD(run.module.parameters(), 0.1)
    watch = run.watched()
    run.step()
    assert watch.finish(60)
    run.module.broken.fill_(1)
    watch.step(1.0)
    assert watch.finish(60)
    assert "Step 2 could not be measured" in watch.notes[0]
    assert "it broke" in watch.notes[0]
    run.module.broken.fill_(0)
    run.step()
    assert watch.finish(60)
    assert watch.notes == []


def test_arguments_are_checked(training):
    run = training()
    for options, words in (
        ({"budget": 0}, "budget must be a share"),
        ({"budget": 2}, "budget must be a share"),
        ({"every": -1}, "every must be a number of seconds"),
        ({"disk": 0}, "disk must be a number of bytes"),
        ({"memory": 1000}, "more than memory=1,000 bytes"),
    ):
        with pytest.raises(ValueError, match=words):
            run.watched(**options)
    with pytest.raises(TypeError, match="say which symbols the module reads"):
        rv.watch(run.module, TEXT)
    with pytest.raises(ValueError, match="at most 2,000"):
        rv.watch(run.module, "a" * 2001, inputs=LETTERS)
    with pytest.raises(TypeError, match=r"must be a torch\.nn\.Module"):
        rv.watch(3, TEXT, inputs=LETTERS)


def test_a_module_that_cannot_be_copied_is_refused(training):
    run = training()

    def refuse(*_):
        raise TypeError("no copies")

    run.module.__deepcopy__ = refuse
    with pytest.raises(ValueError, match="can't be copied"):
        run.watched()
