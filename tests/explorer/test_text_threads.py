"""Texts, targets, weights and fills that change at once, from several threads."""

import threading

import pytest
from explorer.two_models import OTHER, PAIR, TEXT

import rnnviz_widget as rv
from rnnviz_widget.explorer import sources
from rnnviz_widget.explorer.fill import Fill
from rnnviz_widget.explorer.turns import TURNS
from rnnviz_widget.models import UnknownSymbolError
from rnnviz_widget.reading import Reading


def test_of_many_texts_the_last_is_filled_and_the_fills_before_end(explorer):
    published, workers, ended = [], [], threading.Event()
    last = TEXT * 8

    def on_rows(epoch, complete):
        published.append((epoch, complete))
        if (epoch, complete) == (11, True):
            ended.set()

    explorer.listener.on_rows = on_rows
    explorer.fill()
    for n in range(10):
        explorer.changes.read(last[: len(last) - 9 + n])
        explorer.rows_at(len(explorer.text) - 1)
        explorer.fill()
        workers.append(explorer.background.thread)
    assert len(set(workers)) == 10
    for worker in workers[:-1]:
        # They were told to stop, and wait for no row.
        worker.join(20)
        assert not worker.is_alive()
    assert ended.wait(60)
    assert explorer.join(timeout=20)
    assert (explorer.text, explorer.epoch) == (last, 11)
    assert published[-1] == (11, True)
    assert [len(cache.rows) for cache in explorer.caches] == [len(last)] * 2


def test_a_fill_that_would_go_on_is_stopped_by_another_text(explorer, monkeypatch):
    begun = threading.Event()

    def never_ends(_):
        begun.set()
        return True

    with monkeypatch.context() as patched:
        patched.setattr(Fill, "advance", never_ends)
        explorer.fill()
        assert begun.wait(20)
        worker = explorer.background.thread
        explorer.changes.read(OTHER)
        worker.join(20)
        assert not worker.is_alive()
    explorer.fill()
    assert explorer.join(timeout=60)
    assert [len(cache.rows) for cache in explorer.caches] == [len(OTHER)] * 2


def test_of_text_target_and_weights_one_changes_at_a_time(explorer, monkeypatch):
    owned = []

    def watched(room, name):
        act = getattr(room, name)

        def watching(*args, **options):
            owned.append((name, explorer.changes._lock._is_owned()))
            return act(*args, **options)

        monkeypatch.setattr(room, name, watching)

    watched(sources, "read_by_all")
    watched(Reading, "explaining")
    watched(sources, "renewed")
    watched(explorer.background, "begin_epoch")
    explorer.changes.read(OTHER)
    explorer.changes.explain("e")
    explorer.changes.refresh()
    assert owned == [
        *(("read_by_all", True), ("begin_epoch", True)),
        *(("explaining", True), ("explaining", True), ("begin_epoch", True)),
        *(("renewed", True), ("begin_epoch", True)),
    ]
    assert not explorer.changes._lock._is_owned()


def test_fills_keep_still_while_a_text_is_read(explorer, monkeypatch):
    held = []
    read_by_all = sources.read_by_all

    def reading(*args):
        held.append(TURNS._hovers)
        return read_by_all(*args)

    monkeypatch.setattr(sources, "read_by_all", reading)
    explorer.changes.read(OTHER)
    with pytest.raises(UnknownSymbolError):
        explorer.changes.read("A")
    assert held == [1, 1]
    assert TURNS._hovers == 0


@pytest.mark.parametrize("change", ["explain", "refresh"])
def test_texts_and_targets_that_change_at_once_agree_in_the_end(explorer, change):
    texts = [OTHER, TEXT, TEXT * 2, "one", "a b c d"] * 3
    failed = []

    def change_targets():
        try:
            for target in ("e", rv.TOP, PAIR, "a", rv.TRUTH) * 3:
                if change == "explain":
                    explorer.changes.explain(target)
                else:
                    explorer.changes.refresh()
        except Exception as error:  # noqa: BLE001 - what went wrong is what is asked
            failed.append(error)

    other = threading.Thread(target=change_targets)
    other.start()
    for text in texts:
        explorer.changes.read(text)
        assert explorer.rows_at(len(text) - 1)
    other.join(60)
    assert not other.is_alive()
    assert not failed
    assert explorer.epoch == 31
    assert explorer.text == texts[-1]
    for cache in explorer.caches:
        assert cache.facet.text == explorer.text
        wanted = rv.connectivity(explorer.models[cache.name], explorer.text, target=explorer.target)
        assert cache.connectivity().targets == wanted.targets
