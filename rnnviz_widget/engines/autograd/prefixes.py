"""Reading only the beginning of a text, for outputs that read no further."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from rnnviz_widget.engines.rounding import agree

from .checked_gradients import VerifiedRow
from .passes import Graph, Passes

_log = logging.getLogger(__name__)


class Prefixes:
    """Graphs of the first tokens of a text, as long as they give what the whole text gives.

    Args:
        passes: Makes the graphs.
        may_hold: Whether no output reads a later token.

    Attributes:
        hold: Whether outputs and gradients are those of the whole text; None: not tested.
    """

    def __init__(self, passes: Passes, *, may_hold: bool) -> None:
        self._passes = passes
        self.hold: bool | None = None if may_hold else False

    def graph(self, tokens: int) -> Graph | None:
        """A graph of the first tokens; None if its outputs differ, which rules prefixes out."""
        try:
            graph = self._passes.graph(tokens)
            if agree(graph.start.detach(), self._passes.true_start(graph)[:tokens]):
                return graph
            reason = "its outputs differ where the text ends earlier"
        except Exception as error:  # noqa: BLE001 - whatever the module raises at another length
            reason = str(error)
        self._rule_out(reason)
        return None

    def check(self, known: VerifiedRow) -> None:
        """Compare the verified row with the same of a text that ends with its output."""
        tokens = known.wanted.row + 1
        if tokens == len(known.gradient):
            self.hold = True
            return
        graph = self.graph(tokens)
        if graph is None:
            return
        try:
            gradient = graph.alone(known.wanted.row, known.wanted.target)
        except Exception as error:  # noqa: BLE001 - the whole text's graph may do all the same
            self._rule_out(str(error))
            return
        if not known.gradient[tokens:].any() and agree(gradient, known.gradient[:tokens]):
            self.hold = True
        else:
            self._rule_out("its gradients differ where it ends earlier")

    def plan(self, needs: Sequence[int], count: int, row_cost: float) -> tuple[int, int]:
        """Choose which prefix to read for the next rows: at least for the first `count`.

        Rows share a graph as long as the time that they lose by reading further than they need is
        less than that of another forward pass.

        Args:
            needs: How many tokens each row needs to read.
            count: How many rows are computed next.
            row_cost: The seconds that a row takes for each token.

        Returns:
            How many tokens to read, and for how many rows.
        """
        tokens = max(needs[:count])
        waste = sum(tokens - each for each in needs[:count])
        for need in needs[count:]:
            further = max(tokens, need)
            waste += (further - tokens) * count + further - need
            if waste * row_cost > further * self._passes.cost:
                break
            tokens, count = further, count + 1
        return tokens, count

    def _rule_out(self, reason: str) -> None:
        _log.info("the whole text is read for each row: %s", reason)
        self.hold = False
