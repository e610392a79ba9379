"""Forks are tried in a process of its own: other tests leave threads, whose locks are not ours."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).with_name("forked_processes.py")


def test_a_process_that_is_forked_while_a_widget_fills_finds_no_lock_held():
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS)]
    ran = subprocess.run(
        run, cwd=TESTS.parents[2], env=ours, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
