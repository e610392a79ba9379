"""The site's pages in Markdown, made of those that readers of the repository have.

Readers of docs/ on GitHub and readers of the site read one text. What differs is where a link
leads to that leaves docs/, and how a picture is made to follow the light or dark theme.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image

# Pages outside docs/ that the site has, by their names there.
FROM_ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
    "benchmarks/gpu-h200.md": "gpu-h200.md",
}
PICTURE = re.compile(
    r'<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="(?P<dark>[^"]+)">\s*'
    r'<img alt="(?P<alt>[^"]*)" src="(?P<light>[^"]+)"[^>]*>\s*</picture>'
)
_LINK = re.compile(r"(\]\()(?![a-z]+:|#)([^)#\s]+)")
_TO_PICTURE = re.compile(r"\[([^\]]+)\]\((images/[^)]+)\)")
_FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)


def address(root: Path) -> str:
    """Where readers find the files of the repository."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['urls']['Source']}/blob/main"


def stage(root: Path, own: Path, made: Mapping[str, str], to: Path) -> None:
    """Copy all pages into one folder, with links that hold there.

    Args:
        root: The repository.
        own: The folder of the pages that only the site has.
        made: Pages that are made of other files, by the paths of those in the repository.
        to: The folder to make.
    """
    source = address(root)
    to.mkdir()
    found = [*(root / "docs").glob("*.md"), *own.glob("*.md")]
    pages = {page.relative_to(root).as_posix(): page.name for page in found} | FROM_ELSEWHERE
    known = pages | dict(made)
    for name, staged in pages.items():
        text = (root / name).read_text(encoding="utf-8")
        text = _outside_code(text, lambda part, name=name: _linked(part, name, known, source))
        (to / staged).write_text(text, encoding="utf-8")


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Change the parts of a page that are no blocks of code."""
    parts = _FENCED.split(text)
    return "".join(part if i % 2 else change(part) for i, part in enumerate(parts))


def _linked(text: str, page: str, pages: dict[str, str], source: str) -> str:
    """Links between pages stay on the site; others lead to the repository."""

    def target(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), link[2]))
        return link[1] + pages.get(path, f"{source}/{path}")

    # A picture that is linked to is no page, which Sphinx would look for.
    text = _TO_PICTURE.sub(r'<a href="\g<2>">\g<1></a>', text)
    return _LINK.sub(target, text)


def themed(picture: re.Match[str]) -> str:
    """A picture in two versions, of which the theme shows one and the browser loads one."""
    alt = picture["alt"]
    files = {theme: picture[theme].replace(".png", ".webp") for theme in ("light", "dark")}
    return "\n".join(
        f'<img class="only-{theme}" loading="lazy" alt="{alt}" src="{files[theme]}">'
        for theme in ("light", "dark")
    )


def copy_pictures(pictures: Path, to: Path) -> None:
    """Copy the folder of pictures; those in two themes get smaller, without loss."""
    shutil.copytree(pictures, to)
    for light in to.rglob("*-light.png"):
        for picture in (light, light.with_name(light.name.replace("-light.png", "-dark.png"))):
            with Image.open(picture) as image:
                image.save(picture.with_suffix(".webp"), lossless=True, method=4)
            picture.unlink()
