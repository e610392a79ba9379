"""Checks of what is set from Python: a trait refuses a value by a `TraitError`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import traitlets

from rnnviz_widget.inside.result_table import ResultTable

Value = TypeVar("Value")


def in_trait_errors(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same check, whose errors in words are `TraitError`s."""

    def checked(value: Any) -> Any:
        try:
            return check(value)
        except (TypeError, ValueError, IndexError, ImportError, OSError) as error:
            raise traitlets.TraitError(str(error)) from error

    return checked


def found_table(words: str) -> Callable[[Any], Any]:
    """A check of a trait that holds what was found: only the widget sets it to a table.

    Args:
        words: What to set instead.
    """

    def checked(value: object) -> object:
        if value is not None and not isinstance(value, ResultTable):
            raise TypeError(words)
        return value

    return in_trait_errors(checked)


def by_model(
    trait: str, kind: type[Value], value: object, names: Sequence[str]
) -> dict[str, Value]:
    """Values of a kind by the names of models; of one model alone it need not be named.

    Args:
        trait: The trait, for errors.
        kind: What the values are.
        value: What was given; None: nothing for any model.
        names: The names of the models.

    Raises:
        TypeError: If it is something else. Whether there is such a model is not checked.
    """
    if value is None:
        return {}
    if isinstance(value, kind) and len(names) == 1:
        return {names[0]: value}
    known = ", ".join(map(repr, names))
    if not isinstance(value, Mapping):
        raise TypeError(
            f"{trait} must be a dict with an rv.{kind.__name__} by the name of a model, which is "
            f"one of {known}; got {value!r:.80}"
        )
    for name, one in value.items():
        if not isinstance(one, kind):
            raise TypeError(f"{trait}[{name!r}] must be an rv.{kind.__name__}; got {one!r:.80}")
    return dict(value)
