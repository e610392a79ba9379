"""Random modules that do to their ids, gradients and outputs what people's modules do.

A module is drawn part by part: how it reads its ids, what its body computes, where its gradient is
cut, what it returns. Each part says how it would be written out by hand, so that the truth is
computed without the package: plain autograd in float64 at the rows that were looked up.
"""

import dataclasses
import random

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

SYMBOLS = "_!0123abcdefgh"
PAD, STOP, FIRST_DIGIT, FIRST_LETTER, LAST = 0, 1, 2, 6, 13
V, D, H = len(SYMBOLS), 4, 5
LONGEST, WINDOW = 12, 3


@dataclasses.dataclass(frozen=True)
class Part:
    """One drawn part.

    Attributes:
        name: What it is.
        causes: Words, one of which an error or a note about it must have; (): it must be served.
    """

    name: str
    causes: tuple[str, ...] = ()


def _after_stop(ids):
    return torch.where((ids == STOP).cumsum(1) > 0, PAD, ids)


CHANGES = {
    "clamp": lambda ids: ids.clamp(max=FIRST_LETTER),
    "digits are one symbol": lambda ids: torch.where(
        (ids >= FIRST_DIGIT) & (ids < FIRST_LETTER), FIRST_DIGIT, ids
    ),
    "unknown letters": lambda ids: torch.where(ids > 10, LAST, ids),
    "nothing after a stop": _after_stop,
    "permuted": lambda ids: (5 * ids + 3) % V,
}
"""Ids are changed by their values: (B, T) to (B, T)."""

ARRANGED = {
    "padded after": lambda ids: F.pad(ids, (0, LONGEST - ids.shape[1]), value=PAD),
    "padded before": lambda ids: F.pad(ids, (LONGEST - ids.shape[1], 0), value=PAD),
    "begins with a token": lambda ids: F.pad(ids, (1, 0), value=STOP),
    "shifted": lambda ids: F.pad(ids[:, :-1], (1, 0), value=PAD),
    "from right to left": lambda ids: ids.flip(1),
    "windows": lambda ids: (
        F.pad(ids, (WINDOW - 1, 0), value=PAD).unfold(1, WINDOW, 1).reshape(-1, WINDOW)
    ),
}
"""Ids are put elsewhere, as a module does it: (B, T) to (B, L), or (B T, W) of windows."""

PLACES = {
    "as they come": lambda length: list(range(length)),
    "padded after": lambda length: [*range(length), *[None] * (LONGEST - length)],
    "padded before": lambda length: [*[None] * (LONGEST - length), *range(length)],
    "begins with a token": lambda length: [None, *range(length)],
    "shifted": lambda length: [None, *range(length - 1)],
    "from right to left": lambda length: list(reversed(range(length))),
    "windows": lambda length: [
        None if n < 0 else n for s in range(length) for n in range(s - WINDOW + 1, s + 1)
    ],
}
"""The same written out: the place in the text of each that is looked up; None: padding."""

READS = {
    **{name: Part(name, ("looked up",)) for name in CHANGES},
    "as they come": Part("as they come"),
    "padded after": Part("padded after", ("pad",)),
    "padded before": Part("padded before", ("pad",)),
    "begins with a token": Part("begins with a token", ("looked up",)),
    "shifted": Part("shifted", ("looked up",)),
    "from right to left": Part("from right to left", ("order", "right to left", "reverse")),
    "windows": Part("windows", ("window",)),
    "in two halves": Part("in two halves"),
    "weight[ids]": Part("weight[ids]"),
    "one-hot": Part("one-hot"),
    "bag, mean": Part("bag, mean"),
    "bag, sum": Part("bag, sum"),
    "bag, max": Part("bag, max", ("EmbeddingBag",)),
}

BODIES = ("GRU", "LSTM", "RNN", "loop", "convolution", "attention", "both ways", "backwards")


class NoGradient(torch.autograd.Function):
    """Doubles, and says nothing of its gradient."""

    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, grad):
        return None


def _without_gradient(x):
    with torch.no_grad():
        return x.clone()


CUTS = {
    "none": lambda h: h,
    "detach": lambda h: h.detach(),
    "no_grad": _without_gradient,
    "round": lambda h: (8 * h).round() / 8,
    "sign": torch.sign,
    "argmax": lambda h: F.one_hot(h.argmax(-1), h.shape[-1]).to(h.dtype),
    "function": NoGradient.apply,
    "half": lambda h: torch.cat([h[..., :2].detach(), h[..., 2:]], -1),
    "detached state": lambda h: h,
    "inference_mode": lambda h: h,
}

RETURNS = {
    "logits": (lambda x: x, lambda x: x),
    "tuple": (lambda x: (x, None), lambda x: x),
    "mapping": (lambda x: {"logits": x}, lambda x: x),
    "log_softmax": (lambda x: x.log_softmax(-1), lambda x: x.log_softmax(-1)),
    "softmax": (lambda x: x.softmax(-1), lambda x: x.log_softmax(-1)),
    "sigmoid": (lambda x: x.sigmoid(), lambda x: x),
}
"""What a forward makes of its last layer; and the quantity that is then explained."""


class Drawn(nn.Module):
    """ids (B, T) -> (B, T, C), or (B, C) where `whole`."""

    def __init__(self, draw):
        super().__init__()
        self.read = draw.choice([*READS]) if draw.random() < 0.7 else "as they come"
        self.body = draw.choice(BODIES)
        self.cut = draw.choice([*CUTS]) if draw.random() < 0.4 else "none"
        self.returns = draw.choice([*RETURNS]) if draw.random() < 0.5 else "logits"
        bag = self.read.startswith("bag")
        if self.cut == "detached state":
            self.body = "loop"
            self.cut = "none" if bag else self.cut  # it has no state
        self.whole = bag or (self.read != "windows" and draw.random() < 0.3)
        self.pooled = draw.random() < 0.5
        self.classes = draw.choice([2, 3, V])
        if bag:
            self.table = nn.EmbeddingBag(V, D, mode=self.read.removeprefix("bag, "))
        else:
            self.table = nn.Embedding(V, D)
        make = {"GRU": nn.GRU, "both ways": nn.GRU, "backwards": nn.GRU, "LSTM": nn.LSTM}
        both = self.body == "both ways"
        self.cell = make.get(self.body, nn.RNN)(D, H, batch_first=True, bidirectional=both)
        self.step = nn.Linear(D + H, H)
        self.mix = nn.Conv1d(D, H, 3)
        self.query, self.key, self.value = (nn.Linear(D, H) for _ in range(3))
        self.back = nn.Linear(2 * H if both else D if bag else H, H)
        self.head = nn.Linear(H, self.classes)
        generator = torch.Generator().manual_seed(draw.randrange(1 << 30))
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-1, 1, generator=generator)

    def parts(self):
        cut = self.cut != "none"
        causes = ("inference_mode",) if self.cut == "inference_mode" else ("gradient",)
        squashed = self.returns in ("softmax", "sigmoid")
        return [
            READS[self.read],
            Part(self.cut, causes if cut else ()),
            Part(self.returns, ("probabilit",) if squashed else ()),
        ]

    def __str__(self):
        shape = ("mean" if self.pooled else "last") if self.whole else "each"
        return f"{self.read} | {self.body} | {self.cut} | {self.returns} {self.classes} | {shape}"

    def forward(self, ids):
        if self.cut == "inference_mode":
            with torch.inference_mode():
                return self._answer(ids)
        return self._answer(ids)

    def _answer(self, ids):
        return RETURNS[self.returns][0](self.rest(self._look_up(ids), ids.shape[1]))

    def _look_up(self, ids):
        """What is read, (B, L, D); of a bag (B, D)."""
        weight = self.table.weight
        if self.read == "weight[ids]":
            return weight[ids]
        if self.read == "one-hot":
            return F.one_hot(ids, V).to(weight.dtype) @ weight
        if self.read == "in two halves":
            middle = ids.shape[1] // 2
            return torch.cat([self.table(ids[:, :middle]), self.table(ids[:, middle:])], 1)
        return self.table((CHANGES | ARRANGED).get(self.read, lambda ids: ids)(ids))

    def rest(self, embedded, length):
        """All that follows the look-up: (B, L, D) to what the last layer gives."""
        h = self._pass(embedded)
        if h.shape[-1] != H or self.read.startswith("bag"):
            h = self.back(h)
        h = CUTS[self.cut](h)
        if self.read == "windows":
            return self.head(h[:, -1].reshape(-1, length, H))
        if self.read in {"padded after", "shifted"}:
            h = h[:, :length]
        elif self.read in ("padded before", "begins with a token"):
            h = h[:, -length:]
        elif self.read == "from right to left":
            h = h.flip(1)
        if self.whole and not self.read.startswith("bag"):
            h = h.mean(1) if self.pooled else h[:, -1]
        return self.head(h)

    def _pass(self, embedded):
        if self.read.startswith("bag"):
            return embedded
        if self.body == "backwards":
            return self.cell(embedded.flip(1))[0].flip(1)
        if self.body == "loop":
            state, states = embedded.new_zeros(len(embedded), H), []
            for x in embedded.unbind(1):
                carried = state.detach() if self.cut == "detached state" else state
                state = torch.tanh(self.step(torch.cat([x, carried], 1)))
                states.append(state)
            return torch.stack(states, 1)
        if self.body == "convolution":
            return torch.tanh(self.mix(F.pad(embedded.transpose(1, 2), (2, 0)))).transpose(1, 2)
        if self.body == "attention":
            weights = self.query(embedded) @ self.key(embedded).transpose(1, 2)
            return weights.softmax(-1) @ self.value(embedded)
        return self.cell(embedded)[0]


def drawn(seed):
    """Module number `seed`, in float64 and eval mode; the same in every process."""
    return Drawn(random.Random(seed)).double().eval()


def drawn_text(seed):
    """A text of 4 to 9 symbols with a stop, a digit and a letter among them."""
    draw = random.Random(seed)
    text = [draw.choice(SYMBOLS[1:]) for _ in range(draw.randint(1, 6))]
    text += [SYMBOLS[STOP], draw.choice("123"), draw.choice("fgh")]
    draw.shuffle(text)
    return "".join(text)
