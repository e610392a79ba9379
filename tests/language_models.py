"""Models that read symbols and predict symbols, as people write them.

`plain(embedded)` is what a module computes after its embedding for one text: embedded tokens (T, D)
in, logits (T, V) or (V,) out. It knows nothing of the package.
"""

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

LETTERS = "abcdefgh"

V, D, H = len(LETTERS), 5, 6

NAMES = ["noun", "verb", "other"]


class Base(nn.Module):
    """ids (1, T) -> logits (1, T, V)."""

    def __init__(self, classes=V, make=nn.GRU, width=H, batch_first=True, **options):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.cell = make(D, H, batch_first=batch_first, **options)
        self.head = nn.Linear(width, classes)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])

    def table(self):
        return self.embedding.weight

    def text_first(self, embedded):
        return embedded[None] if self.cell.batch_first else embedded[:, None]

    def read(self, embedded):
        """What the recurrent layer makes of one text, (T, H)."""
        return self.cell(self.text_first(embedded))[0].reshape(len(embedded), -1)

    def plain(self, embedded):
        return self.head(self.read(embedded))


class Summed(Base):
    """Token, position and type embeddings; the head's weights are the token embedding's."""

    def __init__(self):
        super().__init__(width=D)
        self.positions = nn.Embedding(64, D)
        self.types = nn.Embedding(2, D)
        self.back = nn.Linear(H, D)
        self.head.weight = self.embedding.weight

    def forward(self, ids):
        places = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
        kinds = torch.zeros_like(ids)
        embedded = self.positions(places) + self.types(kinds) + self.embedding(ids)
        return self.head(self.back(self.cell(embedded)[0]))

    def plain(self, embedded):
        x = embedded + self.positions.weight[: len(embedded)] + self.types.weight[0]
        return self.back(self.read(x)) @ self.embedding.weight.T + self.head.bias


class Functional(Base):
    """One weight is both the embedding and the head, without a module for either."""

    def __init__(self, look_up):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(V, D))
        self.back = nn.Linear(H, D)
        self.embedding = self.head = None
        self.look_up = look_up

    def forward(self, ids):
        return F.linear(self.back(self.cell(self.look_up(ids, self.weight))[0]), self.weight)

    def table(self):
        return self.weight

    def plain(self, embedded):
        return self.back(self.read(embedded)) @ self.weight.T


class Product(Functional):
    """Makes one-hot vectors, which are then what is embedded: E is the identity."""

    def table(self):
        return torch.eye(V, dtype=self.weight.dtype)

    def plain(self, embedded):
        return super().plain(embedded @ self.weight)


LOOK_UPS = {
    "F.embedding": F.embedding,
    "F.embedding by name": lambda ids, weight: F.embedding(input=ids, weight=weight),
    "index": lambda ids, weight: weight[ids],
    "index_select": lambda ids, weight: weight.index_select(0, ids.flatten()).view(*ids.shape, D),
    "step by step": lambda ids, weight: torch.stack([weight[each] for each in ids.unbind(1)], 1),
}

PRODUCTS = {
    "one_hot @ weight": lambda ids, weight: F.one_hot(ids, V).to(weight.dtype) @ weight,
    "eye[ids] @ weight": lambda ids, weight: (
        torch.eye(V, dtype=weight.dtype, device=weight.device)[ids] @ weight
    ),
}


class Twice(Base):
    """Looks its tokens up twice: once to read them, once to add them."""

    def __init__(self):
        super().__init__()
        self.skip = nn.Linear(D, H)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0] + self.skip(self.embedding(ids)))

    def plain(self, embedded):
        return self.head(self.read(embedded) + self.skip(embedded))


class Packed(Base):
    """Packs its texts, all as long as they come."""

    def forward(self, ids):
        batch_first = self.cell.batch_first
        copies, length = ids.shape if batch_first else ids.shape[::-1]
        lengths = torch.full((copies,), length)
        packed = pack_padded_sequence(self.embedding(ids), lengths, batch_first=batch_first)
        return self.head(pad_packed_sequence(self.cell(packed)[0], batch_first=batch_first)[0])


class Lengths(Base):
    """Is told how long its texts are."""

    def forward(self, ids, lengths, pad=0):
        packed = pack_padded_sequence(self.embedding(ids), lengths, batch_first=True)
        return self.head(pad_packed_sequence(self.cell(packed)[0], batch_first=True)[0])


class Stateful(Base):
    """hidden=None as people write it."""

    def forward(self, ids, hidden=None):
        output, hidden = self.cell(self.embedding(ids), hidden)
        return self.head(output), hidden


class WordLanguageModel(Base):
    """As in PyTorch's examples: time first, a state to pass, log probabilities (T * B, V)."""

    def __init__(self):
        super().__init__(make=nn.LSTM, batch_first=False, num_layers=2, dropout=0.5)
        self.drop = nn.Dropout(0.5)

    def init_hidden(self, batch):
        weight = next(self.parameters())
        return weight.new_zeros(2, batch, H), weight.new_zeros(2, batch, H)

    def forward(self, ids, hidden):
        output, hidden = self.cell(self.drop(self.embedding(ids)), hidden)
        decoded = self.head(self.drop(output)).view(-1, V)
        return F.log_softmax(decoded, dim=1), hidden

    def plain(self, embedded):
        return super().plain(embedded).log_softmax(1)


class Residual(Base):
    """Each layer adds to what it reads."""

    def __init__(self):
        super().__init__(width=D)
        self.cell = nn.ModuleList([nn.LSTM(D, D, batch_first=True) for _ in range(3)])
        self.norms = nn.ModuleList([nn.LayerNorm(D) for _ in range(3)])

    def forward(self, ids):
        h = self.embedding(ids)
        for cell, norm in zip(self.cell, self.norms, strict=True):
            h = h + cell(norm(h))[0]
        return self.head(h)

    def plain(self, embedded):
        for cell, norm in zip(self.cell, self.norms, strict=True):
            embedded = embedded + cell(norm(embedded))[0]
        return self.head(embedded)


class Loop(Base):
    """Cells in a Python loop, one token after the other."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(D, H)

    def forward(self, ids):
        hidden = self.head.weight.new_zeros(len(ids), H)
        states = []
        for t in range(ids.size(1)):
            hidden = self.cell(self.embedding(ids[:, t]), hidden)
            states.append(hidden)
        return self.head(torch.stack(states, dim=1))

    def plain(self, embedded):
        hidden, rows = embedded.new_zeros(H), []
        for each in embedded:
            hidden = self.cell(each, hidden)
            rows.append(self.head(hidden))
        return torch.stack(rows)


class Drifting(Base):
    """Keeps count of its calls, once that is asked for."""

    def __init__(self):
        super().__init__()
        self.calls = torch.zeros(())
        self.counts = False

    def forward(self, ids):
        if self.counts:
            self.calls += 1
        return self.head(self.cell(self.embedding(ids))[0].tanh() * (1 + self.calls))


class Short(Base):
    """Wants its ids in 32 bits."""

    def forward(self, ids):
        if ids.dtype != torch.int32:
            raise TypeError("ids must be int32")
        return super().forward(ids)


class AlsoShort(Base):
    def forward(self, ids):
        return super().forward(ids.to(torch.int32))


class Attending(Base):
    """An LSTM that attends to its own past."""

    def __init__(self):
        super().__init__(make=nn.LSTM, width=2 * H)

    def forward(self, ids):
        h = self.cell(self.embedding(ids))[0]
        length = h.shape[1]
        later = torch.ones(length, length, dtype=torch.bool, device=h.device).triu(1)
        weights = (h @ h.transpose(1, 2)).masked_fill(later, -torch.inf).softmax(-1)
        return self.head(torch.cat([h, weights @ h], -1))

    def plain(self, embedded):
        h = self.read(embedded)
        past = [(h[: s + 1] @ h[s]).softmax(0) @ h[: s + 1] for s in range(len(h))]
        return self.head(torch.cat([h, torch.stack(past)], 1))


class Transformer(nn.Module):
    def __init__(self, causal=True):
        super().__init__()
        self.causal = causal
        self.embedding = nn.Embedding(V, 8)
        self.positions = nn.Embedding(64, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, V)

    def forward(self, ids):
        places = torch.arange(ids.shape[1], device=ids.device)
        return self.rest(self.embedding(ids) + self.positions(places))

    def rest(self, x):
        mask = None
        if self.causal:
            like = {"dtype": x.dtype, "device": x.device}
            mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], **like)
        return self.head(self.encoder(x, mask=mask, is_causal=self.causal))

    def table(self):
        return self.embedding.weight

    def plain(self, embedded):
        return self.rest((embedded + self.positions.weight[: len(embedded)])[None])[0]
