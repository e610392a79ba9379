"""The two experiments of `experiment.find_reads`, on an autograd graph of a text."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.rounding import agree, finite, rounding

from .passes import Graph, Passes

# How many texts are read at once, and the noise on a replaced token, in standard deviations.
_TEXTS = 8
_FAR = 3.0


class GraphProbe:
    """A `Probe` that uses gradients through one graph, and texts with other vectors in them.

    Args:
        graph: A forward pass over the whole text.
        passes: What made the graph.
        same: Whether reading a text twice gives the same outputs. If not, replaced tokens show
            nothing,
            and only gradients are used.
    """

    def __init__(self, graph: Graph, passes: Passes, *, same: bool = True) -> None:
        self._same = same
        # Whether a batch has given for the text's own vectors what the graph has: then another text
        # can be compared with the graph, and needs no batch with them.
        self._gives_alike = False
        self._graph = graph
        self._passes = passes
        self.tokens = graph.tokens
        self.dtype = graph.embedded.dtype

    def gradient(self, outputs: Sequence[int]) -> Tensor:
        """See `Probe`. Random weights keep the numbers of the outputs from cancelling out."""
        start = self._graph.start[list(outputs)]
        weights = torch.empty(start.shape, dtype=torch.float64)
        weights.uniform_(0.5, 1.5, generator=torch.Generator().manual_seed(0))
        found = self._graph.gradient(start, weights.to(start))
        return found.abs().sum(dim=-1).cpu().double()

    def changed(self, places: Sequence[Sequence[int]], seed: int = 0) -> list[Tensor]:
        """See `Probe`. Tokens get the vectors of other symbols, with noise added."""
        if not self._same:
            return [torch.zeros(self.tokens, dtype=torch.bool) for _ in places]
        with torch.no_grad():
            moved = [self._moved(some, seed + n) for n, some in enumerate(places)]
            if len(moved) == 1 and self._gives_alike:
                return [_differs(self._read(moved[0][None])[0], self._graph.start.detach())]
            return self._changed(moved)

    def _moved(self, some: Sequence[int], seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        at = list(some)
        own, matrix = self._passes.embedded(self.tokens), self._passes.matrix
        symbols = torch.randint(len(matrix), (len(at),), generator=generator)
        noise = torch.randn((len(at), own.shape[-1]), generator=generator, dtype=torch.float64)
        size = float(own.cpu().double().std()) if own.numel() > 1 else 1.0
        own[at] = (matrix[symbols.to(matrix.device)] + noise.to(own) * _FAR * (size or 1.0)).to(own)
        return own

    def _changed(self, texts: Sequence[Tensor]) -> list[Tensor]:
        own = self._passes.embedded(self.tokens)
        for _ in range(2):
            with contextlib.suppress(Exception):  # of a module that reads one text at a time
                found = self._batches(own, texts)
                if found is not None:
                    return found
            # Reading the text alone may show that passes can't stop at the head; then try again.
            self._passes.read(self.tokens, own.clone())
        first = self._read(own[None])[0]
        return [_differs(self._read(text[None])[0], first) for text in texts]

    def _batches(self, own: Tensor, texts: Sequence[Tensor]) -> list[Tensor] | None:
        """Which outputs change, of several texts at once; None if a batch gives other outputs."""
        found: list[Tensor] = []
        for n in range(0, len(texts), _TEXTS):
            graph = self._passes.read(self.tokens, torch.stack([own, *texts[n : n + _TEXTS]]))
            first, *others = graph.start
            if not agree(finite(first), finite(self._passes.true_start(graph))):
                return None
            found += [_differs(other, first) for other in others]
        self._gives_alike = True
        return found

    def _read(self, texts: Tensor) -> Tensor:
        return self._passes.read(self.tokens, texts).start


def _differs(other: Tensor, own: Tensor) -> Tensor:
    limit = rounding(own.dtype) * finite(own).abs().max()
    apart = torch.where(other == own, 0, other - own).abs()
    # Numbers that are not finite and differ have changed, too.
    return (~(apart.amax(dim=-1) <= limit)).cpu()
