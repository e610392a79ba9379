"""A network on one text, as a function of its embedded tokens."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.autograd.passes import Graph, Passes
from rnnviz_widget.engines.explained import Explained, head_rows
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.rounding import agree

# The most numbers that the outputs of one batch have, and the most texts in it.
_NUMBERS = 2**22
_TEXTS = 64


class PerturbedText:
    """What is explained as a function of the embedded tokens, y(e), up to a constant.

    Args:
        network: The network.
        ids: The token ids, (T,).
        baseline: The id of the baseline symbol; None: zeros.
        causal: Whether no output depends on a later input. Then the text is read only up to an
            output,
            if that gives the same.

    Attributes:
        embedded: The embedded tokens e, (T, D).
        baseline: The baseline b, (D,).
        held: Which columns of a vector stay as they are, (D,): those that matter though no gradient
            reaches them, such as codes, for which noise or a value in between would be meaningless.
        batches: Whether several texts at once give the same as each alone.
    """

    def __init__(
        self, network: Network, ids: Tensor, baseline: int | None, *, causal: bool
    ) -> None:
        self.network = network
        with network.computing():
            self._passes = Passes(network, ids)
            self._passes.first()
            self.embedded = self._passes.embedded(len(ids))
            zeros = torch.zeros_like(self.embedded[0])
            self.held = torch.zeros_like(zeros, dtype=torch.bool)
            self.held[network.capabilities.columns_without_gradient] = True
            self.baseline = zeros if baseline is None else self._passes.matrix[baseline].clone()
            self.batches = self._batches()
            self._ends = causal and self._may_end()

    def reads(self, row: int) -> int:
        """How many tokens are read for an output."""
        return row + 1 if self._ends else len(self.embedded)

    def together(self, tokens: int) -> int:
        """How many texts of `tokens` tokens are read at once."""
        if not self.batches:
            return 1
        return max(1, min(_TEXTS, _NUMBERS // (tokens * self._passes.width)))

    def numbers(
        self, embedded: Tensor, rows: Sequence[int], targets: Sequence[Explained]
    ) -> Tensor:
        """What is explained at N outputs in each of B embedded texts, (B, p, D): (B, N)."""
        if not self.batches:
            graphs = (self._passes.read(len(one), one[None]) for one in embedded)
            return torch.cat([_explained(graph, rows, targets) for graph in graphs])
        return _explained(self._passes.read(embedded.shape[1], embedded), rows, targets)

    def holding(self, embedded: Tensor) -> Tensor:
        """Other embedded texts, (B, p, D), with this text's values in the columns that are held."""
        return torch.where(self.held, self.embedded[: embedded.shape[1]], embedded)

    def _batches(self) -> bool:
        if self.network.capabilities.random or not self.network.capabilities.private:
            return False
        tokens = len(self.embedded)
        texts = torch.stack([self.embedded, self.baseline.expand(tokens, -1)])
        try:
            with torch.no_grad():
                apart = [self._passes.read(tokens, one[None].clone()).start[0] for one in texts]
                at_once = self._passes.read(tokens, texts).start
                return all(map(agree, at_once, apart))
        except Exception:  # noqa: BLE001 - whatever a module raises that reads one text at a time
            return False

    def _may_end(self) -> bool:
        """Whether a prefix of the text gives the same outputs as within the whole text."""
        tokens = (len(self.embedded) + 1) // 2
        try:
            with torch.no_grad():
                whole = self._passes.read(len(self.embedded), self.embedded[None].clone())
                part = self._passes.read(tokens, self.embedded[None, :tokens].clone())
                return agree(part.start, whole.start[:, :tokens])
        except Exception:  # noqa: BLE001 - whatever a module raises at another length
            return False


def _explained(graph: Graph, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
    """What is explained in each of B texts, (B, N), up to a bias that is the same in all."""
    at = graph.start[:, list(rows)]
    if graph.weight is not None:
        return (at * head_rows(graph.weight, targets)).sum(dim=-1)
    pairs = [k if isinstance(k, tuple) else (k, None) for k in targets]
    places = range(len(pairs))
    found = at[:, places, [first for first, _ in pairs]]
    some = [n for n, (_, second) in enumerate(pairs) if second is not None]
    if some:
        less = torch.zeros_like(found)
        less[:, some] = at[:, some, [pairs[n][1] for n in some]]
        found = found - less
    return found
