"""text8 as a file: found or downloaded, and checked."""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
import zipfile
from pathlib import Path

from tqdm import tqdm

from rnnviz_widget.models.autocomplete import SYMBOLS

URL = "http://mattmahoney.net/dc/text8.zip"
ZIP_SHA256 = "a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232"
TEXT_SHA256 = "6e890197040d37d85beb962ae1f041ff1d9a9ca8d20c7d99c85027eebf51dca7"

_BY_HAND = (
    "If this machine has no network, fetch that file elsewhere and give its place: "
    "python -m rnnviz_widget.training prepare --text8 PATH"
)


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(folder: Path, url: str = URL, expected: str = ZIP_SHA256) -> Path:
    """Downloads text8.zip into a folder, with a progress bar; nothing half-written is left.

    Returns:
        The path of the zip, whose checksum was compared.

    Raises:
        RuntimeError: If it cannot be had, or is not the expected file.
    """
    target = folder / "text8.zip"
    if target.exists() and sha256(target) == expected:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    partial = target.with_name("text8.zip.part")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer, partial.open("wb") as file:  # noqa: S310 (a fixed http address; the checksum is what is trusted)
            size = int(answer.headers.get("Content-Length") or 0) or None
            with tqdm(total=size, unit="B", unit_scale=True, desc="text8.zip") as bar:
                while block := answer.read(1 << 16):
                    file.write(block)
                    bar.update(len(block))
        came = sha256(partial)
        if came != expected:
            raise RuntimeError(
                f"{url} came with SHA-256 {came}, expected {expected}. Try again. {_BY_HAND}"
            )
        partial.replace(target)
    except (OSError, http.client.HTTPException) as error:
        raise RuntimeError(f"could not download {url}: {error}. {_BY_HAND}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def read_text(path: Path, expected: str | None = TEXT_SHA256) -> bytes:
    """The text of text8, from the zip or the unpacked file.

    Args:
        path: The file.
        expected: SHA-256 of the text, or None to take any text of a to z and spaces.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not text8, or holds other characters than a to z and the space.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"no file at {path}: expected text8 or text8.zip there. Leave --text8 out to download "
            f"it from {URL}"
        )
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise ValueError(f"{path} holds {len(names)} files: expected only text8")
            text = archive.read(names[0])
    else:
        text = path.read_bytes()
    came = hashlib.sha256(text).hexdigest()
    if expected is not None and came != expected:
        raise ValueError(
            f"{path} is not text8: its text has SHA-256 {came}, expected {expected}. Leave --text8 "
            f"out to download it, or give --any-text to take another text as it is"
        )
    others = set(text) - set(SYMBOLS.encode())
    if others:
        shown = ", ".join(repr(chr(code)) for code in sorted(others)[:5])
        raise ValueError(
            f"{path} holds characters other than a to z and the space ({shown}): clean it the "
            f"text8 way first (lower case, everything else one space)"
        )
    return text
