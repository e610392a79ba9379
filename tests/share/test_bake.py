"""Waiting for all rows: what comes back, what is told, what an interrupt leaves."""

import threading

import pytest
from small import LETTERS, recurrent
from widgets import await_fill, explorer_of, page_of, rows_of

import rnnviz_widget as rv
from rnnviz_widget.explorer import fill
from rnnviz_widget.widget import baking

TEXT = "a text of a length that takes some parts to read to its end"


@pytest.fixture
def widget():
    widget = rv.explore(rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU"), TEXT)
    yield widget
    widget.close()
    await_fill(widget, 20)


def test_it_reads_all_rows_and_says_what_they_take(widget, capsys):
    page = page_of(widget)
    baked = widget.bake()
    assert (baked.rows, baked.of) == (len(TEXT), len(TEXT))
    assert 1000 < baked.size < 20_000
    assert page.rows["complete"]
    assert page.status["state"] == "done"
    assert widget.bake() == baked
    assert capsys.readouterr().out == ""


def test_of_a_long_text_it_keeps_the_rows_around_the_pin(widget, monkeypatch):
    monkeypatch.setattr(fill, "FILL_LIMIT", 300)
    first = widget.bake()
    assert 0 < first.rows < len(TEXT)
    assert len(TEXT) - 1 in rows_of(widget)
    widget.pinned = 5
    widget.bake()
    kept = sorted(rows_of(widget))
    assert kept == list(range(kept[0], kept[-1] + 1))
    assert kept[0] <= 5 <= kept[-1]
    assert len(TEXT) - 1 not in kept
    said = widget.shared().state["_status"]["message"]
    assert said == f"{len(kept)} of {len(TEXT)} rows are saved here; the others need the notebook."


def slow_fill(widget, monkeypatch, parts):
    """A fill in steps that wait for `parts`."""
    facet = explorer_of(widget).caches[0]
    compute = facet.fill

    def held(rows, *, patience):
        for _ in range(4):
            assert parts.acquire(timeout=20)
            yield 0.1
        yield from compute(rows, patience=patience)

    monkeypatch.setattr(facet, "fill", held)


def test_what_takes_long_is_told_before_with_size_and_time(widget, monkeypatch, capsys):
    monkeypatch.setattr(baking, "_TRIAL", 0)
    monkeypatch.setattr(baking, "_WORTH_TELLING", 0)
    parts = threading.Semaphore(0)
    slow_fill(widget, monkeypatch, parts)
    write = baking.tqdm.write

    def write_and_go_on(words):
        write(words)
        parts.release(9)

    monkeypatch.setattr(baking.tqdm, "write", write_and_go_on)
    assert widget.bake().rows == len(TEXT)
    said = capsys.readouterr()
    assert said.out.startswith(f"Computing {len(TEXT)} rows of 1 model: about ")
    assert "KB in the notebook. Interrupt to keep those that are done by then." in said.out
    assert "rows/s" in said.err


def test_an_interrupt_keeps_what_was_read_and_the_rest_can_follow(widget, monkeypatch):
    monkeypatch.setattr(baking, "_TRIAL", 0)
    monkeypatch.setattr(baking, "_WORTH_TELLING", 0)
    parts = threading.Semaphore(1)
    slow_fill(widget, monkeypatch, parts)

    def interrupt(_):
        parts.release(9)
        raise KeyboardInterrupt

    monkeypatch.setattr(baking.tqdm, "write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        widget.bake()
    await_fill(widget, 0)
    assert len(rows_of(widget)) < len(TEXT)
    assert not page_of(widget).rows["complete"]
    monkeypatch.undo()
    assert widget.bake().rows == len(TEXT)


def test_what_failed_is_said_and_tried_again(widget, monkeypatch):
    facet = explorer_of(widget).caches[0]
    compute = facet.fill

    def failing(rows, *, patience):
        yield 0.0
        raise RuntimeError("<b>out of memory</b>")

    monkeypatch.setattr(facet, "fill", failing)
    baked = widget.bake()
    assert baked.rows < baked.of
    message = widget.shared().state["_status"]["message"]
    assert "the others need the notebook. GRU: RuntimeError: <b>out of memory</b>" in message
    monkeypatch.setattr(facet, "fill", compute)
    assert widget.bake().rows == len(TEXT)
