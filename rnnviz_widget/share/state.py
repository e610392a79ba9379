"""Writes a widget's state as JSON, reads it from notebooks and pages, and checks it."""

from __future__ import annotations

import base64
import contextlib
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from rnnviz_widget.scene.bytes_as_text import as_bytes, as_text
from rnnviz_widget.scene.codec import pack, unpack
from rnnviz_widget.scene.facet import VERSION, Scene
from rnnviz_widget.scene.packing import expect
from rnnviz_widget.scene.replies import Progress, Status
from rnnviz_widget.scene.rows import Answer, Rows, check_answer, check_rows
from rnnviz_widget.scene.story import StoryText

from .modules import MODULES

OPTIONS = ("direction", "scale", "by", "sharpness", "brush", "bars", "playing", "common_scale")
TRAITS = (
    *("position", "pinned", *OPTIONS, "_opened"),
    *("_scene", "_answer", "_rows", "_status", "_reply", "_checkpoints"),
)
"""The traits that a page without a kernel needs."""

STORY = ("_story", "_steps", "_scenes")
"""What the page of a story has besides: its words, the traits of each step, the other scenes."""

# Of asks that are not called as the instrument that sends them.
_INSTRUMENT_OF = {"matches": "states", "color_by": "states", "map_regions": "map"}


def to_json(state: Mapping[str, Any]) -> str:
    """The state as JSON for a script element; bytes become {"b64": base64}.

    Every "<" is escaped, so that no text can end the element. Characters other than ASCII are
    escaped, so that no encoding can change them.

    Raises:
        TypeError: If the state contains a value of another type than numbers, texts and bytes.
        ValueError: If a number is NaN or infinite, which JSON can't represent.
    """
    names = (*TRAITS, *STORY, "_kept", "_live")
    named = {name: as_text(state[name]) for name in names if name in state}
    try:
        text = json.dumps(named, separators=(",", ":"), allow_nan=False, default=_refuse)
    except ValueError as error:
        raise ValueError(
            "the widget's state contains a number that is NaN or infinite, which JSON can't hold"
        ) from error
    return text.replace("<", "\\u003c")


def size_of_replies(state: Mapping[str, Any]) -> int:
    """How many bytes the saved replies of open instruments take in a page."""
    return len(to_json({"_reply": state.get("_reply", {})}))


def of_notebook(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Read a widget's state from a notebook: {"state": traits, "buffers": their bytes}.

    Rows are not checked; see `without_damaged_rows`.

    Raises:
        ValueError: If the state is truncated, was changed, or is of another version.
    """
    with _in_words():
        state = json.loads(json.dumps(saved["state"]))
        for buffer in saved.get("buffers", []):
            *path, last = buffer["path"]
            place = state
            for step in path:
                place = place[step]
            place[last] = base64.b64decode(buffer["data"], validate=True)
        state = as_bytes(state)
    check(state)
    return _with_shown_replies({name: state[name] for name in TRAITS if name in state})


def of_page(text: str) -> dict[str, Any]:
    """Read a widget's state from a page or a frozen output, as `to_json` wrote it.

    Raises:
        ValueError: As `of_notebook`.
    """
    with _in_words():
        state = as_bytes(json.loads(text))
        expect(isinstance(state, dict), "it is no object")
    check(state)
    return {name: state[name] for name in (*TRAITS, *_checked_story(state)) if name in state}


def _checked_story(state: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of what a story's page has besides, if it is one.

    Raises:
        ValueError: If a step shows what the page can't draw.
    """
    if "_story" not in state:
        return ()
    with _in_words():
        steps = unpack(StoryText, state["_story"]).steps
        expect(len(steps) == len(state["_steps"]), "its steps do not fit its words")
        scenes = [state, *state["_scenes"]]
        for step, shown in zip(steps, state["_steps"], strict=True):
            expect(step.scene < len(scenes), "a step shows a scene that is missing")
            check({**scenes[step.scene], **shown})
    return STORY


def without_damaged_rows(state: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Remove damaged rows from a state.

    Text and predictions stay. The last answer and the saved rows are checked separately: damage in
    one leaves the other. Rows are decompressed only up to the size that the scene implies.

    Returns:
        The state, and what is wrong with the removed rows, or None if nothing is.
    """
    state, words = dict(state), []
    facets = unpack(Scene, state["_scene"]).facets
    try:
        with _in_words():
            if state.get("_answer"):
                check_answer(unpack(Answer, state["_answer"]), facets)
    except ValueError as error:
        words.append(f"its last answer is left out: {error}")
        state["_answer"] = {}
    try:
        with _in_words():
            if state.get("_rows"):
                check_rows(unpack(Rows, state["_rows"]), facets)
    except ValueError as error:
        words.append(f"its saved rows are left out: {error}")
        epoch = state["_scene"]["epoch"]
        state["_rows"] = {}
        said = "The rows that were saved here are damaged; the others need the notebook."
        state["_status"] = pack(Status(epoch, Progress(0, 0, "stopped", said)))
    return state, "; ".join(words) or None


def hollow(message: Any) -> Any:
    """A message with all bytes and texts emptied and its structure unchanged.

    A notebook may store a message's bytes by their place in it; this message replaces them.
    """
    if isinstance(message, (bytes, str)):
        return message[:0]
    if isinstance(message, Mapping):
        return {key: hollow(item) for key, item in message.items()}
    return [hollow(item) for item in message] if isinstance(message, list) else message


def saved(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state for a reader without a kernel: its status says which rows are missing, and why."""
    state = _with_shown_replies(state)
    if state.get("_checkpoints"):
        state["_opened"] = [*state["_opened"], "checkpoints"]
    rows, facets = unpack(Rows, state["_rows"]), unpack(Scene, state["_scene"]).facets
    done, every = sum(int(one.known.sum()) for one in rows.facets), sum(map(len, facets))
    before: Status = unpack(Status, state["_status"])
    if done == every:
        # All rows are saved, so the last answer is not needed.
        status = Status(before.epoch, Progress(done, every, "done"))
        return {**state, "_status": pack(status), "_answer": {}}
    words = f"{done:,} of {every:,} rows are saved here; the others need the notebook."
    if before.progress.state == "stopped" and before.progress.message:
        words = f"{words} {before.progress.message}"
    status = Status(before.epoch, Progress(done, every, "stopped", words))
    return {**state, "_status": pack(status)}


def _with_shown_replies(state: Mapping[str, Any]) -> dict[str, Any]:
    """Of the replies, keep those of open instruments about the character that is shown.

    A page without a kernel shows them; the name of an instrument is the kind of its asks. Those
    that name no character are about all of them.
    """
    opened, replies = state.get("_opened"), state.get("_reply")
    epoch, shown = state["_scene"]["epoch"], _shown(state)
    kept = {}
    if isinstance(opened, (list, tuple)) and isinstance(replies, Mapping):
        kept = {
            name: reply
            for name, reply in replies.items()
            if _INSTRUMENT_OF.get(name, name) in opened and isinstance(reply, Mapping)
            if _INSTRUMENT_OF.get(name, name) in MODULES
            if (reply.get("epoch"), reply.get("position", shown)) == (epoch, shown)
        }
    return {**state, "_reply": kept}


def _shown(state: Mapping[str, Any]) -> Any:
    return state["position"] if state.get("pinned") is None else state["pinned"]


def check(state: Mapping[str, Any]) -> None:
    """Raise if a page of this version can't draw a state. Rows are not checked.

    Raises:
        ValueError: If it has no text or no model, is of another version, or its values do not fit
            each other.
    """
    scene = state.get("_scene")
    if not isinstance(scene, Mapping) or not scene:
        raise ValueError("the widget's saved state has no text and no model in it")
    version = scene.get("version")
    if version != VERSION:
        raise ValueError(
            f"the widget was saved by another version of rnnviz_widget (its data has version "
            f"{version!r}, this one reads {VERSION}); run the notebook again"
        )
    with _in_words():
        found = unpack(Scene, scene)
        expect(bool(found.text and found.facets), "it is empty")
        position = _shown(state)
        expect(type(position) is int, f"its position is {position!r}")
        expect(0 <= position < len(found.text), f"character {position} is not in its text")


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        ValueError,
        RecursionError,
        OverflowError,
        zlib.error,
    ) as error:
        raise ValueError(f"the widget's saved state is cut off or was changed ({error})") from error


def _refuse(value: object) -> object:
    raise TypeError(
        f"a widget's state must consist of numbers, texts and bytes; got {type(value).__name__}"
    )
