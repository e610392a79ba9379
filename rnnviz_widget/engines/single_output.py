"""The engine for a network with one output for the whole text, whose row is computed only once."""

from __future__ import annotations

from collections.abc import Iterator

from .engine import Engine, RowBlock, RowQuery
from .explained import Explained
from .module.network import Network


class SingleOutputEngine(Engine):
    """Serves a classifier, whose one output stands at every position: each target's row is kept."""

    def __init__(self, network: Network, engine: Engine) -> None:
        super().__init__(
            reason=engine.reason,
            reads=engine.reads,
            predictions=engine.predictions,
            logits=engine.logits,
            mode=network.computing,
        )
        self.name, self.block = engine.name, engine.block
        self.forward_seconds = engine.forward_seconds
        self._engine = engine
        self._kept: dict[tuple[Explained, str], RowBlock] = {}

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`."""
        for place, target in enumerate(query.targets):
            key = (target, query.measure.name)
            if key not in self._kept:
                last = RowQuery([self.reads.tokens - 1], [target], query.measure, in_stretches=True)
                (self._kept[key],) = [each for each in self._engine.blocks(last) if each.places]
            kept = self._kept[key]
            yield kept._replace(places=[place], scores=kept.scores.clone(), share=0.0)


def kept_where_alike(network: Network, engine: Engine) -> Engine:
    """Wrap an engine in one that keeps rows, if a target has the same row at every position."""
    alike = network.capabilities.one_output and network.capabilities.private
    return SingleOutputEngine(network, engine) if alike else engine
