"""What is known of a run: its log as columns, for plots, and that of the run before it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MOST = 200
_SUMS = ("characters", "steps", "seconds")


def columns(path: Path, steps: int) -> dict[str, dict[str, list[Any]]]:
    """Read a log up to a step.

    Args:
        path: The log, with a JSON object in each line; a missing file counts as empty.
        steps: The last step to read.

    Returns:
        "training" and "validation", each with the columns "characters", "seconds" and "loss". The
        loss is in nats; that of training is of the softmax that is trained, that of validation of
        all words. At most 200 lines of each, evenly spread and including the last.
    """
    text = path.read_text(encoding="ascii") if path.is_file() else ""
    whole = text[: text.rfind("\n") + 1].splitlines()  # A killed run may leave an incomplete line.
    lines = [line for line in map(json.loads, whole) if line["step"] <= steps]
    found = {}
    for part, key in (("training", "loss"), ("validation", "validation_loss")):
        its = [line for line in lines if line.get(key) is not None]
        every = -(-len(its) // MOST) or 1
        its = its[::-1][::every][::-1]
        found[part] = {name: [line[name] for line in its] for name in ("characters", "seconds")}
        found[part]["loss"] = [line[key] for line in its]
    return found


def with_earlier(about: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """How a model was trained that began with the weights of another.

    Args:
        about: How the run trained it, as `Trained.about`.
        before: How the other model was trained; what it lacks counts as nothing.

    Returns:
        `about` with the characters, steps, seconds and log of both. "before" is how the other was
        trained, without its log; "run" has the characters, steps and seconds of this run alone.
    """
    log = {}
    for part, own in about["log"].items():
        earlier = before.get("log", {}).get(part, {name: [] for name in own})
        log[part] = {
            name: earlier[name]
            + ([value + before.get(name, 0) for value in own[name]] if name in _SUMS else own[name])
            for name in own
        }
    return about | {
        **{name: about[name] + before.get(name, 0) for name in _SUMS},
        "run": {name: about[name] for name in _SUMS},
        "before": {name: value for name, value in before.items() if name != "log"},
        "log": log,
    }
