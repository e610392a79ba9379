"""What all rows cost by scans and by autograd through the module's own loops, measured."""

from __future__ import annotations

import math
import time

from torch import Tensor

from rnnviz_widget.engines.autograd.passes import Passes, Scanned, wait_for
from rnnviz_widget.engines.module.network import Network

_TOGETHER = 8
# The shorter of so many runs counts: others are longer because the machine is busy.
_RUNS = 2


def scans_are_faster(network: Network, ids: Tensor, scanned: Scanned) -> bool:
    """Whether all rows of a text take less time with scans than without.

    Args:
        network: The network, which is held.
        ids: The text, (T,).
        scanned: Entered while the network reads, so that scans take the place of loops.
    """
    scans, plain = math.inf, math.inf
    for _ in range(_RUNS):
        scans = min(scans, seconds_of_all_rows(network, ids, scanned))
        plain = min(plain, seconds_of_all_rows(network, ids, None))
    return scans < plain


def seconds_of_all_rows(network: Network, ids: Tensor, scanned: Scanned | None) -> float:
    """What a forward pass and all rows take, by the faster of one row and a few rows at a time."""
    begun = time.perf_counter()
    passes = Passes(network, ids, scanned)
    graph = passes.first()
    wait_for(graph.start)
    read = time.perf_counter() - begun
    length = len(graph.start)
    rows = sorted({(2 * n + 1) * length // (2 * _TOGETHER) for n in range(_TOGETHER)})
    targets = [0] * len(rows)
    begun = time.perf_counter()
    wait_for(graph.alone(rows[-1], 0))
    row = time.perf_counter() - begun
    try:
        begun = time.perf_counter()
        wait_for(graph.together(rows, targets))
        row = min(row, (time.perf_counter() - begun) / len(rows))
    except RuntimeError:  # of a module whose gradients can't be taken together
        pass
    return read + length * row
