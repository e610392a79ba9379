"""What is computed for the page, or in words why it can't be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rnnviz_widget.scene.rows import Failure

from .row_cache import in_words

Found = TypeVar("Found")

_FOR_READERS = (ValueError, ImportError, OSError)


def found_or_failure(find: Callable[[], Found]) -> Found | Failure:
    """What a function returns, or why it raises.

    See `failure_of` for the words.
    """
    try:
        return find()
    except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
        return failure_of(error)


def failure_of(error: Exception) -> Failure:
    """An error in words.

    The message of a `ValueError`, of a missing library or of a file is for the reader; other
    errors, which a user's model may raise, are named by their type too.
    """
    return Failure(str(error) if isinstance(error, _FOR_READERS) else in_words(error))
