"""Which token each looked-up id belongs to, where a module adds ids or reorders them.

It is found by having the module read texts of two symbols, in which each token has a pattern of its
own over several texts. An id that changes as the first token does belongs to the first token; one
that never changes is the module's own, such as padding. This works whatever the module does with
the ids' places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

OWN = -1
"""Stands for no token: an id that the module adds itself."""


@dataclass(frozen=True)
class Arrangement:
    """Which token each looked-up id belongs to, for texts of one length.

    Attributes:
        shapes: The shape of the ids of each call, for one text.
        tokens: For each id of each call its token, or `OWN`, (n,).
        own: The ids of each call, (n,), of which those of `OWN` are the module's.
        length: How many tokens the text has, T.
    """

    shapes: tuple[torch.Size, ...]
    tokens: tuple[Tensor, ...]
    own: tuple[Tensor, ...]
    length: int

    @property
    def times(self) -> int | None:
        """How many times all tokens are looked up in order; None: in another way."""
        tokens = torch.cat(self.tokens)
        times = len(tokens) // self.length
        in_order = torch.arange(self.length).repeat(times)
        return times if times and torch.equal(tokens, in_order) else None

    def missing(self) -> list[int]:
        """The tokens that are not looked up."""
        return sorted(set(range(self.length)) - set(torch.cat(self.tokens).tolist()))

    def has_own(self) -> bool:
        """Whether the module looks up ids of its own."""
        return bool((torch.cat(self.tokens) == OWN).any())


@dataclass(frozen=True)
class DecodedTexts:
    """What coded texts show of the ids that were looked up.

    Attributes:
        arrangement: Which token each id belongs to; None: some id fits no token.
        became: What the two symbols were looked up as; None: no token was looked up.
        computed: How many ids changed from text to text without following a token.
    """

    arrangement: Arrangement | None
    became: tuple[int, int] | None
    computed: int

    def shift(self, symbols: tuple[int, int]) -> int | None:
        """By how much both symbols are shifted before they are looked up; None: not by the same."""
        if self.became is None:
            return None
        first, second = (seen - given for seen, given in zip(self.became, symbols, strict=True))
        return first if first == second else None


def coded_texts(length: int, symbols: tuple[int, int]) -> list[Tensor]:
    """Texts (T,) of two symbols: one of the first alone, and then one for each bit of a code.

    Token t has the code t + 1, so that each token changes in some of them.
    """
    bits = (length + 1).bit_length()
    codes = torch.arange(1, length + 1)
    first, second = symbols
    texts = [torch.zeros_like(codes), *((codes >> bit) & 1 for bit in range(bits))]
    return [first + (second - first) * text for text in texts]


def decoded(calls: Sequence[Sequence[Tensor]], length: int) -> DecodedTexts:
    """Find which token each id belongs to.

    Args:
        calls: For each of `coded_texts` the ids that were looked up, call by call.
        length: How many tokens the texts have.
    """
    shapes = tuple(index.shape for index in calls[0])
    if not shapes or any(tuple(index.shape for index in each) != shapes for each in calls):
        return DecodedTexts(None, None, sum(shape.numel() for shape in shapes))
    plain, *others = [torch.cat([flat(index) for index in each]) for each in calls]
    differs = torch.stack([other != plain for other in others])
    codes = (differs.long() << torch.arange(len(others))[:, None]).sum(dim=0)
    other = torch.stack(others).where(differs, torch.tensor(-1)).amax(dim=0)
    same = (torch.stack(others).where(differs, other) == other).all(dim=0)
    followed = (codes > 0) & (codes <= length) & same
    became = _commonest(plain[followed], other[followed])
    if became is not None:
        followed &= (plain == became[0]) & (other == became[1])
    tokens = torch.where(followed, codes - 1, OWN)
    computed = int(((codes > 0) & ~followed).sum())
    sizes = [shape.numel() for shape in shapes]
    arrangement = Arrangement(shapes, torch.split(tokens, sizes), torch.split(plain, sizes), length)
    return DecodedTexts(None if computed else arrangement, became, computed)


def by_values(calls: Sequence[Tensor], ids: Tensor) -> Arrangement | None:
    """The arrangement of a text whose tokens come in order, among ids that do not occur in it."""
    shapes = tuple(index.shape for index in calls)
    every = [flat(index) for index in calls]
    came = torch.cat(every) if every else torch.empty(0, dtype=torch.long)
    its = torch.isin(came, ids)
    times, left = divmod(int(its.sum()), len(ids))
    if not times or left or not torch.equal(came[its], ids.repeat(times)):
        return None
    tokens = torch.full_like(came, OWN)
    tokens[its] = torch.arange(len(ids)).repeat(times)
    sizes = [len(each) for each in every]
    return Arrangement(shapes, torch.split(tokens, sizes), tuple(every), len(ids))


def pairs_to_try(symbols: int, first: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pairs of symbols for coded texts; several, since a module may change unknown symbols."""
    spread = [1, 2, symbols // 4, symbols // 4 + 1, symbols - 1, symbols - 2, symbols // 2]
    every = list(dict.fromkeys(each for each in [*first, *spread, 0] if 0 <= each < symbols))
    yield from zip(every[::2], every[1::2], strict=False)
    if len(every) == 3:
        yield every[2], every[0]


def flat(index: Tensor) -> Tensor:
    """Ids as a one-dimensional tensor of int64 on the CPU."""
    return index.detach().reshape(-1).cpu().long()


def _commonest(first: Tensor, second: Tensor) -> tuple[int, int] | None:
    if not len(first):
        return None
    pairs = Counter(zip(first.tolist(), second.tolist(), strict=True))
    return pairs.most_common(1)[0][0]
