"""Layers that are linear in their state, written from their equations as loops over the text.

`Blocks` puts them into a residual stack as published models do. `AS_SCANS` says of each kind what
`rv.recurrences.register` is told.
"""

import math

import torch
from torch import nn
from torch.nn import functional

from rnnviz_widget.recurrences import diagonal, outer_products


class MinGRUMixer(nn.Module):
    """h_t = (1 - z_t) h_(t-1) + z_t c_t, z and c made of x_t (arXiv:2410.01201)."""

    def __init__(self, size, units):
        super().__init__()
        self.gates, self.out = nn.Linear(size, 2 * units), nn.Linear(units, size)

    def parts(self, x):
        z, candidate = self.gates(x).chunk(2, -1)
        z = z.sigmoid()
        return 1 - z, z * candidate

    def forward(self, x):
        keep, new = self.parts(x)
        h, states = torch.zeros_like(new[:, 0]), []
        for keep_t, new_t in zip(keep.unbind(1), new.unbind(1), strict=True):
            h = keep_t * h + new_t
            states.append(h)
        return self.out(torch.stack(states, 1))


class MinLSTMMixer(nn.Module):
    """h_t = f / (f + i) h_(t-1) + i / (f + i) c_t, all made of x_t (arXiv:2410.01201)."""

    def __init__(self, size, units):
        super().__init__()
        self.gates, self.out = nn.Linear(size, 3 * units), nn.Linear(units, size)

    def parts(self, x):
        f, i, candidate = self.gates(x).chunk(3, -1)
        f, i = f.sigmoid(), i.sigmoid()
        return f / (f + i), i / (f + i) * candidate

    def forward(self, x):
        keep, new = self.parts(x)
        h = new[:, 0]
        states = [h]
        for t in range(1, x.shape[1]):
            h = torch.addcmul(new[:, t], keep[:, t], h)
            states.append(h)
        return self.out(torch.stack(states, 1))


class SelectiveScan(nn.Module):
    """h_t = exp(delta_t A) h_(t-1) + delta_t x_t B_t', y_t = h_t C_t + D x_t (arXiv:2312.00752)."""

    def __init__(self, units, states):
        super().__init__()
        self.log_rates = nn.Parameter(torch.arange(1.0, states + 1).log().repeat(units, 1))
        self.skip = nn.Parameter(torch.ones(units))

    def forward(self, x, delta, b, c):
        keep = torch.exp(delta[..., None] * -self.log_rates.exp())
        new = (delta * x)[..., None] * b[:, :, None]
        h, read = torch.zeros_like(new[:, 0]), []
        for keep_t, new_t, c_t in zip(keep.unbind(1), new.unbind(1), c.unbind(1), strict=True):
            h = keep_t * h + new_t
            read.append((h * c_t[:, None]).sum(-1))
        return torch.stack(read, 1) + self.skip * x


class MambaMixer(nn.Module):
    """Mamba's block: a causal convolution of four tokens, the selective scan, and a gate."""

    def __init__(self, size, units, states=16):
        super().__init__()
        self.rank, self.states = math.ceil(size / 16), states
        self.into = nn.Linear(size, 2 * units, bias=False)
        self.conv = nn.Conv1d(units, units, 4, groups=units, padding=3)
        self.selects = nn.Linear(units, self.rank + 2 * states, bias=False)
        self.steps = nn.Linear(self.rank, units)
        nn.init.uniform_(self.steps.bias, -4.6, -2.3)
        self.scan = SelectiveScan(units, states)
        self.out = nn.Linear(units, size, bias=False)

    def forward(self, x):
        u, gate = self.into(x).chunk(2, -1)
        u = functional.silu(self.conv(u.mT)[..., : x.shape[1]].mT)
        steps, b, c = self.selects(u).split([self.rank, self.states, self.states], -1)
        read = self.scan(u, functional.softplus(self.steps(steps)), b, c)
        return self.out(read * functional.silu(gate))


class LinearAttention(nn.Module):
    """S_t = a_t S_(t-1) + k_t v_t', y_t = S_t' q_t; a_t one a key (arXiv:2312.06635)."""

    def __init__(self, size, heads=2, fading=True):
        super().__init__()
        self.heads, self.width, self.fading = heads, size // heads, fading
        self.into, self.out = nn.Linear(size, 4 * size), nn.Linear(size, size)

    def parts(self, x):
        shape = (*x.shape[:2], self.heads, self.width)
        q, k, v, fade = (each.reshape(shape) for each in self.into(x).chunk(4, -1))
        return q, k, v, functional.logsigmoid(fade) if self.fading else None

    def forward(self, x):
        q, k, v, fade = self.parts(x)
        state, read = x.new_zeros(len(x), self.heads, self.width, self.width), []
        for t in range(x.shape[1]):
            if fade is not None:
                state = state * fade[:, t, :, :, None].exp()
            state = state + k[:, t, :, :, None] * v[:, t, :, None]
            read.append((state * q[:, t, :, :, None]).sum(-2))
        return self.out(torch.stack(read, 1).flatten(-2))


class GatedDeltaNet(nn.Module):
    """S_t = S_(t-1) a_t (I - b_t k_t k_t') + b_t v_t k_t', y_t = S_t q_t (arXiv:2412.06464)."""

    def __init__(self, size, heads=2):
        super().__init__()
        self.heads, self.width = heads, size // heads
        self.into, self.gates = nn.Linear(size, 3 * size), nn.Linear(size, 2 * heads)
        self.out = nn.Linear(size, size)

    def parts(self, x):
        shape = (*x.shape[:2], self.heads, self.width)
        q, k, v = (each.reshape(shape) for each in self.into(x).chunk(3, -1))
        a, b = self.gates(x).chunk(2, -1)
        k = functional.normalize(k, dim=-1)
        return q, k, v, functional.logsigmoid(a), b.sigmoid()

    def forward(self, x):
        q, k, v, log_a, b = self.parts(x)
        state, read = x.new_zeros(len(x), self.heads, self.width, self.width), []
        for t in range(x.shape[1]):
            key, share = k[:, t], b[:, t, :, None]
            state = state * log_a[:, t, :, None, None].exp()
            error = v[:, t] - (state @ key[..., None])[..., 0]
            state = state + (share * error)[..., None] * key[..., None, :]
            read.append((state @ q[:, t, ..., None])[..., 0])
        return self.out(torch.stack(read, 1).flatten(-2))


def selective_scan(module, x, delta, b, c):
    read = outer_products(
        c[:, :, None],
        b[:, :, None],
        (delta * x)[:, :, None],
        decay=delta[:, :, None, None],
        rates=-module.log_rates.exp().T,
    )
    return read[:, :, 0] + module.skip * x


def linear_attention(module, x):
    q, k, v, fade = module.parts(x)
    read = outer_products(q, k, v, decay=None if fade is None else fade[..., None])
    return module.out(read.flatten(-2))


def gated_delta_net(module, x):
    q, k, v, log_a, b = module.parts(x)
    read = outer_products(q, k, b[..., None] * v, decay=log_a[..., None, None], erase=b)
    return module.out(read.flatten(-2))


AS_SCANS = {
    MinGRUMixer: lambda module, x: module.out(diagonal(*module.parts(x))),
    MinLSTMMixer: lambda module, x: module.out(diagonal(*module.parts(x))),
    SelectiveScan: selective_scan,
    LinearAttention: linear_attention,
    GatedDeltaNet: gated_delta_net,
}


class Blocks(nn.Module):
    """An embedding, blocks of a norm and a mixer with a residual, a norm, and a head."""

    def __init__(self, mixers, size, symbols=9, classes=5):
        super().__init__()
        self.embedding = nn.Embedding(symbols, size)
        self.norms = nn.ModuleList(nn.LayerNorm(size) for _ in mixers)
        self.mixers = nn.ModuleList(mixers)
        self.norm, self.head = nn.LayerNorm(size), nn.Linear(size, classes)

    def hidden(self, x):
        for norm, mixer in zip(self.norms, self.mixers, strict=True):
            x = x + mixer(norm(x))
        return self.norm(x)

    def after(self, embedded):
        return self.head(self.hidden(embedded))

    def forward(self, ids):
        return self.after(self.embedding(ids))
