"""What is computed for the page, or in words why it can't be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rnnviz_widget.scene.rows import Failure

from .row_cache import in_words

Found = TypeVar("Found")


def found_or_failure(find: Callable[[], Found]) -> Found | Failure:
    """What a function returns, or why it raises.

    The message of a `ValueError` is for the reader; other errors, which a user's model may raise,
    are named by their type too.
    """
    try:
        return find()
    except ValueError as error:
        return Failure(str(error))
    except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
        return Failure(in_words(error))
