"""The model that a run begins with."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from training.tiny import TINY

from rnnviz_widget.training import initial_model


def test_the_head_starts_at_the_words_share_of_the_positions(corpus):
    model = initial_model.new_model(TINY, corpus)
    words = corpus.part("training")[1]
    shares = np.array([(words == c).sum() for c in range(15)], dtype=float)
    shares /= shares.sum()
    assert np.allclose(model.head.bias.detach().exp().numpy(), shares, rtol=1e-3)


@pytest.mark.parametrize(("cell", "biases"), [("lstm", 2), ("nested-lstm", 6)])
def test_forget_gates_start_open_at_every_level(corpus, cell, biases):
    depth = 3 if cell == "nested-lstm" else 2
    cell = initial_model.new_model(replace(TINY, cell=cell, depth=depth), corpus).cell
    forget = [b[8:16] for name, b in cell.named_parameters() if name.startswith("bias_ih")]
    assert len(forget) == biases
    assert all(bool((bias == 1).all()) for bias in forget)


def test_another_seed_gives_other_weights(corpus):
    one, same, other = (initial_model.new_model(replace(TINY, seed=s), corpus) for s in (1, 1, 2))
    assert torch.equal(one.head.weight, same.head.weight)
    assert not torch.equal(one.head.weight, other.head.weight)
