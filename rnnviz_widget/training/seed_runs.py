"""Trains runs that differ in their seed alone, several at a time, each in a folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_FOLDER = "seed-{}"
_POLL_SECONDS = 0.2


def seed_folder(folder: Path, seed: int) -> Path:
    """The folder of the run with a seed, within that of all."""
    return folder / _FOLDER.format(seed)


def seeds_in(folder: Path) -> dict[int, Path]:
    """The folders of a folder's runs, by their seeds, in order.

    Raises:
        FileNotFoundError: If there are none.
    """
    matches = {path: re.fullmatch(_FOLDER.format(r"(\d+)"), path.name) for path in folder.glob("*")}
    found = {int(match[1]): path for path, match in matches.items() if match}
    if not found:
        raise FileNotFoundError(
            f"no runs in {folder}: expected folders {_FOLDER.format(0)}, {_FOLDER.format(1)}, ..., "
            "as the train command writes them with --seeds"
        )
    return dict(sorted(found.items()))


def train_seeds(arguments: Sequence[str], folder: Path, seeds: Sequence[int], at_once: int) -> None:
    """Train one run for each seed, each in a process of its own.

    An interruption is passed on to the processes, and each of them can be resumed.

    Args:
        arguments: The command line of the train command for one of them; the last --seed, --run and
            --seeds count.
        folder: The folder of all runs.
        seeds: The seeds.
        at_once: How many processes run at a time.

    Raises:
        RuntimeError: If a run fails; the others are trained to their end first.
    """
    waiting, failed = list(seeds), list[int]()
    running = dict[int, _SeedProcess]()  # by the line of its progress bar
    try:
        while waiting or running:
            for line in range(at_once):
                if waiting and line not in running:
                    seed = waiting.pop(0)
                    running[line] = _SeedProcess(seed, _start(arguments, folder, seed, line))
            time.sleep(_POLL_SECONDS)
            for line, each in list(running.items()):
                if each.process.poll() is not None:
                    failed += [each.seed] if each.process.returncode else []
                    del running[line]
    finally:
        for each in running.values():
            each.process.send_signal(signal.SIGINT)
        for each in running.values():
            each.process.wait()
    if failed:
        raise RuntimeError(
            f"the runs with seeds {', '.join(map(str, failed))} failed, as is said above; the same "
            "command trains what is left"
        )


class _SeedProcess(NamedTuple):
    seed: int
    process: subprocess.Popen[bytes]


def _start(arguments: Sequence[str], folder: Path, seed: int, line: int) -> subprocess.Popen[bytes]:
    own = ["--seeds", "1", "--seed", str(seed), "--run", str(seed_folder(folder, seed))]
    command = [sys.executable, "-m", "rnnviz_widget.training", *arguments, *own]
    environment = os.environ | {"TQDM_POSITION": str(line)}
    # Apart from the terminal's group, so that Ctrl-C reaches it once, by `train_seeds`.
    return subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 - our own command line
