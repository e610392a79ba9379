"""Units of many kinds for the tests: how each is called differs."""

import torch
from torch import nn


class TenLines(nn.Module):
    """A cell as people write them: it must be given its state."""

    def __init__(self, inputs, units):
        super().__init__()
        self.hidden_size = units
        self.both = nn.Linear(inputs + units, units)

    def forward(self, x, h):
        return torch.tanh(self.both(torch.cat([x, h], -1)))


class Gated(nn.Module):
    """A cell with a state of three tensors, nested, one of which counts steps."""

    def __init__(self, inputs, units):
        super().__init__()
        self.input_size, self.units = inputs, units
        self.both = nn.Linear(inputs + units, 2 * units)

    def forward(self, x, state=None):
        if state is None:
            zeros = x.new_zeros(len(x), self.units)
            state = (zeros, (zeros, torch.zeros(len(x), dtype=torch.long)))
        h, (c, count) = state
        keep, new = self.both(torch.cat([x, h], -1)).chunk(2, -1)
        c = keep.sigmoid() * c + new.tanh()
        h = c.tanh()
        return 2 * h, (h, (c, count + 1))


class BatchFirst(nn.Module):
    """A layer that does not say that it reads (B, T, D)."""

    def __init__(self, inputs, units):
        super().__init__()
        self.input_size = inputs
        self.inner = nn.GRU(inputs, units, batch_first=True)

    def forward(self, x, state=None):
        return self.inner(x, state)


class Rounded(TenLines):
    """No gradient passes: its state is rounded."""

    def forward(self, x, h):
        return (4 * super().forward(x, h)).round() / 4


class Detached(TenLines):
    """Its state is detached at each step."""

    def forward(self, x, h):
        return super().forward(x, h.detach())


class Growing(TenLines):
    """Its state squares itself, and is soon infinite."""

    def forward(self, x, h):
        return (h + 2) ** 2 + self.both(torch.cat([x, h], -1))


class Empty(TenLines):
    """NaN from the first step on."""

    def forward(self, x, h):
        return super().forward(x, h) * torch.nan


class Unnamed(nn.Module):
    """A cell whose weights no `reset_parameters` draws."""

    def __init__(self, inputs, units):
        super().__init__()
        self.input_size, self.hidden_size = inputs, units
        self.w = nn.Parameter(torch.randn(inputs + units, units) / (inputs + units) ** 0.5)

    def forward(self, x, h):
        return torch.tanh(torch.cat([x, h], -1) @ self.w)


class Strange(nn.Module):
    """Called in a way that nobody guesses: the state is a dictionary, and comes first."""

    def __init__(self, inputs, units):
        super().__init__()
        self.input_size = inputs
        self.cell = nn.GRUCell(inputs, units)

    def forward(self, state, *, token, flag):
        assert flag
        return {"h": self.cell(token, state["h"])}


def run_strange(module, x, state):
    state = {"h": x.new_zeros(len(x), 4)} if state is None else state
    return module(state, token=x, flag=True)
