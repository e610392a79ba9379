"""Several seeds of one unit: trained, resumed, and compared with another unit."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from training.tiny import same

from rnnviz_widget.evaluation.over_seeds import mean_over_seeds
from rnnviz_widget.models import checkpoint
from rnnviz_widget.training.__main__ import main
from rnnviz_widget.training.compare_seeds import FIGURES, compare_seeds
from rnnviz_widget.training.state import read
from rnnviz_widget.training.summary import seeds_summary

TRAIN = "train --units 8 --embedding-size 4 --classes 15 --streams 4 --length 30 --candidates 4"
MEASURE = "--characters 1500 --length 300 --memory-texts 3 --memory-length 200"


def command(data, words):
    return ["--data", str(data), *words.split()]


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """Two seeds of a GRU and of an RNN, trained; to be read only."""
    place = tmp_path_factory.mktemp("trained")
    for cell in ("gru", "rnn"):
        folder = place / cell
        words = f"{TRAIN} --cell {cell} --characters 2400 --run {folder} --seeds 2 --at-once 2"
        assert main(command(data, words)) == 0
    return [place / "gru", place / "rnn"]


def test_each_seed_is_the_run_that_it_is_by_itself(data, tmp_path):
    words = f"{TRAIN} --characters 2400"
    assert main(command(data, f"{words} --run {tmp_path / 'many'} --seeds 2 --seed 4")) == 0
    folders = sorted(path.name for path in (tmp_path / "many").iterdir())
    assert folders == ["seed-4", "seed-5"]
    assert main(command(data, f"{words} --run {tmp_path / 'one'} --seed 5")) == 0
    ours = checkpoint.load(tmp_path / "many" / "seed-5" / "model.safetensors")
    theirs = checkpoint.load(tmp_path / "one" / "model.safetensors")
    same(dict(ours.module.state_dict()), dict(theirs.module.state_dict()))


@pytest.fixture
def interruptible():
    """What is started here can be interrupted, whatever this process ignores or blocks."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    signal.signal(signal.SIGINT, handler)


def start(data, words, environment=None):
    """The command in a process of its own, and all of what it says."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rnnviz_widget.training", *command(data, words)],
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | (environment or {}),
    )
    return process, bytearray()


def await_said(process, said, words, times=1):
    while said.count(words) < times:
        more = process.stderr.read1(1000)
        assert more, said.decode()
        said += more


def await_end(process, said):
    """The exit code, after all processes that could write to its error stream have ended."""
    said += process.stderr.read()
    process.stderr.close()
    return process.wait()


def check_whole(folder):
    """Each run has a checkpoint that can be read, and none has been trained to its end."""
    checkpoints = list(folder.glob("seed-*/checkpoint.pt"))
    for path in checkpoints:
        read(path)
    assert not list(folder.glob("*/model.safetensors"))
    return len(checkpoints)


@pytest.fixture
def held_imports(tmp_path):
    """Holds runs that are started in this environment while they begin, where interrupts get lost.

    As in imports of compiled code, but until the test lets them go: the file to write to.
    """
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "sitecustomize.py").write_text(
        "import os\n"
        "if 'TQDM_POSITION' in os.environ:\n"
        "    try:\n"
        "        os.write(2, b'importing')\n"
        f"        os.read(os.open({str(gate)!r}, os.O_RDONLY), 1)\n"
        "    except KeyboardInterrupt:\n"
        "        pass\n"
    )
    paths = [str(tmp_path / "held"), *filter(None, [os.environ.get("PYTHONPATH")])]
    writer = os.open(gate, os.O_RDWR)
    yield writer, {"PYTHONPATH": os.pathsep.join(paths)}
    os.close(writer)


@pytest.mark.usefixtures("interruptible")
def test_interrupted_the_processes_are_stopped_and_the_same_command_goes_on(data, tmp_path):
    words = f"{TRAIN} --characters 600000 --run {tmp_path / 'gru'} --seeds 3 --at-once 2"
    process, said = start(data, words)
    await_said(process, said, b"loss=")
    # As Ctrl-C in a terminal does: to all processes of the group. The runs get it from ours alone.
    os.killpg(process.pid, signal.SIGINT)
    assert await_end(process, said) == 130, said.decode()
    assert b"the same command continues from the last saved state" in said
    assert check_whole(tmp_path / "gru") > 0
    short = words.replace("600000", "2400")
    assert main(command(data, short)) == 0
    assert len(list((tmp_path / "gru").glob("*/model.safetensors"))) == 3


@pytest.mark.usefixtures("interruptible")
def test_runs_that_still_import_are_stopped_when_they_have(data, tmp_path, held_imports):
    gate, environment = held_imports
    words = f"{TRAIN} --characters 2400 --run {tmp_path / 'gru'} --seeds 3 --at-once 2"
    process, said = start(data, words, environment)
    await_said(process, said, b"importing", times=2)
    os.killpg(process.pid, signal.SIGINT)
    await_said(process, said, b"stopping; Ctrl-C again")
    os.write(gate, b"..")
    assert await_end(process, said) == 130, said.decode()
    assert said.count(b"importing") == 2
    assert b"Traceback" not in said
    assert check_whole(tmp_path / "gru") == 0


@pytest.mark.usefixtures("interruptible")
def test_a_second_interruption_ends_what_does_not_answer_the_first(data, tmp_path, held_imports):
    _, environment = held_imports
    words = f"{TRAIN} --characters 2400 --run {tmp_path / 'gru'} --seeds 3 --at-once 2"
    process, said = start(data, words, environment)
    await_said(process, said, b"importing", times=2)
    os.killpg(process.pid, signal.SIGINT)
    await_said(process, said, b"stopping; Ctrl-C again")
    os.killpg(process.pid, signal.SIGINT)
    assert await_end(process, said) == 130, said.decode()
    assert b"Traceback" not in said


def test_terminated_it_ends_the_processes_and_checkpoints_stay_whole(data, tmp_path):
    words = f"{TRAIN} --characters 600000 --run {tmp_path / 'gru'} --seeds 2 --at-once 2"
    process, said = start(data, f"{words} --checkpoint-every 1")
    await_said(process, said, b"loss=", times=4)
    process.terminate()
    assert await_end(process, said) == 128 + signal.SIGTERM, said.decode()
    assert check_whole(tmp_path / "gru") > 0
    assert main(command(data, words.replace("600000", "2400"))) == 0
    assert len(list((tmp_path / "gru").glob("*/model.safetensors"))) == 2


def test_a_seed_that_fails_is_named_and_the_others_are_trained(data, tmp_path, capfd):
    (tmp_path / "seed-1").mkdir()
    (tmp_path / "seed-1" / "checkpoint.pt").write_bytes(b"damaged")
    words = f"{TRAIN} --characters 2400 --run {tmp_path} --seeds 2 --seed 1"
    assert main(command(data, words)) == 1
    said = capfd.readouterr().err
    assert "cannot be read as a checkpoint" in said
    assert "error: the runs with seeds 1 failed" in said
    assert (tmp_path / "seed-2" / "model.safetensors").is_file()


def test_what_is_compared_is_what_evaluate_says_of_each(data, tmp_path, trained, capsys):
    kept = f"--keep {tmp_path / 'kept'}"
    results = tmp_path / "seeds.json"
    words = f"compare-seeds {' '.join(map(str, trained))} {MEASURE} {kept} --results {results}"
    assert main(command(data, words)) == 0
    said = capsys.readouterr().out
    found = json.loads(results.read_text())
    assert seeds_summary(found) in said
    values = {}
    for folder in trained:
        for seed in (0, 1):
            file, own = folder / f"seed-{seed}" / "model.safetensors", tmp_path / "own.json"
            asked = f"evaluate {file} {MEASURE} {kept} --results {own}"
            assert main(command(data, asked)) == 0
            own = json.loads(own.read_text())
            for figure in FIGURES:
                values.setdefault(figure.name, []).append(figure.of(own))
    for name, of in values.items():
        units = found["units"]
        assert units["gru"]["figures"][name]["values"] == pytest.approx(of[:2], rel=1e-5)
        assert units["rnn"]["figures"][name]["mean"]["value"] == pytest.approx(
            np.mean(of[2:]), rel=1e-5
        )
        [difference] = found["differences"][name]
        assert difference["units"] == ["gru", "rnn"]
        by_hand = mean_over_seeds(np.subtract(of[:2], of[2:]))
        assert difference["value"] == pytest.approx(by_hand.value, rel=1e-4, abs=1e-9)
        assert difference["low"] == pytest.approx(by_hand.low, rel=1e-4, abs=1e-9)


def never(*_):
    raise AssertionError("nothing should be measured")


def test_what_can_not_be_compared_is_said(tmp_path, trained):
    with pytest.raises(FileNotFoundError, match="expected folders seed-0, seed-1"):
        compare_seeds([tmp_path], "model.safetensors", never)
    with pytest.raises(ValueError, match="must differ in name"):
        compare_seeds([trained[0], trained[0]], "model.safetensors", never)
    with pytest.raises(ValueError, match="seed-0 is not trained to its end"):
        compare_seeds(trained, "another.safetensors", never)


def test_runs_that_differ_in_more_than_their_seed_are_refused(data, tmp_path, capsys):
    for seed, rate in ((0, "0.002"), (1, "0.004")):
        run = tmp_path / "gru" / f"seed-{seed}"
        words = f"{TRAIN} --characters 1200 --run {run} --seed {seed} --rate {rate}"
        assert main(command(data, words)) == 0
    words = f"compare-seeds {tmp_path / 'gru'} {MEASURE} --keep {tmp_path / 'kept'}"
    assert main(command(data, words)) == 1
    assert "in more than its seed: rate: 0.002 and 0.004" in capsys.readouterr().err


def test_no_seeds_are_refused(data, tmp_path, capsys):
    assert main(command(data, f"{TRAIN} --run {tmp_path} --seeds 0")) == 1
    assert "--seeds and --at-once must be at least 1, got 0 and 1" in capsys.readouterr().err
