"""Models that read a text in every way there is, and an experiment that tells what they read."""

import torch
from torch import nn

from rnnviz_widget.engines.module.network import Network

SYMBOLS = 7


class Model(nn.Module):
    """An embedding, something that reads, and a linear head."""

    def __init__(self, reader, width=8):
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, 6)
        self.reader = reader
        self.head = nn.Linear(width, SYMBOLS)

    def forward(self, ids):
        return self.head(self.reader(self.embedding(ids), ids))


class Recurrent(nn.Module):
    def __init__(self, before=lambda e: e, after=lambda h: h, **options):
        super().__init__()
        self.cell = nn.GRU(6, 8, batch_first=True, **options)
        self.before, self.after = before, after

    def forward(self, e, ids):
        return self.after(self.cell(self.before(e))[0])


class Window(nn.Module):
    """A convolution over so many tokens before and after, which may be below 0."""

    def __init__(self, before, after):
        super().__init__()
        self.around = (before, after)
        self.convolution = nn.Conv1d(6, 8, before + after + 1)

    def forward(self, e, ids):
        return torch.relu(self.convolution(nn.functional.pad(e.mT, self.around))).mT


class Attention(nn.Module):
    """`mask(length, ids)`: which tokens (or None: all) each output may see."""

    def __init__(self, mask):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(6, 8) for _ in range(3))
        self.mask = mask

    def forward(self, e, ids):
        weights = self.query(e) @ self.key(e).mT
        allowed = self.mask(e.shape[1], ids)
        return weights.masked_fill(~allowed, -torch.inf).softmax(-1) @ self.value(e)


class Strongest(Window):
    """One output, of the strongest features wherever they are: most tokens have no gradient."""

    def forward(self, e, ids):
        return super().forward(e, ids).amax(1)


def square(length):
    return torch.ones(length, length, dtype=torch.bool)


def flipped(x):
    return x.flip(1)


def not_padding(length, ids):
    return square(length) & (ids != 0)[:, None, :]


# Name -> the module, and whether its bounds must be found exactly.
KINDS = {
    "forward": (Recurrent, True),
    "backward": (lambda: Recurrent(flipped, flipped), True),
    "both ways": (lambda: Recurrent(after=lambda h: h[..., :8], bidirectional=True), True),
    "a window back": (lambda: Window(4, 0), True),
    "a window ahead": (lambda: Window(0, 3), True),
    "a window around": (lambda: Window(2, 1), True),
    "a window that ends before": (lambda: Window(5, -1), True),
    "attention": (lambda: Attention(lambda n, _: square(n)), True),
    "attention back": (lambda: Attention(lambda n, _: square(n).tril()), True),
    "attention to a band": (lambda: Attention(lambda n, _: square(n).tril().triu(-3)), True),
    "attention to a prefix": (
        lambda: Attention(lambda n, _: square(n).tril() | (torch.arange(n) < 4)),
        True,
    ),
    "attention within blocks": (
        lambda: Attention(lambda n, _: torch.arange(n)[:, None] // 4 == torch.arange(n) // 4),
        False,
    ),
    "attention but to padding": (lambda: Attention(not_padding), False),
    "the last five": (
        lambda: Recurrent(lambda e: e[:, -5:], lambda h: h[:, -1]),
        True,
    ),
    "the last state": (lambda: Recurrent(after=lambda h: h[:, -1]), True),
    "the strongest": (lambda: Strongest(1, 1), True),
    "rounded": (lambda: Recurrent(lambda e: torch.round(3 * e)), True),
}


def network_of(kind, dtype):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Network(Model(KINDS[kind][0]()).to(dtype), SYMBOLS, SYMBOLS)


def ids_of(length, *, padded):
    ids = torch.randint(1, SYMBOLS, (length,), generator=torch.Generator().manual_seed(length))
    if padded and length > 3:
        ids[[1, length // 2, length - 1]] = 0
    return ids


@torch.no_grad()
def moved_one_by_one(network, ids):
    """Which outputs change with each token, (T, T)."""
    generator = torch.Generator().manual_seed(3)
    embedded = network.embed(ids)
    before = network.logits(ids, embedded)
    found = torch.zeros(len(ids), len(ids), dtype=torch.bool)
    for t in range(len(ids)):
        for _ in range(8):
            other = embedded.clone()
            other[t] += 3 * torch.randn(other[t].shape, generator=generator, dtype=other.dtype)
            found[:, t] |= (network.logits(ids, other) - before).abs().amax(1) > 1e-14
    return found.numpy()
