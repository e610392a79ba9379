"""The engine of a method: computes its rows, and takes predictions from the text's own engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from rnnviz_widget.engines.autograd.output_texts import WindowTexts
from rnnviz_widget.engines.engine import Engine, RowBlock, RowQuery
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.single_output import kept_where_alike

from .attention import Attention
from .by_captum import ByCaptum
from .continued_change import ContinuedChange
from .in_windows import InWindows
from .method import CAPTUM, EXCHANGES, PLAUSIBLE, Method
from .perturbed_text import PerturbedText
from .replacements import (
    Replacements,
    Symbols,
    by_frequency,
    by_place,
    by_vector,
    frequencies_in,
)
from .reread_change import RereadChange
from .row_method import RowMethod


class MethodEngine(Engine):
    """Serves one method; predictions are those of another engine."""

    def __init__(self, network: Network, beside: Engine, method: RowMethod) -> None:
        super().__init__(
            reason=method.reason,
            reads=beside.reads,
            predictions=beside.predictions,
            logits=beside.logits,
            mode=network.computing,
        )
        self.name = method.name
        self._method = method
        # Methods that get all rows from the same passes are asked for all at once.
        by_row = method.name == "captum" or network.options.window is not None
        self.block = 16 if by_row else self.reads.tokens

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`."""
        yield from self._method.blocks(query)


def method_engine(
    network: Network,
    ids: Tensor,
    beside: Engine,
    method: Method,
    *,
    baseline: int | None = None,
    frequencies: Sequence[float] | None = None,
    likely: Callable[[int], Tensor | None] | None = None,
) -> Engine:
    """The engine of a method on a text.

    Args:
        network: The network.
        ids: The token ids, (T,).
        beside: The engine that read the text.
        method: The method.
        baseline: The id of its baseline, if it has one.
        frequencies: The frequency of each input symbol, (V_in,), for an exchange; None: those of
            the text.
        likely: How likely the network itself finds each symbol as input t, (V_in,), for a plausible
            exchange; None: it does not say.

    Raises:
        ImportError: If captum is needed and not installed.
        ValueError: If the method can't serve the network.
    """
    quick = method.name == "quick_exchange"
    exchanges = method.name in EXCHANGES
    symbols = symbols_of(network, ids, frequencies) if exchanges else None
    if method.name == PLAUSIBLE and network.options.window is not None:
        raise ValueError("its outputs read windows, whose places have no predictions; use exchange")

    def replacements(part: Tensor, embedded: Tensor, vector: Tensor) -> Replacements:
        if symbols is None:
            return by_vector(vector, len(embedded))
        if method.name == PLAUSIBLE and likely is not None:
            return by_place(symbols, part, method.samples, likely)
        found = by_frequency(symbols, part, method.samples)
        return replace(found, merge_after=method.n_steps if quick else None)

    def of_text(part: Tensor, *, causal: bool) -> RowMethod:
        if not method.of_target:
            return Attention(network, part, method, causal=causal)
        stack = beside.read_stack
        if method.by_running and stack is not None and stack.reads_as_before():
            nothing = torch.zeros_like(stack.embedded[0])
            if baseline is not None:
                nothing = network.embedding_matrix()[baseline]
            others = replacements(part, stack.embedded, nothing)
            return ContinuedChange(stack, others, method.name)
        perturbed = PerturbedText(network, part, baseline, causal=causal)
        if method.name in CAPTUM:
            return ByCaptum(perturbed, method)
        if network.options.mask is None and network.options.window is None:
            last = len(part) - 1
            perturbed.check_reading(last, beside.outputs([last])[0])
        others = replacements(part, perturbed.embedded, perturbed.baseline)
        return RereadChange(perturbed, others, method.name)

    with network.computing():
        rows: RowMethod
        if network.options.window is None:
            rows = of_text(ids, causal=beside.reads.causal)
        else:
            windows = WindowTexts(network, ids, network.options.window, network.options.pad)
            rows = InWindows(windows, lambda part: of_text(part, causal=False))
    engine = MethodEngine(network, beside, rows)
    return kept_where_alike(network, engine)


def symbols_of(network: Network, ids: Tensor, frequencies: Sequence[float] | None) -> Symbols:
    """What may be drawn in the place of an input of a text, and how likely.

    Raises:
        ValueError: If that can't be told.
    """
    with network.computing():
        if network.capabilities.reads_vectors:
            vectors, what = network.embed(ids), "steps of this text"
        else:
            vectors, what = network.embedding_matrix(), "symbols"
            if not torch.equal(network.looked_up(ids).read.cpu(), ids.cpu()):
                raise ValueError(
                    "the module looks up other ids than those that it is given, so that what it "
                    "would read for another symbol can't be told; use occlusion"
                )
    if frequencies is not None:
        shares = torch.tensor(frequencies, dtype=torch.float64)
        return Symbols(vectors, shares, f"{what}, by the frequencies given,")
    if network.capabilities.reads_vectors:
        return Symbols(vectors, torch.ones(len(vectors)).double(), f"{what}, all alike,")
    shares = frequencies_in(ids, len(vectors))
    how = "by how often they occur in this text, each counted once more,"
    return Symbols(vectors, shares, f"{what}, {how}")
