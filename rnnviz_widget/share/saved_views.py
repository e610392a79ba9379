"""Finds the widgets that a notebook's output shows in the state saved in the notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_STATE = "application/vnd.jupyter.widget-state+json"
_CHILD = "IPY_MODEL_"


def states_of(metadata: Any) -> dict[str, Mapping[str, Any]]:
    """The states of all widgets in a notebook's metadata, by model id.

    Entries of another form are left out, because anyone may have changed the notebook.
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
    """Our widgets among a widget and those inside it, in the order of their boxes.

    Each is yielded once, even if several boxes contain it or a box contains itself.
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
