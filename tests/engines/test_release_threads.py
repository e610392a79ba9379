"""Threads that wait for the next computation are ended, and begin again when they are needed."""

import subprocess
import sys

import pytest
import torch

from rnnviz_widget.engines.thread_count import _releaser, release_threads


def test_threads_that_are_released_begin_again_when_they_are_needed():
    rows = torch.ones(300, 300)
    expected = rows @ rows
    release_threads()
    release_threads()
    assert torch.equal(rows @ rows, expected)


@pytest.mark.skipif(
    sys.platform != "linux" or _releaser() is None, reason="torch computes with another OpenMP"
)
def test_released_threads_have_ended():
    """In a process of its own, in which no other thread begins or ends."""
    program = """
import os, threading, torch
from rnnviz_widget.engines import release_threads
def work():
    torch.set_num_threads(3)
    for _ in range(2):
        torch.ones(600, 600).add(1).mul(2).sum()
        counts.append(len(os.listdir("/proc/self/task")))
        release_threads()
        counts.append(len(os.listdir("/proc/self/task")))
counts = []
other = threading.Thread(target=work)
other.start()
other.join()
print(*counts)
"""
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    computing, released, computing_again, released_again = map(int, made.stdout.split())
    assert released == released_again < computing == computing_again
