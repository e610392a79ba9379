"""What an output loses where one input is not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import RowBlock
from rnnviz_widget.engines.explained import Explained

from .moved import Moved


class Occlusion:
    """C[s, t] = y_s(e) - y_s(e with the baseline in place of e_t): a pass for each input.

    All outputs that are asked for are read off the same passes, as many at once as have room.

    Args:
        moved: The network on the text.
    """

    name = "occlusion"
    reason = "a forward pass for each input, with something else in its place"

    def __init__(self, moved: Moved) -> None:
        self._moved = moved

    def blocks(self, rows: Sequence[int], targets: Sequence[Explained]) -> Iterator[RowBlock]:
        """See `RowMethod.blocks`."""
        moved = self._moved
        tokens = max(map(moved.reads, rows))
        embedded = moved.embedded[:tokens]
        scores = embedded.new_zeros(len(rows), len(moved.embedded))
        whole: Tensor | None = None
        size = moved.together(tokens)
        for first in range(0, tokens, size):
            places = range(first, min(first + size, tokens))
            with torch.no_grad():
                if whole is None:
                    whole = moved.numbers(embedded[None].clone(), rows, targets)
                without = embedded.repeat(len(places), 1, 1)
                without[range(len(places)), places] = moved.nothing
                others = moved.numbers(without, rows, targets)
                # A class that is masked has -inf either way, and no input moves it.
                scores[:, places] = torch.where(whole == others, 0, whole - others).T
            if places.stop < tokens:
                yield RowBlock(share=places.stop / tokens)
        yield RowBlock(range(len(rows)), scores)
