"""How often a model names the word, on text that it never saw, beside what counting gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from tqdm import tqdm

from rnnviz_widget.models.autocomplete import Autocomplete
from rnnviz_widget.training.examples import mask_first_word, targets_of
from rnnviz_widget.training.lookup import PrefixLookup, PreviousWordLookup
from rnnviz_widget.training.text8 import NO_WORD, Corpus

NO_RANK = 1 << 30
"""Stands for the rank of a word outside the vocabulary, which nothing can name."""


@dataclass(frozen=True)
class Texts:
    """Texts of equal length, L, and what is counted in them.

    Attributes:
        ids: (N, L) int64 symbols.
        targets: (N, L) int64 classes, below zero where the word is not in the vocabulary or the
            position is not counted.
        counted: (N, L) bool: the position belongs to a word that stands in the text as a whole.
        known: (N, L) letters of the word typed, 0 at the space.
        previous: (N, L) the word before, as its rank in the training part; below zero if none.
    """

    ids: NDArray[np.int64]
    targets: NDArray[np.int64]
    counted: NDArray[np.bool_]
    known: NDArray[np.int64]
    previous: NDArray[np.int64]


def last_texts(corpus: Corpus, part: str, characters: int, length: int, classes: int) -> Texts:
    """Cuts the end of a part into texts.

    Args:
        corpus: The prepared text.
        part: "validation" or "test".
        characters: How many, rounded down to whole texts.
        length: Characters of a text.
        classes: Size of the vocabulary.

    Raises:
        ValueError: If the part is shorter, or not one text fits.
    """
    symbols, words = corpus.part(part)
    number = characters // length
    if not 1 <= number <= len(symbols) // length:
        raise ValueError(
            f"asked for {characters:,} characters in texts of {length:,}: expected at least one "
            f"text and at most the {len(symbols):,} characters of the {part} part"
        )
    ids = symbols[-number * length :].reshape(number, length).astype(np.int64)
    ranks = words[-number * length :].reshape(number, length).astype(np.int64)
    targets = targets_of(ranks.astype(np.int32), classes)
    mask_first_word(ids, targets)
    space = ids == 0
    # The last word of a text is cut, as far as its reader can tell: no space ends it.
    ended = np.maximum.accumulate(space[:, ::-1], axis=1)[:, ::-1]
    last_space = length - 1 - np.argmax(space[:, ::-1], axis=1)
    ended[np.arange(number), last_space] = False
    started = np.maximum.accumulate(space, axis=1)
    counted = started & ended & (ranks != NO_WORD)
    targets[~counted] = -1
    columns = np.broadcast_to(np.arange(length), ids.shape)
    opening = np.maximum.accumulate(np.where(space, columns, -1), axis=1)
    known = np.where(opening >= 0, columns - opening, 0)
    before = np.where(opening > 0, np.take_along_axis(ranks, np.maximum(opening - 1, 0), 1), -1)
    heard = np.take_along_axis(started, np.maximum(opening - 1, 0), 1)
    return Texts(ids, targets, counted, known, np.where(heard, before, -1))


def model_scores(
    model: Autocomplete, texts: Texts, *, chunk: int = 50, rows: int = 100, progress: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Ranks (N, L) of the targets among the model's logits, and cross entropies in nats.

    Each text is read from an empty state, in one go: the state is carried from chunk to chunk.
    Where there is no target the rank is `NO_RANK` and the cross entropy NaN.
    """
    number, length = texts.ids.shape
    ranks = np.full((number, length), NO_RANK, dtype=np.int64)
    losses = np.full((number, length), np.nan)
    bar = tqdm(total=number * length, unit=" characters", unit_scale=True, disable=not progress)
    with torch.inference_mode(), bar:
        for row in range(0, number, rows):
            state: Any = None
            for start in range(0, length, chunk):
                part = np.s_[row : row + rows, start : start + chunk]
                hidden, state = model.read(torch.from_numpy(texts.ids[part]), state)
                wanted = torch.from_numpy(texts.targets[part])
                has = wanted >= 0
                logits = model.head(hidden[has])
                truth = logits.gather(1, wanted[has][:, None])
                ranks[part][has.numpy()] = (logits > truth).sum(1).numpy()
                loss = functional.cross_entropy(logits, wanted[has], reduction="none")
                losses[part][has.numpy()] = loss.numpy()
                bar.update(texts.ids[part].size)
    return ranks, losses


def lookup_scores(
    lookup: PrefixLookup, texts: Texts
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The same as `model_scores` for the lookup by prefix."""
    ranks = np.full(texts.ids.shape, NO_RANK, dtype=np.int64)
    losses = np.full(texts.ids.shape, np.nan)
    has = texts.targets >= 0
    ranks[has], losses[has] = lookup.score(texts.targets[has], texts.known[has])
    return ranks, losses


def previous_ranks(lookup: PreviousWordLookup, texts: Texts) -> NDArray[np.int64]:
    """Ranks (N, L) of the targets in the lookup by prefix and previous word."""
    ranks = np.full(texts.ids.shape, NO_RANK, dtype=np.int64)
    has = texts.targets >= 0
    ranks[has] = lookup.ranks(texts.targets[has], texts.known[has], texts.previous[has])
    return ranks


def interval(
    sums: NDArray[Any], numbers: NDArray[Any], *, resamples: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """A ratio and its 95 % interval from resampling texts with replacement (percentiles).

    Args:
        sums: (N,) what each text adds above the line, such as positions that were right.
        numbers: (N,) what it adds below, such as positions counted.
        resamples: How often to draw N texts.
        seed: For the draws.

    Returns:
        ``sum(sums) / sum(numbers)``, and the 2.5 % and 97.5 % points.

    Raises:
        ValueError: If nothing is counted.
    """
    if numbers.sum() == 0:
        raise ValueError("no position is counted: expected text with known words")
    picks = np.random.default_rng(seed).integers(len(sums), size=(resamples, len(sums)))
    below = numbers[picks].sum(1)
    ratios = sums[picks].sum(1)[below > 0] / below[below > 0]
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(sums.sum() / numbers.sum()), float(low), float(high)


Figure = tuple[float, float, float]


def figures(texts: Texts, ranks: NDArray[np.int64]) -> dict[str, Figure]:
    """Top-1/2/3 accuracy with intervals, in-vocabulary and over all words.

    Over all words, those outside the vocabulary count as wrong.
    """
    found: dict[str, Figure] = {}
    kinds: dict[str, Callable[[], NDArray[np.bool_]]] = {
        "in vocabulary": lambda: texts.targets >= 0,
        "all": lambda: texts.counted,
    }
    for name, mask in kinds.items():
        among = mask()
        for top in (1, 2, 3):
            right = (among & (ranks < top)).sum(1)
            found[f"{name}, top {top}"] = interval(right, among.sum(1))
    return found


def difference(
    texts: Texts, ours: NDArray[np.int64], theirs: NDArray[np.int64], top: int = 1
) -> Figure:
    """In-vocabulary accuracy of one minus another's, on the same positions and resamples."""
    among = texts.targets >= 0
    gain = (among & (ours < top)).sum(1) - (among & (theirs < top)).sum(1)
    return interval(gain, among.sum(1))
