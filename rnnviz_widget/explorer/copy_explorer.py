"""Another explorer that shows the same, for what is to be shown aside."""

from __future__ import annotations

from .explorer import Explorer


def copy_explorer(explorer: Explorer) -> Explorer:
    """Another explorer of the same models that shows the same, with the rows that there are.

    It has the weights that are shown. What either shows or computes next, the other does not.

    Raises:
        RuntimeError: If the explorer was closed.
    """
    # Where that was put off, the copy would find it out for both, and only tell its own listener.
    explorer.find_reads()
    return Explorer(*explorer.changes.copied())
