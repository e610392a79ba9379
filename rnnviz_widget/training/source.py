"""A text as a file: text8, downloaded and checked, or any other."""

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
    "If this machine has no network, fetch that file elsewhere and give its place: "
    "python -m rnnviz_widget.training prepare --text PATH"
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


def is_text8(text: bytes) -> bool:
    """Whether a text is text8, by its checksum."""
    return hashlib.sha256(text).hexdigest() == TEXT_SHA256


def read_text(path: Path) -> bytes:
    """The bytes of a text file, or of the only file in a zip.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is a zip that is cut off or holds several files.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"no file at {path}: expected a text, plain or zipped. Leave --text out to download "
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
                raise ValueError(f"{path} holds {len(names)} files: expected a single text")
            return archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path} is a zip, but broken ({error}). Fetch it again") from error


def decode(data: bytes, path: Path) -> tuple[str, int]:
    """Bytes as UTF-8, with or without a byte order mark.

    Args:
        data: What to decode.
        path: Where it comes from, for the message.

    Returns:
        The text, with U+FFFD for what is not UTF-8, and how many bytes that were, at least.

    Raises:
        ValueError: If there are zero bytes, which text in UTF-8 does not have.
    """
    if b"\0" in data:
        raise ValueError(
            f"{path} holds zero bytes, as programs, pictures and UTF-16 do: expected text in UTF-8"
        )
    text = data.decode("utf-8-sig", "replace")
    own = data.count("\ufffd".encode())
    return text, text.count("\ufffd") - own
