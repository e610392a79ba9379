"""Models by what they read and what they return, each with its own computation written out too."""

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

import torch
from language_models import (
    LOOK_UPS,
    NAMES,
    PRODUCTS,
    AlsoShort,
    Attending,
    Base,
    Functional,
    H,
    Lengths,
    Loop,
    Packed,
    Product,
    Residual,
    Short,
    Stateful,
    Summed,
    Transformer,
    Twice,
    V,
    WordLanguageModel,
)
from torch import nn


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
    """vectors (1, T, 3) -> logits, of three classes by default."""

    def __init__(self, batch_first=True, bidirectional=False, classes=3):
        super().__init__()
        self.cell = nn.GRU(3, H, batch_first=batch_first, bidirectional=bidirectional)
        self.head = nn.Linear(H * (1 + bidirectional), classes)

    def forward(self, x):
        return self.head(self.cell(x)[0])

    def plain(self, x):
        x = x[None] if self.cell.batch_first else x[:, None]
        return self.head(self.cell(x)[0]).view(-1, self.head.out_features)


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
    "tagger": Kind(Tagger, {"outputs": NAMES}, causal=False, engine="sweep"),
    "tagger, GRU": Kind(lambda: Tagger(nn.GRU), {"outputs": NAMES}, causal=False, engine="sweep"),
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
