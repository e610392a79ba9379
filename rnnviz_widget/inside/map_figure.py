"""A map of states as a matplotlib figure, in the page's colours; matplotlib is imported for one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from rnnviz_widget.calls import check_choice
from rnnviz_widget.picture.colors import STEPS, Palette, category_colors, palette_of
from rnnviz_widget.picture.export import matplotlib_needed
from rnnviz_widget.picture.format import quantity, visible
from rnnviz_widget.scene.layer_words import layer_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .map_region import Corners
    from .mapped_states import MappedStates

MapColoring = Literal["symbol", "predicted", "truth", "loss", "layer"]
"""What the colours of points are: the character, the likeliest or the true class, -ln of the true
class's probability, or the layer."""

# As in js/src/state/map-colors.ts: where ramps begin, and the share of losses that end below.
_PALEST_LOSS, _PALEST_LAYER, _MOST = 0.12, 0.2, 0.95
# The area of a point in square points, of few and of many.
_LARGEST, _SMALLEST = 14.0, 1.5
# From so many points on they are one image, not a shape each.
_MANY = 2_000
_SHOWN_NAME = 24


class PointColors(NamedTuple):
    """The colours of points.

    Attributes:
        of_points: One for each.
        legend: Colours and what has them, in words, the first the most frequent; or the ends of a
            ramp.
    """

    of_points: list[str]
    legend: list[tuple[str, str]]


def map_figure(
    mapped: MappedStates,
    color: MapColoring | None,
    corners: Corners | None,
    *,
    width: float,
    theme: str,
) -> Figure:
    """Draw a map; `MappedStates.plot` describes arguments and errors."""
    with matplotlib_needed():
        from rnnviz_widget.picture.figure import PictureFigure, check_look  # noqa: PLC0415
    check_look(width, theme)
    palette = palette_of(theme, signed=False)
    colors = point_colors(mapped, color, palette, theme)
    figure = PictureFigure(figsize=(width, 0.75 * width), layout="constrained")
    figure.set_facecolor(palette.ground)
    axes = figure.subplots()
    x, y = mapped.map.coordinates.T
    size = max(_SMALLEST, min(_LARGEST, 4000 / len(mapped)))
    axes.scatter(
        x, y, s=size, c=colors.of_points, linewidths=0, alpha=0.8, rasterized=len(mapped) > _MANY
    )
    if corners is not None:
        axes.fill(*np.asarray(corners, float).T, fill=False, edgecolor=palette.accent, linewidth=1)
    _frame(axes, mapped, palette)
    for shade, words in colors.legend:
        axes.scatter([], [], s=_LARGEST, c=shade, linewidths=0, label=words)
    legend = axes.legend(
        loc="upper left", bbox_to_anchor=(1, 1), fontsize=7, frameon=False, labelcolor=palette.muted
    )
    for label in legend.get_texts():
        label.set_parse_math(False)
    return figure


def _frame(axes: Axes, mapped: MappedStates, palette: Palette) -> None:
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_facecolor(palette.ground)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(palette.line)
    source = mapped.source
    name = layer_words(source.name, source.layers)
    title = f"{name[:1].upper()}{name[1:]}: {mapped.words()}"
    axes.set_title(title, color=palette.muted, fontsize=7, loc="left", wrap=True, parse_math=False)


def point_colors(
    mapped: MappedStates, color: MapColoring | None, palette: Palette, theme: str
) -> PointColors:
    """The colours of the points of a map, as a page has them.

    Raises:
        ValueError: If there are none such, or nothing is known of the points that they would show.
    """
    chosen = color or ("layer" if len(mapped.source.layers) > 1 else "symbol")
    check_choice("color", chosen, get_args(MapColoring))
    hues = category_colors(theme)
    layers, steps = len(mapped.source.layers), len(mapped.facts)
    if chosen == "loss":
        return _of_losses(np.tile(mapped.facts.loss, layers), palette)
    if chosen == "layer":
        return _of_layers(mapped.source.layers, steps, palette, hues)
    if mapped.source.read is None:
        there = set(mapped.of_tokens.tolist())
        return _of_categories(
            ["in the text" if n in there else None for n in range(steps)], hues, palette
        )
    names = getattr(mapped.facts, {"symbol": "symbols"}.get(chosen, chosen))
    if not any(name is not None for name in names):
        raise ValueError(f"color={chosen!r}: that is not known of any point")
    return _of_categories([*names] * layers, hues, palette)


def _of_categories(
    names: Sequence[Hashable | None], hues: Sequence[str], palette: Palette
) -> PointColors:
    """The most frequent ones have a hue each, all others the colour of lines."""
    counts = Counter(name for name in names if name is not None)
    own = dict(zip((name for name, _ in counts.most_common(len(hues))), hues, strict=False))
    legend = [(hue, f"{_named(name)} ({counts[name]:,})") for name, hue in own.items()]
    others = len(names) - sum(counts[name] for name in own)
    if others:
        legend.append((palette.line, f"others ({others:,})"))
    return PointColors([own.get(name, palette.line) for name in names], legend)


def _named(name: Hashable) -> str:
    words = visible(str(name))
    return words if len(words) <= _SHOWN_NAME else f"{words[:_SHOWN_NAME]}…"


def _of_layers(
    layers: Sequence[str], steps: int, palette: Palette, hues: Sequence[str]
) -> PointColors:
    if len(layers) <= len(hues):
        shades = list(hues[: len(layers)])
    else:
        parts = _PALEST_LAYER + (1 - _PALEST_LAYER) * np.arange(len(layers)) / (len(layers) - 1)
        shades = [_on_ramp(part, palette) for part in parts.tolist()]
    of_points = [shade for shade in shades for _ in range(steps)]
    names = [layer_words(name, layers) for name in layers]
    return PointColors(of_points, list(zip(shades, names, strict=True)))


def _of_losses(losses: np.ndarray, palette: Palette) -> PointColors:
    known = np.sort(losses[~np.isnan(losses)])
    if not known.size:
        raise ValueError("color='loss': that is not known of any point")
    cap = max(1e-9, float(known[math.floor(_MOST * (len(known) - 1))]))
    parts = _PALEST_LOSS + (1 - _PALEST_LOSS) * np.minimum(1, losses / cap)
    of_points = [palette.line if np.isnan(p) else _on_ramp(p, palette) for p in parts.tolist()]
    ends = [(_PALEST_LOSS, "loss 0"), (1.0, f"loss ≥ {quantity(cap)}")]
    return PointColors(of_points, [(_on_ramp(part, palette), words) for part, words in ends])


def _on_ramp(part: float, palette: Palette) -> str:
    return palette.at(math.floor(part * STEPS + 0.5)).background
