"""A converted notebook's page made inert: what is in it may be seen, but runs and fetches nothing.

Two walls. The page's policy (`page.notebook_policy`) forbids all scripts but ours and every
request. What a policy in a page can't forbid (another page after so many seconds, links that are
looked up ahead, a script whose `integrity` is ours) is kept out here, letter by letter, so that it
does not depend on how anybody parses HTML. Before that what would be dead is taken out of the
parsed page, told, and replaced by words where a reader would miss it.
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
"""What can be left out; each stands in the singular."""

# Elements that load, or lead elsewhere, by being there.
_LOADING = ("link", "base", "meta")
_FRAMES = ("iframe", "frame", "frameset", "object", "embed", "applet", "portal", "fencedframe")
# A data block is no script. Only in just this spelling, which has no place for an address.
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
    """The page with nothing in its body that runs or loads, without its end, and what was left out.

    Args:
        html: A whole page, whose head is the template's own.
        folder: Where pictures may be taken from: the notebook's folder.
        rendered: The numbers of the cells that the page has, in order.

    Returns:
        The page, and by cell how many of which kind were left out; cell 0 is none of them.
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
    """The page, without its end, with the pictures of the notebook's folder in it."""
    from bs4 import BeautifulSoup  # noqa: PLC0415 - it comes with nbconvert

    head, rest = _parted(html)
    soup = BeautifulSoup(rest, "html.parser")
    for picture in soup.find_all("img"):
        found = _embedded(str(picture.get("src", "")), folder)
        if found is not None:
            picture["src"] = found
    return head + str(soup)


def _parted(html: str) -> tuple[str, str]:
    """What comes before the body's content, and that: a cell may say that the body ends with it."""
    found = re.search(r"<body[^>]*>", html)
    if found is None:
        raise ValueError("nbconvert's page has no body; is another template called lab installed?")
    return html[: found.end()], html[found.end() :]


def _disarm(soup: BeautifulSoup, root: Tag, folder: Path) -> Iterator[str]:
    """Take out what would run or load; what each was."""
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
        # What no browser runs, such as a formula's source, is no loss to tell of.
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
    """Take out what styles would fetch; the policy holds back what is spelled in another way."""
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
        # Browsers pass over spaces and control characters in a scheme.
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
    # Else nbconvert's words stand there.
    told = alt and not alt.startswith("No description has been provided")
    picture.replace_with(_words(soup, alt if told else "a picture", address))


def _kind(address: str) -> str:
    return NETWORK if _REMOTE.match(address) else FILE


def _words(soup: BeautifulSoup, what: str, address: str) -> Tag:
    """What stands where something was left out: words, a link where it leads somewhere."""
    words = f"[{what}, not in this page{': ' if address else ''}{address}]"
    if re.match(r"\s*https?://", address, re.IGNORECASE):
        link = soup.new_tag("a", attrs={"href": address, "rel": "noreferrer noopener"})
        link.string = words
        return link
    span = soup.new_tag("span")
    span.string = words
    return span


def _embedded(address: str, folder: Path) -> str | None:
    """A picture that lies in the folder or below as an address of its own; None: there is none.

    A link that leads out of the folder is outside.
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
