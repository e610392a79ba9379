"""The widgets that a notebook's output shows, found in the state that the notebook keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_STATE = "application/vnd.jupyter.widget-state+json"
_CHILD = "IPY_MODEL_"


def states_of(metadata: Any) -> dict[str, Mapping[str, Any]]:
    """The states of all widgets that a notebook's metadata keep, by model; none: {}.

    What is no state is left out: the notebook may have been changed by anyone.
    """
    found: Any = metadata
    for step in ("widgets", _STATE, "state"):
        found = found.get(step) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {
        model: saved
        for model, saved in found.items()
        if isinstance(saved, Mapping) and isinstance(saved.get("state"), Mapping)
    }


def ours(model: str, states: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """A widget if it is ours, or those of ours that are in it, in the order of their boxes.

    Each is given once, however often boxes list it: a box may hold itself.
    """
    seen, waiting = {model}, [model]
    while waiting:
        saved = states.get(waiting.pop())
        if saved is None:
            continue
        traits = saved["state"]
        if str(traits.get("_anywidget_id", "")).startswith("rnnviz_widget."):
            yield saved
        children = traits.get("children")
        for child in reversed(children if isinstance(children, (list, tuple)) else []):
            if isinstance(child, str) and child.startswith(_CHILD):
                inner = child.removeprefix(_CHILD)
                if inner not in seen:
                    seen.add(inner)
                    waiting.append(inner)
