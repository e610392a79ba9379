"""The folder of all versions of the documentation; see `__main__.py`."""

from __future__ import annotations

import html
import json
import shutil
from pathlib import Path, PurePosixPath

from packaging.version import InvalidVersion, Version

DEV = "dev"
_LATEST = "latest"
_CHOICE = Path(__file__).with_name("versions.js")


def publish(site: Path, folder: Path, version: str, *, title: str) -> None:
    """Copy a site into a folder of versions, in place of one of the same version.

    Args:
        site: What `make docs` built.
        folder: Where the versions are; it is made if need be.
        version: The version, as a package has it, or "dev".
        title: What the lists are headed with.

    Raises:
        ValueError: If it is no version, or there is no site.
    """
    if _key(version) is None:
        raise ValueError(f'the version must be one as 0.1.0 or 0.2.0rc1, or "{DEV}"; got {version}')
    if not (site / "index.html").is_file():
        raise ValueError(f"there is no site in {site}; run make docs first")
    place = folder / version
    if place.exists():
        shutil.rmtree(place)
    shutil.copytree(site, place)
    for name in _pages(place):
        page = place / name
        text = page.read_text(encoding="utf-8")
        page.write_text(_with_choice(text, name, version), encoding="utf-8")
    _write_lists(folder, title)


def _with_choice(text: str, name: str, version: str) -> str:
    """A page that loads the choice of versions from the folder around its own.

    A page that the widget saved is whole by itself, and stays as it is: it loads nothing.
    """
    if '<meta name="generator" content="rnnviz_widget">' in text:
        return text
    up = "../" * len(PurePosixPath(name).parts)
    here = f'data-version="{html.escape(version)}" data-page="{html.escape(name)}"'
    script = f'<script defer src="{up}versions.js" {here}></script>'
    return text.replace("</head>", f"{script}</head>", 1)


def _write_lists(folder: Path, title: str) -> None:
    versions = versions_in(folder)
    latest = latest_of(versions)
    pages = {version: _pages(folder / version) for version in versions}
    known = {"latest": latest, "versions": versions, "pages": pages}
    code = _CHOICE.read_text(encoding="utf-8")
    (folder / "versions.js").write_text(
        f"const KNOWN = {json.dumps(known, indent=1)};\n{code}", "utf-8"
    )
    lasting = folder / _LATEST
    if lasting.exists():
        shutil.rmtree(lasting)
    for name in pages[latest]:
        page = lasting / name
        page.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * len(PurePosixPath(name).parts)
        page.write_text(_leading_to(f"{up}{latest}/{name}", title), "utf-8")
    (folder / "index.html").write_text(_leading_to(f"{_LATEST}/index.html", title), "utf-8")
    (folder / "versions.html").write_text(_list(versions, latest, title), "utf-8")


def versions_in(folder: Path) -> list[str]:
    """The versions in a folder, the newest first; "dev" comes before all releases."""
    found = [each.name for each in folder.iterdir() if (each / "index.html").is_file()]
    keys = {name: key for name in found if (key := _key(name)) is not None}
    return sorted(keys, key=keys.__getitem__, reverse=True)


def latest_of(versions: list[str]) -> str:
    """The newest release that is none before a release; where there is none, the newest of all."""
    final = [each for each in versions if each != DEV and not Version(each).is_prerelease]
    return (final or versions)[0]


def _key(name: str) -> tuple[bool, Version] | None:
    """How a version is ordered; None: it is none."""
    if name == DEV:
        return True, Version("0")
    try:
        found = Version(name)
    except InvalidVersion:
        return None
    # Only as a package writes it, so that no version has two folders.
    return (False, found) if str(found) == name else None


def _pages(folder: Path) -> list[str]:
    """The pages of a site, by their paths in it."""
    return sorted(page.relative_to(folder).as_posix() for page in folder.rglob("*.html"))


_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
"""


def _leading_to(address: str, title: str) -> str:
    """A page that leads to another one, and keeps the heading that was asked for."""
    there = html.escape(address)
    return (
        _HEAD.format(title=html.escape(title))
        + f"<script>location.replace({_quoted(address)} + location.hash)</script>\n"
        f'<noscript><meta http-equiv="refresh" content="0; url={there}"></noscript>\n'
        f'</head>\n<body>\n<p><a href="{there}">{html.escape(title)}</a></p>\n</body>\n</html>\n'
    )


def _quoted(text: str) -> str:
    """A string for a script in a page, which no part of it can end."""
    return json.dumps(text).replace("<", "\\u003c")


_STYLE = (
    "body { margin: 2rem auto; max-width: 40rem; padding: 0 1rem; "
    "font: 1rem/1.6 system-ui, sans-serif }"
)


def _list(versions: list[str], latest: str, title: str) -> str:
    """The page that lists all versions."""
    said = {DEV: " (not released)", latest: " (latest)"}
    lines = "\n".join(
        f'<li><a href="{html.escape(each)}/index.html">{html.escape(each)}</a>'
        f"{said.get(each, '')}</li>"
        for each in versions
    )
    heading = f"{html.escape(title)}: versions of the documentation"
    return (
        _HEAD.format(title=heading) + f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{heading}</h1>\n<ul>\n{lines}\n</ul>\n</main>\n</body>\n</html>\n"
    )
