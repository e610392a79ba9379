"""One step of training: its loss, its device, and what comes of many."""

import math
from dataclasses import replace

import pytest
import torch
from training.tiny import TINY

from rnnviz_widget.training import device, train, trainer
from rnnviz_widget.training.validate import validation_loss


def test_the_softmax_becomes_full_after_a_share_of_the_budget(corpus, tmp_path):
    few = replace(TINY, streams=2, length=12, candidates=1)  # a batch has some of the 15 words
    settings = replace(few, full_from=0.5)
    half = settings.steps // 2
    runs = {}
    for name, its in (("mixed", settings), ("full", replace(few, softmax="full"))):
        runs[name] = train.Run(its, corpus, tmp_path / name)
    plain = train.Run(few, corpus, tmp_path / "plain")
    sampled = [plain.trainer.advance() for _ in range(half)]
    assert [runs["mixed"].trainer.advance() for _ in range(half)] == sampled
    # From here on both see the same model: the loss is that over all words.
    runs["full"].model.load_state_dict(runs["mixed"].model.state_dict())
    runs["full"].trainer.step, runs["full"].trainer.state = half, runs["mixed"].trainer.state
    loss = runs["full"].trainer.advance()
    assert runs["mixed"].trainer.advance() == loss
    assert plain.trainer.advance() != loss


def test_devices_that_torch_has_and_has_not(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert device.find("cuda") == torch.device("cuda")
    assert device.find("cuda:1") == torch.device("cuda", 1)
    for name in ("cuda:2", "mps", "meta", "abacus"):
        with pytest.raises(ValueError, match=rf"no device '{name}': it has .*'cuda:0', 'cuda:1'"):
            device.find(name)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ValueError, match=r"no device 'cuda': it has \['cpu'\]"):
        device.find("cuda")
    assert device.find("cpu") == torch.device("cpu")


@pytest.mark.filterwarnings("ignore:.*copying from a non-meta parameter")
@pytest.mark.parametrize("cell", ["gru", "lstm", "min-gru", "nested-lstm"])
def test_model_optimiser_state_and_batch_go_to_the_device(corpus, tmp_path, monkeypatch, cell):
    """To torch's meta device, which refuses to be mixed with the CPU as a GPU would.

    It holds no numbers, so the loss can't be looked at; `test_sampled` does the loss.
    """
    settings = replace(TINY, cell=cell)
    train.Run(settings, corpus, tmp_path).train(pause_after_minutes=0, progress=False)
    run = train.Run(settings, corpus, tmp_path)
    run.trainer.advance()
    run.save()
    monkeypatch.setattr(train, "find", torch.device)

    class SeenError(Exception):
        pass

    def seen(hidden, targets, head, *_):
        assert hidden.device.type == head.weight.device.type == "meta"
        raise SeenError

    monkeypatch.setattr(trainer, "sampled_loss", seen)
    run = train.Run(settings, corpus, tmp_path, device="meta")
    moments = [
        value for moment in run.trainer.optimizer.state.values() for value in moment.values()
    ]
    assert moments
    assert all(value.device.type == "meta" for value in moments)
    assert run.trainer.state is not None
    with pytest.raises(SeenError):
        run.trainer.advance()


def test_the_full_softmax_is_a_setting(corpus, tmp_path):
    losses = []
    for changes in ({"softmax": "full"}, {"candidates": 20}, {"candidates": 1}):
        settings = replace(TINY, classes=20, streams=2, length=12, **changes)
        run = train.Run(settings, corpus, tmp_path)
        losses.append([run.trainer.advance() for _ in range(3)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)  # all drawn: the same
    assert losses[0] != pytest.approx(losses[2], rel=1e-3)


def test_a_model_that_diverges_is_said_and_not_saved(corpus, tmp_path):
    run = train.Run(TINY, corpus, tmp_path)
    run.train(pause_after_minutes=0, progress=False)
    with torch.no_grad():
        run.model.head.weight.fill_(math.nan)
    with pytest.raises(RuntimeError, match=r"loss is nan at step 0.* a lower --rate or --clip"):
        run.train(progress=False)
    assert math.isfinite(train.Run(TINY, corpus, tmp_path).trainer.advance())


@pytest.mark.parametrize(("cell", "characters"), [("gru", 36_000), ("nested-lstm", 72_000)])
def test_learns_what_follows_what(corpus, tmp_path, cell, characters):
    """Better than the words' frequencies, where the head starts."""
    settings = replace(TINY, cell=cell, units=32, characters=characters, rate=1e-2, streams=8)
    run = train.Run(settings, corpus, tmp_path)
    before, _ = validation_loss(run.model, corpus, streams=4, length=500)
    assert before == pytest.approx(math.log(15), abs=0.3)
    run.train(progress=False)
    after, top_1 = validation_loss(run.model, corpus, streams=4, length=500)
    assert after < 0.6 * before
    assert top_1 > 0.5
