"""One output with another symbol in the place of one input: the logits, and what gradients predict.

Index conventions: s output, t input, n symbols, v one of them, e_t the embedded input, E_v what is
embedded for v. To first order y(v in the place of t) = y + <dy_s/de_t, E_v - e_t>.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .autograd.output_texts import TextBatch, texts_of
from .autograd.passes import Graph, Passes, graph_of
from .explained import Explained
from .module.looked_up import ChangedIdsError
from .module.network import Network
from .sweep.changed_inputs import ChangedInputs, ReadStack
from .sweep.stack import Stack


def logits_read_on(stack: ReadStack, others: Tensor, t: int, s: int) -> Iterator[Tensor | None]:
    """The logits at output s with each of n vectors, (n, D), as input t, read on from there.

    Yields:
        None after each step; at last the logits, (n, V).
    """
    top = stack.top[:0]
    for changed in ChangedInputs(stack, t, others[None]).steps(s):
        top = changed.top[0]
        yield None
    with torch.no_grad():
        yield stack.readout.logits(top)


def gradients_read_back(stack: ReadStack, s: int, t: int, explained: Sequence[Explained]) -> Tensor:
    """The same as `gradients_at`, by the layers' equations, from the output back to the input."""
    found = []
    with torch.no_grad():
        for each in explained:
            at_hidden = stack.readout.gradients(stack.top[[s]], [each])[0]
            walk = Stack(stack.cells, len(stack.embedded)).walk(s, at_hidden)
            first, gradient = next(part for part in walk if part[0] <= t)
            found.append(gradient[t - first])
        return torch.stack(found)


def gradients_at(
    network: Network, ids: Tensor, s: int, t: int, explained: Sequence[Explained]
) -> Tensor:
    """The gradients of N numbers at output s with respect to the embedded input t, (N, D)."""
    with network.computing():
        graph, at, place = _graph_with(network, ids, s, t)
        return torch.stack([graph.alone(at, each)[place] for each in explained]).detach()


def _graph_with(network: Network, ids: Tensor, s: int, t: int) -> tuple[Graph, int, int]:
    """A forward pass that output s is of, and where in its text s and t are."""
    options = network.options
    if options.mask is None and options.window is None:
        return Passes(network, ids).first(), s, t
    texts = texts_of(network, options.mask, options.pad, ids)
    try:
        return _graph_of_own_text(network, texts.of([s]), s - t)
    except ChangedIdsError:
        # The ids that are looked up are known now, so that these are embedded.
        return _graph_of_own_text(network, texts.of([s]), s - t)


def _graph_of_own_text(network: Network, batch: TextBatch, back: int) -> tuple[Graph, int, int]:
    embedded, at = batch.embedded[0].clone().requires_grad_(), batch.at[0]
    return graph_of(embedded, *network.forward(batch.ids[0], embedded)), at, at - back


def embedded_symbols(network: Network, ids: Tensor) -> Tensor:
    """What is embedded for each symbol, (V_in, D); of vectors, for each step of the text."""
    if network.capabilities.reads_vectors:
        return network.embed(ids)
    return network.embedding_matrix()
