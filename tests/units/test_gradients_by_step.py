"""The loss's gradient at each step equals that of the layer written out in autograd."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

import rnnviz_widget as rv

B, T, D, H = 3, 7, 4, 5


def draw(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(7), dtype=torch.float64)


def seeded(make):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return make().double()


def loss_of(outputs):
    """A loss that uses some steps more than others."""
    weights = torch.arange(1.0, outputs.shape[0] + 1, dtype=torch.float64)[:, None, None]
    return (weights * outputs.square()).sum() + outputs[2].sin().sum()


def written_out(module, x, kind):
    """Layer by layer and step by step: outputs (T, B, H), and the states [t][layer] -> tensors."""
    states = [[] for _ in x]
    for layer in range(module.num_layers):
        cell = {"LSTM": nn.LSTMCell, "GRU": nn.GRUCell, "RNN": nn.RNNCell}[kind]
        cell = cell(x.shape[-1], H).double()
        with torch.no_grad():
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                getattr(cell, name).copy_(getattr(module, f"{name}_l{layer}"))
        state = None
        above = []
        for t, step in enumerate(x):
            state = cell(step, state)
            # Coordinates of their own: what c does by making h counts at h.
            parts = [part.clone() for part in (state if kind == "LSTM" else [state])]
            state = tuple(parts) if kind == "LSTM" else parts[0]
            for part in parts:
                part.retain_grad()
            states[t].append(parts)
            above.append(parts[0])
        x = torch.stack(above)
    return x, states


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("batch_first", [False, True])
def test_torch_layers(kind, layers, batch_first):
    module = seeded(lambda: getattr(nn, kind)(D, H, layers, batch_first=batch_first))
    x = draw(T, B, D)
    outputs, states = written_out(module, x, kind)
    expected_loss = loss_of(outputs)
    expected_loss.backward()

    def loss():
        made = module(x.transpose(0, 1) if batch_first else x)[0]
        return loss_of(made.transpose(0, 1) if batch_first else made)

    found = rv.gradients_by_step(loss, module)
    assert found.loss == pytest.approx(float(expected_loss.detach()), rel=1e-12)
    place = 0
    for layer in range(layers):
        for part in range(2 if kind == "LSTM" else 1):
            every = [states[t][layer][part] for t in range(T)]
            # Nothing reads the last c.
            expected = torch.stack([torch.zeros(B, H) if p.grad is None else p.grad for p in every])
            assert np.allclose(found.gradients[place], expected.numpy(), rtol=1e-10, atol=1e-14)
            place += 1
    assert place == len(found.names) == len(found.gradients)
    norms = [float(states[t][0][0].grad.norm()) for t in range(T)]
    assert np.allclose(found.norms[:, 0], norms)


@pytest.mark.parametrize("part", ["h", "c"])
def test_finite_differences(part):
    """The loss when the state after one step is another one."""
    module = seeded(lambda: nn.LSTM(D, H))
    x, t = draw(T, B, D), 3
    found = rv.gradients_by_step(lambda: loss_of(module(x)[0]), module)
    head, state = module(x[: t + 1])

    def loss(change):
        h, c = state
        h, c = (h + change, c) if part == "h" else (h, c + change)
        first = torch.cat([head[:-1], h])
        return float(loss_of(torch.cat([first, module(x[t + 1 :], (h, c))[0]])).detach())

    change = torch.zeros(1, B, H, dtype=torch.float64)
    change[0, 1, 2] = 1e-5
    slope = (loss(change) - loss(-change)) / 2e-5
    assert found.gradients["hc".index(part)][t, 1, 2] == pytest.approx(slope, rel=1e-6)


def test_a_last_state_that_the_loss_uses():
    module = seeded(lambda: nn.LSTM(D, H, 2))
    x = draw(T, B, D)
    start = (draw(2, B, H), draw(2, B, H))
    loss = lambda: module(x, start)[1][1].square().sum()  # noqa: E731
    found = rv.gradients_by_step(loss, module)
    # At the last step only c of both layers is used, directly.
    _, (_, c) = module(x, start)
    last = [found.gradients[found.names.index(f"layer {k}, c")][-1] for k in range(2)]
    assert np.allclose(last, 2 * c.detach().numpy())
    assert float(loss().detach()) == pytest.approx(found.loss)
    assert np.allclose(found.gradients[found.names.index("layer 1, h")][-1], 0)


@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_a_layer_with_a_projection_and_one_sequence():
    module = seeded(lambda: nn.LSTM(D, H, 2, proj_size=3))
    x = draw(T, D)
    made = module(x)[0]
    found = rv.gradients_by_step(lambda: module(x)[0].square().sum(), module)
    assert found.loss == pytest.approx(float(made.square().sum().detach()))
    assert [g.shape for g in found.gradients] == [(T, 1, 3), (T, 1, H)] * 2
    assert np.allclose(found.gradients[2][-1], 2 * made[-1].detach().numpy())


@pytest.mark.parametrize("make", [rv.MinGRU, rv.NestedLSTM])
def test_our_own_layers(make):
    module = seeded(lambda: make(D, H, 2, batch_first=True))
    x = draw(B, T, D)
    plain = module(x)[0]
    found = rv.gradients_by_step(lambda: loss_of(module(x)[0].transpose(0, 1)), module)
    assert found.loss == pytest.approx(float(loss_of(plain.transpose(0, 1)).detach()))
    # The last step's h is read by the loss alone.
    grown = plain.detach().clone().requires_grad_()
    loss_of(grown.transpose(0, 1)).backward()
    top = found.names.index("layer 1, h")
    assert np.allclose(found.gradients[top][-1], grown.grad[:, -1].numpy())
    assert (found.norms[:-1] > 0).all()


def test_a_cell_in_a_loop():
    cell = seeded(lambda: nn.LSTMCell(D, H))
    layer = seeded(lambda: nn.LSTM(D, H))
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(layer, f"{name}_l0").copy_(getattr(cell, name))
    x = draw(T, B, D)

    def loss():
        state, outputs = None, []
        for step in x:
            state = cell(step, state)
            outputs.append(state[0])
        return loss_of(torch.stack(outputs))

    found = rv.gradients_by_step(loss, cell)
    expected = rv.gradients_by_step(lambda: loss_of(layer(x)[0]), layer)
    assert found.names == expected.names == ["h", "c"]
    for one, other in zip(found.gradients, expected.gradients, strict=True):
        assert np.allclose(one, other, rtol=1e-10, atol=1e-14)


def test_a_layer_of_ones_own():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.batch_first = False
            self.cell = nn.GRUCell(D, H)

        def forward(self, x, state=None):
            outputs = []
            for step in x:
                state = self.cell(step, state)
                outputs.append(state)
            return torch.stack(outputs), state

    module, x = seeded(Own), draw(T, B, D)
    whole = rv.gradients_by_step(lambda: loss_of(module(x)[0]), module)
    cells = rv.gradients_by_step(lambda: loss_of(module(x)[0]), module.cell)
    assert np.allclose(whole.gradients[0], cells.gradients[0], rtol=1e-10)


def test_nothing_is_left_behind():
    module = nn.LSTM(D, H, 2, dropout=0.3)
    x = draw(T, B, D).float()
    state = torch.random.get_rng_state()
    rv.gradients_by_step(lambda: module(x)[0].square().mean() + 0, module)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(parameter.grad is None for parameter in module.parameters())
    assert "forward" not in vars(module)
    with pytest.raises(ZeroDivisionError):
        rv.gradients_by_step(lambda: 1 / 0, module)
    assert "forward" not in vars(module)


def test_words_table_and_figure():
    module = nn.GRU(D, H)
    x = draw(40, B, D).float()
    found = rv.gradients_by_step(lambda: module(x)[0][-1].square().sum(), module)
    assert "dL/dh is largest" in found.words()
    assert "at step 39 of 40" in repr(found)
    assert found.table()["step"] == list(range(40))
    figure = found.plot(theme="dark")
    assert len(figure.axes[0].lines) == 1
    with pytest.raises(ValueError, match="theme"):
        found.plot(theme="blue")
    # The largest norm is that of the last step; before it they fall.
    assert found.norms[-1, 0] == found.norms.max()


def test_losses_and_layers_that_are_refused():
    module, x = nn.LSTM(D, H), draw(T, B, D).float()

    def read(x=x):
        return module(x)[0]

    def packed():
        return read(pack_sequence([x[0]])).data.sum()

    cases = [
        (read, module, ValueError, "one number"),
        (lambda: 3.0, module, TypeError, "tensor; got float"),
        (x.sum, module, ValueError, "did not call the layer"),
        (lambda: read().detach().sum(), module, ValueError, "needs no gradient"),
        (lambda: read().sum() + read().sum(), module, ValueError, "more than once"),
        (packed, module, ValueError, "packed"),
        (x.sum, "lstm", TypeError, "model.lstm"),
        (x.sum, nn.LSTM(D, H, bidirectional=True), ValueError, "both directions"),
    ]
    for loss, layer, error, words in cases:
        with pytest.raises(error, match=words):
            rv.gradients_by_step(loss, layer)

    class Stack(nn.Module):
        num_layers, batch_first = 2, False

        def forward(self, x, state=None):
            return x, x[-1]

    stack = Stack()
    with pytest.raises(ValueError, match="one of its cells"):
        rv.gradients_by_step(lambda: stack(x)[0].sum() + 0, stack)
