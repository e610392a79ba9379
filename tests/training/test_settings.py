"""What decides a run, and what can't."""

from dataclasses import replace

import numpy as np
import pytest
from training.tiny import TINY

from rnnviz_widget.training import state, train


def test_depth_is_a_setting_of_the_nested_lstm_only(corpus, tmp_path):
    nested = replace(TINY, cell="nested-lstm", depth=3)
    run = train.Run(nested, corpus, tmp_path)
    run.save()
    assert state.run_settings(tmp_path) == nested
    assert run.trained().about["settings"]["depth"] == 3
    with pytest.raises(ValueError, match="depth: checkpoint 3, requested 2"):
        train.Run(replace(nested, depth=2), corpus, tmp_path)
    assert "depth" not in TINY.identity()  # checkpoints from before there was one go on
    with pytest.raises(ValueError, match="depth is for the cell 'nested-lstm'; 'gru' has none"):
        replace(TINY, depth=3)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("classes", 0, "classes must be at least 1, got 0"),
        ("characters", -5, "characters must be at least 1, got -5"),
        ("depth", 0, "depth must be at least 1, got 0"),
        ("forget", 1.5, "forget must lie between 0 and 1, got 1.5"),
        ("units", 0, "units must be at least 1, got 0"),
        ("cell", "abacus", "unknown cell 'abacus': expected one of gru, lstm"),
        ("softmax", "half", "softmax must be one of .*'full'.*, got 'half'"),
        ("seed", -1, "seed must be at least 0, got -1"),
        ("rate", 0.0, "rate must be above 0, got 0.0"),
        ("clip", float("nan"), "clip must be above 0, got nan"),
    ],
)
def test_settings_that_cannot_train(name, value, message):
    with pytest.raises(ValueError, match=message):
        replace(TINY, **{name: value})


def test_the_rate_rises_then_falls_to_its_floor():
    settings = replace(TINY, characters=120 * 1000, warmup=0.1, rate=1.0, floor=0.05)
    rates = [settings.rate_at(step) for step in range(settings.steps)]
    assert np.argmax(rates) == 100
    assert max(rates) == pytest.approx(1.0)
    assert (np.diff(rates[:100]) > 0).all()
    assert (np.diff(rates[100:]) < 0).all()
    assert rates[-1] == pytest.approx(0.05, abs=1e-3)
    constant = replace(settings, warmup=0.0, floor=1.0)
    assert {constant.rate_at(step) for step in range(settings.steps)} == {1.0}
    assert settings.rate_at(5000) == pytest.approx(0.05)
