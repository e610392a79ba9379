"""Trains runs that differ in their seed alone, several at a time, each in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

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

    A first Ctrl-C is passed on to the processes; a second one kills them, and so does a SIGTERM.
    Each of them can be resumed, however it ended.

    Args:
        arguments: The command line of the train command for one of them; the last --seed, --run and
            --seeds count.
        folder: The folder of all runs.
        seeds: The seeds.
        at_once: How many processes run at a time.

    Raises:
        RuntimeError: If a run fails; the others are trained to their end first.
        KeyboardInterrupt: After Ctrl-C, when all processes have ended.
        SystemExit: After a SIGTERM, when all processes have ended.
    """
    waiting, failed = list(seeds), list[int]()
    runs = _Runs()
    with runs.signals_handled():
        while runs.by_line or (waiting and not runs.stopped_by):
            for line in range(at_once):
                if waiting and line not in runs.by_line and not runs.stopped_by:
                    runs.start(arguments, folder, waiting.pop(0), line)
            time.sleep(_POLL_SECONDS)
            failed += [seed for seed, code in runs.ended() if code]
    if runs.stopped_by == signal.SIGINT:
        raise KeyboardInterrupt
    if runs.stopped_by:
        raise SystemExit(128 + runs.stopped_by)
    if failed:
        raise RuntimeError(
            f"the runs with seeds {', '.join(map(str, failed))} failed, as is said above; the same "
            "command trains what is left"
        )


def take_interruptions() -> None:
    """Let Ctrl-C interrupt this process, which `train_seeds` started with it held back.

    One that came meanwhile interrupts now. While modules of compiled code are imported, it can get
    lost in them.
    """
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


class _SeedProcess(NamedTuple):
    seed: int
    process: subprocess.Popen[bytes]


class _Runs:
    """The processes that train.

    Signals are counted, and raise nothing: so no further one can come between what ends the others.
    """

    def __init__(self) -> None:
        self.by_line = dict[int, _SeedProcess]()  # by the line of its progress bar
        self.stopped_by: int = 0
        self._killed = False

    def start(self, arguments: Sequence[str], folder: Path, seed: int, line: int) -> None:
        """Start one."""
        with _held_back():
            self.by_line[line] = _SeedProcess(seed, _start(arguments, folder, seed, line))
        if self.stopped_by:  # while it was started
            self._pass_on()

    def ended(self) -> list[tuple[int, int]]:
        """The seeds, with exit codes, of those that have ended since the last call."""
        codes = {line: run.process.poll() for line, run in self.by_line.items()}
        over = {line: code for line, code in codes.items() if code is not None}
        return [(self.by_line.pop(line).seed, code) for line, code in over.items()]

    @contextlib.contextmanager
    def signals_handled(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM stop the processes while the block runs; an error in it kills them."""
        before = dict[signal.Signals, Any]()
        if threading.current_thread() is threading.main_thread():  # others get no signals
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    before[number] = signal.signal(number, self._stop)
        try:
            yield
        finally:
            self._killed = True
            self._pass_on()
            for run in self.by_line.values():
                run.process.wait()
            for caught, handler in before.items():
                signal.signal(caught, handler)

    def _stop(self, number: int, _: Any) -> None:
        self._killed = number != signal.SIGINT or bool(self.stopped_by)
        self.stopped_by = self.stopped_by or number
        self._pass_on()
        if not self._killed:
            # Not by `sys.stderr`, which may be within a write of its own.
            os.write(2, b"\nstopping; Ctrl-C again ends the runs at once\n")

    def _pass_on(self) -> None:
        for run in self.by_line.values():
            if self._killed:
                run.process.kill()
            else:
                _interrupt(run.process)


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    if sys.platform != "win32":  # there the console interrupts all its processes
        process.send_signal(signal.SIGINT)


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """What is started in the block has Ctrl-C held back, until it calls `take_interruptions`."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(arguments: Sequence[str], folder: Path, seed: int, line: int) -> subprocess.Popen[bytes]:
    own = ["--seeds", "1", "--seed", str(seed), "--run", str(seed_folder(folder, seed))]
    command = [sys.executable, "-m", "rnnviz_widget.training", *arguments, *own]
    environment = os.environ | {"TQDM_POSITION": str(line)}
    # Apart from the terminal's group, so that Ctrl-C reaches it once, by `train_seeds`.
    return subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 - our own command line
