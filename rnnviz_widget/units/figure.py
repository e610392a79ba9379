"""A unit check as a matplotlib figure; matplotlib is imported only here, when one is drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnviz_widget.picture.colors import Palette, palette_of
from rnnviz_widget.picture.export import matplotlib_needed

from .unit_check import UnitCheck

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FLOOR = 1e-30


def figure_of(check: UnitCheck, *, width: float, theme: str) -> Figure:
    """Draw a check; `UnitCheck.plot` describes arguments and errors."""
    with matplotlib_needed():
        from rnnviz_widget.picture.figure import PictureFigure, check_look  # noqa: PLC0415
    check_look(width, theme)
    palette = palette_of(theme, signed=False)
    parts = [_draw_norms] if check.norms else []
    parts += [_draw_gates] if check.gates else []
    parts += [_draw_gradients] if check.parameters and not check.norms else []
    size = (width, 0.4 + 2.4 * max(1, len(parts)))
    figure = PictureFigure(figsize=size, facecolor=palette.ground, layout="constrained")
    every = figure.subplots(max(1, len(parts)), squeeze=False)[:, 0]
    for axes in every:
        style_axes(axes, palette)
    for part, axes in zip(parts, every, strict=False):
        part(check, axes, palette)
    every[0].set_title(check.name, color=palette.ink, fontsize=9, loc="left", parse_math=False)
    return figure


def style_axes(axes: Axes, palette: Palette) -> None:
    """Colours of the theme, two spines, small numbers."""
    axes.set_facecolor(palette.ground)
    axes.tick_params(colors=palette.muted, labelsize=7)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(palette.line)


def add_words(axes: Axes, palette: Palette, *, x: str = "", y: str = "") -> None:
    """Labels of the axes."""
    axes.set_xlabel(x, color=palette.muted, fontsize=8)
    axes.set_ylabel(y, color=palette.muted, fontsize=8)


def _draw_norms(check: UnitCheck, axes: Axes, palette: Palette) -> None:
    """The norm by lag with its interval, and what is predicted of it."""
    lags = np.arange(len(check.norms))
    value, low, high = (
        np.array([getattr(each, name) for each in check.norms]) for name in ("value", "low", "high")
    )
    value, low, high = (
        np.where(np.isfinite(array), np.maximum(array, _FLOOR), np.nan)
        for array in (value, low, high)
    )
    axes.fill_between(lags, low, high, color=palette.mark, alpha=0.25, linewidth=0)
    axes.plot(lags, value, color=palette.mark, linewidth=1.5, label="sampled, 95 % interval")
    axes.axhline(1, color=palette.line, linewidth=0.8)
    if check.expected_exponent is not None and math.isfinite(check.expected_exponent):
        line = np.maximum(np.exp(check.expected_exponent * lags), _FLOOR)
        style: dict[str, Any] = {"linewidth": 1, "linestyle": "--"}
        axes.plot(lags, line, color=palette.accent, label="predicted by mean field", **style)
    axes.set_yscale("log")
    axes.set_ylim(bottom=max(_FLOOR, axes.get_ylim()[0]))
    axes.legend(fontsize=7, frameon=False, labelcolor=palette.ink)
    add_words(axes, palette, x="lag t - s, in steps", y="norm of dh_t/dh_s")


def _draw_gates(check: UnitCheck, axes: Axes, palette: Palette) -> None:
    """The mean of each gate, from a standard deviation below it to one above; predicted means."""
    gates = check.gates[:12]
    places = np.arange(len(gates))[::-1]
    for place, gate in zip(places, gates, strict=True):
        mean, spread = gate.moments.mean.value, math.sqrt(max(0, gate.moments.variance.value))
        ends = (mean - spread, mean + spread)
        axes.plot(ends, (place, place), color=palette.mark, linewidth=3, solid_capstyle="round")
        axes.plot(mean, place, "o", color=palette.ink, markersize=4)
        if gate.moments.expected_mean is not None:
            axes.plot(gate.moments.expected_mean, place, "|", color=palette.accent, markersize=12)
    axes.set_yticks(places, [gate.moments.name for gate in gates])
    axes.set_ylim(-0.7, len(gates) - 0.3)
    what = "gates: mean and standard deviation; | is the mean that is predicted"
    add_words(axes, palette, x=what)


def _draw_gradients(check: UnitCheck, axes: Axes, palette: Palette) -> None:
    """The agreement of each parameter's gradients between draws."""
    shown = [each for each in check.parameters if each.agreement is not None][:12]
    places = np.arange(len(shown))[::-1]
    for place, each in zip(places, shown, strict=True):
        found = each.agreement
        assert found is not None
        ends = (found.low, found.high)
        axes.plot(ends, (place, place), color=palette.mark, linewidth=3, solid_capstyle="round")
        axes.plot(found.value, place, "o", color=palette.ink, markersize=4)
    axes.axvline(0, color=palette.line, linewidth=0.8)
    axes.set_yticks(places, [each.name for each in shown])
    axes.set_ylim(-0.7, max(1, len(shown)) - 0.3)
    add_words(axes, palette, x="agreement of gradients between draws; 0: expected to be zero")
