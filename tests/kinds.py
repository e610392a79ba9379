"""Models as people write them, each with its own computation written out once more.

`plain(embedded)` is what a module computes after its embedding for one text: embedded tokens (T, D)
in, logits (T, V) or (V,) out. It knows nothing of the package.
"""

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

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


class Pair(NamedTuple):
    logits: torch.Tensor
    hidden: torch.Tensor


@dataclass
class Output:
    hidden: torch.Tensor
    logits: torch.Tensor


@dataclass
class Scores:
    scores: torch.Tensor
    loss: object = None


class Held:
    def __init__(self, logits):
        self.logits = logits


WRAPS = {
    "tuple": lambda y, h: (y, h),
    "list": lambda y, h: [y, h],
    "loss first": lambda y, h: (None, y, h),
    "state first": lambda y, h: (h, y),
    "dict": lambda y, h: {"hidden": y + 1, "logits": y},
    "dict with one that fits": lambda y, h: {"hidden": h, "scores": y, "loss": None},
    "named tuple": Pair,
    "dataclass": lambda y, h: Output(h, y),
    "dataclass with one that fits": lambda y, h: Scores(y),
    "object": lambda y, h: Held(y),
    "flat": lambda y, h: y.reshape(-1, V),
    "flat tuple": lambda y, h: (y.reshape(-1, V), h),
}


class Wrapped(Base):
    def __init__(self, wrap, batch_first=True):
        super().__init__(batch_first=batch_first)
        self.wrap = wrap

    def forward(self, ids):
        output, hidden = self.cell(self.embedding(ids))
        return self.wrap(self.head(output), hidden)


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


class Short(Base):
    """Wants its ids in 32 bits."""

    def forward(self, ids):
        if ids.dtype != torch.int32:
            raise TypeError("ids must be int32")
        return super().forward(ids)


class AlsoShort(Base):
    def forward(self, ids):
        return super().forward(ids.to(torch.int32))


class OneHot(nn.Module):
    """one-hot vectors (1, T, V) -> logits."""

    def __init__(self, batch_first=True):
        super().__init__()
        self.cell = nn.LSTM(V, H, batch_first=batch_first)
        self.head = nn.Linear(H, V)

    def forward(self, x):
        return self.head(self.cell(x)[0])

    def table(self):
        return torch.eye(V, dtype=self.head.weight.dtype)

    def plain(self, x):
        x = x[None] if self.cell.batch_first else x[:, None]
        return self.head(self.cell(x)[0]).view(-1, V)


class Sensor(nn.Module):
    """vectors (1, T, 3) -> logits of three classes."""

    def __init__(self, batch_first=True, bidirectional=False):
        super().__init__()
        self.cell = nn.GRU(3, H, batch_first=batch_first, bidirectional=bidirectional)
        self.head = nn.Linear(H * (1 + bidirectional), 3)

    def forward(self, x):
        return self.head(self.cell(x)[0])

    def plain(self, x):
        x = x[None] if self.cell.batch_first else x[:, None]
        return self.head(self.cell(x)[0]).view(-1, 3)


class Tagger(Base):
    """One of three names for each token; reads both ways."""

    def __init__(self, make=nn.LSTM):
        super().__init__(len(NAMES), make, 2 * H, bidirectional=True)


class Classifier(Base):
    """One of three names for the whole text, (1, 3)."""

    def __init__(self, batch_first=True):
        super().__init__(len(NAMES), batch_first=batch_first)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[1][-1])

    def plain(self, embedded):
        return self.head(self.read(embedded)[-1])


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


@dataclasses.dataclass
class Kind:
    """A model, how it goes in, and what is expected of it."""

    make: object
    options: dict = dataclasses.field(default_factory=dict)
    causal: bool = True
    engine: str = "autograd"


def with_state(module, ids):
    return module(ids, module.init_hidden(ids.shape[1]))


def with_lengths(module, ids):
    return module(ids, torch.full((len(ids),), ids.shape[1]))


LATE = {"batch_first": False}

KINDS = {
    "summed and tied": Kind(Summed),
    **{name: Kind(lambda f=f: Functional(f)) for name, f in LOOK_UPS.items()},
    **{name: Kind(lambda f=f: Product(f)) for name, f in PRODUCTS.items()},
    "twice": Kind(Twice),
    "packed": Kind(Packed),
    "packed, time first": Kind(lambda: Packed(batch_first=False), LATE),
    "a state or none": Kind(Stateful, engine="sweep"),
    "a state or none, time first": Kind(lambda: Stateful(batch_first=False), LATE, engine="sweep"),
    "word language model": Kind(WordLanguageModel, LATE | {"forward": with_state}, engine="sweep"),
    "lengths": Kind(Lengths, {"forward": with_lengths}),
    "residual": Kind(Residual),
    "loop": Kind(Loop),
    "int32": Kind(AlsoShort, engine="sweep"),
    "int32 given": Kind(Short, {"forward": lambda m, ids: m(ids.int())}, engine="sweep"),
    "one-hot": Kind(OneHot, {"one_hot": True}, engine="sweep"),
    "one-hot, time first": Kind(lambda: OneHot(batch_first=False), LATE | {"one_hot": True}),
    **{name: Kind(lambda f=f: Wrapped(f), engine="sweep") for name, f in WRAPS.items()},
    **{
        f"{name}, time first": Kind(lambda f=f: Wrapped(f, batch_first=False), LATE, engine="sweep")
        for name, f in WRAPS.items()
    },
    "tagger": Kind(Tagger, {"outputs": NAMES}, causal=False),
    "tagger, GRU": Kind(lambda: Tagger(nn.GRU), {"outputs": NAMES}, causal=False),
    "attends to its past": Kind(Attending),
    "causal transformer": Kind(Transformer),
    "transformer": Kind(lambda: Transformer(causal=False), causal=False),
    "classifier": Kind(Classifier, {"outputs": NAMES}, causal=False),
    "classifier, time first": Kind(
        lambda: Classifier(batch_first=False), LATE | {"outputs": NAMES}, causal=False
    ),
}
for name in ("F.embedding", "F.embedding by name", "index", "one-hot, time first"):
    KINDS[name].engine = "sweep"


def by_hand(module, x, targets, measure, matrix=None):
    """Connectivity by autograd on the inputs x, (T, V_in) one-hot or (T, D) vectors."""
    x = x.clone().requires_grad_()
    embedded = x if matrix is None else x @ matrix.detach()
    logits = module.plain(embedded)
    if logits.ndim == 1:
        logits = logits.expand(len(x), -1)
    rows = []
    for s, k in enumerate(targets):
        at_x, at_e = torch.autograd.grad(
            logits[s, k],
            (x, embedded),
            retain_graph=True,
            allow_unused=True,
            materialize_grads=True,
        )
        rows.append(
            {
                "norm": at_x.norm(dim=1),
                "squared": at_x.square().sum(1),
                "embedding_norm": at_e.norm(dim=1),
                "grad_x_input": (at_e * embedded.detach()).sum(1),
            }[measure]
        )
    return torch.stack(rows).numpy()
