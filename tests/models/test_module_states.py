"""What submodules make, by name, and the residual stream of blocks."""

import hugging
import numpy as np
import pytest
import torch
import transformers as tf
from models.test_states import TEXT, Stacked, modelled, stacked, vectors
from small import LETTERS, Written, seeded
from torch import nn

import rnnviz_widget as rv


def test_a_submodule_by_name():
    module = stacked(nn.GRU, 7)
    states = modelled(module).states(TEXT, modules=["embedding", "head", "cell"])
    np.testing.assert_allclose(states["embedding", 0, "output"], vectors(module), atol=1e-12)
    ids = torch.tensor([[LETTERS.index(c) for c in TEXT]])
    logits = module(ids)[0].detach().numpy()
    np.testing.assert_allclose(states["head", 0, "output"], logits, atol=1e-12)
    assert states["cell", 0, "update"].shape == (len(TEXT), 7)
    assert [place.module for place in states][:2] == ["embedding", "head"]


def test_a_submodule_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no submodule 'body'; expected one of 'embedding'"):
        modelled(stacked(nn.GRU, 7)).states(TEXT, modules=["body"])


def test_where_nothing_is_found_it_says_what_was_called():
    model = modelled(seeded(Written))
    words = (
        r"no states were found.*embedding \(Embedding, \(1, 23, 8\)\), step \(Linear, \(1, 12\)\)"
    )
    with pytest.raises(ValueError, match=words):
        model.states(TEXT)
    with pytest.raises(ValueError, match="'step' is called 23 times while one text is read"):
        model.states(TEXT, modules=["step"])


class Own(nn.LSTM):
    """A subclass: its equations are not known."""


def test_a_subclass_of_a_layer_is_named():
    with pytest.raises(ValueError, match=r"cell \(Own, \(1, 23, 7\)\)"):
        modelled(stacked(Own, 7)).states(TEXT)


class Idle(Stacked):
    """Has a layer that is not called."""

    def forward(self, ids):
        return self.head(self.embedding(ids).sum(dim=-1, keepdim=True).expand(-1, -1, 7))


def test_a_layer_that_is_not_called_is_named():
    with pytest.raises(ValueError, match="'cell' is not called while the text is read"):
        modelled(seeded(Idle, nn.GRU, 7)).states(TEXT)


class Several(Stacked):
    """Reads the text three times side by side."""

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids).expand(3, -1, -1))[0][:1])


def test_a_batch_is_refused():
    words = r"'cell' returns a tensor of shape \(3, 23, 7\), expected \(1, T, H\) or \(T, H\)"
    with pytest.raises(ValueError, match=words):
        modelled(seeded(Several, nn.GRU, 7)).states(TEXT)


def test_a_window_is_refused():
    class Last(Stacked):
        def forward(self, ids):
            return super().forward(ids)[:, -1]

    model = modelled(seeded(Last, nn.GRU, 7), window=4)
    with pytest.raises(ValueError, match="each output reads a window of its own"):
        model.states(TEXT)


class Blocks(nn.Module):
    """A residual stream, changed in place by each block."""

    def __init__(self, batch_first=True):
        super().__init__()
        self.embedding = nn.Embedding(27, 6)
        self.blocks = nn.ModuleList(Block() for _ in range(3))
        self.head = nn.Linear(6, 27)
        self.batch_first = batch_first

    def forward(self, ids):
        stream = self.embedding(ids)
        for block in self.blocks:
            stream = block(stream)
        return self.head(stream)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 6)

    def forward(self, stream):
        return stream.add_(self.linear(stream).tanh())


def test_the_residual_stream_of_blocks():
    module = seeded(Blocks, dtype=torch.float64)
    states = modelled(module).states(TEXT)
    assert [(p.module, p.layer, p.kind) for p in states] == [
        ("blocks", n, "residual") for n in range(4)
    ]
    stream = vectors(module)
    for layer in range(4):
        np.testing.assert_allclose(states[layer, "residual"], stream, atol=1e-12)
        if layer < 3:
            linear = module.blocks[layer].linear
            weight, bias = linear.weight.detach().numpy(), linear.bias.detach().numpy()
            stream = stream + np.tanh(stream @ weight.T + bias)
    assert states.array().shape == (4, 1, len(TEXT), 6)


def test_torchs_own_encoder():
    class Encoder(Stacked):
        def __init__(self):
            nn.Module.__init__(self)
            self.embedding = nn.Embedding(27, 8)
            layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
            self.body = nn.TransformerEncoder(layer, 2)
            self.head = nn.Linear(8, 27)

        def forward(self, ids):
            return self.head(self.body(self.embedding(ids)))

    module = seeded(Encoder, dtype=torch.float64)
    states = modelled(module).states(TEXT)
    with torch.no_grad():
        ids = torch.tensor([[LETTERS.index(c) for c in TEXT]])
        stream = module.eval().embedding(ids)
        for layer in range(3):
            np.testing.assert_allclose(
                states["body.layers", layer, "residual"], stream[0], atol=1e-9
            )
            stream = module.body.layers[layer](stream) if layer < 2 else stream


def test_a_transformer_of_transformers():
    network = seeded(tf.GPT2LMHeadModel, tf.GPT2Config(vocab_size=310, **hugging.SIZES))
    model = rv.SequenceModel.from_transformers(network, hugging.byte_level())
    text = "the cat sat on the mat"
    states = model.states(text)
    ids = torch.tensor([list(states.tokens.ids)])
    with torch.no_grad():
        truth = network.eval()(ids, output_hidden_states=True).hidden_states
    assert [(p.module, p.layer) for p in states] == [("transformer.h", n) for n in range(3)]
    # The last of theirs comes after the final layer norm.
    for layer, stream in enumerate(truth[:-1]):
        np.testing.assert_allclose(states[layer, "residual"], stream[0], atol=1e-5)
    with torch.no_grad():
        last = network.transformer.ln_f(torch.from_numpy(states[2, "residual"]))
    np.testing.assert_allclose(last, truth[-1][0], atol=1e-5)


class Counting(Stacked):
    def __init__(self):
        super().__init__(nn.GRU, 7)
        self.nalu = rv.NALU(7, 3)
        self.head = nn.Linear(3, 27)

    def forward(self, ids):
        return self.head(self.nalu(self.cell(self.embedding(ids))[0]))


def test_the_gate_of_a_nalu():
    module = seeded(Counting, dtype=torch.float64)
    states = modelled(module).states(TEXT, modules=["nalu", "cell"])
    gate = 1 / (1 + np.exp(-states["cell", 0, "hidden"] @ module.nalu.gate.detach().numpy().T))
    np.testing.assert_allclose(states["nalu", 0, "gate"], gate, atol=1e-12)
    assert states["nalu", 0, "output"].shape == (len(TEXT), 3)
