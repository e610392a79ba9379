"""A link over checkpoints as a matplotlib figure; matplotlib is imported only when one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnviz_widget.picture.colors import palette_of
from rnnviz_widget.picture.export import matplotlib_needed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .link_curve import LinkCurve

_MOST_LABELS = 12


def figure_of(curve: LinkCurve, *, width: float, theme: str) -> Figure:
    """Draw a curve; `LinkCurve.plot` describes arguments and errors."""
    with matplotlib_needed():
        from rnnviz_widget.picture.figure import PictureFigure, check_look  # noqa: PLC0415
    check_look(width, theme)
    palette = palette_of(theme, signed=False)
    figure = PictureFigure(figsize=(width, 3.4), facecolor=palette.ground, layout="constrained")
    link, probability = figure.subplots(2, sharex=True)
    places = range(len(curve.labels))
    link.plot(places, 100 * curve.shares, color=palette.accent, marker="o", markersize=3)
    link.set_ylabel("share of the row, %")
    probability.plot(places, 100 * curve.probabilities, color=palette.ink, marker="o", markersize=3)
    probability.set_ylabel("probability, %")
    probability.set_xlabel("checkpoint")
    every = max(1, -(-len(curve.labels) // _MOST_LABELS))
    probability.set_xticks(list(places)[::every], list(curve.labels)[::every])
    for axes in (link, probability):
        axes.set_ylim(bottom=0)
        axes.set_facecolor(palette.ground)
        axes.tick_params(colors=palette.muted, labelsize=7)
        axes.yaxis.label.set(color=palette.ink, fontsize=8)
        axes.xaxis.label.set(color=palette.ink, fontsize=8)
        for name, spine in axes.spines.items():
            spine.set_visible(name in ("left", "bottom"))
            spine.set_color(palette.line)
    words = f"{curve.name}: from token {curve.input} to the prediction at token {curve.output}"
    link.set_title(words, color=palette.ink, fontsize=9, loc="left", parse_math=False)
    return figure
