"""What the README says in numbers, made from the results of the bundled models and of benchmarks.

Each stands between `<!-- numbers: NAME -->` and `<!-- end -->`; `tools/remeasure.py` fills them in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from card import ONE_RUN, characters_read

import rnnviz_widget as rv
from rnnviz_widget.training.baselines import PREFIX, PREVIOUS
from rnnviz_widget.training.summary import interval, percent, seed_means

COMPARED = ("gru", "lstm", "nested-lstm", "rnn")
ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SPEED = ROOT / "benchmarks" / "readme.json"
SEEDS = ROOT / "benchmarks" / "seeds.json"
UNITS = {
    "gru": "GRU",
    "lstm": "LSTM",
    "nested-lstm": "Nested LSTM",
    "rnn": "RNN",
    "min-gru": "minGRU",
}
"""The units that were trained with several seeds, by folder, with the names to show."""

BLOCK = re.compile(r"(<!-- numbers: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def results() -> dict[str, dict[str, Any]]:
    """What was measured of the units that are compared, by the name to show."""
    return {rv.load_pretrained(name).name: rv.pretrained_results(name) for name in COMPARED}


def filled(text: str) -> str:
    """A text with its blocks of numbers made anew.

    Raises:
        KeyError: For a block that there is not.
    """
    makers = {"models": models, "accuracy": accuracy, "memory": memory}
    found = results()
    others = {"speed": (speed, SPEED), "seeds": (seeds, SEEDS)}

    def fill(block: re.Match[str]) -> str:
        name = block[2]
        if name in others:
            make, file = others[name]
            made = make(json.loads(file.read_text(encoding="ascii")))
        else:
            made = makers[name](found)
        return f"{block[1]}{made}\n{block[3]}"

    return BLOCK.sub(fill, text)


def models(found: Mapping[str, Any]) -> str:
    """How the models were made, in a sentence."""
    first = next(iter(found.values()))
    sizes = [_size(each["config"]) for each in found.values()]
    listed = ", ".join(f"{name} {size}" for name, size in zip(found, sizes, strict=True))
    minutes = [each["about"]["seconds"] / 60 for each in found.values()]
    return (
        f"Trained on {characters_read(found.values())} of text8 to predict at each character which "
        f"of {first['config']['classes']:,} words is being typed ({listed}),\n"
        f"{min(minutes):.0f} to {max(minutes):.0f} minutes each on one shared core; measured on "
        f"{first['model']['characters']:,} characters of its last part, which nothing was trained "
        "or tuned on."
    )


def accuracy(found: Mapping[str, Any]) -> str:
    """How often each names the word, beside what counting gives."""
    heads = (
        "accuracy, % (95 % interval)",
        "top 1, words in the vocabulary",
        "top 3",
        "top 1, all words",
        "top 1 over the prefix lookup",
    )
    lines = _head(heads)
    for name, each in found.items():
        gain = percent(each["gain over"][PREFIX])
        lines.append(f"| {name} | {_three(each['model'])} | {gain} |")
    lookups = next(iter(found.values()))
    lines.append(
        f"| most frequent word that starts with the letters typed | {_three(lookups[PREFIX])} | |"
    )
    lines.append(f"| ... that follows the previous word | {_three(lookups[PREVIOUS])} | |")
    return "\n".join(lines)


def memory(found: Mapping[str, Any]) -> str:
    """What each remembers, in numbers."""
    first = next(iter(found.values()))["memory"]
    heads = (
        f"memory, {first['texts']} texts (95 % interval)",
        "mean reach, characters",
        "effective characters",
        "connectivity before the current word, %",
    )
    lines = _head(heads)
    for name, each in found.items():
        numbers = each["memory"]
        reach, effective = (interval(numbers[key], 1) for key in ("reach", "effective characters"))
        before = percent(numbers["share before word"])
        lines.append(f"| {name} | {reach} | {effective} | {before} |")
    return "\n".join([*lines, "", ONE_RUN])


def speed(found: Mapping[str, Any]) -> str:
    """How fast rows come, in a sentence."""
    short, long = found["gru 160"], found["gru 1000"]
    return (
        f"On {found['threads']} cores, a GRU of 2 x 600 units, exactly: 160 characters in "
        f"{_time(short['ours'])} (autograd: {_time(short['naive'])}), 1,000 in "
        f"{_time(long['ours'])} ({_time(long['naive'])}); the bundled GRU: 10,000 in "
        f"{_time(found['bundled 10000']['ours'])}."
    )


def seeds(found: Mapping[str, Any]) -> str:
    """How the runs with several seeds were made and measured, and their means over the seeds."""
    first = next(iter(found["units"].values()))
    settings, measured = first["settings"], first["measured on"]
    return (
        f"{settings['units']} units, {settings['classes']:,} words, "
        f"{settings['characters'] / 1e6:.0f} million characters; measured on "
        f"{measured['characters']:,} characters and {measured['texts']} texts of the last part:\n\n"
        + seed_means(found, UNITS)
    )


def _head(names: Sequence[str]) -> list[str]:
    return [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]


def _three(found: Mapping[str, Any]) -> str:
    inside, every = found["accuracy"]["in vocabulary"], found["accuracy"]["all"]
    return " | ".join(map(percent, (inside["top 1"], inside["top 3"], every["top 1"])))


def _size(config: Mapping[str, Any]) -> str:
    depth = f" of depth {config['depth']}" if "depth" in config else ""
    return f"{config['layers']} x {config['units']}{depth}"


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes"
