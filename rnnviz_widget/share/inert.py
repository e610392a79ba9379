"""Makes the page of a converted notebook inert: nothing in it runs or fetches anything.

There are two defences. The page's content security policy (`page.notebook_policy`) forbids every
script except ours, and every request. What such a policy can't forbid (redirects after some
seconds, prefetched links, a script with the `integrity` of ours) is removed here. First the parsed
page is cleaned: each element that is removed is counted and, where a reader would miss it, replaced
by words. Then the start of every forbidden tag that is left in the text is escaped, so that the
result does not depend on how a browser parses HTML.
"""

from __future__ import annotations

import base64
import mimetypes
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

SCRIPT, NETWORK, FRAME, FILE = "script", "thing from the network", "frame", "file"
"""The kinds of things that are left out, in the singular."""

# Elements that load a file or another page without a click.
_LOADING = ("link", "base", "meta")
_FRAMES = ("iframe", "frame", "frameset", "object", "embed", "applet", "portal", "fencedframe")
# Data blocks are kept, in exactly this spelling: without attributes for an address.
_DATA = '<script type="application/json">'
_BARRED = "|".join((*_LOADING, *_FRAMES, "plaintext"))
_NEVER = re.compile(rf"<(?=(?:{_BARRED})\b|script\b(?!{re.escape(_DATA[7:])}))", re.IGNORECASE)
_ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "data")
_LOADED = ("src", "srcset", "poster", "background", "imagesrcset")
_IN_STYLE = re.compile(
    r"""@import[^;}]*;?|url\(\s*["']?\s*(?!data:|#|["'\s])[^)]*\)""", re.IGNORECASE
)
_REMOTE = re.compile(r"\s*([a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_LARGEST_PICTURE = 50_000_000


def inert(html: str, folder: Path, *, rendered: list[int]) -> tuple[str, dict[int, Counter[str]]]:
    """Remove everything from a page's body that runs or loads.

    Args:
        html: A whole page, whose head is that of our template.
        folder: The notebook's folder; pictures in it are embedded.
        rendered: The numbers of the cells in the page, in order.

    Returns:
        The page without its end tags, and for each cell how many things of each kind were left out;
        0 is the key of everything outside the cells.

    Raises:
        ValueError: If the page has no body.
    """
    from bs4 import BeautifulSoup  # noqa: PLC0415 - it comes with nbconvert

    head, rest = _parted(html)
    soup = BeautifulSoup(rest, "html.parser")
    left_out: dict[int, Counter[str]] = {}
    cells = soup.find_all(class_="jp-Notebook-cell")
    for number, cell in zip(rendered, cells, strict=False):
        counted = Counter(_disarm(soup, cell, folder))
        if counted:
            left_out[number] = counted
    elsewhere = Counter(_disarm(soup, soup, folder))
    if elsewhere:
        left_out[0] = elsewhere
    return head + _NEVER.sub("&lt;", str(soup)), left_out


def with_pictures(html: str, folder: Path) -> str:
    """The page without its end tags, with pictures of the notebook's folder embedded.

    Raises:
        ValueError: If the page has no body.
    """
    from bs4 import BeautifulSoup  # noqa: PLC0415 - it comes with nbconvert

    head, rest = _parted(html)
    soup = BeautifulSoup(rest, "html.parser")
    for picture in soup.find_all("img"):
        found = _embedded(str(picture.get("src", "")), folder)
        if found is not None:
            picture["src"] = found
    return head + str(soup)


def _parted(html: str) -> tuple[str, str]:
    """Split a page after its <body> tag. Its end is not searched: a cell may contain </body>."""
    found = re.search(r"<body[^>]*>", html)
    if found is None:
        raise ValueError("nbconvert's page has no body; is another template called lab installed?")
    return html[: found.end()], html[found.end() :]


def _disarm(soup: BeautifulSoup, root: Tag, folder: Path) -> Iterator[str]:
    """Remove what would run or load, and yield the kind of each."""
    yield from _disarm_elements(soup, root)
    for element in root.find_all(True):
        yield from _disarm_attributes(element)
        yield from _styled(element)
    for picture in root.find_all("img"):
        yield from _disarm_picture(soup, picture, folder)
    for element in root.find_all(True):
        for name in _LOADED:
            address = str(element.get(name, ""))
            if address and not address.strip().lower().startswith("data:"):
                yield _kind(address)
                del element[name]


def _disarm_elements(soup: BeautifulSoup, root: Tag) -> Iterator[str]:
    for script in root.find_all("script"):
        if str(script).startswith(_DATA):
            continue
        # A script of another type, such as a formula's source, never runs: it is not counted.
        kind = str(script.get("type", "")).strip().lower()
        if kind in ("", "module") or "javascript" in kind or "ecmascript" in kind:
            yield SCRIPT
        script.decompose()
    for frame in root.find_all(_FRAMES):
        if not frame.decomposed:
            yield FRAME
            frame.replace_with(_words(soup, "a frame", str(frame.get("src", ""))))
    for element in root.find_all(_LOADING):
        if not element.decomposed:
            if element.get("href") or element.get("http-equiv"):
                yield NETWORK
            element.decompose()


def _styled(element: Tag) -> Iterator[str]:
    """Remove addresses from styles; the policy blocks those in other spellings."""
    if element.get("style"):
        element["style"], found = _IN_STYLE.subn("none", str(element["style"]))
        yield from [NETWORK] * found
    if element.name == "style" and element.string is not None:
        style, found = _IN_STYLE.subn("", str(element.string))
        if found:
            element.string = style
        yield from [NETWORK] * found


def _disarm_attributes(element: Tag) -> Iterator[str]:
    for name in list(element.attrs):
        value = str(element.attrs[name])
        handler = name.lower().startswith("on")
        # Browsers ignore spaces and control characters in a scheme.
        scheme = re.sub(r"[\0-\x20]", "", value).lower()
        if handler or (name.lower() in _ADDRESSES and scheme.startswith("javascript:")):
            yield SCRIPT
            del element[name]
        elif name.lower() == "ping":
            yield NETWORK
            del element[name]


def _disarm_picture(soup: BeautifulSoup, picture: Tag, folder: Path) -> Iterator[str]:
    address = str(picture.get("src", ""))
    if not address or address.strip().lower().startswith("data:"):
        return
    found = _embedded(address, folder)
    if found is not None:
        picture["src"] = found
        return
    yield _kind(address)
    alt = str(picture.get("alt", ""))
    # Without a description nbconvert writes a placeholder.
    described = alt and not alt.startswith("No description has been provided")
    picture.replace_with(_words(soup, alt if described else "a picture", address))


def _kind(address: str) -> str:
    return NETWORK if _REMOTE.match(address) else FILE


def _words(soup: BeautifulSoup, what: str, address: str) -> Tag:
    """What replaces something that was left out: words, as a link if the address is a web one."""
    words = f"[{what}, not in this page{': ' if address else ''}{address}]"
    if re.match(r"\s*https?://", address, re.IGNORECASE):
        link = soup.new_tag("a", attrs={"href": address, "rel": "noreferrer noopener"})
        link.string = words
        return link
    span = soup.new_tag("span")
    span.string = words
    return span


def _embedded(address: str, folder: Path) -> str | None:
    """A picture in the folder or below as a data URL, or None if there is no such picture.

    A symbolic link that leads out of the folder counts as outside.
    """
    if not address or len(address) > 4096 or ":" in address or _REMOTE.match(address):
        return None
    path = unquote(re.split("[?#]", address, maxsplit=1)[0])
    kind = mimetypes.guess_type(path)[0]
    if kind is None or not kind.startswith("image/") or "\0" in path:
        return None
    try:
        inside = Path(os.path.realpath(folder))
        found = Path(os.path.realpath(inside / path))
        if not found.is_relative_to(inside) or not found.is_file():
            return None
        if found.stat().st_size > _LARGEST_PICTURE:
            return None
        content = base64.b64encode(found.read_bytes()).decode()
    except OSError:
        return None
    return f"data:{kind};base64,{content}"
