"""The page's colours: `js/src/core/color.ts` in Python; golden values hold the two together.

One ramp rises out of a ground, with text that stays readable on each step. Colours are sRGB, 0 to
255 a channel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

Rgb = tuple[int, int, int]
_Lab = tuple[float, float, float]

STEPS = 64
"""Fine enough that two neighbours look alike."""

_CAPS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100)
_BLACK: Rgb = (0, 0, 0)
WHITE: Rgb = (255, 255, 255)
_READABLE = 4.5


class Step(NamedTuple):
    """A cell's background, and the text upon it."""

    background: Rgb
    ink: Rgb


@dataclass(frozen=True)
class Palette:
    """All colours of a picture on one ground.

    Attributes:
        dark: Whether the ground is.
        ground: What the picture stands on.
        ink: Words of first rank.
        muted: Words of second rank.
        line: Thin rules; carry no words.
        hatch: Stripes over what has not been read, and `future`, the text upon them.
        accent: Under the character that is explained.
        mark: Small bars in the hue of the ramp.
        rising: Steps 0 to STEPS; `falling` is the other arm of a signed measure.
    """

    dark: bool
    ground: Rgb
    ink: Rgb
    muted: Rgb
    line: Rgb
    hatch: Rgb
    future: Rgb
    accent: Rgb
    mark: Rgb
    rising: tuple[Step, ...]
    falling: tuple[Step, ...]

    def at(self, step: int) -> Step:
        """The colours of a step, -STEPS to STEPS."""
        return self.rising[step] if step >= 0 else self.falling[-step]

    def bar(self, *, signed: bool) -> list[Rgb]:
        """The legend's stops from left to right, evenly apart."""
        stops = [step.background for step in self.rising[:: STEPS // 8]]
        falling = [step.background for step in self.falling[STEPS // 8 :: STEPS // 8]]
        return falling[::-1] + stops if signed else stops


def nice_cap(largest: Sequence[float]) -> float:
    """The share at which colour is full: the largest round one that every facet reaches."""
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


def heat_step(share: float, cap: float) -> int:
    """The step of a (signed) share: -STEPS to STEPS."""
    return step_of(share / cap)


def step_of(part: float) -> int:
    """The step of a (signed) part of full colour: -STEPS to STEPS."""
    step = half_up(min(1.0, abs(part)) * STEPS)
    return -step if part < 0 else step


def half_up(value: float) -> int:
    """JavaScript's Math.round, for values that are not negative."""
    whole = math.floor(value)
    return whole + (value - whole >= 0.5)


def hexed(color: Rgb) -> str:
    """For example "#0a2b50"."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def contrast(one: Rgb, other: Rgb) -> float:
    """Their ratio after WCAG, 1 to 21."""
    a, b = _luminance(one) + 0.05, _luminance(other) + 0.05
    return a / b if a > b else b / a


@lru_cache(maxsize=64)
def make_palette(ground: Rgb, *, signed: bool) -> Palette:
    """The palette on a ground, of any colour."""
    dark = contrast(ground, WHITE) > contrast(ground, _BLACK)
    ink = _readable((230, 233, 237) if dark else (28, 32, 38), ground)
    lab = _to_lab(ground)
    toward = _faint(ground, ink, 1.33)
    away = _faint(ground, _BLACK if dark else WHITE, 1.33)
    hatch = toward if contrast(ink, toward) >= _READABLE else away
    ends = _DARK_ENDS if dark else _LIGHT_ENDS
    rising = _ramp(lab, ends["positive" if signed else "rising"], ink)
    return Palette(
        dark=dark,
        ground=ground,
        ink=ink,
        muted=_quietest(ink, ground, [ground], _READABLE + 0.6),
        line=_faint(ground, ink, 1.5),
        hatch=hatch,
        future=_quietest(ink, ground, [ground, hatch], _READABLE + 0.05),
        accent=_to_rgb((0.74, 0.19, 0.0) if dark else (0.56, 0.22, 0.02)),
        mark=rising[half_up(STEPS * 0.55)].background,
        rising=rising,
        falling=_ramp(lab, ends["falling"], ink),
    )


class _Arm(NamedTuple):
    """From the ground over a middle hue to an end; only the end fixes lightness."""

    middle: tuple[float, float]
    end: _Lab


_LIGHT_ENDS = {
    "rising": _Arm((-0.098, -0.004), (0.27, -0.018, -0.075)),
    "positive": _Arm((-0.098, -0.012), (0.27, -0.018, -0.075)),
    "falling": _Arm((0.075, 0.1), (0.3, 0.075, 0.055)),
}
_DARK_ENDS = {
    "rising": _Arm((-0.1, 0.0), (0.95, -0.035, 0.11)),
    "positive": _Arm((-0.09, -0.03), (0.93, -0.07, -0.01)),
    "falling": _Arm((0.085, 0.085), (0.9, 0.03, 0.07)),
}


def _ramp(ground: _Lab, arm: _Arm, ink: Rgb) -> tuple[Step, ...]:
    center = ((ground[0] + arm.end[0]) / 2, *arm.middle)

    def step(part: float) -> Step:
        background = _to_rgb(
            _mix(ground, center, 2 * part) if part < 0.5 else _mix(center, arm.end, 2 * part - 1)
        )
        return Step(background, _readable(ink, background))

    return tuple(step(i / STEPS) for i in range(STEPS + 1))


def _readable(ink: Rgb, background: Rgb) -> Rgb:
    """`ink` where it can be read, else black or white, of which one always can."""
    if contrast(ink, background) >= _READABLE:
        return ink
    return WHITE if contrast(WHITE, background) > contrast(_BLACK, background) else _BLACK


def _faint(ground: Rgb, other: Rgb, least: float) -> Rgb:
    """The first colour on the way from the ground to `other` that stands out by `least`."""
    found = _way(ground, other, lambda color: contrast(color, ground) >= least)[1]
    return other if found is None else found


def _quietest(ink: Rgb, ground: Rgb, against: Sequence[Rgb], least: float) -> Rgb:
    """The colour nearest the ground, on the way from `ink`, that keeps `least` against all."""
    return _way(ink, ground, lambda color: any(contrast(color, o) < least for o in against))[0]


def _way(start: Rgb, end: Rgb, stop: Callable[[Rgb], bool]) -> tuple[Rgb, Rgb | None]:
    """From one colour to another: the last one before `stop`, and the first it holds for."""
    from_, to = _to_lab(start), _to_lab(end)
    before, part = start, 0.02
    while part < 1:
        color = _to_rgb(_mix(from_, to, part))
        if stop(color):
            return before, color
        before = color
        part += 0.02  # summed up, as the page does: the same roundings
    return before, None


def _mix(a: _Lab, b: _Lab, part: float) -> _Lab:
    return (
        a[0] + (b[0] - a[0]) * part,
        a[1] + (b[1] - a[1]) * part,
        a[2] + (b[2] - a[2]) * part,
    )


def _luminance(color: Rgb) -> float:
    r, g, b = map(_linear, color)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _linear(channel: int) -> float:
    c = channel / 255
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> int:
    c = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return half_up(255 * min(1.0, max(0.0, c)))


def _to_lab(color: Rgb) -> _Lab:
    """OKLab (Ottosson 2020)."""
    r, g, b = map(_linear, color)
    l_ = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    m = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * l_ + 0.793617785 * m - 0.0040720468 * s,
        1.9779984951 * l_ - 2.428592205 * m + 0.4505937099 * s,
        0.0259040371 * l_ + 0.7827717662 * m - 0.808675766 * s,
    )


def _to_rgb(lab: _Lab) -> Rgb:
    lightness, a, b = lab
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    return (
        _encoded(4.0767416621 * l_ - 3.3077115913 * m + 0.2309699292 * s),
        _encoded(-1.2684380046 * l_ + 2.6097574011 * m - 0.3413193965 * s),
        _encoded(-0.0041960863 * l_ - 0.7034186147 * m + 1.707614701 * s),
    )
