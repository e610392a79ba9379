"""The task of the story of a Transformer beside an LSTM: colours that were told are asked again.

A text tells a colour of each of a few people, and then asks for some of them:

    anna: red, ben: blue, carl: green, ben: blue, anna: red,

Nothing but the text tells the colour after a name that is asked. This is associative recall (Graves
et al., "Neural Turing Machines", 2014). The two modules have about as many weights, and are trained
on the same texts in the same order. `python docs/stories/recall.py train` trains both and writes
recall.npz, in about two minutes on one core; `python docs/stories/recall.py` says how many answers
are right.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import nn

NAMES = (
    *("anna", "ben", "carl", "dora", "emil", "fay"),
    *("gus", "hana", "ivo", "jana", "kurt", "lena"),
)
COLOURS = (
    *("black", "blue", "brown", "gold", "green", "grey"),
    *("orange", "pink", "purple", "red", "white", "yellow"),
)
WORDS = (*NAMES, *COLOURS)
WEIGHTS = Path(__file__).with_name("recall.npz")

MOST_PEOPLE, ASKED = 8, 6
STEPS, BATCH, RATE = 2400, 64, 4e-3


class Transformer(nn.Module):
    """Two layers of causal attention: ids (B, T) -> logits (B, T, words).

    Positions are sines and cosines (Vaswani et al., 2017), and are not trained.
    """

    def __init__(self, width: int = 48, heads: int = 4) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(WORDS), width)
        waves = torch.exp(torch.arange(0, width, 2) * (-math.log(100) / width))
        angles = torch.arange(2 * (MOST_PEOPLE + ASKED))[:, None] * waves
        waves = torch.cat([angles.sin(), angles.cos()], dim=1)
        self.register_buffer("positions", waves, persistent=False)
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(width, len(WORDS))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """The logits of the next word, for each word."""
        x = self.embedding(ids)
        x = x + self.positions[: ids.shape[1]].to(x)
        mask = nn.Transformer.generate_square_subsequent_mask(ids.shape[1], x.device, x.dtype)
        return self.head(self.encoder(x, mask=mask, is_causal=True))


class LSTM(nn.Module):
    """One layer: ids (B, T) -> logits (B, T, words).

    It begins with open forget gates (Jozefowicz et al., 2015), so that it learns to keep anything.
    """

    def __init__(self, width: int = 48, units: int = 96) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(WORDS), width)
        self.lstm = nn.LSTM(width, units, batch_first=True)
        with torch.no_grad():
            self.lstm.bias_ih_l0[units : 2 * units] = 1.0
        self.head = nn.Linear(units, len(WORDS))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """The logits of the next word, for each word."""
        states, _ = self.lstm(self.embedding(ids))
        return self.head(states)


MODULES: dict[str, Callable[[], nn.Module]] = {"Transformer": Transformer, "LSTM": LSTM}


def tokenize(text: str) -> list[tuple[str, int, int]]:
    """The words of a text, each with its comma or colon."""
    found = re.finditer(r"(\w+)[:,]?", text)
    return [(word[1], word.start(), word.end()) for word in found]


def in_words(ids: np.ndarray) -> str:
    """One text as it is read."""
    return " ".join(f"{WORDS[i]}{':,'[place % 2]}" for place, i in enumerate(ids))


def texts(count: int, people: int, rng: np.random.Generator, asked: int = 1) -> np.ndarray:
    """Texts of so many people, of whom some are asked, ids (count, 2 * (people + asked)).

    No two people of a text have the same name or colour; the same one may be asked again.
    """

    def drawn(kind: tuple[str, ...]) -> np.ndarray:
        order = rng.permuted(np.tile(np.arange(len(kind)), (count, 1)), axis=1)
        return order[:, :people] + WORDS.index(kind[0])

    told = np.stack([drawn(NAMES), drawn(COLOURS)], axis=-1)
    who = rng.integers(people, size=(count, asked))
    again = np.take_along_axis(told, who[:, :, None], axis=1)
    return np.concatenate([told, again], axis=1).reshape(count, -1)


def train(name: str, steps: int = STEPS, say: Callable[[str], None] = print) -> nn.Module:
    """Train one module on texts of two people, then of up to three, and so on, up to eight.

    The loss is that of the colours asked for, and a tenth of that of all words.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = MODULES[name]()
    rng = np.random.default_rng(0)
    optimiser = torch.optim.Adam(module.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, RATE, total_steps=steps, pct_start=0.1
    )
    for step in range(steps):
        most = min(MOST_PEOPLE, 2 + int((MOST_PEOPLE - 1) * 2 * step / steps))
        people = int(rng.integers(2, most + 1))
        ids = torch.from_numpy(texts(BATCH, people, rng, asked=ASKED))
        losses = nn.functional.cross_entropy(
            module(ids[:, :-1]).transpose(1, 2), ids[:, 1:], reduction="none"
        )
        answers = losses[:, 2 * people :: 2].mean()
        optimiser.zero_grad()
        (answers + 0.1 * losses.mean()).backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 200 == 199:
            say(f"{name}, step {step + 1}: {answers.item():.3f} nats an answer")
    return module.eval()


def load(name: str, path: Path = WEIGHTS) -> nn.Module:
    """A module with the weights that were trained."""
    module = MODULES[name]()
    with np.load(path) as stored:
        weights = {
            key: torch.from_numpy(stored[f"{name}/{key}"].astype(np.float32))
            for key in module.state_dict()
        }
    module.load_state_dict(weights)
    return module.eval()


def save(modules: Mapping[str, nn.Module], path: Path = WEIGHTS) -> None:
    """Write the weights of modules, in half precision."""
    halves = {
        f"{name}/{key}": value.numpy().astype(np.float16)
        for name, module in modules.items()
        for key, value in module.state_dict().items()
    }
    np.savez_compressed(path, **halves)


def answers(module: nn.Module, ids: np.ndarray) -> np.ndarray:
    """The word that a module finds likeliest after the last name, ids (texts,)."""
    with torch.no_grad():
        logits = module(torch.from_numpy(ids[:, :-1]))[:, -1]
    return logits.argmax(-1).numpy()


def accuracy(module: nn.Module, people: int, count: int = 2000, seed: int = 1) -> float:
    """The share of texts in which the colour asked for is found."""
    ids = texts(count, people, np.random.default_rng(seed))
    return float((answers(module, ids) == ids[:, -1]).mean())


def _main(command: str) -> None:
    if command == "train":
        torch.set_num_threads(1)
        save({name: train(name) for name in MODULES})
    for name in MODULES:
        module = load(name)
        weights = sum(parameter.numel() for parameter in module.parameters())
        right = {n: f"{accuracy(module, n):.1%}" for n in range(2, MOST_PEOPLE + 1)}
        print(f"{name}, {weights:,} weights: right by people {right}")  # noqa: T201


if __name__ == "__main__":
    _main(sys.argv[1] if sys.argv[1:] else "measure")
