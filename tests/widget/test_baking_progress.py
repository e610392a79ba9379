"""How far the rows are, as it is told: it never goes back."""

from types import SimpleNamespace

from rnnviz_widget.explorer.fill import Fill
from rnnviz_widget.scene.replies import Progress
from rnnviz_widget.widget import baking


class Bar:
    """Stands for tqdm's, and remembers where it was."""

    def __init__(self, *, initial, **_):
        self.n, self.seen = initial, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, more):
        self.n += more
        self.seen.append(self.n)

    @staticmethod
    def write(_):
        pass


class Explorer:
    """Stands for one that takes some ticks for its rows."""

    caches = (None,)

    def __init__(self, ticks):
        self.left = ticks
        self.background = self

    def find_reads(self):
        pass

    def fill_around(self, _):
        pass

    def size(self):
        return 1000

    def join(self, _):
        self.left -= 1
        return self.left < 0


def test_a_bar_does_not_run_backwards(monkeypatch):
    """What was under way came to nothing, as of a model that failed or a fill that was stopped."""
    told, bars = iter([3, 40, 80, 10, 30, 90, 100, 100]), []

    def bar(**options):
        bars.append(Bar(**options))
        return bars[-1]

    bar.write = Bar.write
    monkeypatch.setattr(baking, "tqdm", bar)
    monkeypatch.setattr(baking, "_WORTH_TELLING", 0.0)
    baking.bake(Explorer(7), 0, lambda: Progress(next(told), 100, "filling"))
    assert bars[0].seen == [40, 80, 80, 80, 90, 100]


class Reading:
    """Stands for one of ten outputs."""

    block = 10
    engine = SimpleNamespace(reads_known=True)

    def __len__(self):
        return 10


class Facet:
    """Has four of its rows; a model that fails halfway through the other six."""

    name, failure = "GRU", None
    facet = SimpleNamespace(
        reads=SimpleNamespace(causal=True), tokens=SimpleNamespace(at=lambda _: 9)
    )

    def __init__(self):
        self.rows = dict.fromkeys(range(4))
        self.reading = self.model_reading = Reading()
        self.facet = SimpleNamespace(
            reads=SimpleNamespace(causal=True), tokens=SimpleNamespace(at=lambda _: 9)
        )

    def missing(self, _, most):
        return [9, 8, 7, 6, 5, 4][:most]

    def fill(self, rows, *, patience):
        yield 0.5
        raise RuntimeError


def test_what_is_told_of_a_fill_does_not_fall():
    facet = Facet()
    fill = Fill([facet], lambda: 9)
    assert fill.progress().done == 4
    assert fill.advance()
    assert fill.progress().done == 7
    assert fill.advance()
    assert facet.failure == "RuntimeError: "
    assert fill.progress().done == 7
    facet.rows = dict.fromkeys(range(9))
    assert fill.progress().done == 9
    assert fill.summary().done == 9
