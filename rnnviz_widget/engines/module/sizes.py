"""How long a text a module insists upon, windows, and tables with more rows than symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

# How many tokens a module is tried on; the later ones where it fails on fewer.
LENGTHS = (4, 16, 64)
# Where it fails on all of these it may read texts of one length only, such as one of these.
_ONE_LENGTH = (*range(1, 65), 80, 96, 100, 120, 128, 150, 192, 200, 250, 256, 300, 400, 500, 512)

# To what multiples tables are padded, so that a processor does well with them.
_MULTIPLES = (8, 64, 128)

ONLY = (
    "it reads texts of {length} tokens only: pad shorter ones as it was trained, with "
    "forward=lambda module, ids: module(torch.nn.functional.pad(ids, ({length} - ids.shape[1], 0), "
    'value=...)), the padding symbol\'s id, or with tokenize= and tokens ("<pad>", 0, 0); '
    "or have it read a window for each token: window={length}, pad= and the padding symbol"
)
_MORE = "Its table has {rows} rows, and there are {symbols} input symbols: {what}."
_LAST = "the last {count} can't be read"
_FROM_ONE = (
    "if ids begin at 1, as row 0 is padding, every symbol is one row off: pass a mapping from "
    'symbols to ids, as inputs={"good": 1, "film": 2}, or put the padding symbol first'
)


def lengths() -> Iterator[int]:
    """The numbers of tokens that a module is tried on, until it runs."""
    yield from LENGTHS
    yield from (length for length in _ONE_LENGTH if length not in LENGTHS)


def more_rows(rows: int | None, symbols: int, padding: int | None) -> list[str]:
    """A note on a table that has more rows than there are symbols, or none.

    A vocabulary is often padded to a multiple of 8 or 64: that says nothing.

    Args:
        rows: How many it has, if that is known.
        symbols: How many input symbols there are.
        padding: The row of its padding symbol, if it has one.
    """
    if rows is None or rows <= symbols:
        return []
    count = rows - symbols
    from_one = padding == 0 or count == 1
    padded = any(rows % each == 0 and count < each < symbols for each in _MULTIPLES)
    if padded and not (padding == 0 and count == 1):
        return []
    what = _LAST.format(count=f"{count} rows" if count > 1 else "row")
    what = f"{what}; {_FROM_ONE}" if from_one else what
    return [_MORE.format(rows=rows, symbols=symbols, what=what)]


def check_windows(
    read: Callable[[Tensor], object], ids: Tensor, window: int, pad: int | None
) -> None:
    """See to it that the windows at the beginning of a text can be read.

    Args:
        read: Has the module read ids, (T,).
        ids: A window that it can read, (W,) at most.
        window: W.
        pad: What stands before the first token until there are W; None: nothing does.

    Raises:
        ValueError: If they are shorter, and it can't read such a text.
    """
    if pad is not None:
        return
    for length in sorted({1, 2, len(ids) - 1} - {len(ids)}):
        try:
            with torch.no_grad():
                read(ids[:length])
        except (RuntimeError, ValueError) as error:
            raise ValueError(
                f"at the beginning of a text a window of {window} tokens has fewer, and "
                f"the module can't read {length}: {error}. Say with pad= what stands before the "
                "first token until there are as many: an input symbol; of vectors, pad=True for "
                "zeros"
            ) from error


def windows_in_words(window: int, pad: int | None) -> str:
    """What each output is of."""
    at_first = "those that there are" if pad is None else "padding before them"
    return (
        f"Each output is of a window of its own, the {window} tokens that end there; at the "
        f"beginning of the text {at_first}."
    )
