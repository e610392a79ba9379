"""Tries a wheel where nothing else is installed: `make try-wheel`.

Makes a fresh environment in a temporary folder, installs the wheel there and runs the README's
first lines, a saved page and numbers from elsewhere. `make try-wheel PYTHON=python3.13` tries that
version of Python. A page's size tells that it has the widget in it: an empty one would be small.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIRST_LINES = """
import rnnviz_widget as rv

gru, lstm = rv.load_pretrained("gru"), rv.load_pretrained("lstm")
w = rv.explore({"GRU": gru, "LSTM": lstm}, " context the formal study of grammar")
w.save_html("saved.html")
rv.from_rows({"mine": ("abc", [[0, 0, 0], [1, 0, 0], [0.5, 0.5, 0]])}).save_html("rows.html")
for page in ("saved.html", "rows.html"):
    size = len(open(page, encoding="utf-8").read())
    assert size > 50_000, (page, size)
print(rv.__version__, "answers: share of each character in the last row of the GRU:")
print((w.connectivity("GRU").scores[-1] / w.connectivity("GRU").scores[-1].sum()).round(3))
"""


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("wheel", type=Path, help="the wheel")
    options.add_argument("--constraint", type=Path, help="a file of versions for pip")
    given = options.parse_args()
    limits = () if given.constraint is None else ("-c", str(given.constraint.resolve()))
    with tempfile.TemporaryDirectory() as folder:
        python = str(Path(folder, "fresh", "bin", "python"))
        _timed("environment", sys.executable, "-m", "venv", "fresh", cwd=folder)
        wheel = str(given.wheel.resolve())
        _timed("install", python, "-m", "pip", "install", "--quiet", *limits, wheel, cwd=folder)
        _timed("first lines", python, "-c", FIRST_LINES, cwd=folder)


def _timed(what: str, *command: str, cwd: str) -> None:
    start = time.monotonic()
    subprocess.run(command, cwd=cwd, check=True)  # noqa: S603 - our own
    sys.stderr.write(f"{what}: {time.monotonic() - start:.0f} s\n")


if __name__ == "__main__":
    main()
