"""What changes at each output where an input is another: whole texts are read again, in batches."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import Accuracy, RowBlock, RowQuery
from rnnviz_widget.engines.explained import Explained

from .perturbed_text import PerturbedText
from .replacements import Replacements, accuracy_of


class RereadChange:
    """Rows from texts that are read again, each with one input changed; see `continued_change`.

    All outputs that are asked for are read off the same passes. Inputs come from the last one
    backwards.

    Args:
        perturbed: The network on the text.
        replacements: What stands in the place of each input.
        name: The method's.
    """

    def __init__(self, perturbed: PerturbedText, replacements: Replacements, name: str) -> None:
        self.name = name
        self._perturbed, self._replacements = perturbed, replacements
        self.reason = f"{replacements.words} in the place of each input, a forward pass for each"

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `RowMethod.blocks`."""
        perturbed, rows, targets = self._perturbed, list(query.rows), list(query.targets)
        tokens = max(map(perturbed.reads, rows))
        last = min(tokens, max(rows) + 1 if perturbed.causal else tokens)
        stretches = query.in_stretches and len(rows) == 1 and perturbed.causal
        scores = perturbed.embedded.new_zeros(len(rows), len(perturbed.embedded))
        off = torch.zeros_like(scores) if self._replacements.inexact else None
        with torch.no_grad():
            whole = perturbed.numbers(perturbed.embedded[None, :tokens].clone(), rows, targets)
        at_once = max(1, perturbed.together(tokens) // self._replacements.each)
        for end in range(last, 0, -at_once):
            some = slice(max(0, end - at_once), end)
            parts = self._changes(some, tokens, rows, targets, whole)
            changes = []
            for part in parts:
                changes.append(part)
                yield RowBlock(share=(last - end) / last)
            with torch.no_grad():
                found = torch.cat(changes).view(some.stop - some.start, -1, len(rows))
                scores[:, some] = self._replacements.means(found, some.start).T
                if off is not None:
                    off[:, some] = self._replacements.errors(found, some.start).T
            if stretches:
                accuracy = Accuracy() if some.start else accuracy_of(scores, off)
                yield RowBlock([0], scores[:, some].clone(), some.start, accuracy=accuracy)
        if not stretches:
            for n, row in enumerate(rows):
                # What is not read changes nothing, not even by rounding.
                scores[n, perturbed.reads(row) :] = 0
            yield RowBlock(range(len(rows)), scores, accuracy=accuracy_of(scores, off))

    def _changes(
        self,
        some: slice,
        tokens: int,
        rows: list[int],
        targets: list[Explained],
        whole: Tensor,
    ) -> Iterator[Tensor]:
        """What changes with each input and what stands in its place, in this order: (B, N)."""
        perturbed = self._perturbed
        others = self._replacements.at(some.start, some.stop)
        places = torch.arange(some.start, some.stop).repeat_interleave(others.shape[1])
        size = perturbed.together(tokens)
        flat = others.flatten(0, 1)
        for at, vectors in zip(*(torch.split(e, size) for e in (places, flat)), strict=True):
            with torch.no_grad():
                texts = perturbed.embedded[:tokens].repeat(len(at), 1, 1)
                texts[range(len(at)), at] = vectors
                numbers = perturbed.numbers(texts, rows, targets)
                # A class that is masked has -inf either way, and no input moves it.
                yield torch.where(whole == numbers, 0, whole - numbers)
