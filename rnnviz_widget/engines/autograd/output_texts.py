"""The text that each output reads, where each has one of its own: masked texts, or windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.scene.reads import Bound, Reads


@dataclass(frozen=True)
class TextBatch:
    """The texts of N outputs, each of L tokens.

    Attributes:
        ids: Shape (N, L).
        embedded: Shape (N, L, D).
        at: The index within its own text of each output, N of them.
    """

    ids: Tensor
    embedded: Tensor
    at: list[int]


class OutputTexts(Protocol):
    """Makes the text of each output.

    Attributes:
        reason: What these texts are, in words.
        reads: Which tokens of the whole text the text of each output has.
        most: How many texts are worth reading as one batch.
        longest: An output whose text is as long as any other's.
    """

    reason: str
    reads: Reads
    most: int
    longest: int

    def length(self, row: int) -> int:
        """How many tokens the text of an output has, L."""
        ...

    def of(self, rows: Sequence[int]) -> TextBatch:
        """The texts of outputs, which must all be of one length."""
        ...

    def spread(self, rows: Sequence[int], scores: Tensor) -> Tensor:
        """Place scores (N, L) of the outputs' own texts at the tokens of the whole text, (N, T)."""
        ...


class MaskedTexts:
    """The whole text with the output's own token replaced by the mask."""

    reason = "each output is of the text with its own token masked"
    # Larger batches are not faster.
    most = 32
    longest = 0

    def __init__(self, network: Network, ids: Tensor, mask: int) -> None:
        self._network, self._mask = network, mask
        self._ids = ids.to(network.device).clone()
        self.reads = Reads.everything(len(ids))
        self._embedded = network.embed(self._ids, as_they_are=True)
        self._masking = network.embed(torch.tensor([mask]), as_they_are=True)[0]

    def length(self, row: int) -> int:
        """See `OutputTexts.length`."""
        del row
        return len(self._ids)

    def of(self, rows: Sequence[int]) -> TextBatch:
        """See `OutputTexts.of`."""
        each = list(range(len(rows)))
        ids = self._ids.repeat(len(rows), 1)
        ids[each, list(rows)] = self._mask
        embedded = self._embedded.repeat(len(rows), 1, 1)
        embedded[each, list(rows)] = self._masking
        _embed_looked_up(self._network, ids, embedded)
        return TextBatch(ids, embedded, list(rows))

    def spread(self, rows: Sequence[int], scores: Tensor) -> Tensor:
        """See `OutputTexts.spread`."""
        del rows
        return scores


class WindowTexts:
    """The window of W tokens that ends with the output's own token; near the start there are fewer.

    Args:
        network: The network.
        ids: The token ids, (T,).
        window: W.
        pad: The id that fills up windows near the start of the text; None: those are shorter.
    """

    # Larger batches are faster for small layers only, and slower for large ones.
    most = 64

    def __init__(self, network: Network, ids: Tensor, window: int, pad: int | None) -> None:
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
        """See `OutputTexts.length`."""
        return min(row + 1 + self._pads, self._window)

    def of(self, rows: Sequence[int]) -> TextBatch:
        """See `OutputTexts.of`."""
        size = self.length(rows[0])
        ends = torch.tensor(rows, device=self._ids.device) + self._pads
        places = ends[:, None] + torch.arange(1 - size, 1, device=ends.device)
        ids = self._ids[places]
        embedded = self._embedded[places]
        _embed_looked_up(self._network, ids, embedded)
        return TextBatch(ids, embedded, [size - 1] * len(rows))

    def spread(self, rows: Sequence[int], scores: Tensor) -> Tensor:
        """See `OutputTexts.spread`."""
        size = scores.shape[1]
        ends = torch.tensor(rows, device=scores.device) + self._pads
        places = ends[:, None] + torch.arange(1 - size, 1, device=scores.device)
        found = scores.new_zeros(len(rows), self._length + self._pads)
        return found.scatter_(1, places, scores)[:, self._pads :]


def texts_of(network: Network, mask: int | None, pad: int | None, ids: Tensor) -> OutputTexts:
    """The texts of the outputs of a network that has a mask or a window.

    Raises:
        ValueError: If ids are changed before they are looked up, and tokens are masked.
    """
    if mask is not None:
        masked = MaskedTexts(network, ids, mask)
        for text in (ids, masked.of([0]).ids[0]):
            if not torch.equal(network.looked_up(text).read.to(text), text):
                raise ValueError(
                    "the module changes ids of this text before it looks them up, which is not "
                    "served where each token is masked in turn; pass masked=False"
                )
        return masked
    assert network.options.window is not None
    return WindowTexts(network, ids, network.options.window, pad)


def _embed_looked_up(network: Network, ids: Tensor, embedded: Tensor) -> None:
    """Correct embedded texts, (N, L, D), in place where the module looks up other ids than (N, L).

    Such as <unk> for symbols that it was not trained on.
    """
    for n, text in enumerate(ids.cpu()):
        if not torch.equal(network.looked_up(text).read.cpu(), text):
            embedded[n] = network.embed(text)
