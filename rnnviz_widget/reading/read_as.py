"""Notes on tokens that a model looks up as other tokens, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rnnviz_widget.engines import Network

# How many of them are listed.
_SHOWN = 5


def read_as(network: Network, ids: Tensor, names: Sequence[str]) -> list[str]:
    """Notes on tokens that are looked up as others, or not at all."""
    looked, notes = network.looked_up(ids), []
    changed = (looked.read != ids).nonzero().flatten().tolist()
    if changed:
        each = dict.fromkeys((int(ids[t]), int(looked.read[t])) for t in changed)
        changes = _some([f"{_name(own, names)} as {_name(other, names)}" for own, other in each])
        notes.append(
            f"The module changes tokens before it embeds them, and reads {changes} (at "
            f"{_some(list(map(str, changed)))}, counted from 0): scores there are those of the "
            "token that it really reads."
        )
    missing = [] if looked.arrangement is None else looked.arrangement.missing()
    if missing:
        own = looked.arrangement is not None and looked.arrangement.has_own()
        hint = (
            " It looks up ids that are not in the text: is it a decoder that feeds back its own "
            "choice? Then its target is not read."
        )
        notes.append(
            f"The module does not look up the tokens at {_some(list(map(str, missing)))} "
            "(counted from 0): their scores are zero." + (hint if own else "")
        )
    return notes


def _name(number: int, names: Sequence[str]) -> str:
    return repr(names[number]) if number < len(names) else f"row {number} of its table"


def _some(each: Sequence[str]) -> str:
    more = len(each) - _SHOWN
    return ", ".join(each[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
