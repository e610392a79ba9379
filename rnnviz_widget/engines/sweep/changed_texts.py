"""Texts that differ from the one that a stack has read, each read on from its first difference."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from .cells import States
from .changed_inputs import ReadStack


class ChangedTexts:
    """Texts with several inputs changed, read side by side up to one output.

    The state before the first changed input is that of the text as it is, so that nothing before it
    is read again. What each symbol adds to the lowest layer is computed once.

    Args:
        stack: What has read the text.
        ids: The ids of the text, (T,).
        texts: The ids of the changed texts, (B, T).
        vectors: What is read for each id, (V, D).
        row: The output.
    """

    def __init__(
        self, stack: ReadStack, ids: Tensor, texts: Tensor, vectors: Tensor, row: int
    ) -> None:
        self._stack, self._row = stack, row
        changed = texts[:, : row + 1] != ids[: row + 1]
        # Of a text that is not changed the last input is read again.
        firsts = torch.where(changed.any(dim=1), changed.int().argmax(dim=1), row)
        # In the order in which they begin, so that those under way are the first of them.
        self._order = firsts.argsort(stable=True)
        self._begin = firsts[self._order]
        symbols, places = torch.unique(texts[self._order, : row + 1], return_inverse=True)
        self._symbols = places.to(vectors.device)
        with torch.no_grad():
            self._at_input = stack.cells[0].read(vectors[symbols.to(vectors.device)])
        self._states: list[States] = [
            tuple(state[:0] for state in cell.states) for cell in stack.cells
        ]
        self.next = int(self._begin.min()) if len(texts) else row + 1

    def steps(self) -> Iterator[None]:
        """Read all texts up to the output; a step between two items."""
        while self.next <= self._row:
            with torch.no_grad():
                self._step(self.next)
            self.next += 1
            yield

    @property
    def top(self) -> Tensor:
        """The top layer's h at the output in each text, once all are read, (B, H)."""
        found = self._states[-1][0]
        return torch.empty_like(found).index_copy_(0, self._order.to(found.device), found)

    def _step(self, u: int) -> None:
        cells = self._stack.cells
        begun = int((self._begin <= u).sum())
        at_input = self._at_input[self._symbols[:begun, u]]
        for number, cell in enumerate(cells):
            states = self._states[number]
            more = begun - len(states[0])
            if more:
                own = (state[u].expand(more, -1) for state in cell.states)
                states = tuple(map(torch.cat, zip(states, own, strict=True)))
            states = cell.advance(at_input, states)
            self._states[number] = states
            if number + 1 < len(cells):
                at_input = cells[number + 1].read(states[0])
