"""Calls that a public function can't take, and names that there are not: what was meant, perhaps.

Standard library only.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


def did_you_mean(given: object, known: Iterable[str], *, most: int = 3) -> str:
    """The names that are spelt nearly as the one that was given: "; did you mean 'norm'?", or "".

    Args:
        given: What was given; nothing is near to what is no string.
        known: The names that there are.
        most: The most names that are suggested.
    """
    if not isinstance(given, str):
        return ""
    spelt: dict[str, str] = {}
    for name in known:
        spelt.setdefault(name.casefold(), name)
    near = difflib.get_close_matches(given.casefold(), spelt, n=most)
    words = " or ".join(repr(spelt[each]) for each in near)
    return f"; did you mean {words}?" if words else ""


def check_choice(what: str, given: object, known: Iterable[str], *, rest: str = "") -> None:
    """Raise a ValueError if an argument is not one of the names that there are.

    Args:
        what: The argument.
        given: Its value.
        known: The names that there are.
        rest: What else it may be, in words, as ", or None".
    """
    names = tuple(known)
    if not isinstance(given, str) or given not in names:
        raise ValueError(
            f"{what} must be one of {', '.join(map(repr, names))}{rest}; got {given!r}"
            f"{did_you_mean(given, names, most=1)}"
        )


def suggest_arguments(**meant: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Decorates a public function: a call that does not fit is refused with what would fit.

    An argument that there is not gets the nearest name, one that is missing the first sentence that
    the docstring says of it.

    Args:
        meant: Names of arguments that other packages have, and the argument that does it here.
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def called(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            try:
                signature.bind(*args, **kwargs)
            except TypeError:
                refused = _Refused(function, signature, meant, args, kwargs)
                raise TypeError(refused.words()) from None
            return function(*args, **kwargs)

        return called

    return decorate


class _Refused:
    """A call that does not fit, in words."""

    def __init__(
        self,
        function: Callable[..., Any],
        signature: inspect.Signature,
        meant: Mapping[str, str],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> None:
        parameters = dict(signature.parameters)
        name, doc = function.__qualname__, function.__doc__
        if name.endswith(".__init__"):
            # What is made is described by its class.
            name, doc = name.removesuffix(".__init__"), type(args[0]).__doc__
        first = next(iter(parameters), None)
        if first in {"self", "cls"}:
            del parameters[first]
            args = args[1:]
        self._name, self._doc = name.rpartition(".")[2], inspect.cleandoc(doc or "")
        self._parameters, self._meant, self._args, self._kwargs = parameters, meant, args, kwargs

    def words(self) -> str:
        """What does not fit, and what would."""
        for given in self._kwargs:
            if given not in self._parameters:
                return self._unknown(given)
        placed = [each for each in self._parameters.values() if each.kind in _BY_PLACE]
        if len(self._args) > len(placed):
            names = " and ".join(each.name for each in placed)
            return (
                f"{self._name}() takes {names} without a name, and all others as name=value; got "
                f"{len(self._args)} without a name. {self._each_said(placed)}"
            )
        twice = [each.name for each in placed[: len(self._args)] if each.name in self._kwargs]
        if twice:
            return f"{self._name}() got {twice[0]} twice: once without its name, and as {twice[0]}="
        given_names = {each.name for each in placed[: len(self._args)]} | set(self._kwargs)
        missing = [
            each
            for each in self._parameters.values()
            if each.default is each.empty
            and each.kind not in _ANY_NUMBER
            and each.name not in given_names
        ]
        names = " and ".join(each.name for each in missing)
        return f"{self._name}() needs {names}. {self._each_said(missing)}"

    def _unknown(self, given: str) -> str:
        said = f"{self._name}() has no argument {given!r}"
        other = self._meant.get(given)
        if other in self._parameters:
            return f"{said}; here it is called {other!r}. {self._said(other)}".rstrip()
        if other is not None:
            return f"{said}; {other}"
        hint = did_you_mean(given, self._parameters, most=1)
        return said + (hint or f"; it has {', '.join(self._parameters)}")

    def _each_said(self, parameters: Iterable[inspect.Parameter]) -> str:
        said = ((each.name, self._said(each.name)) for each in parameters)
        return " ".join(f"{name}: {words}" for name, words in said if words)

    def _said(self, parameter: str) -> str:
        """The first sentence that the docstring says of a parameter."""
        listed = self._doc.partition("Args:\n")[2].partition("\n\n")[0]
        found = re.search(rf"^ {{4}}{parameter}: (.*(?:\n {{5,}}.*)*)", listed, re.MULTILINE)
        words = " ".join(found[1].split()) if found else ""
        return re.split(r"(?<=[a-z)\]`\"]\.) (?=[A-Z])", words)[0]


_BY_PLACE = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
_ANY_NUMBER = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
