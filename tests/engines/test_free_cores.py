"""How many cores are free: what the system says, and where it says nothing."""

import math
import os

import pytest

from rnnviz_widget.engines import free_cores


@pytest.mark.parametrize(
    ("said", "free"),
    [
        ("0.20 0.18 0.12 1/80 11206", 1),
        ("0.20 0.18 0.12 2/80 11206", 0),
        ("3.00 2.18 1.12 3/80 11206", -1),
        ("0.00 0.00 0.00 0/0 1", -math.inf),  # a system that imitates Linux
        ("0.00 0.00", -math.inf),
        ("", -math.inf),
        ("a b c d/e", -math.inf),
    ],
)
def test_cores_less_the_threads_that_can_run(monkeypatch, tmp_path, said, free):
    loads = tmp_path / "loadavg"
    loads.write_text(said)
    monkeypatch.setattr(free_cores, "_LOADS", loads)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    assert free_cores.free_cores() == free


def test_it_is_not_known_on_other_systems(monkeypatch, tmp_path):
    monkeypatch.setattr(free_cores, "_LOADS", tmp_path / "missing")
    assert free_cores.free_cores() == -math.inf
    loads = tmp_path / "loadavg"
    loads.write_text("0.20 0.18 0.12 1/80 11206")
    monkeypatch.setattr(free_cores, "_LOADS", loads)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert free_cores.free_cores() == -math.inf
