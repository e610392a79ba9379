"""Which model it is that an error is about, and texts that not every model can read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

from rnnviz_widget.models import SequenceModel, UnknownSymbolError
from rnnviz_widget.reading import Reading

from .row_cache import in_words

# What a text that can't be read raises.
_KINDS = (TypeError, ValueError, FloatingPointError, RuntimeError)


@contextlib.contextmanager
def named(name: str) -> Iterator[None]:
    """Say which model a `ValueError` is about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def read_by_all(
    models: Mapping[str, SequenceModel], text: str, read: Callable[[SequenceModel, str], Reading]
) -> dict[str, Reading]:
    """Let every model read a text.

    Args:
        models: The models by name.
        text: The text.
        read: Reads it with one of them.

    Raises:
        UnknownSymbolError: If there is something in it that models do not know: all of them are
            named, and all such places told.
        TypeError, ValueError, RuntimeError, FloatingPointError: If a model can't read it; the
            message names the model. What is none of these comes as a RuntimeError.
    """
    readings = {}
    for name, model in models.items():
        try:
            readings[name] = read(model, text)
        except UnknownSymbolError as error:
            raise _unknown_to(models, text) from error
        except Exception as error:  # a tokenizer or a truth may raise anything
            kind = next((kind for kind in _KINDS if isinstance(error, kind)), None)
            words = in_words(error) if kind is None else str(error)
            raise (kind or RuntimeError)(f"{name}: {words}") from error
    return readings


def _unknown_to(models: Mapping[str, SequenceModel], text: str) -> UnknownSymbolError:
    """What all the models do not know, those that lack the same together."""
    lacking: dict[str, list[str]] = {}
    positions: list[int] = []
    for name, model in models.items():
        try:
            model.tokens(text)
        except UnknownSymbolError as error:
            lacking.setdefault(str(error), []).append(name)
            positions += error.positions
        except Exception:  # noqa: BLE001, S112 - it has another reason: not of these
            continue
    words = "; ".join(f"{', '.join(names)}: {said}" for said, names in lacking.items())
    return UnknownSymbolError(words, positions)
