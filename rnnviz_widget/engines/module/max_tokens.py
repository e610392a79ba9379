"""How many positions a module has, from the rows of its position embedding."""

from __future__ import annotations

from collections.abc import Sequence

from .embedding_points import LookUpCall


def max_tokens(looked: Sequence[LookUpCall], length: int) -> int | None:
    """The longest text that a module can read, as far as its look-ups show.

    Args:
        looked: The look-ups while it read a text whose ids do not count up.
        length: How many tokens the text has; a part of it is at least half as long.

    Returns:
        The rows left, from the first position on, of a table in which consecutive numbers were
        looked up, the fewest if there are several; None: there is no such table.
    """
    found = []
    for each in looked:
        index = each.index.detach().flatten().cpu()
        counts = index.diff() == 1
        if each.table is None or 2 * len(index) < length or len(index) < 3 or not counts.all():
            continue
        found.append(len(each.table) - int(index[0]))
    return min(found, default=None)
