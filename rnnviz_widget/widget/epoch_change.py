"""A trait that begins an epoch: its value is tried when it is set, by all models or by none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import traitlets

T = TypeVar("T")


class EpochChange(Generic[T]):
    """One value that begins an epoch: the target, the measure or the text.

    Args:
        parse: Converts what was set.
        now: Returns the explorer's current value.
        prepare: Tries another value; the function it returns begins the epoch.
        begin_epoch: Calls that function and shows the epoch.
    """

    def __init__(
        self,
        parse: Callable[[Any], T],
        now: Callable[[], T],
        prepare: Callable[[T], Callable[[], None]],
        begin_epoch: Callable[[Callable[[], None]], None],
    ) -> None:
        self._parse = parse
        self._now = now
        self._prepare = prepare
        self._begin_epoch = begin_epoch
        self._begin: Callable[[], None] | None = None

    def check(self, value: Any) -> T:
        """Try a value; `apply` then shows it.

        Raises:
            traitlets.TraitError: If it is no such value, or a model can't use it; the message says
                why.
        """
        try:
            meant = self._parse(value)
            if meant == self._now():
                return self._now()
            self._begin = self._prepare(meant)
        except Exception as error:  # a model may raise anything
            raise traitlets.TraitError(str(error)) from error
        return meant

    def apply(self, change: dict[str, Any]) -> None:
        """Begin the epoch of the value that was checked, when the trait changes to it."""
        value = change["new"]
        if value != self._now() and self._begin is not None:
            self._begin_epoch(self._begin)
