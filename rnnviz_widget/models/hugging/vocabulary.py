"""Readable names for token ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

_SPACE = "▁"


def check_tokenizer(tokenizer: Any) -> None:
    """Refuse a tokenizer that does not say which characters each token stands for.

    Raises:
        TypeError: If it is no transformers tokenizer.
        ValueError: If it is a slow one.
    """
    if not callable(tokenizer) or not hasattr(tokenizer, "convert_ids_to_tokens"):
        hint = "pass what AutoTokenizer.from_pretrained returns"
        if hasattr(tokenizer, "get_vocab"):
            hint = "wrap it: transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer)"
        raise TypeError(
            f"tokenizer must be a tokenizer of transformers; got {type(tokenizer).__name__}; {hint}"
        )
    if not getattr(tokenizer, "is_fast", False):
        raise ValueError(
            f"tokenizer must be a fast one, which gives the characters of each token; "
            f"{type(tokenizer).__name__} does not. Load it with AutoTokenizer and use_fast=True, "
            "if there is one; else pass the model to rv.SequenceModel with inputs= and a "
            "tokenize= that returns (symbol, start, end)"
        )


def names_of(tokenizer: Any, count: int) -> tuple[str, ...]:
    """A name for each of `count` ids, all different.

    The name is the text that a token stands for, such as " the". If several tokens stand for the
    same text, it is the piece as it is in the vocabulary. Bytes that are no characters become <0xF0
    0x9F>, and ids without a token <id>.
    """
    known = min(count, len(tokenizer))
    pieces = [str(piece or "") for piece in tokenizer.convert_ids_to_tokens(list(range(known)))]
    shown = list(map(_shower(tokenizer), pieces))
    often = Counter(shown)
    taken = {""}
    names = []
    for number, (name, piece) in enumerate(zip(shown, pieces, strict=True)):
        choices = (name if often[name] == 1 else piece, piece, f"<{number}>", f"<{number}> {piece}")
        names.append(next(each for each in choices if each not in taken))
        taken.add(names[-1])
    return (*names, *(f"<{number}>" for number in range(known, count)))


def _shower(tokenizer: Any) -> Callable[[str], str]:
    """A function that makes a vocabulary's pieces readable, chosen by the tokenizer's decoder."""
    decoder = repr(tokenizer.backend_tokenizer.decoder)
    if "ByteLevel" in decoder:
        return _from_bytes
    if "Metaspace" in decoder or _SPACE in decoder:
        return lambda piece: piece.replace(_SPACE, " ")
    return lambda piece: piece


def _byte_letters() -> dict[str, int]:
    """The byte for which byte-level BPE writes each letter.

    Source: Radford et al., "Language models are unsupervised multitask learners", 2019: bytes that
    are printable in Latin-1 stand for themselves, the others are numbered from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(0x100 + n): byte for n, byte in enumerate(others)}


_BYTES = _byte_letters()


def _from_bytes(piece: str) -> str:
    numbers: Sequence[int | None] = [_BYTES.get(letter) for letter in piece]
    found = [number for number in numbers if number is not None]
    if len(found) < len(piece):
        return piece  # a token that was added, as it is
    try:
        return bytes(found).decode()
    except UnicodeDecodeError:
        return f"<{' '.join(f'0x{byte:02X}' for byte in found)}>"
