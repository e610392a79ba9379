r"""The gradient of one row by the recurrent layers' own equations, backwards through time.

Torch's autograd walks a dozen small operators a step; written out, a step is a product with the
recurrent weights and a few products with numbers known from the forward pass. With g the gradient
at h_t, * elementwise and torch's gate order:

    RNN    h = f(a);  da = g f'(a)
    GRU    h = (1 - z) n + z h', n = tanh(a_n + r q), q = W_hn h' + b_hn
           dn = g (1 - z)(1 - n^2), dz = g (h' - n) z (1 - z), dr = dn q r (1 - r)
           at W_hh: [dr, dz, dn r]; at W_ih: [dr, dz, dn]; at h' also g z
    LSTM   c = f c' + i k, h = o tanh c
           d = gc + g o (1 - tanh^2 c); di = d k i (1 - i), df = d c' f (1 - f), dk = d i (1 - k^2)
           do = g tanh(c) o (1 - o); gc' = d f

Then the gradient at h' is d W_hh, and that at the layer's input d W_ih, for all t at once. On a
CPU's main thread autograd's fused LSTM is faster still, but a hover is answered on another thread,
where its thread pool makes it three times slower.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

SERVED = (nn.RNN, nn.GRU, nn.LSTM)


class Sweep:
    """A stack of torch's recurrent layers that has read a text from an empty state.

    Args:
        recurrent: An `nn.RNN`, `nn.GRU` or `nn.LSTM`; one direction, no projection, any number
            of layers, with or without biases.
        embedded: What its first layer read, shape (T, D).
    """

    def __init__(self, recurrent: nn.RNNBase, embedded: Tensor) -> None:
        prepare = {nn.RNN: _rnn, nn.GRU: _gru, nn.LSTM: _lstm}[type(recurrent)]
        self._length = len(embedded)
        self._layers = []
        read = embedded.detach()
        for number in range(recurrent.num_layers):
            layer = _Layer(recurrent, number)
            made = layer.read(read)
            self._layers.append((layer.w_ih, prepare(layer, read, made)))
            read = made

    def gradient(self, row: int, at_hidden: Tensor) -> Tensor:
        """Carry a gradient at the top layer's state down to the embedded inputs.

        Args:
            row: The output index s.
            at_hidden: The gradient of the logit at the top layer's h_s, shape (H,).

        Returns:
            The gradient at every embedded input, shape (T, D); zero after s.
        """
        inject = at_hidden.new_zeros(row + 1, len(at_hidden))
        inject[row] = at_hidden
        for w_ih, backwards in reversed(self._layers):
            inject = backwards(inject) @ w_ih
        gradient = inject.new_zeros(self._length, inject.shape[1])
        gradient[: row + 1] = inject
        return gradient


# From gradients at h_0 .. h_s that come from above, (s + 1, H), to those at what W_ih made.
Backwards = Callable[[Tensor], Tensor]


class _Layer:
    """One layer's weights, and its forward pass."""

    def __init__(self, recurrent: nn.RNNBase, number: int) -> None:
        self.kind = recurrent.mode
        self.w_ih, self.w_hh = (
            getattr(recurrent, f"weight_{side}_l{number}").detach() for side in ("ih", "hh")
        )
        none = self.w_ih.new_zeros(len(self.w_ih))
        self.b_ih, self.b_hh = (
            getattr(recurrent, f"bias_{side}_l{number}").detach() if recurrent.bias else none
            for side in ("ih", "hh")
        )

    def read(self, inputs: Tensor) -> Tensor:
        """The layer's states over a text, shape (T, H)."""
        units = self.w_hh.shape[1]
        state = inputs.new_zeros(1, 1, units)
        weights = [self.w_ih, self.w_hh, self.b_ih, self.b_hh]
        options = (True, 1, 0.0, False, False, True)
        made: Tensor
        if self.kind == "LSTM":
            made = torch.lstm(inputs[None], (state, state), weights, *options)[0]
        else:
            run = {"GRU": torch.gru, "RNN_TANH": torch.rnn_tanh, "RNN_RELU": torch.rnn_relu}
            made = run[self.kind](inputs[None], state, weights, *options)[0]
        return made[0]

    def gates(self, inputs: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """What the inputs and the states before add to every gate, each (T, gates, H)."""
        shape = (len(inputs), -1, self.w_hh.shape[1])
        at_input = (inputs @ self.w_ih.T + self.b_ih).reshape(shape)
        at_state = (before @ self.w_hh.T + self.b_hh).reshape(shape)
        return at_input, at_state


def _before(states: Tensor) -> Tensor:
    return torch.cat([states.new_zeros(1, states.shape[1]), states[:-1]])


def _rnn(layer: _Layer, _: Tensor, states: Tensor) -> Backwards:
    slope = (states > 0).to(states) if layer.kind == "RNN_RELU" else 1 - states.square()
    slopes = slope.unbind()
    back = layer.w_hh.T.contiguous()

    def backwards(inject: Tensor) -> Tensor:
        gates = torch.empty_like(inject)
        above = inject.unbind()
        g = above[-1]
        for t in range(len(above) - 1, -1, -1):
            torch.mul(g, slopes[t], out=gates[t])
            if t:
                g = torch.addmv(above[t - 1], back, gates[t])
        return gates

    return backwards


def _gru(layer: _Layer, inputs: Tensor, states: Tensor) -> Backwards:
    before = _before(states)
    at_input, at_state = layer.gates(inputs, before)
    r = torch.sigmoid(at_input[:, 0] + at_state[:, 0])
    z = torch.sigmoid(at_input[:, 1] + at_state[:, 1])
    q = at_state[:, 2]
    n = torch.tanh(at_input[:, 2] + r * q)
    to_n = (1 - z) * (1 - n.square())
    to_z = (before - n) * z * (1 - z)
    to_r = to_n * q * r * (1 - r)
    to_inputs = torch.stack([to_r, to_z, to_n], dim=1)
    to_states = torch.stack([to_r, to_z, to_n * r], dim=1).unbind()
    kept = z.unbind()
    back = layer.w_hh.T.contiguous()

    def backwards(inject: Tensor) -> Tensor:
        above = inject.unbind()
        gradients = [above[-1]]
        for t in range(len(above) - 1, 0, -1):
            g = gradients[-1]
            carried = torch.addcmul(above[t - 1], g, kept[t])
            gradients.append(torch.addmv(carried, back, (to_states[t] * g).view(-1)))
        every = torch.stack(gradients[::-1])
        return (to_inputs[: len(above)] * every[:, None]).flatten(1)

    return backwards


def _lstm(layer: _Layer, inputs: Tensor, states: Tensor) -> Backwards:
    at_input, at_state = layer.gates(inputs, _before(states))
    sums = at_input + at_state
    i, f, o = (torch.sigmoid(sums[:, gate]) for gate in (0, 1, 3))
    k = torch.tanh(sums[:, 2])
    forget = f.unbind()
    cell = torch.zeros_like(k[0])
    cells = []
    for kept, new in zip(forget, (i * k).unbind(), strict=True):
        cell = torch.addcmul(new, kept, cell)
        cells.append(cell)
    squashed = torch.tanh(torch.stack(cells))
    to_cell = (o * (1 - squashed.square())).unbind()
    of_cell = [k * i * (1 - i), _before(torch.stack(cells)) * f * (1 - f), i * (1 - k.square())]
    to_gates = torch.stack(of_cell, dim=1).unbind()
    to_o = (squashed * o * (1 - o)).unbind()
    back = layer.w_hh.T.contiguous()

    def backwards(inject: Tensor) -> Tensor:
        above = inject.unbind()
        gates = inject.new_empty(len(above), 4, inject.shape[1])
        at_ifk, at_o, flat = gates[:, :3].unbind(), gates[:, 3].unbind(), gates.flatten(1).unbind()
        g, at_cell = above[-1], torch.zeros_like(above[-1])
        for t in range(len(above) - 1, -1, -1):
            d = torch.addcmul(at_cell, g, to_cell[t])
            torch.mul(to_gates[t], d, out=at_ifk[t])
            torch.mul(to_o[t], g, out=at_o[t])
            if t:
                at_cell = d * forget[t]
                g = torch.addmv(above[t - 1], back, flat[t])
        return gates.flatten(1)

    return backwards
