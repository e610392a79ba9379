"""Symbol tables, and splitting a text into tokens with their places in the text."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.surrogates import check_all_surrogates, check_surrogates
from rnnviz_widget.words import without_white_space

from .arguments import check_text
from .letters import whole_letters

Symbols = str | Sequence[str] | Mapping[str, int] | Mapping[int, str]
Token = str | int | tuple[str | int, int, int]
Tokenize = Callable[[str], Iterable[Token]]

_SHOWN = 8


class UnknownSymbolError(ValueError):
    """A text contains symbols that a model does not know.

    Attributes:
        positions: The characters of these symbols, in order.
    """

    def __init__(self, message: str, positions: Iterable[int]) -> None:
        super().__init__(message)
        self.positions = sorted(set(positions))

    def __reduce__(self) -> tuple[type[UnknownSymbolError], tuple[str, list[int]]]:
        """Pickle it with its positions."""
        return type(self), (str(self), self.positions)


def read_symbols(symbols: Symbols, what: str, *, alike: bool = False) -> tuple[str, ...]:
    """Bring symbols into id order.

    Args:
        symbols: A string (one symbol a character), a sequence of strings, or a mapping from
            symbol to id or from id to symbol. An id without a symbol (padding, say) becomes `<id>`.
        what: The argument's name, for error messages.
        alike: Whether several symbols may be the same: these are then called "<id> symbol".

    Raises:
        TypeError: If a symbol is not a string, or an id not an integer.
        ValueError: If there are none, one contains half of a surrogate pair, or two are the same
            and may not be.
    """
    if isinstance(symbols, Mapping):
        ordered = _from_mapping(symbols, what)
    elif isinstance(symbols, (str, Sequence)):
        ordered = list(symbols)
    else:
        raise TypeError(
            f"{what} must be a string, a list of strings or a mapping; got {_no_symbols(symbols)}"
        )
    if not ordered:
        raise ValueError(f"{what} is empty; pass at least one symbol, in id order")
    for index, symbol in enumerate(ordered):
        if not isinstance(symbol, str):
            raise TypeError(
                f"{what} must be strings in id order; number {index} is "
                f"{symbol!r} ({type(symbol).__name__}). Numbers are written as strings: "
                "list(map(str, numbers))"
            )
    check_all_surrogates(ordered, what)
    often = Counter(ordered)
    twice = next((symbol for symbol, count in often.items() if count > 1), None)
    if twice is not None and alike:
        ordered = [s if often[s] == 1 else _numbered(n, s) for n, s in enumerate(ordered)]
        often = Counter(ordered)
        twice = next((symbol for symbol, count in often.items() if count > 1), None)
    if twice is not None:
        is_text = isinstance(symbols, str)
        raise ValueError(
            f"{what} must differ; {twice!r} occurs more than once. Give each id a symbol of its "
            "own, or pass tokenize= that returns ids"
            + (". A string is one symbol a character: longer ones go into a list" * is_text)
        )
    return tuple(ordered)


def _no_symbols(given: object) -> str:
    """What was given in place of symbols, and what to do with it."""
    kind = type(given).__name__
    if isinstance(given, (set, frozenset)):
        return f"{kind}, which has no order: pass the list that your model's ids count"
    if isinstance(given, int):
        return f"{kind} {given}: pass the symbols themselves, in the order of their ids"
    if hasattr(given, "tolist"):
        return f"{kind}: pass the symbols as strings, as {kind.lower()}.tolist() if it has them"
    return f"{kind}: pass the symbols in the order of their ids"


def check_name(name: object) -> str:
    """Return a model's name, or raise an error if it is no string or has half a surrogate pair."""
    if not isinstance(name, str):
        raise TypeError(f"a model's name must be a string; got {name!r}")
    check_surrogates(name, "a model's name")
    return name


def _from_mapping(symbols: Mapping[str, int] | Mapping[int, str], what: str) -> list[str]:
    by_id: dict[int, str] = {}
    for key, value in symbols.items():
        number, symbol = (key, value) if isinstance(value, str) else (value, key)
        if not isinstance(number, int) or number < 0 or not isinstance(symbol, str):
            raise TypeError(
                f"{what} must map symbols to ids 0, 1, 2, ... (or ids to symbols); got "
                f"{key!r}: {value!r}"
            )
        if number in by_id:
            raise ValueError(f"{what} gives id {number} to both {by_id[number]!r} and {symbol!r}")
        by_id[number] = symbol
    return [by_id.get(number, f"<{number}>") for number in range(max(by_id, default=-1) + 1)]


def read_text(
    text: str, ids: Mapping[str, int], tokenize: Tokenize | None, unknown: str | None
) -> Tokens:
    """Split a text into tokens; see `SequenceModel` for `tokenize` and `unknown`.

    Tokens without a place are searched for in the text, one after the other.

    Raises:
        TypeError: If `text` is not a string, or a token is no symbol.
        UnknownSymbolError: If symbols are unknown and there is no unknown symbol.
        ValueError: If the text is empty or has no tokens, or tokens can't be found in the text.
    """
    check_text(text)
    check_surrogates(text, "the text")
    if tokenize is None:
        symbols, spans = list(text), [(t, t + 1) for t in range(len(text))]
    else:
        symbols, spans = _place(list(tokenize(text)), text, ids)
        spans = whole_letters(text, spans)
    strange = [t for t, symbol in enumerate(symbols) if symbol not in ids]
    if strange and unknown is None:
        where = ", ".join(f"{symbols[t]!r} at {spans[t][0]}" for t in strange[:_SHOWN])
        more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
        raise UnknownSymbolError(
            f"the model does not know {where}{more}; it knows {shown_symbols(ids)}. Change the "
            "text, or pass unknown= with the symbol to feed instead",
            (position for t in strange for position in range(*spans[t])),
        )
    if unknown is not None:
        for t in strange:
            symbols[t] = unknown
    return Tokens(text, [ids[symbol] for symbol in symbols], symbols, spans, strange)


def _place(
    tokens: list[Token], text: str, ids: Mapping[str, int]
) -> tuple[list[str], list[tuple[int, int]]]:
    symbols: list[str] = []
    spans: list[tuple[int, int]] = []
    names = tuple(ids)
    cursor = 0
    for index, token in enumerate(tokens):
        given, *span = token if isinstance(token, tuple) else (token,)
        symbol = _symbol(given, ids, names, index)
        if symbol is not None and not isinstance(token, tuple):
            start, end = _find(symbol, text, cursor, len(tokens), index)
        elif symbol is not None and len(span) == 2:
            start, end = span
            if not 0 <= start <= end <= len(text):
                raise ValueError(
                    f"token {index}, {symbol!r}, is said to span characters {start} to {end}, but "
                    f"the text has {len(text)}"
                )
        else:
            raise TypeError(
                "tokenize must return symbols or their ids, or (symbol or id, start, end); number "
                f"{index} is {token!r}"
            )
        symbols.append(symbol)
        spans.append((start, end))
        cursor = end
    if not symbols:
        raise ValueError("tokenize returned no tokens for this text; there must be at least one")
    return symbols, spans


def _symbol(given: object, ids: Mapping[str, int], names: Sequence[str], index: int) -> str | None:
    """The symbol of a token that is a symbol or an id; None if it is neither.

    Raises a ValueError if there is no such id, or several ids have this symbol.
    """
    if isinstance(given, str):
        some = () if given in ids else enumerate(names)
        alike = [str(n) for n, name in some if name == _numbered(n, given)]
        if alike:
            raise ValueError(
                f"token {index}, {given!r}, stands for the ids {', '.join(alike)}; return ids from "
                "tokenize to say which is meant"
            )
        return given
    if isinstance(given, bool):
        return None
    try:
        number = operator.index(given)  # type: ignore[arg-type]
    except TypeError:
        return None
    if not 0 <= number < len(names):
        raise ValueError(
            f"token {index} has the id {number}, but there are {len(names)} input symbols, with "
            f"ids from 0 to {len(names) - 1}"
        )
    return names[number]


def _numbered(number: int, symbol: str) -> str:
    """The name of a symbol that several ids have."""
    return f"<{number}> {symbol}"


def _find(symbol: str, text: str, cursor: int, count: int, index: int) -> tuple[int, int]:
    """Where a token is: at the cursor, after white space, or at its own index, one a character."""
    skipped = len(text) - len(without_white_space(text[cursor:]))
    for start in (cursor, skipped):
        piece = text[start : start + len(symbol)]
        if piece and piece.casefold() == symbol.casefold():
            return start, start + len(symbol)
    if count == len(text):
        return index, index + 1
    raise ValueError(
        f"token {index}, {symbol!r}, was not found in the text after character {cursor}; return "
        "(symbol, start, end) from tokenize to say where it stands"
    )


def shown_symbols(ids: Mapping[str, int]) -> str:
    """Symbols for a message: all of them, or of many the first."""
    symbols = list(ids)
    if len(symbols) > 40:
        return ", ".join(map(repr, symbols[:_SHOWN])) + f", ... ({len(symbols)} symbols)"
    if all(len(symbol) == 1 for symbol in symbols):
        return repr("".join(symbols))
    return ", ".join(map(repr, symbols))
