"""Figures of what was measured, with matplotlib: what `measure` found in, a Figure out.

Whatever compares single models says that each is one training run, in the figure itself. Bands are
95 % intervals from resampling texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from card import ONE_RUN
from cycler import cycler
from matplotlib import rc_context, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnviz_widget.training.baselines import PREFIX, PREVIOUS

Results = Mapping[str, Mapping[str, Any]]

# After Okabe and Ito (2008): told apart with every kind of colour vision; and by their marks.
_COLOURS = {
    "light": ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"),
    "dark": ("#56B4E9", "#E69F00", "#2CC79A", "#E0A0C4", "#7FA8FF", "#F0E442"),
}
_MARKS = ("o", "s", "^", "D", "v", "P")
_KNOWN = 13
_GROUND = {"light": "#ffffff", "dark": "#0d1117"}
_INK = {"light": "#202428", "dark": "#d6dbe0"}
_FAINT = {"light": "#8a929a", "dark": "#7d868f"}


@contextmanager
def style(theme: str = "light", *, transparent: bool = False) -> Iterator[None]:
    """Matplotlib's settings for these figures.

    Args:
        theme: The ground that they stand on, "light" or "dark".
        transparent: Whether it is the page's own; else it is drawn.

    Raises:
        ValueError: For another theme.
    """
    if theme not in _INK:
        raise ValueError(f'theme must be "light" or "dark"; got {theme!r}')
    ink, faint = _INK[theme], _FAINT[theme]
    settings: dict[Any, Any] = {
        "figure.facecolor": "none" if transparent else _GROUND[theme],
        "axes.facecolor": "none",
        "axes.prop_cycle": cycler(color=_COLOURS[theme]),
        "text.color": ink,
        "axes.labelcolor": ink,
        "axes.edgecolor": faint,
        "xtick.color": faint,
        "ytick.color": faint,
        "xtick.labelcolor": ink,
        "ytick.labelcolor": ink,
        "grid.color": faint,
        "grid.alpha": 0.25,
        "axes.grid": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": "medium",
        "axes.titleweight": "bold",
        "legend.frameon": False,
        "font.size": 9.5,
        "lines.linewidth": 1.8,
        "lines.markersize": 4,
        "svg.hashsalt": "rnnviz-widget",  # the same figure is the same file
    }
    with rc_context(settings):
        yield


def accuracy_by_known(results: Results, *, outside: bool = False) -> Figure:
    """The article's graph: top-1, 2, 3 accuracy by how much of the word is typed.

    Args:
        results: What `measure` found for each model, by the names to show.
        outside: Whether words outside the vocabulary count, as wrong, as in the article.
    """
    figure, axes = _panels(3, width=10.5, share=True)
    kind = "all" if outside else "in vocabulary"
    for top, axis in enumerate(axes, start=1):
        _accuracy(axis, results, kind, top)
        axis.set_title(f"Among the best {top}" if top > 1 else "The best")
    axes[0].set_ylabel("accuracy, %, " + ("all words" if outside else "words in the vocabulary"))
    _legend(figure, axes[0])
    return figure


def memory_by_known(results: Results) -> Figure:
    """On the same axis: top-1 accuracy, the share of connectivity before the word, the reach."""
    figure, axes = _panels(3, width=10.5)
    _accuracy(axes[0], results, "in vocabulary", 1)
    axes[0].set_title("Top-1 accuracy, %")
    _shares(axes[1], results)
    for model, found in enumerate(results.values()):
        _line(axes[2], range(_KNOWN), found["memory"]["reach by known"], model, times=1)
    axes[2].set_title("Mean reach, characters")
    _known_axis(axes[2])
    _legend(figure, axes[0])
    return figure


def share_by_lag(results: Results) -> Figure:
    """How far back connectivity lies: its share at each distance, and all that is farther."""
    figure, axes = _panels(2, width=9)
    for model, (name, found) in enumerate(results.items()):
        shares = found["memory"]["share by lag"]
        lags = range(len(shares["value"]) - 1)
        _line(axes[0], lags, shares, model, label=name, marks=False)
        farther = [sum(shares["value"][lag:]) for lag in lags]
        axes[1].plot(lags, [100 * f for f in farther], color=_colour(model))
    axes[0].set_yscale("log")
    axes[0].set_title("Connectivity at a distance, % of the row")
    axes[1].set_title("Connectivity at that distance or farther, %")
    for axis in axes:
        axis.set_xlabel("characters back")
        axis.set_xlim(0, max(lags))
    axes[1].set_ylim(0, 100)
    _legend(figure, axes[0])
    return figure


def training_curves(results: Results) -> Figure:
    """Cross entropy on the validation part by characters read and by minutes."""
    figure, axes = _panels(2, width=9, share=True)
    for model, (name, found) in enumerate(results.items()):
        log = found["about"]["log"]
        for axis, key, unit in ((axes[0], "characters", 1e6), (axes[1], "seconds", 60)):
            for part, width in (("training", 0.7), ("validation", 1.8)):
                x = [value / unit for value in log[part][key]]
                label = name if part == "validation" else None
                axis.plot(x, log[part]["loss"], color=_colour(model), label=label, linewidth=width)
    axes[0].set_ylabel("cross entropy, nats")
    axes[0].set_title("By characters read")
    axes[0].set_xlabel("million characters")
    axes[1].set_title("By training time")
    axes[1].set_xlabel("minutes on one thread of a shared machine")
    axes[0].set_ylim(1.9, 5.5)
    _legend(
        figure,
        axes[0],
        "thin: training, the softmax sampled first; thick: validation, over all words",
    )
    return figure


def overview(results: Results) -> Figure:
    """Accuracy and memory side by side: the two numbers that no loss curve tells apart."""
    figure, axes = _panels(2, width=8.6)
    _accuracy(axes[0], results, "in vocabulary", 1)
    axes[0].set_title("Right at the first guess, %")
    _shares(axes[1], results)
    _legend(figure, axes[0])
    return figure


def over_seeds(results: Mapping[str, Any], shown: Mapping[str, str]) -> Figure:
    """Accuracy, reach and the share before the word of each unit: each seed, and their mean.

    Args:
        results: What `compare_seeds` found.
        shown: The name to show of each unit.
    """
    figure, axes = _panels(3, width=9, share=True)
    panels = (
        ("top 1", "Right at the first guess, %", 100),
        ("reach", "Mean reach, characters", 1),
        ("share before word", "Connectivity before the word, %", 100),
    )
    units = list(results["units"])
    figure.set_figheight(1.2 + 0.7 * len(units))
    for axis, (name, title, times) in zip(axes, panels, strict=True):
        for place, unit in enumerate(units):
            found = results["units"][unit]["figures"][name]
            mean, low, high = (times * found["mean"][key] for key in ("value", "low", "high"))
            colour, mark = _colour(place), _MARKS[place % len(_MARKS)]
            seeds = [times * value for value in found["values"]]
            axis.plot(seeds, [place + 0.22] * len(seeds), mark, color=colour, alpha=0.5, ms=3.5)
            axis.plot([low, high], [place, place], color=colour)
            axis.plot([mean], [place], mark, color=colour, ms=6)
        axis.set_title(title)
    axes[0].set_yticks(range(len(units)), [shown.get(unit, unit) for unit in units])
    axes[0].invert_yaxis()
    numbers = {len(unit["seeds"]) for unit in results["units"].values()}
    of = " or ".join(map(str, sorted(numbers)))
    words = f"Small marks: each of {of} seeds. Large: their mean, with Student's 95 % interval."
    figure.supxlabel(words, fontsize=8, x=0.01, ha="left")
    return figure


def _panels(number: int, *, width: float, share: bool = False) -> tuple[Figure, Sequence[Axes]]:
    figure = Figure(figsize=(width, 3.6), layout="constrained")
    axes = figure.subplots(1, number, sharey=share, squeeze=False)[0]
    return figure, list(axes)


def _accuracy(axis: Axes, results: Results, kind: str, top: int) -> None:
    def found(of: Mapping[str, Any]) -> Mapping[str, Any]:
        by_known: Mapping[str, Any] = of["accuracy by known"][kind][f"top {top}"]
        return by_known

    for model, (name, each) in enumerate(results.items()):
        _line(axis, range(_KNOWN), found(each["model"]), model, label=name)
    any_results = next(iter(results.values()))
    for lookup, dashes in ((PREFIX, (1, 1.5)), (PREVIOUS, (4, 2))):
        values = [100 * v for v in found(any_results[lookup])["value"][:_KNOWN]]
        faint = axis.spines["left"].get_edgecolor()
        axis.plot(range(_KNOWN), values, color=faint, dashes=dashes, linewidth=1.4, label=lookup)
    axis.set_ylim(0, 100)
    _known_axis(axis)


def _shares(axis: Axes, results: Results) -> None:
    for model, (name, found) in enumerate(results.items()):
        shares = found["memory"]["share before word by known"]
        _line(axis, range(_KNOWN), shares, model, label=name)
    axis.set_title("Connectivity before the word, %")
    axis.set_ylim(0, 100)
    _known_axis(axis)


def _known_axis(axis: Axes) -> None:
    axis.set_xlabel("letters of the word already typed")
    axis.set_xticks(range(0, _KNOWN, 2))


def _colour(model: int) -> str:
    colours: list[str] = rcParams["axes.prop_cycle"].by_key()["color"]
    return colours[model % len(colours)]


def _line(
    axis: Axes,
    x: Sequence[int],
    found: Mapping[str, Any],
    model: int,
    *,
    label: str | None = None,
    times: float = 100,
    marks: bool = True,
) -> None:
    """One model's values over x, with the band of their intervals; None where there is none."""
    value, low, high = (
        [float("nan") if v is None else times * v for v in found[key][: len(x)]]
        for key in ("value", "low", "high")
    )
    colour = _colour(model)
    mark = _MARKS[model % len(_MARKS)] if marks else None
    axis.plot(x, value, color=colour, marker=mark, label=label)
    axis.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)


def _legend(figure: Figure, axis: Axes, note: str | None = None) -> None:
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=len(labels))
    words = "Bands: 95 % intervals from resampling texts. " if note is None else f"{note}. "
    figure.supxlabel(words + ONE_RUN, fontsize=8, x=0.01, ha="left")
