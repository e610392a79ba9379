"""A training run: begun, paused, gone on with and measured by its budget."""

import math
import types
from dataclasses import replace

import numpy as np
import pytest
import torch
from training.tiny import TINY, same

from rnnviz_widget.training import initial_model, state, train, trainer
from rnnviz_widget.training.validate import validation_loss


def test_stopping_after_some_minutes_and_going_on(corpus, tmp_path):
    run = train.Run(TINY, corpus, tmp_path)
    assert not run.train(pause_after_minutes=0, progress=False)
    assert run.step == 0
    assert train.Run(TINY, corpus, tmp_path).train(progress=False)


@pytest.fixture
def clock(monkeypatch):
    """Time that only training takes: so many seconds a step."""
    clock = types.SimpleNamespace(now=0.0, step=2.0)
    for module in (train, trainer):
        monkeypatch.setattr(module, "time", types.SimpleNamespace(monotonic=lambda: clock.now))
    advance = trainer.Trainer.advance

    def slow(run):
        clock.now += clock.step
        return advance(run)

    monkeypatch.setattr(trainer.Trainer, "advance", slow)
    return clock


def test_a_budget_in_minutes_is_fixed_once_by_the_measured_speed(corpus, tmp_path, clock):
    """Five steps of two seconds to measure: 50 seconds of the minute are left for 25 steps."""
    given = replace(TINY, characters=17_000_000)
    run = train.Run(given, corpus, tmp_path / "minutes", budget_minutes=1)
    settings = replace(TINY, characters=25 * 4 * 30)
    assert run.settings == settings
    assert run.step == 0
    assert not run.train(pause_after_minutes=0.3, checkpoint_every=4, progress=False)
    assert 0 < run.step < 25
    clock.step = 7.0  # a slower machine goes on with the same budget
    resumed = train.Run(given, corpus, tmp_path / "minutes", budget_minutes=1)
    assert resumed.settings == settings
    assert resumed.train(progress=False)
    plain = train.Run(settings, corpus, tmp_path / "plain")
    assert plain.train(progress=False)
    same(resumed.model.state_dict(), plain.model.state_dict())
    assert resumed.trained().about["budgets"] == [(0, settings.characters)]
    rates = [settings.rate_at(step) for step in (23, 24)]
    assert rates[1] < rates[0] < 0.03 * settings.rate  # it ran out


def test_other_minutes_fix_the_budget_anew_by_the_speed_so_far(corpus, tmp_path, clock):
    train.Run(TINY, corpus, tmp_path, budget_minutes=1).train(progress=False)
    longer = train.Run(TINY, corpus, tmp_path, budget_minutes=2)
    assert longer.settings.steps == 60  # two minutes at two seconds a step
    assert longer.budgets == [(0, 3000), (25, 7200)]
    kept = train.Run(state.run_settings(tmp_path), corpus, tmp_path)
    assert kept.budget_minutes == 1  # whoever only goes on does not lose it


@pytest.mark.parametrize("minutes", [0, -1, math.inf, math.nan])
def test_minutes_that_are_no_budget(corpus, tmp_path, minutes):
    with pytest.raises(ValueError, match="a budget in minutes must be above 0, got"):
        train.Run(TINY, corpus, tmp_path, budget_minutes=minutes)


def test_threads_and_algorithms_are_as_before_when_training_ends(corpus, tmp_path, monkeypatch):
    seen = []
    advance = trainer.Trainer.advance

    def watched(run):
        seen.append((torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()))
        if run.step == 3:
            raise KeyboardInterrupt
        return advance(run)

    monkeypatch.setattr(trainer.Trainer, "advance", watched)
    torch.set_num_threads(2)
    run = train.Run(replace(TINY, threads=1), corpus, tmp_path)
    assert torch.get_num_threads() == 2
    with pytest.raises(KeyboardInterrupt):
        run.train(progress=False)
    assert seen == [(1, True)] * 4
    assert torch.get_num_threads() == 2
    assert not torch.are_deterministic_algorithms_enabled()


def test_what_is_handed_out_is_a_copy_on_the_cpu(corpus, tmp_path):
    run = train.Run(TINY, corpus, tmp_path)
    trained = run.trained()
    before = trained.module.head.weight.clone()
    run.trainer.advance()
    assert torch.equal(trained.module.head.weight, before)
    assert not torch.equal(run.model.head.weight, before)
    assert not trained.module.training
    assert trained.about["device"] == "cpu"


def test_a_validation_part_without_a_known_word(corpus):
    words = np.full_like(corpus.words, -1)
    model = initial_model.new_model(TINY, corpus)
    assert np.isnan(validation_loss(model, replace(corpus, words=words))).all()


def test_a_short_validation_part(corpus):
    """Is read by fewer readers, not by many that see a few letters each."""
    start = corpus.parts["validation"][0]
    short = replace(corpus, parts=corpus.parts | {"validation": (start, start + 150)})
    model = initial_model.new_model(TINY, corpus)
    assert validation_loss(model, short) == validation_loss(model, short, streams=1)


@pytest.mark.parametrize("shares", [[0.0], [1.5], [0.5, -0.1], [math.nan]])
def test_shares_that_are_none(corpus, tmp_path, shares):
    with pytest.raises(ValueError, match="a share of the budget must be above 0 and at most 1"):
        train.Run(TINY, corpus, tmp_path).train(keep_at=shares)


def test_every_zero_steps(corpus, tmp_path):
    with pytest.raises(ValueError, match="must be at least 1 step"):
        train.Run(TINY, corpus, tmp_path).train(checkpoint_every=0)


def test_a_larger_budget_is_taken_on_and_remembered(corpus, tmp_path):
    assert train.Run(TINY, corpus, tmp_path).train(progress=False)
    longer = replace(TINY, characters=TINY.characters * 2)
    run = train.Run(longer, corpus, tmp_path)
    assert run.step == 20
    assert run.train(progress=False)
    assert run.step == 40
    assert run.trained().about["budgets"] == [(0, TINY.characters), (20, longer.characters)]
    assert state.run_settings(tmp_path) == longer
