"""Checks the links in all Markdown pages and notebooks of the repository: `make links`.

A link within the repository must lead to a committed file, and to a heading if it names one. Those
that leave it are opened with --external only. Standard library only, so that it runs anywhere.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.parse import unquote

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r'\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"')
# A fence ends with one of its own character that is as long at least, or with the page; code within
# a line ends with as many backticks as it begins with.
_CODE = re.compile(
    r"^ *(?P<fence>`{3,}(?=[^`\n]*$)|~{3,}).*?(?:^ *(?P=fence)[`~]* *$|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)


def pages(root: Path = ROOT) -> list[Path]:
    """All committed pages."""
    command = ["git", "ls-files", "*.md", "*.ipynb"]
    listed = subprocess.check_output(command, cwd=root, text=True)  # noqa: S603 - our own
    return [root / name for name in listed.splitlines()]


def markdown(page: Path) -> str:
    """The Markdown of a page, or of a notebook's cells, without code."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return _CODE.sub("", text)


def headings(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ +(.*?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: Path) -> Iterator[str]:
    """What a page links to, pictures included."""
    for markdown_link, html_link in _LINK.findall(markdown(page)):
        yield markdown_link or html_link


def broken(page: Path) -> Iterator[str]:
    """The links of a page that stay in the repository and lead nowhere."""
    for link in links(page):
        path, _, heading = unquote(link).partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        to = page.parent / path if path else page
        if not to.exists() or (heading and heading not in headings(to.read_text("utf-8"))):
            yield link


def unreachable(link: str) -> str | None:
    """Why an address can't be opened, or None."""
    request = urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - https only
            return None
    except (URLError, TimeoutError) as error:
        return str(error)


def main() -> None:
    """See above; ends with an error if a link leads nowhere."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--external", action="store_true", help="open https links, too")
    external = options.parse_args().external
    wrong = [f"{page.relative_to(ROOT)}: {link}" for page in pages() for link in broken(page)]
    if external:
        found = {link for page in pages() for link in links(page) if link.startswith("https:")}
        reasons = {link: unreachable(link) for link in sorted(found)}
        wrong += [f"{link}: {reason}" for link, reason in reasons.items() if reason]
    sys.exit("\n".join(["links that lead nowhere:", *wrong]) if wrong else 0)


if __name__ == "__main__":
    main()
