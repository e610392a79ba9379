"""Colours as a reader takes them: read off the legend's bar, and told apart by contrast."""

import math

import numpy as np

# OKLab (Ottosson 2020), from linear light.
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def expected(share, cap, bar):
    """The colour that the legend's bar has at a share, between its stops as the eye mixes."""
    place = min(1.0, share / cap) * (len(bar) - 1)
    low = min(int(place), len(bar) - 2)
    part = place - low
    return _rgb((1 - part) * _lab(bar[low]) + part * _lab(bar[low + 1]))


def distance(one, other):
    """The largest difference of a channel."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def contrast(one, other):
    """WCAG 2's contrast ratio."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color):
    return float(np.dot([0.2126, 0.7152, 0.0722], _linear(color)))


def _linear(color):
    return np.array(
        [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in np.array(color) / 255]
    )


def _lab(color):
    return _LAB @ np.cbrt(_CONES @ _linear(color))


def _rgb(lab):
    light = np.linalg.solve(_CONES, np.linalg.solve(_LAB, lab) ** 3)
    return tuple(
        round(
            255
            * (
                12.92 * c
                if c <= 0.0031308
                else 1.055 * math.copysign(abs(c) ** (1 / 2.4), c) - 0.055
            )
        )
        for c in np.clip(light, 0, 1)
    )
