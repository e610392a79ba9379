import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from rnnviz_widget.training import train
from rnnviz_widget.training.settings import Settings

TINY = Settings(
    units=8,
    embedding_size=4,
    classes=15,
    characters=4 * 30 * 20,
    streams=4,
    length=30,
    forget=0.2,
    candidates=4,
)


class Killed(BaseException):
    """Stands for the end of the process: nothing in the code may catch it."""


def weights(run):
    return {name: value.clone() for name, value in run.model.state_dict().items()}


def lines(folder):
    found = [json.loads(line) for line in (folder / train.LOG).read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in found]


def train_tiny(run):
    return run.train(checkpoint_every=3, log_every=2, validate_every=7, progress=False)


@pytest.fixture
def _validate_quickly(monkeypatch):
    whole = train.validation_loss
    monkeypatch.setattr(
        train, "validation_loss", lambda model, corpus: whole(model, corpus, streams=2, length=50)
    )


@pytest.mark.usefixtures("_validate_quickly")
@pytest.mark.parametrize("cell", ["gru", "lstm", "nested-lstm"])
def test_killed_and_resumed_gives_the_same_weights_bit_for_bit(corpus, tmp_path, cell):
    settings = replace(TINY, cell=cell)
    whole = train.Run(settings, corpus, tmp_path / "whole")
    assert train_tiny(whole)
    moments = np.random.default_rng().choice(np.arange(1, 20), 3, replace=False)
    for moment in sorted(moments):
        run = train.Run(settings, corpus, tmp_path / "killed")
        advance = run.advance

        def dies(run=run, advance=advance, moment=moment):
            if run.step == moment:
                raise Killed
            return advance()

        run.advance = dies
        with pytest.raises(Killed):
            train_tiny(run)
    torch.rand(5)  # what else draws numbers in the process has no part in it
    resumed = train.Run(settings, corpus, tmp_path / "killed")
    assert resumed.step == max(moments) // 3 * 3, moments
    assert train_tiny(resumed)
    expected = weights(whole)
    for name, value in weights(resumed).items():
        assert torch.equal(value, expected[name]), (name, moments)
    # The mean of a log line can lack the losses before a resume; steps, rates and validation not.
    trimmed = [
        [{k: v for k, v in line.items() if k != "loss"} for line in lines(tmp_path / name)]
        for name in ("whole", "killed")
    ]
    assert trimmed[0] == trimmed[1], moments


@pytest.mark.slow
def test_a_killed_process_goes_on_to_the_same_weights(data, corpus, tmp_path):
    command = [sys.executable, "-m", "rnnviz_widget.training", "--data", str(data), "train"]
    for name in ("units", "embedding_size", "classes", "characters", "streams", "length"):
        command += [f"--{name.replace('_', '-')}", str(getattr(TINY, name))]
    command += ["--characters", "60000", "--checkpoint-every", "5", "--run"]
    subprocess.run([*command, str(tmp_path / "whole")], check=True)
    rng = np.random.default_rng()
    for _ in range(3):
        process = subprocess.Popen([*command, str(tmp_path / "killed")])
        time.sleep(float(rng.uniform(3, 8)))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run([*command, str(tmp_path / "killed")], check=True)
    found = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "killed")]
    contents = [part[8 + int.from_bytes(part[:8], "little") :] for part in found]
    assert contents[0] == contents[1]


def test_stopping_after_some_minutes_and_going_on(corpus, tmp_path):
    run = train.Run(TINY, corpus, tmp_path)
    assert not run.train(pause_after_minutes=0, progress=False)
    assert run.step == 0
    assert train.Run(TINY, corpus, tmp_path).train(progress=False)


def test_a_larger_budget_is_taken_on_and_remembered(corpus, tmp_path):
    assert train.Run(TINY, corpus, tmp_path).train(progress=False)
    longer = replace(TINY, characters=TINY.characters * 2)
    run = train.Run(longer, corpus, tmp_path)
    assert run.step == 20
    assert run.train(progress=False)
    assert run.step == 40
    assert run.trained().about["budgets"] == [(0, TINY.characters), (20, longer.characters)]
    assert train.run_settings(tmp_path) == longer


@pytest.mark.parametrize(("cell", "characters"), [("gru", 36_000), ("nested-lstm", 72_000)])
def test_learns_what_follows_what(corpus, tmp_path, cell, characters):
    """Better than the words' frequencies, where the head starts."""
    settings = replace(TINY, cell=cell, units=32, characters=characters, rate=1e-2, streams=8)
    run = train.Run(settings, corpus, tmp_path)
    before, _ = train.validation_loss(run.model, corpus, streams=4, length=500)
    assert before == pytest.approx(math.log(15), abs=0.3)
    run.train(progress=False)
    after, top_1 = train.validation_loss(run.model, corpus, streams=4, length=500)
    assert after < 0.6 * before
    assert top_1 > 0.5


def test_the_head_starts_at_the_words_share_of_the_positions(corpus):
    model = train.new_model(TINY, corpus)
    words = corpus.part("training")[1]
    shares = np.array([(words == c).sum() for c in range(15)], dtype=float)
    shares /= shares.sum()
    assert np.allclose(model.head.bias.detach().exp().numpy(), shares, rtol=1e-3)


@pytest.mark.parametrize(("cell", "biases"), [("lstm", 2), ("nested-lstm", 6)])
def test_forget_gates_start_open_at_every_level(corpus, cell, biases):
    depth = 3 if cell == "nested-lstm" else 2
    cell = train.new_model(replace(TINY, cell=cell, depth=depth), corpus).cell
    forget = [b[8:16] for name, b in cell.named_parameters() if name.startswith("bias_ih")]
    assert len(forget) == biases
    assert all(bool((bias == 1).all()) for bias in forget)


def test_depth_is_a_setting_of_the_nested_lstm_only(corpus, tmp_path):
    nested = replace(TINY, cell="nested-lstm", depth=3)
    run = train.Run(nested, corpus, tmp_path)
    run.save()
    assert train.run_settings(tmp_path) == nested
    assert run.trained().about["settings"]["depth"] == 3
    with pytest.raises(ValueError, match="depth: checkpoint 3, asked for 2"):
        train.Run(replace(nested, depth=2), corpus, tmp_path)
    assert "depth" not in TINY.identity()  # checkpoints from before there was one go on
    with pytest.raises(ValueError, match="depth is for the cell 'nested-lstm'; 'gru' has none"):
        replace(TINY, depth=3)


def test_another_seed_gives_other_weights(corpus):
    one, same, other = (train.new_model(replace(TINY, seed=s), corpus) for s in (1, 1, 2))
    assert torch.equal(one.head.weight, same.head.weight)
    assert not torch.equal(one.head.weight, other.head.weight)


def test_a_checkpoint_of_other_settings(corpus, tmp_path):
    train.Run(TINY, corpus, tmp_path).save()
    with pytest.raises(ValueError, match=r"units: checkpoint 8, asked for 9.*another --run"):
        train.Run(replace(TINY, units=9), corpus, tmp_path)


@pytest.mark.parametrize("size", [0, 50, -1000])
def test_a_cut_off_checkpoint(corpus, tmp_path, size):
    train.Run(TINY, corpus, tmp_path).save()
    path = tmp_path / train.CHECKPOINT
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"may be cut off.*Delete it to start afresh"):
        train.Run(TINY, corpus, tmp_path)


def test_a_checkpoint_of_something_else(corpus, tmp_path):
    torch.save({"weight": torch.zeros(2)}, tmp_path / train.CHECKPOINT)
    with pytest.raises(ValueError, match="is of the kind None, expected 'rnnviz_widget training"):
        train.Run(TINY, corpus, tmp_path)


def test_no_run_in_the_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no training run with a checkpoint"):
        train.run_settings(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("classes", 0, "classes must be at least 1, got 0"),
        ("characters", -5, "characters must be at least 1, got -5"),
        ("depth", 0, "depth must be at least 1, got 0"),
        ("forget", 1.5, "forget must lie between 0 and 1, got 1.5"),
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
    assert settings.rate_at(5000) == pytest.approx(0.05)
