"""Tries a wheel where nothing else is installed: `make try-wheel`.

For each version of Python it makes a fresh environment in a temporary folder, installs the wheel
there, and runs what a new user does first: the README's first lines, a module of their own, a saved
page, numbers from elsewhere. It says how long each step took, and how much lies on the disk then.
`make try-wheel ARGS='--python python3.12 --python python3.13'` tries those two.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_STEPS = Path(__file__).with_name("first_steps.py")


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("wheel", type=Path, help="the wheel")
    options.add_argument("--constraint", type=Path, help="a file of versions for pip")
    options.add_argument(
        "--python",
        action="append",
        help="an interpreter, by path or name; may be given several times; default: this one",
    )
    given = options.parse_args()
    limits = [] if given.constraint is None else ["-c", str(given.constraint.resolve())]
    for python in given.python or [sys.executable]:
        with tempfile.TemporaryDirectory() as folder:
            _try(python, given.wheel.resolve(), limits, folder)


def _try(python: str, wheel: Path, limits: list[str], folder: str) -> None:
    fresh = str(Path(folder, "fresh", "bin", "python"))
    _say(f"{_asked(python, '--version')}, {python}")
    _timed("environment", python, "-m", "venv", "fresh", cwd=folder)
    pip = (fresh, "-m", "pip")
    _timed("install", *pip, "install", "--quiet", *limits, str(wheel), cwd=folder)
    _timed("check", *pip, "check", cwd=folder)
    _say(_sizes(fresh))
    _timed("first steps", fresh, str(_STEPS), str(Path(folder, "fresh")), cwd=folder)


def _sizes(python: str) -> str:
    """What an environment has of how many packages, in MB."""
    code = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    sizes = {each.name: _size(each) for each in Path(_asked(python, "-c", code)).iterdir()}
    packages = sum(name.endswith(".dist-info") for name in sizes)
    parts = {
        "rnnviz_widget": sizes["rnnviz_widget"],
        "torch and what it computes with": sum(sizes.get(name, 0) for name in _OF_TORCH),
        "in all": sum(sizes.values()),
    }
    words = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in parts.items())
    return f"{packages} packages: {words}"


# torch, and what it brings on its own account.
_OF_TORCH = ("torch", "nvidia", "triton", "cuda", "functorch", "torchgen", "sympy", "networkx")


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(each.stat().st_size for each in files if each.is_file())


def _asked(*command: str) -> str:
    return subprocess.check_output(command, text=True).strip()  # noqa: S603 - our own


def _timed(what: str, *command: str, cwd: str) -> None:
    start = time.monotonic()
    subprocess.run(command, cwd=cwd, check=True)  # noqa: S603 - our own
    _say(f"{what}: {time.monotonic() - start:.0f} s")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
