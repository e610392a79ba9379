"""Reading a text as the tokens of a transformers tokenizer, with the characters of each."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from rnnviz_widget.models.arguments import check_text
from rnnviz_widget.models.letters import whole_letters
from rnnviz_widget.models.symbols import UnknownSymbolError
from rnnviz_widget.models.truth import TrueClass
from rnnviz_widget.scene.tokens import Tokens

ONCE = "The text has “{}” at an end, where its tokenizer adds it anyway: it is read only once."
BREAK = "\n"
"""Separates a source from its target."""


class Piece(NamedTuple):
    """A token: its id, and its characters [start, end); none if the tokenizer added it."""

    id: int
    start: int
    end: int


@dataclass(frozen=True)
class TextReader:
    """Reads any text as the tokens of a tokenizer.

    Several tokens of one character all span it. Tokens that the tokenizer adds stand between
    characters.

    Attributes:
        tokenizer: The tokenizer, a fast one.
        names: The name of each id that the model embeds.
        model: The model's name, for error messages.
        limit: The most tokens that it can read; None: not known.
    """

    tokenizer: Any
    names: Sequence[str]
    model: str
    limit: int | None = None

    def __call__(self, text: str) -> Tokens:
        """Read a text.

        Raises:
            TypeError: If `text` is not a string.
            UnknownSymbolError: If it has tokens that the model does not embed.
            ValueError: If it is empty, or has no tokens or too many.
        """
        check_text(text)
        pieces = self.pieces(text)
        tokens = self.tokens(text, pieces)
        special = set(self.tokenizer.all_special_ids)
        ends = {each.id for each in (pieces[0], pieces[-1]) if each.start < each.end} & special
        added = set(self.tokenizer("")["input_ids"]) if ends else set()
        notes = tuple(ONCE.format(self.names[each]) for each in sorted(ends & added))
        return replace(tokens, notes=notes) if notes else tokens

    def pieces(self, text: str) -> list[Piece]:
        """The tokens of a text, with those that the tokenizer adds."""
        return pieces_of(self.tokenizer, text)

    def triples(self, text: str) -> list[tuple[str, int, int]]:
        """The symbol, start and end of each token of a text, as `tokenize` returns them."""
        found = self(text)
        spans = zip(found.symbols, found.spans, strict=True)
        return [(symbol, start, end) for symbol, (start, end) in spans]

    def added(self) -> list[str]:
        """The names of the tokens that the tokenizer adds to any text, in order."""
        return [self.names[id_] for id_ in self.tokenizer("")["input_ids"] if id_ < len(self.names)]

    def tokens(self, text: str, pieces: Sequence[Piece]) -> Tokens:
        """Pieces as tokens."""
        if not pieces:
            raise ValueError(
                f"the tokenizer returns no tokens for {text!r}: it drops what it does not know. "
                "Change the text, or give the tokenizer an unknown token"
            )
        self.check_length(len(pieces), "the text")
        strange = [each for each in pieces if each.id >= len(self.names)]
        if strange:
            words = ", ".join(repr(text[each.start : each.end]) for each in strange[:8])
            raise UnknownSymbolError(
                f"{self.model} embeds {len(self.names)} tokens, and {words} is not among them. "
                "Pass the tokenizer that the model was trained with, or call "
                "model.resize_token_embeddings(len(tokenizer)) and train the new tokens",
                (position for each in strange for position in range(each.start, each.end)),
            )
        return Tokens(
            text,
            [each.id for each in pieces],
            [self.names[each.id] for each in pieces],
            [(each.start, each.end) for each in pieces],
            [t for t, each in enumerate(pieces) if self._is_unknown(each, text)],
        )

    def check_length(self, count: int, what: str) -> None:
        """Raise a ValueError if there are more tokens than the model has positions."""
        if self.limit is not None and count > self.limit:
            raise ValueError(
                f"{self.model} reads {self.limit} tokens at most, as many as it has positions; "
                f"{what} has {count}. Pass a shorter one"
            )

    def _is_unknown(self, piece: Piece, text: str) -> bool:
        unknown = self.tokenizer.unk_token_id
        written = text[piece.start : piece.end]
        return bool(written) and piece.id == unknown and written != self.tokenizer.unk_token


@dataclass(frozen=True)
class PairReader(TextReader):
    """Reads a source, a line break and a target, for an encoder-decoder.

    The last line break separates them; without one the text is a source with no target yet. Between
    the two stands the token that starts the decoder.

    Attributes:
        start: The id of that token.
        written: For texts that the model has written itself, the ids that it wrote, from that token
            on.
    """

    start: int = 0
    written: dict[str, list[int]] = field(default_factory=dict, compare=False)

    def __call__(self, text: str) -> Tokens:
        """See `TextReader`. A note says where the model's own writing is read as other tokens."""
        found = super().__call__(text)
        wrote, read = self.written.get(text), found.ids[split_at(found.ids, self.start) :]
        if wrote is None or wrote == read:
            return found
        return replace(found, notes=(*found.notes, self._differing(wrote, read)))

    def _differing(self, wrote: Sequence[int], read: Sequence[int]) -> str:
        pairs = enumerate(itertools.zip_longest(wrote, read))
        at, (one, other) = next((n, pair) for n, pair in pairs if pair[0] != pair[1])
        before, now = (
            "nothing" if each is None else f"“{self.names[each]}”" for each in (one, other)
        )
        special = set(self.tokenizer.all_special_ids)
        codes = one in special and other in special
        hint = " Set the tokenizer's tgt_lang to the language that is written." if codes else ""
        return (
            f"What it wrote is read as other tokens: token {at} of its target was {before} and is "
            f"read as {now}, so that its numbers are not those of its writing.{hint}"
        )

    def pieces(self, text: str) -> list[Piece]:
        """The tokens of the source, the one that starts the decoder, and those of the target."""
        at = text.rfind(BREAK)
        source, target = (text, "") if at < 0 else (text[:at], text[at + 1 :])
        shift = len(source) + 1
        read = pieces_of(self.tokenizer, source)
        begun = Piece(self.start, len(source), len(source))
        written = pieces_of(self.tokenizer, target, target=True) if target else []
        added = set(self.tokenizer.all_special_ids)
        while written and written[-1].id in added and written[-1].start == written[-1].end:
            written.pop()  # it has not ended yet
        if written and written[0] == Piece(self.start, 0, 0):
            del written[0]  # the decoder starts with it anyway
        if any(each.id == self.start for each in written):
            raise ValueError(
                f"the target must not have {self.names[self.start]!r} in it, with which "
                f"{self.model} starts; got {target!r}. Leave it out"
            )
        self.check_length(len(read), "the source")
        self.check_length(len(written) + 1, "the target")
        moved = [Piece(each.id, each.start + shift, each.end + shift) for each in written]
        return [*read, begun, *moved]

    def tokens(self, text: str, pieces: Sequence[Piece]) -> Tokens:
        """See `TextReader.tokens`; source and target may each be as long as the model allows."""
        return TextReader(self.tokenizer, self.names, self.model).tokens(text, pieces)

    def answers(self, tokens: Tokens, classes: Mapping[str, int]) -> list[TrueClass]:
        """The next token of the target; before it, and at the decoder's start, its first token."""
        start = split_at(tokens.ids, self.start)
        found = [TrueClass(None, "nothing follows the last position")] * len(tokens)
        unknown = set(tokens.unknown)
        for t in range(start + 1, len(tokens)):
            target = None if t in unknown else classes.get(tokens.symbols[t])
            reason = "the next token" if t > start + 1 else "the first token of the target"
            if target is None:
                reason = f"“{tokens.texts[t]}”, which follows, is not among the classes"
            found[t - 1] = TrueClass(target, reason, outside=target is None)
        if start + 1 == len(tokens):
            found[start] = TrueClass(None, "there is no target yet")
        return [found[start]] * start + found[start:]


def split_at(ids: Sequence[int], start: int) -> int:
    """Where the decoder starts: the index of the last token with this id, or a ValueError."""
    for t in range(len(ids) - 1, -1, -1):
        if ids[t] == start:
            return t
    raise ValueError(f"the token that the decoder starts with, {start}, is not among the ids")


def _once(pieces: list[Piece]) -> list[Piece]:
    """Remove a token that the tokenizer added at an end where the text itself has it."""
    found = list(pieces)
    for at, beside in ((0, 1), (-1, -2)):
        if len(found) > 1:
            added, own = found[at], found[beside]
            if added.id == own.id and added.start == added.end and own.start < own.end:
                del found[at]
    return found


def pieces_of(tokenizer: Any, text: str, *, target: bool = False) -> list[Piece]:
    """The tokens of a text and the characters of each.

    A token without characters stands after the token before it; at the end, after the text. One
    that is added at an end where the text has the same token is left out.
    """
    read = tokenizer(
        **{"text_target" if target else "text": text},
        return_offsets_mapping=True,
        truncation=False,
        verbose=False,
    )
    spans = [(int(start), int(end)) for start, end in read["offset_mapping"]]
    last = max((t for t, (start, end) in enumerate(spans) if end > start), default=-1)
    spans = whole_letters(text, spans)
    found, place = [], 0
    for t, (id_, (start, end)) in enumerate(zip(read["input_ids"], spans, strict=True)):
        if end > start:
            place = end
            found.append(Piece(int(id_), start, end))
        else:
            at = place if t < last else len(text)
            found.append(Piece(int(id_), at, at))
    return _once(found)
