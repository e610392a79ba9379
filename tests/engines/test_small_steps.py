"""Recurrent layers so small that one thread computes a row of theirs as fast as several."""

import pytest
import torch
from small import LETTERS, Written, recurrent

import rnnviz_widget as rv
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.sweep.sweep_engine import SweepEngine
from rnnviz_widget.engines.thread_count import THREADS
from rnnviz_widget.explorer import Explorer, ModelSource


@pytest.mark.parametrize(
    ("module", "small"),
    [
        (recurrent("lstm", layers=2, units=500), True),
        (recurrent("lstm", layers=2, units=512), False),
        (recurrent("gru", units=620), False),
        (Written(), False),
    ],
)
def test_which_recurrent_layers_are_small(module, small):
    assert Network(module, symbols=27, classes=27).small_steps is small


def test_small_layers_read_on_and_explain_a_row_with_one_thread(monkeypatch):
    """Without finding out which number is faster, which may take longer than the row itself."""
    asked, numbers = [], []
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    explorer = Explorer(ModelSource({"a": rv.SequenceModel(recurrent(), LETTERS, LETTERS)}, "abc"))
    blocks = SweepEngine.blocks

    def noted(engine, query):
        numbers.append(torch.get_num_threads())
        return blocks(engine, query)

    monkeypatch.setattr(SweepEngine, "blocks", noted)
    monkeypatch.setattr(THREADS, "_find_out", asked.append)
    try:
        explorer.changes.read("abcd")
        explorer.rows_at(3)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
        explorer.close()
    assert asked == []
    assert numbers == [2 if THREADS._set is None else 1]
