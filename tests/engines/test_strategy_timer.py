"""Which way rows are computed: the cheapest of those that were timed."""

import math

from engines.autograd_modules import IDS, NORM, check, count, network_of, truth_of

from rnnviz_widget.engines.autograd.generic import TOGETHER, GenericEngine
from rnnviz_widget.engines.autograd.strategy_timer import ALONE, StrategyTimer


def test_every_way_is_looked_at_when_there_is_much_to_do(monkeypatch):
    seen = count(monkeypatch)
    network = network_of("gru")
    ids = IDS.repeat(4)
    every = list(range(len(ids)))
    ours, _ = GenericEngine(network, ids).rows(every, [1] * len(ids), NORM)
    check(ours, truth_of(network, every, [1] * len(ids), ids=ids))
    assert {ALONE, TOGETHER} <= seen.keys()


class Ladder:
    """A machine on which a block takes what a function of its size says."""

    def __init__(self, **ways):
        self.ways = StrategyTimer(dict.fromkeys(ways, 4))
        self.seconds = {ALONE: lambda n: n, **ways}

    def run(self, rows, most=10**6, patience=math.inf, tokens=10):
        blocks = []
        while rows > 0:
            way, size = self.ways.choose([tokens] * rows, 0, most, patience)
            size = min(size, rows)
            self.ways.took(way, size, tokens, self.seconds[way](size))
            blocks.append((way, size))
            rows -= size
        return blocks


def test_rows_go_the_cheapest_way():
    blocks = Ladder(fast=lambda n: 1 + n / 100, slow=lambda n: 3 * n).run(1000)
    assert blocks[:2] == [(ALONE, 1)] * 2
    assert [size for way, size in blocks if way == "fast"][:5] == [4, 8, 16, 32, 64]
    assert [size for way, size in blocks if way == "slow"] in ([4], [])
    assert len(blocks) < 16


def test_where_nothing_is_gained_rows_go_one_by_one():
    blocks = Ladder(a=lambda n: 1.2 * n, b=lambda n: 2 * n).run(1000)
    assert sum(size for way, size in blocks if way != ALONE) < 40


def test_a_little_work_is_not_worth_a_look():
    assert {way for way, _ in Ladder(fast=lambda n: 1).run(50)} == {ALONE}
    ways = StrategyTimer({"fast": 4})
    ways.took(ALONE, 1, 10, 1.0)
    ways.took(ALONE, 1, 10, 1.0)
    assert ways.choose([10] * 32, 0, 1000, math.inf) == (ALONE, 1)
    assert ways.choose([10] * 32, 100, 1000, math.inf) == ("fast", 4)


def test_blocks_keep_to_memory_and_patience():
    fast = Ladder(fast=lambda n: 1 + n / 2)
    assert max(size for _, size in fast.run(500, most=16)) == 16
    fast = Ladder(fast=lambda n: 1 + n / 2)
    assert max(fast.seconds[way](size) for way, size in fast.run(500, patience=9)) <= 9
    assert {size for _, size in fast.run(100, patience=0.1)} == {1}


def test_a_way_that_is_rejected_is_gone_no_more():
    ways = StrategyTimer({"fast": 4})
    for way, size in ((ALONE, 1), (ALONE, 1), ("fast", 4), ("fast", 8)):
        ways.took(way, size, 10, 1.0)
    assert ways.choose([10] * 500, 0, 1000, math.inf) == ("fast", 16)
    ways.reject("fast", 16)
    assert ways.choose([10] * 500, 0, 1000, math.inf) == ("fast", 8)
    ways.reject("fast", 4)
    assert ways.choose([10] * 500, 0, 1000, math.inf) == (ALONE, 1)


def test_rows_that_read_little_are_not_computed_with_those_that_read_much():
    ways = StrategyTimer({"fast": 4})
    for way, size, seconds in ((ALONE, 1, 1), (ALONE, 1, 1), ("fast", 4, 2), ("fast", 8, 3.9)):
        ways.took(way, size, 10, seconds)
    assert ways.choose([10] * 8, 0, 1000, math.inf) == ("fast", 8)
    assert ways.choose([100] * 4 + [1] * 4, 0, 1000, math.inf) == ("fast", 4)
    assert ways.choose([10], 0, 1000, math.inf) == (ALONE, 1)
