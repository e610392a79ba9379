"""Several texts at once through a network, up to its head."""

import pytest
import torch
from small import Recurrent, recurrent, seeded
from torch import nn

from rnnviz_widget.engines import Network


class StepByStep(Recurrent):
    """Embeds a token at a time, time first, whatever its own ids' layout."""

    def forward(self, ids):
        axis = 1 if self.cell.batch_first else 0
        steps = [self.embedding(step[None]) for step in ids.unbind(axis)]
        embedded = torch.cat(steps).transpose(0, axis)
        return self.head(self.cell(embedded)[0])


class TimeFirst(Recurrent):
    """Embeds time first, whatever its own ids' layout."""

    def forward(self, ids):
        if not self.cell.batch_first:
            return super().forward(ids)
        return self.head(self.cell(self.embedding(ids.T).transpose(0, 1))[0])


class Flat(Recurrent):
    """Embeds ids in one flat list."""

    def forward(self, ids):
        embedded = self.embedding(ids.reshape(-1)).view(*ids.shape, -1)
        return self.head(self.cell(embedded)[0])


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("make", [Recurrent, StepByStep, TimeFirst, Flat])
@pytest.mark.parametrize("copies", [1, 2, 3])
def test_a_batch_of_embedded_texts_is_read_each_by_itself(make, batch_first, copies):
    module = seeded(make, dtype=torch.float64, batch_first=batch_first)
    network = Network(module, 27, 27, batch_first=batch_first)
    ids = torch.tensor([1, 1, 1])
    embedded = torch.randn(copies, 3, 5, dtype=torch.float64, generator=torch.Generator())
    logits, head = network.forward(ids, embedded)
    assert head is None
    assert logits.shape == (copies, 3, 27)
    _, head = network.forward(ids)
    hidden = network.hidden(ids, embedded, head)
    for each, ours, before in zip(embedded, logits, hidden, strict=True):
        truth, alone = network.forward(ids, each)
        torch.testing.assert_close(ours, truth)
        torch.testing.assert_close(before, alone.hidden)
        torch.testing.assert_close(network.hidden(ids, each, head), alone.hidden)
    assert not any(module._forward_pre_hooks for module in network.module.modules())


def test_a_pass_that_stops_at_the_head_computes_no_logits():
    network = Network(recurrent("gru"), 27, 27)
    ids = torch.tensor([1, 2, 3])
    _, head = network.forward(ids)
    calls = []
    network.module.head.register_forward_hook(lambda *_: calls.append(1))
    network.hidden(ids, network.embed(ids), head)
    assert not calls


def test_a_head_that_is_not_reached_is_said():
    network = Network(recurrent("gru"), 27, 27)
    ids = torch.tensor([1, 2, 3])
    _, head = network.forward(ids)
    network.module.head.weight = nn.Parameter(head.weight.clone())
    with pytest.raises(RuntimeError, match="gets an input of another shape"):
        network.hidden(ids, network.embed(ids), head)
