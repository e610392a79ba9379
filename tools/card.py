"""Writes the card of a trained model from its results: `python tools/card.py RESULTS.json`.

A card says what the model read, for how long, and what it scores. It lands beside the results,
under their name, as does the model file.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rnnviz_widget.files import write_whole
from rnnviz_widget.training.baselines import PREFIX, PREVIOUS
from rnnviz_widget.training.summary import accuracy_table, interval, percent

_CELLS = {
    "gru": "A GRU",
    "lstm": "An LSTM",
    "nested-lstm": "A nested LSTM",
    "rnn": "A plain RNN",
}

ONE_RUN = "Each model is one training run: that says little about a kind of unit."

_PAGE = """\
# {name}

Written by the commands at the end, not by hand.

{cell} of {layers} x {units} units{depth} that names the word being typed, at each character and at
the space before the word. It knows the {classes:,} most frequent words. {weights:,} weights, stored
in half precision; the figures are those of the stored file.

## Training

- Text: {text}; {characters:,} characters read in {steps:,} steps.
- Time: {minutes:.0f} minutes on {where} of a machine that others used too.
- {streams} contiguous streams, {chunk} characters a step; the state is carried from step to step
  and emptied with probability {forget}; gradients reach back to the start of a step.
{learning}
- Words outside the vocabulary and cut-off words are not counted in the loss.

## What it scores

On {read:,} characters at the end of the {part} part of {corpus}, which nothing was {untouched} on,
in {texts} texts of about {length:,} characters that begin and end with whole words. Each is read
from an empty state to its end, the state carried all the way. In parentheses: 95 % intervals from
resampling texts.

In-vocabulary accuracy, % of {inside:,} positions:

{inside_table}

Accuracy at all {all:,} positions, %, words outside the vocabulary counted as wrong:

{all_table}

In-vocabulary top 1 by the number of letters already typed, %:

{known_table}

- Cross entropy in vocabulary: {loss} nats; prefix lookup {prefix_loss}.
- In-vocabulary top 1 above the prefix lookup: {gain_prefix} points; above the lookup by prefix and
  previous word: {gain_previous} points.
- The prefix lookup names the most frequent vocabulary word that starts with what is typed; at the
  space nothing is typed. The other one names the most frequent follower of the previous word that
  does, and falls back to the first. Counts are from the training part.

## What it remembers

From the connectivity (L2 norm) of {memory_texts} texts of about {memory_length} characters from the
end of the same part, at the {memory_positions:,} positions from {start} on whose word is in the
vocabulary.

| | |
|---|---|
| mean reach, characters | {reach} |
| effective characters | {effective} |
| share before the current word, % | {before} |

Share before the current word by the number of letters already typed, %:

{before_table}

{one_run}

torch {torch}. The commands:

```
{commands}
```
"""

_KNOWN = range(9)


def by_known(rows: dict[str, dict[str, list[Any]]]) -> str:
    """A table of percentages by known characters; `rows` are lists of figures by their names."""
    lines = ["| | " + " | ".join(map(str, _KNOWN)) + " |", "|---" * (len(_KNOWN) + 1) + "|"]
    for label, found in rows.items():
        values = [found["value"][known] for known in _KNOWN]
        cells = ["" if value is None else f"{100 * value:.1f}" for value in values]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def characters_read(every: Iterable[dict[str, Any]]) -> str:
    """How many characters the models of some results read, in words: the least and the most."""
    read = sorted({round(each["about"]["characters"] / 1e6) for each in every})
    ends = dict.fromkeys((read[0], read[-1]))
    return f"{' to '.join(map(str, ends))} million characters"


def _schedule(settings: dict[str, Any], budgets: list[list[int]]) -> str:
    """Over how many characters the learning rate ran out, and where that was changed."""
    if settings["warmup"] == 0 and settings["floor"] == 1:
        return "constant"
    text = f"warm-up and cosine decay over {budgets[0][1]:,} characters"
    for step, budget in budgets[1:]:
        text += f", from step {step:,} on over {budget:,}"
    return text


def _softmax(settings: dict[str, Any]) -> str:
    if settings.get("softmax", "sampled") == "full":
        return "A softmax over all words"
    sampled = f"A softmax over the batch's own words and {settings['candidates']:,} drawn ones"
    share = settings.get("full_from", 1)
    return sampled if share == 1 else f"{sampled}, after {share:.0%} of the budget over all words"


def _learning(about: dict[str, Any]) -> str:
    """How the weights were learned: in one run, or in several, each listed from the first on."""
    runs = [about]
    while "before" in runs[0]:
        runs.insert(0, runs[0]["before"])
    clip = f"gradients clipped at {about['settings']['clip']}"
    if len(runs) == 1:
        return (
            f"- Adam, {_rate(about)}; {clip}.\n"
            f"- {_softmax(about['settings'])}. Seed {about['settings']['seed']}, one run."
        )
    lines = [f"- Adam, {clip}; {len(runs)} runs, each from the weights of the one before:"]
    for place, run in enumerate(runs, 1):
        read = run.get("run", run)["characters"]
        softmax = _softmax(run["settings"]).replace("A softmax", "a softmax")
        lines.append(
            f"  {place}. {read:,} characters; {_rate(run)};\n"
            f"     {softmax}; seed {run['settings']['seed']}."
        )
    return "\n".join(lines)


def _rate(about: dict[str, Any]) -> str:
    settings = about["settings"]
    return f"learning rate {settings['rate']}, {_schedule(settings, about['budgets'])}"


def _where(about: dict[str, Any]) -> str:
    device = about.get("device", "cpu")
    return f"{about['settings']['threads']} CPU thread(s)" if device == "cpu" else f"{device}"


def commands(results: Path) -> str:
    """What writes results and card of a model file anew, at the options' defaults."""
    model = results.with_suffix(".safetensors").as_posix()
    evaluate = f"python -m rnnviz_widget.training evaluate {model} --results {results.as_posix()}"
    return f"{evaluate}\npython tools/card.py {results.as_posix()}"


def render(results: dict[str, Any], commands: str) -> str:
    """The card of a model.

    Args:
        results: What `measure` found.
        commands: What to run to write it anew.
    """
    config, about = results["config"], results["about"]
    settings, found, memory = about["settings"], results["model"], results["memory"]
    depth = f", depth {config['depth']}," if "depth" in config else ""
    accuracy, known = found["accuracy"], "accuracy by known"
    rows = {results["name"]: found, PREFIX: results[PREFIX], PREVIOUS: results[PREVIOUS]}
    names = ("streams", "forget")
    return _PAGE.format(
        name=results["name"],
        cell=_CELLS.get(config["cell"], config["cell"]),
        depth=depth,
        **{key: config[key] for key in ("layers", "units", "classes")},
        **{key: about[key] for key in ("text", "characters", "steps")},
        **{key: settings[key] for key in names},
        weights=results["weights"],
        minutes=about["seconds"] / 60,
        where=_where(about),
        chunk=settings["length"],
        learning=_learning(about),
        read=found["characters"],
        untouched="trained or tuned" if results["part"] == "test" else "trained",
        **{key: results[key] for key in ("part", "corpus", "length", "torch")},
        texts=found["texts"],
        inside=accuracy["in vocabulary"]["top 1"]["positions"],
        inside_table=accuracy_table(results, "in vocabulary"),
        all=accuracy["all"]["top 1"]["positions"],
        all_table=accuracy_table(results, "all"),
        known_table=by_known({k: v[known]["in vocabulary"]["top 1"] for k, v in rows.items()}),
        loss=interval(found["cross entropy"], 3),
        prefix_loss=interval(results[PREFIX]["cross entropy"], 3),
        gain_prefix=percent(results["gain over"][PREFIX]),
        gain_previous=percent(results["gain over"][PREVIOUS]),
        memory_texts=memory["texts"],
        memory_length=10 * round(memory["characters"] / memory["texts"] / 10),
        memory_positions=memory["reach"]["positions"],
        start=memory["start"],
        reach=interval(memory["reach"], 1),
        effective=interval(memory["effective characters"], 1),
        before=percent(memory["share before word"]),
        before_table=by_known({results["name"]: memory["share before word by known"]}),
        one_run=ONE_RUN,
        commands=commands,
    )


def write(path: Path) -> None:
    """The card of a model beside its results."""
    results = json.loads(path.read_text(encoding="utf-8"))
    write_whole(path.with_suffix(".md"), render(results, commands(path)))


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("results", type=Path, nargs="+", help="what the evaluate command wrote")
    for path in options.parse_args().results:
        write(path)


if __name__ == "__main__":
    main()
