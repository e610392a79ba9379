"""Naming the model that an error is about, and texts that not every model can read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

from rnnviz_widget.models import SequenceModel, UnknownSymbolError
from rnnviz_widget.reading import Reading

from .row_cache import in_words

# The errors that a text which can't be read may raise.
_KINDS = (TypeError, ValueError, FloatingPointError, RuntimeError)


@contextlib.contextmanager
def named(name: str) -> Iterator[None]:
    """Add a model's name to a `ValueError` or an `IndexError`."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    except IndexError as error:
        raise IndexError(f"{name}: {error}") from error


def read_by_all(
    models: Mapping[str, SequenceModel], text: str, read: Callable[[str, SequenceModel], Reading]
) -> dict[str, Reading]:
    """Let every model, by its name, read a text.

    Raises:
        UnknownSymbolError: If it has symbols that models do not know; the message names all these
            models, and the error has all these places.
        TypeError, ValueError, RuntimeError, FloatingPointError: If a model can't read it; the
            message names the model. Other errors become a RuntimeError.
    """
    readings = {}
    for name, model in models.items():
        try:
            readings[name] = read(name, model)
        except UnknownSymbolError as error:
            raise _unknown_to(models, text) from error
        except Exception as error:  # a tokenizer or a truth may raise anything
            kind = next((kind for kind in _KINDS if isinstance(error, kind)), None)
            words = in_words(error) if kind is None else str(error)
            raise (kind or RuntimeError)(f"{name}: {words}") from error
    return readings


def _unknown_to(models: Mapping[str, SequenceModel], text: str) -> UnknownSymbolError:
    """An error about all models that do not know some symbols, grouped by what they do not know."""
    lacking: dict[str, list[str]] = {}
    positions: list[int] = []
    for name, model in models.items():
        try:
            model.tokens(text)
        except UnknownSymbolError as error:
            lacking.setdefault(str(error), []).append(name)
            positions += error.positions
        except Exception:  # noqa: BLE001, S112 - not an unknown symbol
            continue
    words = "; ".join(f"{', '.join(names)}: {said}" for said, names in lacking.items())
    return UnknownSymbolError(words, positions)
