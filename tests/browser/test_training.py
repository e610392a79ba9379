"""The model trains on: the picture keeps to its snapshot until `refresh`, and disturbs nothing."""

import pytest
from browser import toys
from browser.checks import check_colours, check_facet
from torch import nn

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

SHOW = """net = toys.module(torch.nn.LSTM, 7, act=toys.Slow({slow}))
net.train()
net.head.bias.requires_grad_(False)
optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.5)
m = rv.SequenceModel(net, toys.SYMBOLS, name="LSTM")
w = rv.explore(m, toys.TEXT, position=20)
w"""
FLAGS = "(net.training, {name: p.requires_grad for name, p in net.named_parameters()})"


@pytest.fixture
def before():
    model = rv.SequenceModel(toys.module(nn.LSTM, 7), toys.SYMBOLS, name="LSTM")
    return rv.connectivity(model, toys.TEXT)


def test_refresh_shows_the_new_numbers_at_the_same_position_and_pin(notebook, before):
    picture = notebook.show(SHOW.format(slow=0), 20)
    picture.span("LSTM", 25).click()
    picture.await_pinned(25)
    notebook.run("for _ in range(20): toys.train(net, optimizer)")
    check_facet(picture, "LSTM", before, 25)
    notebook.run("w.refresh()")
    picture.await_epoch(2)
    picture.await_pinned(25)
    row = notebook.ask("rv.connectivity(m, toys.TEXT).scores[25].tolist()")
    assert max(abs(row - before.scores[25])) > 0.05 * max(row)
    check_colours(picture, "LSTM", row, 25)
    picture.text("LSTM").press("Escape")
    picture.await_pinned(None)
    picture.hover("LSTM", 40)
    row = notebook.ask("rv.connectivity(m, toys.TEXT).scores[40].tolist()")
    check_colours(picture, "LSTM", row, 40)
    notebook.await_value("(w.position, w.pinned)", [40, None])


def test_a_cell_that_trains_neither_disturbs_a_hover_nor_is_disturbed(notebook, before):
    picture = notebook.show(SHOW.format(slow=0.05), 20)
    flags = notebook.ask(FLAGS)
    notebook.start(
        "steps = 0\n"
        "for _ in toys.work_until('training.flag'):\n"
        "    toys.train(net, optimizer)\n"
        "    steps += 1"
    )
    for position in (47, 2, 36):
        picture.hover("LSTM", position)
        check_facet(picture, "LSTM", before, position)
    assert notebook.busy
    notebook.let_go("training.flag")
    notebook.finish()
    assert notebook.ask(FLAGS) == flags
    assert notebook.ask("steps") > 0
    notebook.tell(
        "alone = toys.module(torch.nn.LSTM, 7)\n"
        "alone.head.bias.requires_grad_(False)\n"
        "optimizer = torch.optim.SGD([p for p in alone.parameters() if p.requires_grad], lr=0.5)\n"
        "for _ in range(steps): toys.train(alone, optimizer)"
    )
    assert notebook.ask(
        "all(torch.equal(a, b) for a, b in zip(net.parameters(), alone.parameters()))"
    )
    assert not notebook.ask("any(m._forward_hooks or m._backward_hooks for m in net.modules())")
