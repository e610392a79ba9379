"""What a loop computes of slices at one t alone, and the same for all t at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

from rnnviz_widget.engines.module.squashing import version

T = TypeVar("T")

_PLAIN = (int, float, bool, str, type(None), torch.dtype, torch.device, slice, type(...))


class Term(NamedTuple):
    """What was computed of slices at one t.

    Attributes:
        number: The same for what is computed in the same way of the same tensors at any t.
        t: Which slices.
        length: How many there are.
    """

    number: int
    t: int
    length: int

    @property
    def at(self) -> tuple[int, int]:
        """What terms that are computed together must have in common."""
        return self.t, self.length


class ByTensor(Generic[T]):
    """Values by tensor, each forgotten when its tensor is changed or no longer used."""

    def __init__(self) -> None:
        self._values: Any = WeakIdKeyDictionary()

    def put(self, tensor: Tensor, value: T) -> None:
        """Note a value."""
        self._values[tensor] = version(tensor), value

    def get(self, tensor: Any) -> T | None:
        """The value of a tensor; None: none, or it was changed since."""
        if not isinstance(tensor, Tensor):
            return None
        found = self._values.get(tensor)
        return None if found is None or found[0] != version(tensor) else found[1]


class Terms:
    """The terms of one pass through a module."""

    def __init__(self) -> None:
        self._of: ByTensor[Term] = ByTensor()
        self._numbers: dict[Any, int] = {}
        self._makers: dict[int, Callable[[], Tensor]] = {}
        self._wholes: dict[int, Tensor | None] = {}
        # Kept, so that no other tensor gets the id of one in a key.
        self._held: dict[int, Tensor] = {}

    def get(self, tensor: Any) -> Term | None:
        """What a tensor is a term of."""
        return self._of.get(tensor)

    def put(self, tensor: Tensor, term: Term) -> None:
        """Note what a tensor is a term of."""
        self._of.put(tensor, term)

    def slice(self, source: Tensor, dim: int, t: int, rest: tuple[Any, ...], made: Tensor) -> None:
        """Note a slice of a tensor, `source.select(dim, t)[rest]`."""
        key = ("slice", self._constant(source), dim, repr(rest))

        def whole() -> Tensor:
            moved = source.movedim(dim, 0)
            return moved[(slice(None), *rest)] if rest else moved

        self.put(made, Term(self._number(key, whole), t, source.shape[dim]))

    def made(self, name: str, of: Sequence[Term], how: Callable[..., Tensor]) -> Term:
        """A term that is computed of others, though not by the module."""
        key = (name, *(each.number for each in of))
        return of[0]._replace(number=self._number(key, lambda: self._mapped(how, of)))

    def known(self, name: str, whole: Tensor, like: Term) -> Term:
        """A term of which all slices are known, (T, ...)."""
        return like._replace(number=self._number((name, self._constant(whole)), lambda: whole))

    def derive(
        self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: Any
    ) -> None:
        """Note what a function made, if it was made of slices at one t and of constants."""
        outputs = output if isinstance(output, (tuple, list)) else (output,)
        if not outputs or not isinstance(outputs[0], Tensor) or self.get(outputs[0]) is not None:
            return
        given = (*args, *kwargs.values())
        terms = [self.get(each) for each in given]
        known = [each for each in terms if each is not None]
        name = getattr(func, "__name__", "")
        in_place = "out" in kwargs or (name.endswith("_") and not name.endswith("__"))
        if not known or in_place or len({each.at for each in known}) > 1:
            return
        key: list[Any] = [func, len(args), *kwargs]
        for each, term in zip(given, terms, strict=True):
            if term is not None:
                key.append(("term", term.number))
            elif isinstance(each, Tensor):
                key.append(self._constant(each))
            elif _plain(each):
                key.append(repr(each))
            else:
                return
        places = [n for n, term in enumerate(terms) if term is not None]
        for place, made in enumerate(outputs):
            if not isinstance(made, Tensor):
                continue

            def one(*slices: Tensor, place: int = place) -> Tensor:
                filled = list(given)
                for n, each in zip(places, slices, strict=True):
                    filled[n] = each
                named = dict(zip(kwargs, filled[len(args) :], strict=True))
                found = func(*filled[: len(args)], **named)
                result: Tensor = found if isinstance(found, Tensor) else found[place]
                return result

            def whole(one: Callable[..., Tensor] = one) -> Tensor:
                return self._mapped(one, known)

            self.put(made, known[0]._replace(number=self._number((*key, place), whole)))

    def whole(self, term: Term) -> Tensor | None:
        """A term at all t, (T, ...); None: it can't be computed at once."""
        number = term.number
        if number not in self._wholes:
            try:
                self._wholes[number] = self._makers[number]()
            except Exception:  # noqa: BLE001 - whatever torch.vmap can't do
                self._wholes[number] = None
        return self._wholes[number]

    def _mapped(self, how: Callable[..., Tensor], of: Sequence[Term]) -> Tensor:
        wholes = [self.whole(each) for each in of]
        if any(each is None for each in wholes):
            raise ValueError("a term can't be computed at once")
        found: Tensor = torch.vmap(how)(*wholes)
        return found

    def _number(self, key: tuple[Any, ...], whole: Callable[[], Tensor]) -> int:
        number = self._numbers.setdefault(key, len(self._numbers))
        self._makers.setdefault(number, whole)
        return number

    def _constant(self, tensor: Tensor) -> tuple[str, int, int]:
        self._held[id(tensor)] = tensor
        return "constant", id(tensor), version(tensor)


def _plain(given: Any) -> bool:
    """Whether an argument is told from others by its text."""
    parts = given if isinstance(given, (tuple, list)) else (given,)
    return all(isinstance(each, _PLAIN) for each in parts)
