"""Processes that are forked while a widget fills: their models are whole and no lock is held.

Run by `test_fork.py` in a process of its own, in which no other threads are at work.
"""

import multiprocessing
import os
import threading

import numpy as np
import pytest
import torch
from small import LETTERS, Written, recurrent
from torch.utils.data import DataLoader, TensorDataset
from widgets import await_fill, begin_fill, explorer_of

import rnnviz_widget as rv
from rnnviz_widget.engines import forks
from rnnviz_widget.explorer.turns import TURNS

TEXT = "a text that is long enough to be read while others are at work"
# Only what hangs is cut off.
LONG = 120


def forked(do, *args):
    """What a function gives in a process that is forked now."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)

    def run():
        try:
            found = do(*args)
        except BaseException as error:  # noqa: BLE001 - what went wrong is told
            found = error
        theirs.send(found)

    process = context.Process(target=run)
    process.start()
    assert ours.poll(LONG), "the child hangs"
    found = ours.recv()
    process.join(LONG)
    assert process.exitcode == 0
    if isinstance(found, BaseException):
        raise found
    return found


def filling(model, engine="auto", text=TEXT * 4):
    widget = rv.explore(model, text, engine=engine)
    begin_fill(widget)
    return widget


def ended(widget):
    widget.close()
    await_fill(widget, LONG)


@pytest.fixture(params=["sweep", "autograd"])
def engine(request):
    return request.param


@pytest.fixture
def model(engine):
    return rv.SequenceModel(recurrent() if engine == "sweep" else Written(), LETTERS)


@pytest.fixture
def _threads():
    """Torch on two threads, which a child of this process does not have."""
    torch.set_num_threads(2)
    one = torch.ones(600, 600)
    torch.tanh(one @ one)
    yield
    torch.set_num_threads(1)


def scores_of(model, engine):
    return rv.connectivity(model, TEXT, engine=engine).scores


@pytest.mark.usefixtures("_threads")
def test_a_child_reads_the_model_that_a_widget_fills(model, engine):
    right = scores_of(model, engine)
    widget = filling(model, engine)
    for _ in range(6):
        found = forked(scores_of, model, engine)
        assert np.abs(found - right).max() <= 1e-4 * right.max()
    ended(widget)


def test_a_child_goes_on_with_the_widget_itself(model, engine):
    widget = filling(model, engine)
    last = len(widget.text) - 1

    def use():
        alive = threading.active_count()
        hovered = explorer_of(widget).rows_at(last)[0][1]
        baked = widget.bake()
        widget.text = TEXT
        widget.refresh()
        return alive, hovered, baked.rows, baked.of, widget.connectivity().scores

    alive, hovered, rows, of, scores = forked(use)
    assert alive == 1
    assert rows == of == last + 1
    right = rv.connectivity(model, widget.text, engine=engine).scores[last]
    assert np.abs(hovered - right).max() <= 1e-4 * right.max()
    again = scores_of(model, engine)
    assert np.abs(scores - again).max() <= 1e-4 * again.max()
    ended(widget)


def test_the_parent_goes_on_to_fill(model, engine):
    widget = filling(model, engine)
    forked(int)
    widget.bake()
    assert all(len(facet.rows) == len(widget.text) for facet in explorer_of(widget).caches)
    ended(widget)


class Texts(TensorDataset):
    """Computes in the worker, as a dataset that makes features does."""

    def __getitem__(self, index):
        (ids,) = super().__getitem__(index)
        return torch.tanh(torch.ones(64, 64) @ torch.ones(64, 64)).sum() + ids


@pytest.mark.usefixtures("_threads")
def test_workers_of_a_data_loader_begin_while_a_widget_fills(model, engine):
    widget = filling(model, engine)
    for _ in range(3):
        loader = DataLoader(
            Texts(torch.arange(8)),
            batch_size=2,
            num_workers=2,
            multiprocessing_context="fork",
            timeout=LONG,
        )
        assert sum(len(batch) for batch in loader) == 8
    ended(widget)


def test_a_worker_of_a_data_loader_reads_the_model(model, engine):
    right = scores_of(model, engine)

    class Read(TensorDataset):
        def __getitem__(self, index):
            return torch.from_numpy(scores_of(model, engine))

    widget = filling(model, engine)
    loader = DataLoader(
        Read(torch.arange(2)), num_workers=1, multiprocessing_context="fork", timeout=LONG
    )
    for found in loader:
        assert np.abs(found[0].numpy() - right).max() <= 1e-4 * right.max()
    ended(widget)


def test_no_hook_of_a_pass_under_way_stays_on_the_childs_module(model):
    """A hook that replaces what is embedded would silently read another text."""

    def hooks():
        modules = model.network.module.modules()
        return sum(len(one._forward_hooks) + len(one._forward_pre_hooks) for one in modules)

    widget = filling(model, "autograd")
    for _ in range(10):
        assert forked(hooks) == 0
    ended(widget)


def test_a_pass_that_does_not_end_in_time_is_told_in_the_child(model, engine, monkeypatch):
    monkeypatch.setattr(forks, "_PATIENCE", 0.0)
    held, go_on = threading.Event(), threading.Event()

    def hold():
        with model.network.lock:
            held.set()
            go_on.wait(LONG)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(LONG)

    def read():
        try:
            scores_of(model, engine)
        except RuntimeError as error:
            model.refresh()
            return str(error), scores_of(model, engine)

    said, scores = forked(read)
    go_on.set()
    thread.join(LONG)
    assert "forked during a forward pass of the model" in said
    assert "refresh()" in said
    right = scores_of(model, engine)
    assert np.abs(scores - right).max() <= 1e-4 * right.max()


def test_who_forks_while_holding_a_models_lock_is_not_held_up_for_good(model, engine):
    widget = filling(model, engine)
    with model.network.lock:
        assert forked(int) == 0
    widget.bake()
    ended(widget)


def test_a_fork_within_a_hover_leaves_turns_as_they_were():
    with TURNS.hover():
        assert forked(lambda: (TURNS._hovers, len(TURNS._fills))) == (1, 0)
    assert forked(lambda: TURNS._hovers) == 0
    assert TURNS._hovers == 0


def test_several_threads_may_fork_at_once():
    """By `os.fork`: `multiprocessing` loses exit codes where threads start processes at once."""
    codes = []

    def fork():
        child = os.fork()
        if child == 0:
            os._exit(0)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    threads = [threading.Thread(target=fork, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert codes == [0] * 4
