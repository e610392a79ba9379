"""What docs/methods.md says in numbers of how true measures are.

It is made of benchmarks/faithfulness.json. Each table stands between `<!-- numbers: NAME -->` and
`<!-- end -->`; `tools/remeasure.py` fills them in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import readme
from faithfulness import RESULTS, TARGETS

import rnnviz_widget as rv
from rnnviz_widget.training.summary import interval, percent

PAGE = readme.ROOT / "docs" / "methods.md"
_EXPLAINED = {"contrast": "best two compared", "class": "best alone"}
Figure = Callable[[Mapping[str, Any]], str]


def results() -> dict[str, Any]:
    """What was measured."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="ascii"))
    return found


def filled(text: str) -> str:
    """A page with its blocks of numbers made anew.

    Raises:
        KeyError: For a block that there is not.
    """
    found = results()
    return readme.BLOCK.sub(lambda block: f"{block[1]}{MAKERS[block[2]](found)}\n{block[3]}", text)


def measured(found: Mapping[str, Any]) -> str:
    """On what all this was measured, in a sentence."""
    about = found["about"]
    texts = about["texts"]
    outputs = next(iter(found["models"].values()))["contrast"]["norm"]["outputs"]
    steps = ", ".join(map(str, about["steps"]))
    return (
        f"Measured on {texts} texts of up to {about['length']} characters from the last 5,000,000 "
        "of text8, which nothing was trained or tuned on,\n"
        f"{outputs} outputs in all; {about['draws']} draws for each k = {steps}. In parentheses: "
        "95 % intervals from resampling the texts."
    )


def signs(found: Mapping[str, Any]) -> str:
    """How often each signed measure has the sign of the true effect."""
    lines = _head(found, "of the 8 strongest inputs, % with the sign of the true effect")
    for title, cells in _rows(found, "contrast", lambda f: _or_none(f, "sign agreement", percent)):
        lines.append(f"| {_EXPLAINED['contrast']}: {_title(found, 'contrast', title)} | {cells} |")
    commoner = _cells(found, "contrast", "quick_exchange", lambda f: percent(f["commoner sign"]))
    lines.append(f"| always the commoner sign (of the inputs of `quick_exchange`) | {commoner} |")
    return "\n".join(lines)


def gains(found: Mapping[str, Any]) -> str:
    """By how much more is lost without the inputs that a measure names than without the nearest."""
    return _by_target(
        found,
        "AOPC over nearest-first, in points of the explained probability",
        lambda f: _signed(f["gain over nearest"]),
        {
            "nearest-first itself": lambda f: percent(f["comprehensiveness"]["nearest"]),
            "random order": lambda f: percent(f["comprehensiveness"]["random"]),
        },
    )


def sufficiency(found: Mapping[str, Any]) -> str:
    """By how much less is lost with these inputs alone."""
    return _by_target(
        found,
        "sufficiency over nearest-first, in points",
        lambda f: _signed(f["sufficiency gain over nearest"]),
        {"nearest-first itself": lambda f: percent(f["sufficiency"]["nearest"])},
    )


def ranks(found: Mapping[str, Any]) -> str:
    """How scores rank with the sizes of true effects."""
    return _by_target(
        found,
        "Spearman with the size of the true effect",
        lambda f: interval(f["rank agreement"], 2),
        {"mere nearness": lambda f: interval(f["nearness agreement"], 2)},
    )


def ranks_per_lag(found: Mapping[str, Any]) -> str:
    """The same with what is expected at each lag divided out."""
    return _by_target(
        found,
        "the same, both divided by what is expected at that lag",
        lambda f: interval(f["rank agreement per lag"], 2),
        {},
    )


def nulls(found: Mapping[str, Any]) -> str:
    """How much of a picture is left with other weights, and for another class."""
    lines = _head(found, "Spearman of two pictures")
    kinds = {"re-initialised weights": "twin", "a random class": "random class"}
    for target, title in (("class", "norm of logit"), ("contrast", "quick_exchange")):
        for said, key in kinds.items():
            for per, name in (("", key), (", per lag", f"{key} per lag")):
                cells = _cells(found, target, title, _interval_of(name))
                lines.append(f"| {_EXPLAINED[target]}: `{title}`, {said}{per} | {cells} |")
    return "\n".join(lines)


def unexplained(found: Mapping[str, Any]) -> str:
    """How badly sums of scores tell what exchanging several inputs does."""
    return _by_target(
        found,
        "infidelity, % of that of zeros",
        lambda f: interval(f["unexplained"], 0, 100),
        {},
    )


def disagreement(found: Mapping[str, Any]) -> str:
    """How alike the pictures of two measures are."""
    lines = _head(found, "Spearman of two measures' pictures")
    pairs = next(iter(found["models"].values()))["agreement"]
    for pair in pairs:
        each = [interval(m["agreement"][pair], 2) for m in found["models"].values()]
        lines.append(f"| {pair.replace(' and ', ' and ')} | {' | '.join(each)} |")
    return "\n".join(lines)


def _by_target(
    found: Mapping[str, Any], head: str, figure: Figure, baselines: Mapping[str, Figure]
) -> str:
    lines = _head(found, head)
    for target, said in _EXPLAINED.items():
        for title, cells in _rows(found, target, figure):
            lines.append(f"| {said}: {_title(found, target, title)} | {cells} |")
        first = _titles(found, target)[0]
        for name, baseline in baselines.items():
            lines.append(f"| {said}: {name} | {_cells(found, target, first, baseline)} |")
    return "\n".join(lines)


def _titles(found: Mapping[str, Any], target: str) -> list[str]:
    """The measures that there are results of, in their order."""
    first = next(iter(found["models"].values()))
    return [asked.title for asked in TARGETS[target] if asked.title in first[target]]


def _title(found: Mapping[str, Any], target: str, title: str) -> str:
    """A measure's name, with the number of texts where that is less than of the others."""
    texts = max(m[target][title]["texts"] for m in found["models"].values())
    return f"`{title}`" + ("" if texts == found["about"]["texts"] else f" ({texts} texts)")


def _rows(found: Mapping[str, Any], target: str, figure: Figure) -> Sequence[tuple[str, str]]:
    titles = _titles(found, target)
    every = [(title, _cells(found, target, title, figure)) for title in titles]
    return [(title, cells) for title, cells in every if cells]


def _cells(found: Mapping[str, Any], target: str, title: str, figure: Figure) -> str:
    """The figure of each model; nothing where none has it."""
    each = [m[target][title] for m in found["models"].values()]
    cells = [figure(one) if one else "" for one in each]
    return " | ".join(cells) if any(cells) else ""


def _interval_of(name: str) -> Figure:
    return lambda figures: interval(figures[name], 2)


def _or_none(figures: Mapping[str, Any], key: str, words: Figure) -> str:
    return words(figures[key]) if key in figures else ""


def _signed(figure: Mapping[str, Any]) -> str:
    """A gain in points with its sign."""
    value, low, high = (f"{100 * figure[key]:+.1f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _head(found: Mapping[str, Any], name: str) -> list[str]:
    names = [name, *(rv.load_pretrained(model).name for model in found["models"])]
    return [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]


MAKERS = {
    each.__name__: each
    for each in (
        measured,
        signs,
        gains,
        sufficiency,
        ranks,
        ranks_per_lag,
        nulls,
        unexplained,
        disagreement,
    )
}
