"""Fixed lengths of text, windows, and tables with more rows than symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

# The numbers of tokens that a module is tried on, in this order, until it succeeds.
LENGTHS = (4, 16, 64)
# If it fails on all of those, it may read texts of one length only: try these.
_ONE_LENGTH = (*range(1, 65), 80, 96, 100, 120, 128, 150, 192, 200, 250, 256, 300, 400, 500, 512)

# Tables are often padded to a multiple of one of these, for speed.
_MULTIPLES = (8, 64, 128)

ONLY = (
    "it reads texts of {length} tokens only: pad shorter ones as in training, with "
    "forward=lambda module, ids: module(torch.nn.functional.pad(ids, ({length} - ids.shape[1], 0), "
    'value=...)), the padding symbol\'s id, or with tokenize= and tokens ("<pad>", 0, 0); '
    "or have it read a window for each token, with window={length} and pad= the padding symbol"
)
_MORE = "Its table has {rows} rows, and there are {symbols} input symbols: {what}."
_LAST = "the last {count} can't be read"
_FROM_ONE = (
    "if ids begin at 1 because row 0 is padding, every symbol is one row off: pass a mapping from "
    'symbols to ids, as inputs={"good": 1, "film": 2}, or put the padding symbol first'
)


def lengths() -> Iterator[int]:
    """The numbers of tokens that a module is tried on, until it succeeds."""
    yield from LENGTHS
    yield from (length for length in _ONE_LENGTH if length not in LENGTHS)


def more_rows(rows: int | None, symbols: int, padding: int | None) -> list[str]:
    """A note if a table has more rows than there are symbols; else no note.

    No note either if the rows are a multiple of 8, 64 or 128, to which vocabularies are often
    padded.
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
    """Check that the shorter windows at the start of a text can be read.

    Args:
        read: Has the module read ids, (T,).
        ids: A window that it can read, at most (W,).
        window: W.
        pad: The id that fills up windows at the start of a text; None: they are shorter.

    Raises:
        ValueError: If they are shorter, and the module can't read them.
    """
    if pad is not None:
        return
    for length in sorted({1, 2, len(ids) - 1} - {len(ids)}):
        try:
            with torch.no_grad():
                read(ids[:length])
        except (RuntimeError, ValueError) as error:
            raise ValueError(
                f"at the beginning of a text there are fewer than the {window} tokens of a window, "
                f"and the module can't read {length}: {error}. Fill them up with pad=, an input "
                "symbol; of vectors, with pad=True for zeros"
            ) from error


def windows_in_words(window: int, pad: int | None) -> str:
    """A note on the text that each output reads."""
    at_first = "there are fewer" if pad is None else "padding fills it up"
    return (
        f"Each output reads a window of its own, the {window} tokens that end there; at the "
        f"beginning of the text {at_first}."
    )
