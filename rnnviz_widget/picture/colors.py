"""The page's colours on a white and on a dark ground, as `#rrggbb`, from the page's build.

A ramp of colours rises from the ground, with text that stays readable on every step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, NamedTuple

from .shared import NUMBERS, PALETTES

THEMES = tuple(PALETTES)
"""The names of the grounds that a picture may have; "light" is white."""

STEPS: int = NUMBERS["color_steps"]
"""The number of steps of a ramp: so many that neighbours look alike."""

_CAPS: list[int] = NUMBERS["round_caps"]


class Step(NamedTuple):
    """The background of a cell, and the colour of text on it."""

    background: str
    ink: str


@dataclass(frozen=True)
class Palette:
    """All colours of a picture on one ground.

    Attributes:
        ground: The background of the picture.
        ink: The main text.
        muted: Secondary text.
        line: Thin rules, without text.
        hatch: Stripes over what has not been read; `future` is the text on them.
        accent: The mark under the character that is explained.
        mark: Small bars in the hue of the ramp.
        rising: Steps 0 to STEPS; `falling` is the other arm, for a signed measure.
        bar: The legend's colour stops from left to right, equally spaced.
    """

    ground: str
    ink: str
    muted: str
    line: str
    hatch: str
    future: str
    accent: str
    mark: str
    rising: tuple[Step, ...]
    falling: tuple[Step, ...]
    bar: tuple[str, ...]

    def at(self, step: int) -> Step:
        """The colours of a step, -STEPS to STEPS."""
        return self.rising[step] if step >= 0 else self.falling[-step]


@cache
def palette_of(theme: str, *, signed: bool) -> Palette:
    """The palette of a theme, for a signed measure or one without signs."""
    table = dict(PALETTES[theme][signed])
    for arm in ("rising", "falling"):
        # Each step is "#rrggbb#rrggbb".
        table[arm] = tuple(Step(pair[:7], pair[7:]) for pair in table[arm].split())
    return Palette(**table | {"bar": tuple(table["bar"].split())})


@cache
def adaptive_palette(*, signed: bool) -> Palette:
    """A palette of two: each colour is a pair, of which CSS takes the one of the page's ground."""
    light, dark = (palette_of(theme, signed=signed) for theme in THEMES)
    return Palette(
        **{
            each.name: _paired(getattr(light, each.name), getattr(dark, each.name))
            for each in fields(Palette)
        }
    )


def _paired(light: Any, dark: Any) -> Any:
    if isinstance(light, str):
        return f"light-dark({light},{dark})"
    pairs = [_paired(*each) for each in zip(light, dark, strict=True)]
    return Step(*pairs) if isinstance(light, Step) else tuple(pairs)


def category_colors(theme: str) -> list[str]:
    """Hues for categories, which most readers tell apart, also those who see few colours."""
    hues: list[str] = NUMBERS["category_colors"][theme]
    return hues


def nice_cap(largest: Sequence[float]) -> float:
    """The share at full colour: the largest round number that every facet reaches."""
    reached = [share for share in largest if share > 0]
    if not reached:
        return 1.0
    least = min(1.0, *reached) * (1 + 1e-6)
    unit = 0.01
    while unit > 1e-9:
        fitting = [cap for cap in _CAPS if cap * unit <= least]
        if fitting:
            return float(f"{fitting[-1] * unit:.3g}")
        unit /= 10
    return 1e-9


def step_of(part: float) -> int:
    """The step for a (signed) part of full colour: -STEPS to STEPS."""
    exact = min(1.0, abs(part)) * STEPS
    # Halves round up, as in JavaScript; floor(exact + 0.5) would also round up numbers just below.
    step = math.floor(exact) + (exact % 1 >= 0.5)
    return -step if part < 0 else step
