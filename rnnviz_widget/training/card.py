"""The page that goes with a trained model: what it read, for how long, what it scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from rnnviz_widget.models.checkpoint import Trained
from rnnviz_widget.training import evaluate
from rnnviz_widget.training.lookup import PrefixLookup, PreviousWordLookup
from rnnviz_widget.training.text8 import Corpus

_CELLS = {
    "gru": "A GRU",
    "lstm": "An LSTM",
    "nested-lstm": "A nested LSTM",
    "rnn": "A plain RNN",
}

_PAGE = """\
# {name}

Written by the command at the end, not by hand.

{cell} of {layers} x {units} units that names the word being typed, at each character and at the
space before the word. It knows the {classes:,} most frequent words. {weights:,} weights, stored in
half precision; the figures are those of the stored file.

## Training

- Text: {text}; {characters:,} characters read in {steps:,} steps.
- Time: {minutes:.0f} minutes on {threads} CPU thread(s) of a machine that others used too.
- {streams} contiguous streams, {chunk} characters a step; the state is carried from step to step
  and emptied with probability {forget}; gradients reach back to the start of a step.
- Adam, learning rate {rate}, warm-up and cosine decay {schedule}; gradients clipped at {clip}; a
  softmax over the batch's own words and {candidates:,} drawn ones. Seed {seed}, one run.
- Words outside the vocabulary and cut-off words are not counted in the loss.

## What it scores

On the last {read:,} characters of the {part} part of {corpus}, which nothing was {untouched} on,
cut into {texts} texts of {length:,} characters. Each text is read from an empty state to its end,
the state carried all the way. Words that the edge of a text cuts are not counted. In parentheses:
95 % intervals from resampling texts.

In-vocabulary accuracy, % of {inside:,} positions:

{inside_table}

Accuracy at all {all:,} positions, %, words outside the vocabulary counted as wrong:

{all_table}

- Cross entropy in vocabulary: {loss} nats; prefix lookup {prefix_loss}.
- In-vocabulary top 1 above the prefix lookup: {gain_prefix} points; above the lookup by prefix and
  previous word: {gain_previous} points.
- The prefix lookup names the most frequent vocabulary word that starts with what is typed; at the
  space nothing is typed. The other one names the most frequent follower of the previous word that
  does, and falls back to the first. Counts are from the training part.
- One training run says little about a kind of unit.

torch {torch}. The command:

```
{command}
```
"""


def percent(figure: evaluate.Figure) -> str:
    """Such as ``56.8 (56.1 to 57.5)``."""
    value, low, high = (100 * part for part in figure)
    return f"{value:.1f} ({low:.1f} to {high:.1f})"


def _nats(figure: evaluate.Figure) -> str:
    return "{:.3f} ({:.3f} to {:.3f})".format(*figure)


def measure(
    trained: Trained,
    corpus: Corpus,
    *,
    part: str = "test",
    characters: int = 500_000,
    length: int = 5000,
    progress: bool = True,
) -> dict[str, Any]:
    """Scores a model and both lookups on the same positions.

    Args:
        trained: The model, as its file holds it.
        corpus: The prepared text; its training part fills the lookups.
        part: "validation" or "test".
        characters: How many, from the end of the part.
        length: Characters of one text, read from an empty state to its end.
        progress: Whether to draw a bar.

    Returns:
        Accuracies under ``model``, ``prefix`` and ``previous`` (see `evaluate.figures`), cross
        entropies in nats under ``model loss`` and ``prefix loss``, the gains in top-1 accuracy over
        the lookups, and how many positions and texts there were.

    Raises:
        ValueError: If the model's vocabulary is not that of the corpus, or the part is too short.
    """
    number = len(trained.classes)
    if trained.classes != corpus.classes(number):
        raise ValueError(
            "the model's words are not the most frequent ones of this prepared text: expected the "
            "text that it was trained on. Prepare that one, or say with --data where it lies"
        )
    texts = evaluate.last_texts(corpus, part, characters, length, number)
    inside = (texts.targets >= 0).sum(1)
    ranks, losses = evaluate.model_scores(trained.module, texts, progress=progress)
    prefix, prefix_losses = evaluate.lookup_scores(PrefixLookup.of(corpus, number), texts)
    previous = evaluate.previous_ranks(PreviousWordLookup(corpus, number), texts)
    return {
        "model": evaluate.figures(texts, ranks),
        "prefix": evaluate.figures(texts, prefix),
        "previous": evaluate.figures(texts, previous),
        "model loss": evaluate.interval(np.nansum(losses, 1), inside),
        "prefix loss": evaluate.interval(np.nansum(prefix_losses, 1), inside),
        "gain over prefix": evaluate.difference(texts, ranks, prefix),
        "gain over previous": evaluate.difference(texts, ranks, previous),
        "in vocabulary": int(inside.sum()),
        "all": int(texts.counted.sum()),
        "texts": len(texts.ids),
        "length": length,
        "part": part,
        "corpus": corpus.name,
    }


def _table(name: str, results: dict[str, Any], kind: str) -> str:
    lines = ["| | top 1 | top 2 | top 3 |", "|---|---|---|---|"]
    rows = {"model": name, "prefix": "prefix lookup", "previous": "lookup by prefix and previous"}
    for key, label in rows.items():
        cells = [percent(results[key][f"{kind}, top {top}"]) for top in (1, 2, 3)]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _schedule(budgets: list[list[int]]) -> str:
    """Over how many characters the learning rate ran out, and where that was changed."""
    text = f"over {budgets[0][1]:,} characters"
    for step, budget in budgets[1:]:
        text += f", from step {step:,} on over {budget:,}"
    return text


def render(name: str, trained: Trained, results: dict[str, Any], command: str) -> str:
    """The card as Markdown.

    Args:
        name: Of the model's file.
        trained: The model, with what `Run.trained` says about its training.
        results: What `measure` returned.
        command: The line that was typed.

    Raises:
        ValueError: If the model does not say how it was trained.
    """
    config, about = trained.module.config, trained.about
    try:
        settings = about["settings"]
        training = {
            "text": about["text"],
            "characters": about["characters"],
            "steps": about["steps"],
            "minutes": about["seconds"] / 60,
            "chunk": settings["length"],
            "schedule": _schedule(about["budgets"]),
        }
        names = ("threads", "streams", "forget", "rate", "clip", "candidates", "seed")
        training |= {key: settings[key] for key in names}
    except KeyError as error:
        raise ValueError(
            f"{name} does not say how it was trained ({error} is missing): expected a file that "
            f"the train or export command wrote"
        ) from error
    return _PAGE.format(
        name=name,
        cell=_CELLS.get(config["cell"], config["cell"]),
        layers=config["layers"],
        units=config["units"],
        classes=config["classes"],
        weights=sum(value.numel() for value in trained.module.parameters()),
        **training,
        read=results["texts"] * results["length"],
        untouched="trained or tuned" if results["part"] == "test" else "trained",
        part=results["part"],
        corpus=results["corpus"],
        texts=results["texts"],
        length=results["length"],
        inside=results["in vocabulary"],
        inside_table=_table(name, results, "in vocabulary"),
        all=results["all"],
        all_table=_table(name, results, "all"),
        loss=_nats(results["model loss"]),
        prefix_loss=_nats(results["prefix loss"]),
        gain_prefix=percent(results["gain over prefix"]),
        gain_previous=percent(results["gain over previous"]),
        torch=torch.__version__.split("+", maxsplit=1)[0],
        command=command,
    )
