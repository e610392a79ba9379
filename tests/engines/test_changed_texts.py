"""Texts with several inputs changed, read on from the first of these: as if read whole."""

import pytest
import torch
from engines.test_sweep import KINDS, engine_for
from retyping import CLASSES, IDS, stack

from rnnviz_widget.engines.sweep.changed_texts import ChangedTexts

ROW = 40


def changed(texts=7):
    """The text itself, and texts with more and more inputs changed, not in the order of these."""
    generator = torch.Generator().manual_seed(2)
    drawn = torch.randint(0, 27, (texts, len(IDS)), generator=generator)
    share = torch.linspace(0, 1, texts)[:, None]
    mask = torch.rand(texts, len(IDS), generator=generator) < share**4
    return torch.where(mask, drawn, IDS)[[3, 0, 5, 1, 6, 2, 4]]


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_text_is_read_as_if_from_its_beginning(kind, layers):
    module = stack(kind, layers)
    engine = engine_for(module, IDS, 27, CLASSES)
    texts = changed()
    with torch.no_grad():
        truth = module(texts)[:, ROW]
    reading = ChangedTexts(engine.read_stack, IDS, texts, module.embedding.weight.detach(), ROW)
    steps = len(list(reading.steps()))
    first = (texts != IDS).any(dim=0).nonzero()[0].item()
    assert steps == ROW + 1 - first
    found = module.head(reading.top).detach()
    size = max(1.0, float(truth.abs().max()))
    assert (found - truth).abs().max() < 1e-12 * size
    assert (truth - truth[1]).abs().max() > 0.01 * size


def test_of_a_text_that_is_as_it_was_one_input_is_read():
    module = stack("gru")
    engine = engine_for(module, IDS, 27, CLASSES)
    reading = ChangedTexts(engine.read_stack, IDS, IDS[None], module.embedding.weight.detach(), ROW)
    assert len(list(reading.steps())) == 1
    assert (reading.top - engine.read_stack.top[ROW]).abs().max() < 1e-12
