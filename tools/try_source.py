"""Builds anew what a source distribution holds: `make try-source`.

Unpacks it in a temporary folder, installs what the page's code is built with (`npm ci`), builds the
page, and compares bytes with the page that was in it. Then it builds the wheel from it, and
compares that with the wheel beside it. Nothing of the repository is used.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

_STATIC = Path("rnnviz_widget", "static")


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("archive", type=Path, help="the source distribution")
    archive = options.parse_args().archive.resolve()
    [shipped] = archive.parent.glob("*.whl")
    with tempfile.TemporaryDirectory() as folder:
        source = unpacked(archive, Path(folder, "source"))
        before = _bytes_in(source / _STATIC)
        for name in before:
            (source / _STATIC / name).unlink()
        quiet = ("--no-audit", "--no-fund", "--loglevel=error")
        _run("npm", "ci", *quiet, cwd=source / "js")
        _run("npm", "run", "--silent", "build", cwd=source / "js")
        problems = differences(before, _bytes_in(source / _STATIC))
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
        built = {shipped.name: Path(folder, shipped.name).read_bytes()}
        problems += differences({shipped.name: shipped.read_bytes()}, built)
    if problems:
        sys.exit("\n".join(problems))
    pages = f"{len(before)} files of the page ({sum(map(len, before.values())):,} bytes)"
    sys.stderr.write(f"{archive.name} builds the same {pages} and the same wheel\n")


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpack a source distribution into a folder; returns the one folder that it makes there."""
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    [source] = folder.iterdir()
    return source


def differences(shipped: dict[str, bytes], built: dict[str, bytes]) -> list[str]:
    """What differs between files, by name, a sentence for each.

    Args:
        shipped: What is distributed.
        built: What was built from the source distribution.
    """
    return [
        f"{name}: {_how(shipped.get(name), built.get(name))}"
        for name in sorted(shipped.keys() | built.keys())
        if shipped.get(name) != built.get(name)
    ]


def _how(shipped: bytes | None, built: bytes | None) -> str:
    if shipped is None:
        return "built, but not shipped"
    if built is None:
        return "shipped, but not built"
    same = next(
        (at for at, pair in enumerate(zip(shipped, built, strict=False)) if pair[0] != pair[1]),
        min(len(shipped), len(built)),
    )
    return f"{len(shipped):,} bytes shipped, {len(built):,} built, which differ from byte {same:,}"


def _bytes_in(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True)  # noqa: S603 - our own


if __name__ == "__main__":
    main()
