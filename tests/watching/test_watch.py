"""A training that is watched: what is shown of it, and what does not disturb it."""

import copy
import threading

import numpy as np
import pytest
import torch
from small import LETTERS
from watching.trainings import IDS, TEXT, curves_of, now_of
from widgets import await_fill, explorer_of

import rnnviz_widget as rv
from rnnviz_widget import memory
from rnnviz_widget.words import Words

LATER = slice(len(TEXT) // 2, None)


def test_the_newest_weights_are_measured_and_shown(training):
    run = training()
    watch = run.watched()
    run.steps(30)
    assert watch.finish(60)
    true = now_of(run.module)
    np.testing.assert_array_equal(watch.explorer.connectivity().scores, true.scores)
    newest = watch.checkpoints[-1]
    assert newest.step == 30
    some = true.scores[LATER]
    at = np.arange(len(TEXT))[LATER]
    spans = np.array(true.spans)
    reach = memory.reach(some, spans, at=at).mean()
    effective = memory.effective_characters(some, spans).mean()
    before = memory.share_before(some, Words.of(TEXT).at(spans).starts[LATER], spans).mean()
    assert newest.figures["reach"] == pytest.approx(reach)
    assert newest.figures["effective characters"] == pytest.approx(effective)
    assert newest.figures["share before the word"] == pytest.approx(before)
    sent = curves_of(watch)
    assert sent["step"] == sent["shown"] == 30
    assert sent["points"][-1]["reach"] == newest.figures["reach"]
    assert sent["points"][0]["step"] == 0
    assert sent["state"] == "the loop is not running"


def test_the_check_is_that_of_reruns(training):
    """Of a text learnt by heart the strongest inputs matter more than random ones."""
    run = training(rate=0.05)
    watch = run.watched()
    run.steps(150)
    assert watch.finish(60)
    places = np.unique(np.linspace(len(TEXT) // 2, len(TEXT) - 1, 3).round().astype(int))
    falls = []
    for position in places.tolist():
        [one] = watch.explorer.check(position).outputs.values()
        odds = lambda p: np.log(p) - np.log1p(-np.array(p))  # noqa: E731
        falls.append(np.mean(odds(one.random.mean) - odds(one.strongest.mean)))
    assert watch.checkpoints[-1].figures["check"] == pytest.approx(np.mean(falls))
    assert np.mean(falls) > 0


def test_the_training_is_the_same_as_without(training):
    alone, run = training(), training()
    run.watched()
    torch.manual_seed(5)
    alone.steps(25)
    state = torch.get_rng_state()
    torch.manual_seed(5)
    run.steps(25)
    assert torch.equal(torch.get_rng_state(), state)
    assert run.watch.finish(60)
    for one, other in zip(alone.module.parameters(), run.module.parameters(), strict=True):
        assert torch.equal(one, other)
    assert run.module.training
    assert not any(each._forward_hooks for each in run.module.modules())


def test_another_process_goes_on_from_the_folder(training, tmp_path):
    run = training()
    first = run.watched(folder=tmp_path / "run")
    run.steps(20)
    assert first.finish(60)
    first.close()
    again = training()
    watch = again.watched(folder=tmp_path / "run")
    assert watch.steps == 20
    assert [one.step for one in watch.checkpoints] == [one.step for one in first.checkpoints]
    assert curves_of(watch)["shown"] == 20
    assert curves_of(watch)["losses"]
    shown = watch.explorer.connectivity().scores
    np.testing.assert_allclose(shown, now_of(run.module).scores, rtol=0.02, atol=0.01)
    again.module.load_state_dict(watch.weights())
    np.testing.assert_array_equal(shown, now_of(again.module).scores)
    again.steps(5)
    assert watch.finish(60)
    assert watch.checkpoints[-1].step == 25


def test_a_cell_that_is_run_again_takes_the_folder_over(training, tmp_path):
    run = training()
    run.watched(folder=tmp_path)
    run.step()
    first = run.watch
    second = run.watched(folder=tmp_path)
    run.steps(3)
    assert second.finish(60)
    first.step()
    assert second.checkpoints[-1].step == 4 or second.checkpoints[-1].step == 3


def test_what_the_reader_asks_for_stays(training):
    run = training()
    watch = run.watched()
    explorer = watch.explorer
    explorer.text = "another text of letters"
    explorer.measure = "grad_x_input"
    run.steps(5)
    assert watch.finish(60)
    assert explorer.text == "another text of letters"
    model = rv.SequenceModel(run.module, LETTERS, name="Recurrent")
    true = rv.connectivity(model, explorer.text, measure="grad_x_input")
    np.testing.assert_array_equal(explorer.connectivity().scores, true.scores)
    reach = watch.checkpoints[-1].figures["reach"]
    assert reach == pytest.approx(
        memory.reach(now_of(run.module).scores[LATER], at=np.arange(len(TEXT))[LATER]).mean()
    )


def test_rows_that_were_measured_are_not_computed_again(training):
    run = training()
    watch = run.watched()
    run.steps(2)
    assert watch.finish(60)
    [cache] = explorer_of(watch.explorer).caches
    assert len(cache.rows) == len(TEXT)
    await_fill(watch.explorer)


def test_within_a_small_budget_hardly_anything_is_measured(training):
    run = training(budget=1e-9)
    watch = run.watched()
    run.steps(20)
    assert watch.share >= 0
    assert len(watch.checkpoints) <= 2
    assert watch.finish(60)
    assert watch.checkpoints[-1].step == 20


def test_threads_and_settings_of_torch_stay(training):
    before = torch.get_num_threads(), torch.is_grad_enabled()
    run = training()
    watch = run.watched()
    run.steps(3)
    assert watch.finish(60)
    assert (torch.get_num_threads(), torch.is_grad_enabled()) == before
    assert not [one for one in threading.enumerate() if one.name == "rnnviz-watch"]


def test_a_sequence_model_and_its_table(training):
    run = training()
    model = rv.SequenceModel(run.module, LETTERS, name="mine")
    run.watch = watch = rv.watch(model, TEXT, every=0, budget=1.0)
    run.steps(3)
    assert watch.finish(60)
    assert curves_of(watch)["name"] == "mine"
    table = watch.table()
    assert table["step"][-1] == 3
    assert table["loss"][-1] > 0
    assert "TrainingWatch(3 steps" in repr(watch)
    with pytest.raises(TypeError, match="inputs: arguments of a SequenceModel"):
        rv.watch(model, TEXT, inputs=LETTERS)


def test_steps_with_numbers_and_losses_that_come_later(training):
    run = training()
    watch = run.watched()
    watch.step(step=7)
    watch.loss(1.25, step=7)
    assert watch.finish(60)
    assert watch.checkpoints[-1].step == 7
    assert curves_of(watch)["losses"] == [1.25]
    for loss in ("1", torch.zeros(2), [1.0]):
        with pytest.raises(TypeError, match="loss must be a number"):
            watch.step(loss)


def test_the_module_itself_is_never_used(training):
    run = training()
    before = copy.deepcopy(run.module.state_dict())
    run.watched().finish(60)
    run.module(IDS)
    for name, one in run.module.state_dict().items():
        assert torch.equal(one, before[name])
