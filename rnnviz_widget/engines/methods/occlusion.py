"""Occlusion: how far an output's target falls when one input is replaced by the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import RowBlock
from rnnviz_widget.engines.explained import Explained

from .perturbed_text import PerturbedText


class Occlusion:
    """C[s, t] = y_s(e) - y_s(e with the baseline in place of e_t), a forward pass for each input t.

    All rows of a query are read off the same passes, of which as many run at once as fit.
    """

    name = "occlusion"
    reason = "a forward pass for each input, with something else in its place"

    def __init__(self, perturbed: PerturbedText) -> None:
        self._perturbed = perturbed

    def blocks(self, rows: Sequence[int], targets: Sequence[Explained]) -> Iterator[RowBlock]:
        """See `RowMethod.blocks`."""
        perturbed = self._perturbed
        tokens = max(map(perturbed.reads, rows))
        embedded = perturbed.embedded[:tokens]
        scores = embedded.new_zeros(len(rows), len(perturbed.embedded))
        whole: Tensor | None = None
        size = perturbed.together(tokens)
        for first in range(0, tokens, size):
            places = range(first, min(first + size, tokens))
            with torch.no_grad():
                if whole is None:
                    whole = perturbed.numbers(embedded[None].clone(), rows, targets)
                without = embedded.repeat(len(places), 1, 1)
                without[range(len(places)), places] = perturbed.baseline
                others = perturbed.numbers(without, rows, targets)
                # The logit of a masked class is -inf either way: no input moves it.
                scores[:, places] = torch.where(whole == others, 0, whole - others).T
            if places.stop < tokens:
                yield RowBlock(share=places.stop / tokens)
        yield RowBlock(range(len(rows)), scores)
