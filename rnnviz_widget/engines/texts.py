"""The text of each output, where outputs are of texts of their own: masked ones, or windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from rnnviz_widget.scene.reads import Bound, Reads

from .cut import Cut


@dataclass(frozen=True)
class Batch:
    """The texts of N outputs, each of L tokens.

    Attributes:
        ids: Shape (N, L).
        embedded: Shape (N, L, D).
        at: Which output of each text it is, N of them.
    """

    ids: Tensor
    embedded: Tensor
    at: list[int]


class Texts(Protocol):
    """Makes the text of each output.

    Attributes:
        reason: What each is, in words.
        reads: Which tokens of the whole text that of each output has.
        most: How many are worth reading as one batch.
        longest: An output whose text is as long as any.
    """

    reason: str
    reads: Reads
    most: int
    longest: int

    def length(self, row: int) -> int:
        """How many tokens the text of an output has, L."""
        ...

    def of(self, rows: Sequence[int]) -> Batch:
        """The texts of outputs, all of one length."""
        ...

    def spread(self, rows: Sequence[int], scores: Tensor) -> Tensor:
        """What is of each output's own text, (N, L), as what is of the whole text, (N, T)."""
        ...


class Masked:
    """The whole text with the output's own token masked.

    Args:
        network: The network.
        ids: The token ids, (T,).
        mask: The symbol that masks a token.
    """

    reason = "each output is of the text with its own token masked"
    # More texts in a batch are not faster.
    most = 32
    longest = 0

    def __init__(self, network: Cut, ids: Tensor, mask: int) -> None:
        self._network, self._mask = network, mask
        self._ids = ids.to(network.device).clone()
        self.reads = Reads.everything(len(ids))
        self._embedded = network.embed(self._ids, as_they_are=True)
        self._masking = network.embed(torch.tensor([mask]), as_they_are=True)[0]

    def length(self, row: int) -> int:
        """See `Texts.length`."""
        del row
        return len(self._ids)

    def of(self, rows: Sequence[int]) -> Batch:
        """See `Texts.of`."""
        each = list(range(len(rows)))
        ids = self._ids.repeat(len(rows), 1)
        ids[each, list(rows)] = self._mask
        embedded = self._embedded.repeat(len(rows), 1, 1)
        embedded[each, list(rows)] = self._masking
        _embed_looked_up(self._network, ids, embedded)
        return Batch(ids, embedded, list(rows))

    def spread(self, rows: Sequence[int], scores: Tensor) -> Tensor:
        """See `Texts.spread`."""
        del rows
        return scores


class Windows:
    """The last W tokens that end with the output's own; at the beginning there are fewer.

    Args:
        network: The network.
        ids: The token ids, (T,).
        window: W.
        pad: The symbol that stands before the first token until there are W; None: the text is
            shorter there.
    """

    # Larger batches are faster for small layers only, and slower for large ones.
    most = 64

    def __init__(self, network: Cut, ids: Tensor, window: int, pad: int | None) -> None:
        self.reason = f"each output is of a window of its own, the {window} tokens that end there"
        self._window, self._pads = window, 0 if pad is None else window - 1
        ids = ids.to(network.device)
        if pad is not None:
            ids = torch.cat([ids.new_full((self._pads,), pad), ids])
        self._network, self._ids = network, ids
        self._embedded = network.embed(ids, as_they_are=True)
        self._length = length = len(ids) - self._pads
        first = Bound(1 - window, 0, length - 1)
        self.reads = Reads(length, first, Reads.up_to_own(length).last)
        self.longest = self._length - 1

    def length(self, row: int) -> int:
        """See `Texts.length`."""
        return min(row + 1 + self._pads, self._window)

    def of(self, rows: Sequence[int]) -> Batch:
        """See `Texts.of`."""
        size = self.length(rows[0])
        ends = torch.tensor(rows, device=self._ids.device) + self._pads
        places = ends[:, None] + torch.arange(1 - size, 1, device=ends.device)
        ids = self._ids[places]
        embedded = self._embedded[places]
        _embed_looked_up(self._network, ids, embedded)
        return Batch(ids, embedded, [size - 1] * len(rows))

    def spread(self, rows: Sequence[int], scores: Tensor) -> Tensor:
        """See `Texts.spread`."""
        size = scores.shape[1]
        ends = torch.tensor(rows, device=scores.device) + self._pads
        places = ends[:, None] + torch.arange(1 - size, 1, device=scores.device)
        found = scores.new_zeros(len(rows), self._length + self._pads)
        return found.scatter_(1, places, scores)[:, self._pads :]


def texts_of(network: Cut, mask: int | None, pad: int | None, ids: Tensor) -> Texts:
    """What each output of a network reads that has a mask or a window."""
    if mask is not None:
        masked = Masked(network, ids, mask)
        for text in (ids, masked.of([0]).ids[0]):
            if not torch.equal(network.looked_up(text).read.to(text), text):
                raise ValueError(
                    "the module changes ids of this text before it looks them up, which is not "
                    "served where each token is masked in turn; pass masked=False"
                )
        return masked
    assert network.window is not None
    return Windows(network, ids, network.window, pad)


def _embed_looked_up(network: Cut, ids: Tensor, embedded: Tensor) -> None:
    """Put what is really looked up into embedded texts, as <unk> for what was not trained on.

    Args:
        network: The network.
        ids: Shape (N, L).
        embedded: Shape (N, L, D), of the ids as they are; written to.
    """
    for n, text in enumerate(ids.cpu()):
        if not torch.equal(network.looked_up(text).read.cpu(), text):
            embedded[n] = network.embed(text)


def check_windows(network: Cut, ids: Tensor, pad: int | None) -> None:
    """See to it that the windows at the beginning of a text can be read.

    Args:
        network: The network.
        ids: A window that it can read, (W,).
        pad: What stands before the first token until there are W; None: nothing does.

    Raises:
        ValueError: If they are shorter, and it can't read such a text.
    """
    if pad is not None:
        return
    for length in sorted({1, 2, len(ids) - 1} - {len(ids)}):
        try:
            with torch.no_grad():
                network.logits(ids[:length])
        except (RuntimeError, ValueError) as error:
            raise ValueError(
                f"at the beginning of a text a window of {network.window} tokens has fewer, and "
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
