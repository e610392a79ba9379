"""Reads text files; downloads text8 and checks it."""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
import zipfile
import zlib
from pathlib import Path

from tqdm import tqdm

URL = "http://mattmahoney.net/dc/text8.zip"
ZIP_SHA256 = "a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232"
TEXT_SHA256 = "6e890197040d37d85beb962ae1f041ff1d9a9ca8d20c7d99c85027eebf51dca7"
_ZIP = b"PK\x03\x04"

_BY_HAND = (
    "If this machine has no network, download that file elsewhere and pass its path: "
    "python -m rnnviz_widget.training prepare --text PATH"
)


def sha256(path: Path) -> str:
    """The SHA-256 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(folder: Path, url: str = URL, expected: str = ZIP_SHA256) -> Path:
    """Download text8.zip into a folder, completely or not at all, and show a progress bar.

    A file that is there already and has the right checksum is not downloaded again.

    Args:
        folder: The folder.
        url: The address of the zip.
        expected: Its SHA-256 checksum.

    Returns:
        The path of the zip, whose checksum was compared.

    Raises:
        RuntimeError: If the download fails, or the file has another checksum.
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


def is_text8(text: bytes) -> bool:
    """Whether a text is text8, judged by its checksum."""
    return hashlib.sha256(text).hexdigest() == TEXT_SHA256


def read_text(path: Path) -> bytes:
    """The bytes of a text file, or of the only file in a zip.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is a damaged zip, or one with several files.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"no file at {path}: expected a text, plain or zipped. Leave out --text to download "
            f"text8 from {URL}"
        )
    if not zipfile.is_zipfile(path):
        data = path.read_bytes()
        if data.startswith(_ZIP):
            raise ValueError(f"{path} is a zip, but cut off. Fetch it again")
        return data
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise ValueError(f"{path} contains {len(names)} files: expected a single text")
            return archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path} is a zip, but broken ({error}). Fetch it again") from error


def decode(data: bytes, path: Path) -> tuple[str, int]:
    """Decode UTF-8, with or without a byte order mark.

    Args:
        data: The bytes.
        path: The file that they come from, for the message.

    Returns:
        The text, with U+FFFD in place of invalid bytes, and how many times it was inserted; one
        U+FFFD may replace several bytes.

    Raises:
        ValueError: If there are zero bytes, which a text does not contain.
    """
    if b"\0" in data:
        raise ValueError(
            f"{path} contains zero bytes, as programs, pictures and UTF-16 do: expected text in "
            "UTF-8"
        )
    text = data.decode("utf-8-sig", "replace")
    own = data.count("\ufffd".encode())
    return text, text.count("\ufffd") - own
