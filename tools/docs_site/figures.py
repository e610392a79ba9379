"""Living figures: widgets in the site's pages that answer without a kernel.

A figure stands where a page says `<div data-figure="NAME"></div>`, and in the place of the picture
images/reading/NAME-light.png, which readers of the repository see. All figures of the site share
the page's code and the models, which are scripts in the folder living/: a page opened from disk
can load nothing else. `static/figures.js` starts them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sources import PICTURE, themed

import rnnviz_widget as rv
from rnnviz_widget import share
from rnnviz_widget.share.modules import MODULES, module_code
from rnnviz_widget.share.page import element, modules_of

BUNDLED = {"GRU": "gru", "LSTM": "lstm", "Nested LSTM": "nested-lstm"}
TEXT = (
    " the formal study of grammar is an important part of education from a young age through "
    "advanced learning"
)
ADVANCED = TEXT.index("advanced")
RESTING = TEXT.index("learning") + 1
PLACE = re.compile(r'<div data-figure="([a-z-]+)"></div>')


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        caption: A sentence below it that says what to do.
        models: The names of its models.
        text: Its text.
        position: The character that is shown at first.
        traits: What else of the widget is set.
        live: Whether the page runs the models, so that its reader can type.
    """

    caption: str
    models: tuple[str, ...] = ("GRU", "LSTM")
    text: str = TEXT
    position: int = RESTING
    traits: Mapping[str, Any] = field(default_factory=dict)
    live: bool = False


FIGURES = {
    "explorer": Figure(
        "Type into the field: the three models run here, in your browser. Hover a character to see "
        "which earlier ones it depends on; click to pin it.",
        models=tuple(BUNDLED),
        text=" context the formal study of grammar is an important part of education",
        position=43,
        live=True,
    ),
    "first": Figure(
        "Hover a character, or move with the arrow keys; click to pin it.", models=("GRU",)
    ),
    "two": Figure("Hover a character of either text: both explain the same output."),
    "why-not": Figure(
        "The colours say which characters speak for learning, and which for leading.",
        traits={"target": rv.Contrast("learning", "leading")},
    ),
    "span": Figure(
        "Hover later characters: the share on the word is updated. Drag over another word.",
        traits={"brush": (ADVANCED, ADVANCED + 8)},
    ),
    "published": Figure(
        "The article's scale, on which no two rows can be compared.", traits={"scale": "published"}
    ),
    "words": Figure(
        "Hover a character: each word has the sum of its connectivity.", traits={"by": "word"}
    ),
    "influence": Figure(
        "Hover a character: the outputs after it are coloured by what they take from the word.",
        position=ADVANCED + 4,
        traits={"direction": "influence", "brush": (ADVANCED, ADVANCED + 8)},
    ),
    "bars": Figure("Hover a character: higher bars, and no colour needed.", traits={"bars": True}),
}


def put_into(pages: Path, living: Path) -> None:
    """Put the figures into all pages that have a place for one; write what they share.

    Args:
        pages: The folder of the pages, which are changed.
        living: The folder to make, for scripts that several pages share.
    """
    living.mkdir()
    models = {name: rv.load_pretrained(bundled) for name, bundled in BUNDLED.items()}
    made: dict[str, str] = {}

    def figure(name: str) -> str:
        if name not in made:
            made[name] = _made(FIGURES[name], models)
        return made[name]

    for page in sorted(pages.rglob("*.md")):
        before = page.read_text(encoding="utf-8")
        text = PLACE.sub(lambda place: figure(place[1]), before)
        text = PICTURE.sub(lambda picture: _instead(picture, figure), text)
        if text != before:
            page.write_text(text, encoding="utf-8")
    _write_shared(living, models)


def _instead(picture: re.Match[str], figure: Callable[[str], str]) -> str:
    """The figure that a picture shows, if there is one; else the picture in both themes."""
    name = re.fullmatch(r"images/reading/(.+)-light\.png", picture["light"])
    return figure(name[1]) if name and name[1] in FIGURES else themed(picture)


def _made(figure: Figure, models: Mapping[str, rv.SequenceModel]) -> str:
    widget = rv.explore({name: models[name] for name in figure.models}, figure.text)
    widget.position = figure.position
    for name, value in figure.traits.items():
        setattr(widget, name, value)
    widget.bake()
    shown = widget.shared()
    widget.close()
    runs = [BUNDLED[name] for name in figure.models] if figure.live else []
    return element_of(shown, runs=runs, caption=figure.caption)


def element_of(
    shown: share.Shared, *, runs: Sequence[str] = (), caption: str = "", whole_page: bool = False
) -> str:
    """What a page has of a figure: its static picture, and its data.

    Args:
        shown: The figure.
        runs: The bundled models that the page runs for it.
        caption: A sentence below it.
        whole_page: Whether the figure is what its page is about: a story scrolls with the page.
    """
    about = {"runs": list(runs), "modules": modules_of([shown])}
    told = "".join(f" data-{name}='{html.escape(json.dumps(is_))}'" for name, is_ in about.items())
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    whole = " data-whole-page" if whole_page else ""
    return f"<figure class='living'{told}{whole}>{element(shown)}{below}</figure>"


def _write_shared(living: Path, models: Mapping[str, rv.SequenceModel]) -> None:
    """The scripts of the folder living/: the page's code, its modules, and the models."""
    (living / "page.js").write_text(share.code(), encoding="utf-8")
    # As text: the models' worker runs the same script, and a page from disk can read no file.
    _register(living / "live-page.js", "code", "live-page", share.code(live=True))
    for name, behind in MODULES.items():
        if behind != "kernel":
            put = f'(self.rnnvizModules??={{}})["{name}"]={module_code(name)};\n'
            (living / f"module-{name}.js").write_text(put, encoding="utf-8")
    for name, bundled in BUNDLED.items():
        message = share.live_message(name, models[name])
        text = share.to_json({"_live": [message]}).removeprefix('{"_live":[').removesuffix("]}")
        _register(living / f"model-{bundled}.js", "models", bundled, text)


def _register(path: Path, kind: str, name: str, text: str) -> None:
    """A script that keeps a text for `static/figures.js`."""
    registry = f"((self.rnnvizSite??={{}}).{kind}??={{}})"
    path.write_text(f"{registry}[{json.dumps(name)}]={json.dumps(text)};\n", encoding="utf-8")
