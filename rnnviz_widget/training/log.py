"""A run's log in columns, for its curves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MOST = 200


def columns(path: Path, steps: int) -> dict[str, dict[str, list[Any]]]:
    """Reads a log up to a step.

    Args:
        path: The log, a JSON object a line; none is an empty one.
        steps: The last step that counts.

    Returns:
        "training" and "validation", each with "characters", "seconds" and "loss" (nats; over the
        softmax that is trained, over all words in validation), at most 200 lines of each,
        evenly spread and with the last.
    """
    text = path.read_text(encoding="ascii") if path.is_file() else ""
    whole = text[: text.rfind("\n") + 1].splitlines()  # a killed run may leave half a line
    lines = [line for line in map(json.loads, whole) if line["step"] <= steps]
    found = {}
    for part, key in (("training", "loss"), ("validation", "validation_loss")):
        its = [line for line in lines if line.get(key) is not None]
        every = -(-len(its) // MOST) or 1
        its = its[::-1][::every][::-1]
        found[part] = {name: [line[name] for line in its] for name in ("characters", "seconds")}
        found[part]["loss"] = [line[key] for line in its]
    return found
