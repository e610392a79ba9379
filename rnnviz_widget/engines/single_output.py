"""The engine for one output for the whole text: its row is computed once for all positions."""

from __future__ import annotations

from collections.abc import Iterator

from .engine import Block, Engine, RowQuery
from .explained import Explained
from .module.network import Network


class SingleOutputEngine(Engine):
    """Serves a classifier, whose output stands at every position: each row is kept.

    Of a module that could not be copied the weights may have moved since a row was computed: it is
    not served.

    Args:
        network: The network; `network.whole` and `network.private` are true.
        engine: What computes the row of a target, by a gradient or by a method.
    """

    def __init__(self, network: Network, engine: Engine) -> None:
        super().__init__(
            reason=engine.reason,
            reads=engine.reads,
            predictions=engine.predictions,
            logits=engine.logits,
            mode=network.computing,
        )
        self.name, self.block = engine.name, engine.block
        self._engine = engine
        self._kept: dict[tuple[Explained, str], Block] = {}

    def blocks(self, query: RowQuery) -> Iterator[Block]:
        """See `Engine.blocks`."""
        for place, target in enumerate(query.targets):
            key = (target, query.measure.name)
            if key not in self._kept:
                last = RowQuery([self.reads.tokens - 1], [target], query.measure, in_stretches=True)
                (self._kept[key],) = [each for each in self._engine.blocks(last) if each.places]
            kept = self._kept[key]
            yield kept._replace(places=[place], scores=kept.scores.clone(), share=0.0)
