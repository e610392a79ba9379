"""What the right answer is at each position of a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.words import is_white_space

Truth = str | Callable[[Sequence[str]], str | Sequence[str | None] | None] | None


class TrueClass(NamedTuple):
    """The right answer at one output.

    Attributes:
        target: The output class, or None where there is no truth.
        reason: What this answer is ("the word being typed"), or why there is none.
        outside: Whether there is a truth that is not among the classes.
    """

    target: int | None
    reason: str
    outside: bool = False


NEXT_OF_ALL = (
    "Nothing follows the whole text, so that there is no truth: with window= each token has an "
    "output of its own, whose truth is the next token."
)

Answering = Callable[[Tokens, Mapping[str, int]], list[TrueClass]]
"""Finds the right answer at every output, given the classes."""


def next_token(tokens: Tokens, classes: Mapping[str, int]) -> list[TrueClass]:
    """The token that follows; the last position has no truth."""
    answers = []
    unknown = set(tokens.unknown)
    for t in range(1, len(tokens)):
        target = None if t in unknown else classes.get(tokens.symbols[t])
        if target is None:
            shown = tokens.texts[t] or tokens.symbols[t]
            reason = f"“{shown}”, which follows, is not among the classes"
            answers.append(TrueClass(None, reason, outside=True))
        else:
            answers.append(TrueClass(target, "the next token"))
    return [*answers, TrueClass(None, "nothing follows the last position")]


def same_token(tokens: Tokens, classes: Mapping[str, int]) -> list[TrueClass]:
    """The token itself, for models that read a text with it masked or changed."""
    unknown = set(tokens.unknown)
    answers = []
    for t, symbol in enumerate(tokens.symbols):
        target = None if t in unknown else classes.get(symbol)
        if target is None:
            reason = f"“{tokens.texts[t] or symbol}” is not among the classes"
            answers.append(TrueClass(None, reason, outside=True))
        elif tokens.texts[t]:
            answers.append(TrueClass(target, "the token itself"))
        else:
            answers.append(TrueClass(None, "it stands for no character"))
    return answers


def word_being_typed(tokens: Tokens, classes: Mapping[str, int]) -> list[TrueClass]:
    """The whole word that a character belongs to; for white space, the word that follows.

    The last word of a text counts as it stands. If it is half typed, the model mostly does not know
    it, and it has no truth.
    """
    answers: list[TrueClass] = [TrueClass(None, "no word follows")] * len(tokens)
    start = end = 0
    for white, symbols in groupby(tokens.symbols, is_white_space):
        first, end = end, end + len(list(symbols))
        if not white:
            target = classes.get("".join(tokens.symbols[first:end]))
            shown = tokens.text[tokens.spans[first][0] : tokens.spans[end - 1][1]]
            answer = (
                TrueClass(target, "the word being typed")
                if target is not None
                else TrueClass(None, f"“{shown}” is not a word the model can predict", outside=True)
            )
            answers[start:end] = [answer] * (end - start)
            start = end
    return answers


def whole_text(truth: Truth, tokens: Tokens, classes: Mapping[str, int]) -> TrueClass:
    """The right answer of a model with one output for the whole text.

    "next" gives no truth, since nothing follows the text; "word" is the last word; a callable may
    return one class instead of a list.

    Raises:
        ValueError: If a callable returns several classes, or one that does not exist.
    """
    if truth == "next":
        return TrueClass(None, "nothing follows the text that this one output has read")
    if truth == "same":
        return TrueClass(None, "there is one output for the whole text, and none for each token")
    if not callable(truth):
        return answers_for(truth, tokens, classes)[-1]
    given = truth(list(tokens.symbols))
    if given is None or isinstance(given, str):
        return _true_class(given, classes)
    names = list(given)
    if len(names) not in (1, len(tokens)) or any(name != names[0] for name in names):
        raise ValueError(
            "this model has one output for the whole text, so truth must return one class (or a "
            f"list with the same one for each of {len(tokens)} tokens); got {_shown(names)}"
        )
    return _true_class(names[0], classes)


def _shown(names: list[str | None]) -> str:
    different = list(dict.fromkeys(names))
    more = f" and {len(different) - 5} more" if len(different) > 5 else ""
    return f"{len(names)} items: {', '.join(map(repr, different[:5])) or 'none'}{more}"


def _true_class(name: str | None, classes: Mapping[str, int]) -> TrueClass:
    if name is None:
        return TrueClass(None, "it has no truth here")
    if name not in classes:
        raise ValueError(f"truth returned {name!r}, which is not among the model's outputs")
    return TrueClass(classes[name], "the true class")


def answers_for(truth: Truth, tokens: Tokens, classes: Mapping[str, int]) -> list[TrueClass]:
    """The right answer at every output, for models with an output for each token.

    See `SequenceModel` for `truth`.

    Raises:
        ValueError: If a callable returns a wrong number of answers, or an unknown class.
    """
    if truth == "next":
        return next_token(tokens, classes)
    if truth == "same":
        return same_token(tokens, classes)
    if truth == "word":
        return word_being_typed(tokens, classes)
    if not callable(truth):
        return [TrueClass(None, "this model has no truth")] * len(tokens)
    given = truth(list(tokens.symbols))
    if given is None or isinstance(given, str):
        raise ValueError(
            f"truth must return one class for each token: a list of {len(tokens)} was expected, "
            f"{given!r} came"
        )
    names = list(given)
    if len(names) != len(tokens):
        raise ValueError(
            f"truth must return one class for each token: {len(tokens)} expected, {len(names)} came"
        )
    return [_true_class(name, classes) for name in names]
