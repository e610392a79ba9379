"""A run that was killed goes on as if it had not been; what can't be gone on with is refused."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from training.tiny import TINY, log_of, same

from rnnviz_widget.models import checkpoint
from rnnviz_widget.training import state, train
from rnnviz_widget.training.__main__ import main

STEPS = 120


class Killed(BaseException):
    """Stands for the end of the process: nothing in the code may catch it."""


def contents(folder):
    """A run's checkpoint, without its seconds and the place of the log that depends on them."""
    content = state.read(folder / state.CHECKPOINT)
    assert content.pop("seconds") > 0
    assert content.pop("log_bytes") > 0
    return content


def timeless(about):
    """What is said about a model, without seconds, at any depth."""
    if not isinstance(about, dict):
        return about
    return {key: timeless(value) for key, value in about.items() if key != "seconds"}


def killed_at_a_random_moment(command, rng):
    """Starts the command, kills it after some random step and a random wait; returns both."""
    every_step = os.environ | {"TQDM_MININTERVAL": "0"}
    command = [sys.executable, "-m", "rnnviz_widget.training", *command]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=every_step)
    steps = int(rng.integers(1, STEPS // 6))
    bars = b""
    while bars.count(b"\r") <= steps:  # the bar is drawn once at first, then after each step
        read = os.read(process.stderr.fileno(), 1000)
        assert read, f"ended by itself: {bars.decode()}"
        bars += read
    wait = float(rng.uniform(0, 0.05))
    with pytest.raises(subprocess.TimeoutExpired):  # it is still at work
        process.wait(wait)
    process.kill()
    process.stderr.close()
    assert process.wait() != 0
    return steps, wait


@pytest.mark.parametrize("cell", ["gru", "nested-lstm"])
def test_a_process_killed_three_times_gives_the_same_bits(data, tmp_path, cell):
    command = ["--data", str(data), "train"]
    settings = replace(TINY, cell=cell, characters=STEPS * 4 * 30)
    for name in ("cell", "units", "embedding_size", "classes", "streams", "length", "characters"):
        command += [f"--{name.replace('_', '-')}", str(getattr(settings, name))]
    # A checkpoint after every step: kills fall before, into and after the writing of one.
    command += ["--checkpoint-every", "1", "--validate-every", "50", "--keep-at", "0.1", "0.7"]
    command.append("--run")
    rng = np.random.default_rng()
    moments = []
    for _ in range(3):
        steps, wait = killed_at_a_random_moment([*command, str(tmp_path / "killed")], rng)
        reached = state.read(tmp_path / "killed" / state.CHECKPOINT)["step"]
        moments.append(f"{steps} steps and {1000 * wait:.1f} ms on, at step {reached}")
        assert 0 <= reached < STEPS, moments
        assert not (tmp_path / "killed" / "model.safetensors").exists(), moments
    for name in ("killed", "whole"):
        assert main([*command, str(tmp_path / name)]) == 0
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert contents(whole)["step"] == STEPS
    same(contents(killed), contents(whole), moments)
    assert log_of(killed) == log_of(whole), moments
    models = sorted(path.name for path in whole.glob("*.safetensors"))
    kept = [f"model-step-{step:06d}.safetensors" for step in (12, 84)]
    assert models == [*kept, "model.safetensors"]
    for name in models:
        ours, theirs = (checkpoint.load(folder / name) for folder in (killed, whole))
        same(ours.module.state_dict(), theirs.module.state_dict(), moments)
        same(timeless(ours.about), timeless(theirs.about), moments)


def train_tiny(run):
    return run.train(
        checkpoint_every=3, log_every=2, validate_every=7, keep_at=[0.5], progress=False
    )


@pytest.mark.parametrize("place", ["step", "checkpoint", "log"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm", "min-gru", "nested-lstm"])
def test_killed_within_a_step_a_checkpoint_or_a_line(corpus, tmp_path, monkeypatch, cell, place):
    settings = replace(TINY, cell=cell)
    whole = train.Run(settings, corpus, tmp_path / "whole")
    assert train_tiny(whole)
    moments = sorted(np.random.default_rng().choice(np.arange(1, 18), 3, replace=False).tolist())
    save = torch.save

    for moment in moments:
        run = train.Run(settings, corpus, tmp_path / "killed")
        step, log = run.trainer.optimizer.step, run.log

        def dies_in_step(run=run, step=step, moment=moment):
            step()
            if run.step >= moment:
                raise Killed

        def dies_in_checkpoint(content, file, moment=moment):
            save(content, file)
            if content["step"] >= moment:
                file.truncate(file.tell() // 2)
                raise Killed

        def dies_in_line(run=run, log=log, moment=moment, **values):
            log(**values)
            if run.step >= moment:
                path = run.folder / train.LOG
                os.truncate(path, path.stat().st_size - 9)
                raise Killed

        with monkeypatch.context() as patched:
            if place == "step":
                patched.setattr(run.trainer.optimizer, "step", dies_in_step)
            elif place == "checkpoint":
                patched.setattr(torch, "save", dies_in_checkpoint)
            else:
                patched.setattr(run, "log", dies_in_line)
            with pytest.raises(Killed):
                train_tiny(run)
    train.Run(settings, corpus, tmp_path / "killed").trained()  # whatever the log looks like
    torch.rand(5)  # what else draws numbers in the process has no part in it
    resumed = train.Run(settings, corpus, tmp_path / "killed")
    assert resumed.step < 20
    assert train_tiny(resumed)
    same(contents(tmp_path / "killed"), contents(tmp_path / "whole"), moments)
    assert log_of(tmp_path / "killed") == log_of(tmp_path / "whole"), moments


def test_a_checkpoint_from_before_some_settings_is_gone_on_with(corpus, tmp_path):
    """It lacks some settings, the losses of a begun log line, the minutes and the run before."""
    run = train.Run(TINY, corpus, tmp_path / "old")
    assert not run.train(pause_after_minutes=0, progress=False)
    for _ in range(10):
        run.trainer.advance()
    run.save()
    path = tmp_path / "old" / state.CHECKPOINT
    content = torch.load(path, weights_only=True)
    for name in ("softmax", "skip", "initial"):
        del content["settings"][name]
    for name in ("losses", "budget_minutes", "before"):
        del content[name]
    assert sorted(content) == [
        "budgets",
        "characters",
        "kind",
        "log_bytes",
        "model",
        "optimizer",
        "seconds",
        "settings",
        "state",
        "step",
    ]
    torch.save(content, path)
    assert state.run_settings(tmp_path / "old") == TINY
    old = train.Run(TINY, corpus, tmp_path / "old")
    assert old.step == 10
    assert old.train(progress=False)
    whole = train.Run(TINY, corpus, tmp_path / "whole")
    assert whole.train(progress=False)
    same(old.model.state_dict(), whole.model.state_dict())
    torch.save(content, path)
    with pytest.raises(ValueError, match="softmax: checkpoint 'sampled', requested 'full'"):
        train.Run(replace(TINY, softmax="full"), corpus, tmp_path / "old")


def test_a_full_disk_leaves_the_checkpoint_of_before(corpus, tmp_path):
    """As the system reports it: files may not grow beyond half a checkpoint."""
    resource = pytest.importorskip("resource")
    run = train.Run(TINY, corpus, tmp_path)
    run.train(pause_after_minutes=0, progress=False)
    path = tmp_path / state.CHECKPOINT
    before = path.read_bytes()
    for _ in range(3):
        run.trainer.advance()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
    try:
        with pytest.raises(OSError, match=r"could not write the checkpoint .*is unchanged. Free"):
            run.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == [state.CHECKPOINT]
    run.save()
    assert train.Run(TINY, corpus, tmp_path).step == 3


def test_two_processes_in_one_folder(corpus, tmp_path):
    run = train.Run(TINY, corpus, tmp_path)
    code = (
        "import sys, pathlib\nfrom rnnviz_widget.training.state import alone\n"
        "with alone(pathlib.Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], **pipes) as other:
        assert other.stdout.readline() == b"in\n"
        with pytest.raises(RuntimeError, match=r"another process is training in .* --run"):
            run.train(progress=False)
        other.kill()
    assert run.train(progress=False)


def test_a_run_folder_that_cannot_be_made(corpus, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"run folder .*can.t be created: .*Pass another with --run"):
        train.Run(TINY, corpus, tmp_path / "file" / "run").train(progress=False)


def test_a_checkpoint_of_other_settings(corpus, tmp_path):
    train.Run(TINY, corpus, tmp_path).save()
    with pytest.raises(ValueError, match=r"units: checkpoint 8, requested 9.*another folder"):
        train.Run(replace(TINY, units=9), corpus, tmp_path)


@pytest.mark.parametrize("size", [0, 50, -1000])
def test_a_cut_off_checkpoint(corpus, tmp_path, size):
    train.Run(TINY, corpus, tmp_path).save()
    path = tmp_path / state.CHECKPOINT
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"may be cut off.*Delete it to start over"):
        train.Run(TINY, corpus, tmp_path)


def test_a_checkpoint_of_something_else(corpus, tmp_path):
    torch.save({"weight": torch.zeros(2)}, tmp_path / state.CHECKPOINT)
    with pytest.raises(ValueError, match="is of the kind None, expected 'rnnviz_widget training"):
        train.Run(TINY, corpus, tmp_path)


def test_no_run_in_the_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no training run with a checkpoint"):
        state.run_settings(tmp_path)
