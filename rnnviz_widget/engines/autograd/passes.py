"""Forward passes of a network over a text or a prefix of it, and gradients through them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rnnviz_widget.engines.explained import Explained, KeptLogits, Readout, gradient_of
from rnnviz_widget.engines.module.looked_up import ChangedIdsError
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.trace import Head
from rnnviz_widget.engines.rounding import agree

from .tail import Tail, find_tail, watching

_log = logging.getLogger(__name__)

Scanned = Callable[[], AbstractContextManager[object]]
"""Entered while a network reads, so that scans take the place of loops."""


def wait_for(numbers: Tensor) -> None:
    """Wait until these numbers are computed; calls to an accelerator return before they are."""
    if numbers.device.type != "cpu" and numbers.numel():
        float(numbers.detach().flatten()[-1])


def bytes_held(network: Network, read: Callable[[], object]) -> int:
    """How many bytes autograd keeps for the backward pass while `read` runs, weights left out."""
    seen = {weight.untyped_storage().data_ptr() for weight in network.weights()}
    total = 0

    def pack(saved: Tensor) -> Tensor:
        nonlocal total
        storage = saved.untyped_storage()
        if storage.data_ptr() not in seen:
            seen.add(storage.data_ptr())
            total += storage.nbytes()
        # Returning it keeps it alive: another tensor could get the address of a freed one.
        return saved

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda saved: saved):
        read()
    return total


@dataclass(frozen=True)
class Graph:
    """A forward pass over the first p tokens, whose autograd graph is kept.

    Attributes:
        embedded: The embedded tokens, (p, D), a leaf; or (B, p, D) for B texts at once.
        start: Where a gradient begins: the logits (.., p, V), or the head's input, (.., p, H).
        readout: How the logits are made of that.
        inner: The input of the tail, where it is known; see `tail`.
        time: Its axis of positions.
        has_scans: Whether it may have scans (`recurrences`), whose gradients of many rows are taken
            by `torch.vmap`.
    """

    embedded: Tensor
    start: Tensor
    readout: Readout
    inner: Tensor | None = None
    time: int = 0
    has_scans: bool = False

    @property
    def tokens(self) -> int:
        """How many tokens were read, p."""
        return self.embedded.shape[-2]

    def alone(self, row: int, target: Explained) -> Tensor:
        """The gradient of one target with respect to the embedded tokens, (p, D)."""
        start = self.start[[row]]
        return self.gradient(start, self.readout.gradients(start, [target]))

    def together(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """The gradients of N targets in one walk through the graph, (N, p, D)."""
        each, output, time = list(range(len(rows))), self.start, 0
        begin = self.readout.gradients(self.start[rows], targets)
        if self.inner is not None and len(set(rows)) == len(rows):
            # Each row's gradient stays at its own position: one walk for all.
            every = torch.zeros_like(self.start)
            every[rows] = begin
            output, time = self.inner, self.time
            begin = self.gradient(self.start, every, at=output).movedim(time, 0)[rows]
        begins = output.new_zeros(len(rows), *output.shape)
        begins.movedim(time + 1, 1)[each, rows] = begin
        if self.has_scans:
            return torch.vmap(lambda one: self.gradient(output, one))(begins)
        gradient = self.gradient(output, begins, together=True)
        return gradient.expand(len(rows), *self.embedded.shape)

    def apart(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """The gradients of B targets, each of its own copy of the text, (B, p, D)."""
        start = self.start[range(len(rows)), rows]
        return self.gradient(start, self.readout.gradients(start, targets))

    def gradient(
        self,
        output: Tensor,
        begin: Tensor | None = None,
        *,
        together: bool = False,
        at: Tensor | None = None,
    ) -> Tensor:
        """The gradient of an output at the embedded tokens, given that at the output (`begin`).

        Or at another tensor, on the way to them.
        """
        return gradient_of(output, self.embedded if at is None else at, begin, together=together)


class Passes:
    """Makes graphs of a network on a text.

    If the logits come from a linear layer (the head), only the first pass computes them: later
    passes stop at the head's input.

    Args:
        network: The network.
        ids: The text, (T,).
        scanned: Entered while the network reads, if scans then take the place of loops.

    Attributes:
        matrix: The embedding matrix, (V_in, D).
        embedding: The text's embedded tokens, (T, D); not to be written to.
        logits: Shape (S, V), detached; set by `first`, which must be called before all else.
        cost: The seconds that the latest forward pass took for each token.
    """

    logits: Tensor
    _start: Tensor
    _head: Head | None

    def __init__(
        self,
        network: Network,
        ids: Tensor,
        scanned: Scanned | None = None,
    ) -> None:
        self._network = network
        self._has_scans = scanned is not None
        self._reading = scanned or nullcontext
        self._ids = ids.to(network.device).clone()
        self.matrix = network.embedding_matrix()
        self.embedding = network.embed(self._ids)
        self.cost = 0.0
        self._tail: Tail | None = None

    def first(self) -> Graph:
        """Read the whole text, set `logits`, and find out whether gradients can begin at a head."""
        try:
            return self._first()
        except ChangedIdsError:
            self.embedding = self._network.embed(self._ids)
            return self._first()

    def _first(self) -> Graph:
        embedded = self._embed(len(self._ids))
        with self._reading():
            logits, self._head = self._network.forward(self._ids, embedded)
        self._stops = self._head is not None and self._network.capabilities.private
        graph = graph_of(embedded, logits, self._head, has_scans=self._has_scans)
        self.logits, self._start = logits.detach(), graph.start.detach()
        return graph

    @property
    def head(self) -> Head | None:
        """The head at which passes stop; None: they don't, or there is none."""
        return self._head if self._stops else None

    @property
    def width(self) -> int:
        """How many numbers a gradient begins with at each token: V, or H where there is a head."""
        return self._start.shape[1]

    def outputs(self) -> KeptLogits:
        """The logits of `first`, kept in as little room as possible."""
        # The head of a module that was not copied may have other weights later.
        if self._head is None or not self._network.capabilities.private:
            return KeptLogits(self.logits)
        return self._head.logits_of(self._start)

    def embedded(self, tokens: int) -> Tensor:
        """A copy of the first tokens, embedded, (tokens, D)."""
        return self.embedding[:tokens].clone()

    def graph(self, tokens: int) -> Graph:
        """Read the first tokens, and note the time in `cost`; raises what the module raises."""
        begun = time.perf_counter()
        graph = self.read(tokens, self._embed(tokens))
        wait_for(graph.start)
        self.cost = (time.perf_counter() - begun) / tokens
        return graph

    def copies(self, tokens: int, count: int) -> Graph:
        """Read a batch of `count` copies of the first tokens; raises what the module raises."""
        embedded = self.embedded(tokens).repeat(count, 1, 1).requires_grad_()
        return self.read(tokens, embedded)

    def true_start(self, graph: Graph) -> Tensor:
        """What `Graph.start` is on the whole text, (T, ..)."""
        return self.logits if graph.readout.weight is None else self._start

    def measure(self) -> int:
        """How many bytes the graph of the whole text holds, without the weights."""
        return bytes_held(self._network, lambda: self.graph(len(self._ids)))

    def read(self, tokens: int, embedded: Tensor) -> Graph:
        """Read embedded vectors, (tokens, D) or (B, tokens, D), in place of the first tokens."""
        with self._reading():
            return self._read(tokens, embedded)

    def _read(self, tokens: int, embedded: Tensor) -> Graph:
        ids = self._ids[:tokens]
        if self._head is not None and self._stops:
            whole = embedded.ndim == 2 and tokens == len(self._ids)
            try:
                hidden, inner = self._hidden(ids, embedded, self._head)
                if not whole or agree(hidden.detach(), self._start):
                    time = 0 if self._tail is None else self._tail.time
                    readout = self._head.readout
                    return Graph(embedded, hidden, readout, inner, time, self._has_scans)
                reason = "the input of its first call is not the one that makes the logits"
            except RuntimeError as error:
                if not whole:
                    raise
                reason = str(error)
            _log.info("the forward pass is not stopped at the head: %s", reason)
            self._stops = False
        made = self._network.forward(ids, embedded)
        return graph_of(embedded, *made, has_scans=self._has_scans)

    def _hidden(self, ids: Tensor, embedded: Tensor, head: Head) -> tuple[Tensor, Tensor | None]:
        """The head's input, and that of the tail if there is one."""
        if self._tail is None or embedded.ndim > 2:
            return self._network.hidden(ids, embedded, head), None
        place = self._tail.place
        with watching(self._network.module, place.name) as seen:
            hidden = self._network.hidden(ids, embedded, head)
        return hidden, seen.get(place)

    def find_tail(self) -> Graph | None:
        """Find the part of the module that is walked back once for many rows.

        Takes a forward pass, and some two backward passes through this part for each binary digit
        of the number of tokens.

        Returns:
            The graph of the whole text, with the input of that part; None: there is none.
        """
        if self._head is None or not self._stops:
            return None
        try:
            with watching(self._network.module) as seen:
                graph = self.graph(len(self._ids))
            self._tail = tail = find_tail(seen, graph.embedded, graph.start)
        except Exception as error:  # noqa: BLE001 - of a module that can't be watched
            _log.info("no part is found that works position by position: %s", error)
            return None
        if tail is None:
            return None
        return replace(graph, inner=seen[tail.place], time=tail.time)

    def _embed(self, tokens: int) -> Tensor:
        return self.embedded(tokens).requires_grad_()


def graph_of(
    embedded: Tensor, logits: Tensor, head: Head | None, *, has_scans: bool = False
) -> Graph:
    """The graph of a forward pass, whose gradients begin at the head's input if there is one."""
    if head is None:
        return Graph(embedded, logits, Readout(), has_scans=has_scans)
    return Graph(embedded, head.hidden, head.readout, has_scans=has_scans)
