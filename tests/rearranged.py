"""Modules that look their tokens up otherwise than they come; each with what it computes of them.

`plain(embedded)` is what is computed of one text's embedded tokens (T, D), without the package.
"""

import torch
from kinds import Classifier, Kind
from language_models import NAMES, Base, D, Functional, V
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

PAD, BEGIN, END = 0, 6, 7


class Own(Base):
    """Rows of the table that the module reads by itself."""

    def own(self, *ids):
        return self.table()[list(ids)].detach()


class PadsBefore(Own, Classifier):
    def forward(self, ids):
        return super().forward(F.pad(ids, (20 - ids.shape[1], 0), value=PAD))

    def plain(self, embedded):
        return super().plain(torch.cat([self.own(*[PAD] * (20 - len(embedded))), embedded]))


class PadsAfter(Own, Classifier):
    def forward(self, ids):
        return super().forward(F.pad(ids, (0, 20 - ids.shape[1]), value=PAD))

    def plain(self, embedded):
        return super().plain(torch.cat([embedded, self.own(*[PAD] * (20 - len(embedded)))]))


class Fixed(Own):
    """Reads 20 tokens and no other number."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(20 * D, len(NAMES))

    def forward(self, ids):
        return self.head(self.embedding(ids).flatten(1))

    def plain(self, embedded):
        padded = torch.cat([self.own(*[PAD] * (20 - len(embedded))), embedded])
        return self.head(padded.flatten())


class Flips(Base):
    def forward(self, ids):
        return super().forward(ids.flip(1)).flip(1)

    def plain(self, embedded):
        return super().plain(embedded.flip(0)).flip(0)


class FlipsOutside(Flips):
    def forward(self, ids):
        return Base.forward(self, ids)


class FlipsLate(Base):
    """The same, time first."""

    def __init__(self):
        super().__init__(batch_first=False)

    def forward(self, ids):
        return super().forward(ids.flip(0)).flip(0)

    def plain(self, embedded):
        return super().plain(embedded.flip(0)).flip(0)


class Windows(Own):
    """Each output is made of a window of four tokens."""

    def forward(self, ids):
        windows = F.pad(ids, (3, 0), value=PAD).unfold(1, 4, 1)[0]
        return self.head(self.cell(self.embedding(windows))[0][:, -1])[None]

    def plain(self, embedded):
        padded = torch.cat([self.own(PAD, PAD, PAD), embedded])
        read = [self.read(padded[t : t + 4])[-1] for t in range(len(embedded))]
        return self.head(torch.stack(read))


class Last(Base):
    """A model of the last of four tokens, which it reads."""

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0][:, -1])


class Marked(Own):
    """Puts a token before the text and one after it."""

    def forward(self, ids):
        begin, end = torch.full_like(ids[:, :1], BEGIN), torch.full_like(ids[:, :1], END)
        return super().forward(torch.cat([begin, ids, end], 1))[:, 1:-1]

    def plain(self, embedded):
        marked = torch.cat([self.own(BEGIN), embedded, self.own(END)])
        return super().plain(marked)[1:-1]


class Shifted(Own):
    """Reads what came before each token, as decoders do in training."""

    def forward(self, ids):
        return super().forward(torch.cat([torch.full_like(ids[:, :1], BEGIN), ids[:, :-1]], 1))

    def plain(self, embedded):
        return super().plain(torch.cat([self.own(BEGIN), embedded[:-1]]))


class Interleaved(Base):
    """Reads every other token, then those between, a call for each."""

    def forward(self, ids):
        read = torch.cat([self.embedding(ids[:, ::2]), self.embedding(ids[:, 1::2])], 1)
        return self.head(self.cell(read)[0])

    def plain(self, embedded):
        return super().plain(torch.cat([embedded[::2], embedded[1::2]]))


class Mirrored(Base):
    """Reads each token twice: on its way there and on its way back."""

    def forward(self, ids):
        return super().forward(torch.cat([ids, ids.flip(1)], 1))[:, : ids.shape[1]].flip(1)

    def plain(self, embedded):
        both = super().plain(torch.cat([embedded, embedded.flip(0)]))
        return both[: len(embedded)].flip(0)


class Cropped(Classifier):
    """Reads the last five tokens only."""

    def forward(self, ids):
        return super().forward(ids[:, -5:])

    def plain(self, embedded):
        return super().plain(embedded[-5:])


class Moved(Base):
    """Its row 0 is of padding: symbol 0 is row 1."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V + 1, D, padding_idx=0)

    def forward(self, ids):
        return super().forward(ids + 1)

    def table(self):
        return self.embedding.weight[1:]


class Bags(nn.Module):
    """The text classifier of PyTorch's tutorial."""

    def __init__(self, mode, padding=None):
        super().__init__()
        self.embedding = nn.EmbeddingBag(V, D, mode=mode, padding_idx=padding)
        self.head = nn.Linear(D, len(NAMES))
        self.weights = torch.arange(1.0, 40.0)

    def forward(self, text, offsets=None, *, weighted=False):
        weights = self.weights[: text.numel()].view_as(text).to(self.head.weight)
        given = {"per_sample_weights": weights} if weighted else {}
        return self.head(self.embedding(text, offsets, **given))

    def table(self):
        return self.embedding.weight

    def plain(self, embedded):
        if self.embedding.padding_idx is not None:
            pad = self.table()[self.embedding.padding_idx].detach()
            embedded = embedded[(embedded != pad).any(1)]
        made = embedded.mean(0) if self.mode == "mean" else embedded.sum(0)
        return self.head(embedded.max(0).values if self.mode == "max" else made)

    @property
    def mode(self):
        return self.embedding.mode


class Weighted(Bags):
    def forward(self, text, offsets=None):
        return super().forward(text, offsets, weighted=True)

    def plain(self, embedded):
        return self.head(embedded.mT @ self.weights[: len(embedded)].to(embedded))


def with_offsets(module, ids):
    return module(ids[0], torch.tensor([0]))


def windows(module, ids):
    """As people write it: a window for each token, the batch gone."""
    return module(F.pad(ids, (3, 0)).unfold(1, 4, 1)[0])[None]


def padded(module, ids):
    return module(F.pad(ids, (20 - ids.shape[1], 0)))


class WindowsOutside(Windows):
    forward = Last.forward


def _functional(look_up):
    class Flipped(Functional):
        def __init__(self):
            super().__init__(lambda ids, weight: look_up(ids.flip(1), weight))

        def plain(self, embedded):
            return super().plain(embedded.flip(0))

    return Flipped


AHEAD = {"causal": False}
LABELS = {"outputs": NAMES}

REARRANGED = {
    "pads before": Kind(PadsBefore, LABELS, **AHEAD),
    "pads after": Kind(PadsAfter, LABELS, **AHEAD),
    "forward= pads": Kind(Fixed, LABELS | {"forward": padded}, **AHEAD),
    "flips": Kind(Flips, **AHEAD),
    "flips, time first": Kind(FlipsLate, {"batch_first": False}, **AHEAD),
    "forward= flips": Kind(
        FlipsOutside, {"forward": lambda m, ids: m(ids.flip(1)).flip(1)}, **AHEAD
    ),
    "windows": Kind(Windows),
    "forward= makes windows": Kind(WindowsOutside, {"forward": windows}),
    "begin and end": Kind(Marked),
    "shifted": Kind(Shifted),
    "interleaved": Kind(Interleaved, **AHEAD),
    "there and back": Kind(Mirrored, **AHEAD),
    "the last five": Kind(Cropped, LABELS, **AHEAD),
    "from row 1": Kind(Moved, engine="sweep"),
    "F.embedding, flipped": Kind(_functional(F.embedding), **AHEAD),
    "index, flipped": Kind(_functional(lambda ids, weight: weight[ids]), **AHEAD),
    **{
        f"bag, {mode}": Kind(lambda mode=mode: Bags(mode), LABELS, **AHEAD)
        for mode in ("mean", "sum", "max")
    },
    "bag, offsets": Kind(lambda: Bags("mean"), LABELS | {"forward": with_offsets}, **AHEAD),
    "bag, padding left out": Kind(lambda: Bags("mean", 3), LABELS, **AHEAD),
    "bag, weights": Kind(lambda: Weighted("sum"), LABELS, **AHEAD),
    "bag, named": Kind(lambda: Bags("sum"), LABELS | {"embedding": "embedding"}, **AHEAD),
}


CHANGES = {
    "unknown ones": lambda ids: torch.where(ids >= 6, 1, ids),
    "the first to the second": lambda ids: ids.masked_fill(ids == 0, 1),
    "clamp": lambda ids: ids.clamp(max=4),
    "all from a stop on": lambda ids: torch.where((ids == 6).cumsum(-1) > 0, 0, ids),
    "all but three": lambda ids: torch.where((ids < 1) | (ids > 3), 2, ids),
}


def changing(change, parent=Base):
    """A module of this type that changes ids before it looks them up."""

    class Changing(parent):
        def forward(self, ids):
            return super().forward(change(ids))

    return Changing
