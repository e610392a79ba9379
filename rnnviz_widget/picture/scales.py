"""Scales, which turn a row's numbers into parts of full colour."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from .colors import nice_cap
from .format import round_percent
from .shared import NUMBERS, SCALES, WORDING, say
from .shares import RowShares

_DECADES: int = NUMBERS["log_decades"]
_FULL: int = NUMBERS["expected_times"]


class DrawOptions(NamedTuple):
    """How a picture is drawn.

    Attributes:
        scale: How numbers become colour, one of `SCALES`; see `rnnviz_widget.ExplorerWidget`.
        by: What shares are summed over, "character" or "word".
        sharpness: b of sparsemax(b |C| / max |C|).
        brush: The characters [start, end) whose share is written, or None.
        at_least: What full colour stands for at least, where it is the same for all models.
    """

    scale: str = "share"
    by: str = "character"
    sharpness: float = 4.0
    brush: tuple[int, int] | None = None
    at_least: float = 0.0


class Scaling(NamedTuple):
    """A scale for the rows of one position.

    Attributes:
        part: Maps a share of the n-th row at a character to a part of full colour, -1 to 1.
        low: What no colour stands for; `high` is what full colour stands for.
        clipped: Whether some character exceeds full colour.
        cut: What sparsemax cuts off, in words, or "".
        full: The share, or the number in the measure's unit, at full colour; 0 if each model has
            its own, or it never changes.
    """

    part: Callable[[int, float, int], float]
    low: str = "0"
    high: str = WORDING["row_largest"]
    clipped: bool = False
    cut: str = ""
    full: float = 0.0


def make_scaling(
    rows: Sequence[RowShares | None], options: DrawOptions, *, squared: bool
) -> Scaling:
    """The scale for these rows; None where there is no row.

    Args:
        rows: One for each model.
        options: Which scale.
        squared: Whether the measure is a square already; then `published` does not square again.
    """
    if options.scale not in _MAKERS:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}; got {options.scale!r}")
    power = 1 if squared else 2
    return _MAKERS[options.scale](_Rows(rows, options.sharpness, power, options.at_least))


class _Rows(NamedTuple):
    """The rows that a scale is for."""

    rows: Sequence[RowShares | None]
    sharpness: float
    power: int
    at_least: float

    @property
    def drawn(self) -> list[RowShares]:
        return [row for row in self.rows if row is not None]

    @property
    def cap(self) -> float:
        """The share of full colour, where it is one for all rows."""
        return max(self.at_least, nice_cap([row.largest for row in self.drawn]))

    @property
    def clipped(self) -> bool:
        return any(row.largest > self.cap * (1 + 1e-5) for row in self.drawn)

    def of_largest(self, n: int, share: float) -> float:
        row = self.rows[n]
        return share / row.largest if row is not None and row.largest > 0 else 0.0


def _share(given: _Rows) -> Scaling:
    cap, clipped = given.cap, given.clipped
    return Scaling(lambda _n, share, _p: share / cap, "0", round_percent(cap), clipped, full=cap)


def _row(given: _Rows) -> Scaling:
    return Scaling(lambda n, share, _: given.of_largest(n, share))


def _one(given: _Rows) -> Scaling:
    most = max([given.at_least, *(row.largest * row.total for row in given.drawn)])

    def part(n: int, share: float, _: int) -> float:
        row = given.rows[n]
        return share * row.total / most if row is not None and most > 0 else 0.0

    return Scaling(part, high=_brief(most), full=most)


def _log(given: _Rows) -> Scaling:
    cap = given.cap

    def part(_n: int, share: float, _p: int) -> float:
        if share == 0:
            return 0.0
        above = 1 + math.log10(abs(share) / cap) / _DECADES
        return math.copysign(min(1.0, max(0.0, above)), share)

    low = say("at_most", value=round_percent(cap / 10**_DECADES))
    return Scaling(part, low, round_percent(cap), given.clipped, full=cap)


def _expected(given: _Rows) -> Scaling:
    def part(n: int, share: float, p: int) -> float:
        return over_expected(given.rows[n], share, p) / _FULL

    clipped = any(
        abs(over_expected(row, share, p)) > _FULL * (1 + 1e-5)
        for row in given.drawn
        for p, share in enumerate(row.characters)
    )
    return Scaling(part, high=say("times_expected", times=_FULL), clipped=clipped)


def _published(given: _Rows) -> Scaling:
    def part(n: int, share: float, _: int) -> float:
        ratio = given.of_largest(n, share)
        return math.copysign(abs(ratio) ** given.power, ratio)

    return Scaling(part)


def _sparsemax(given: _Rows) -> Scaling:
    cuts = [0.0 if row is None else threshold(row, given.sharpness) for row in given.rows]

    def part(n: int, share: float, _: int) -> float:
        ratio, cut = given.of_largest(n, share), cuts[n]
        return math.copysign(max(0.0, abs(ratio) - cut) / ((1 - cut) or 1), ratio)

    known = [cut for cut, row in zip(cuts, given.rows, strict=True) if row is not None]
    return Scaling(part, cut=_cut_away(known))


_MAKERS: dict[str, Callable[[_Rows], Scaling]] = {
    "share": _share,
    "row": _row,
    "one": _one,
    "log": _log,
    "expected": _expected,
    "published": _published,
    "sparsemax": _sparsemax,
}


def over_expected(row: RowShares | None, share: float, p: int) -> float:
    """A share at a character over what is to be expected there; 0 where nothing is."""
    expected = 0.0 if row is None or row.expected is None else row.expected[p]
    return share / expected if expected > 0 else 0.0


def threshold(row: RowShares, sharpness: float) -> float:
    """What sparsemax cuts off, as a part of the row's largest.

    With z = b |C| / max |C|, where b is the sharpness, it is tau(z) / b of sparsemax(z) = max(z -
    tau, 0), which sums to 1 (Martins and Astudillo, "From Softmax to Sparsemax", 2016). A token, or
    word, counts once.
    """
    if row.largest == 0:
        return 0.0
    total = count = tau = 0.0
    sizes = [sharpness * abs(share) / row.largest for share in row.characters]
    for z, one in sorted(zip(sizes, row.counts, strict=True), key=itemgetter(0), reverse=True):
        total += one * z
        count += one
        if 1 + count * z <= total:
            break
        tau = (total - 1) / count
    return max(0.0, tau / sharpness)


def _cut_away(cuts: Sequence[float]) -> str:
    """What sparsemax cuts off from the rows, in words."""
    if not cuts:
        return ""
    least, most = round_percent(min(cuts)), round_percent(max(cuts))
    return say("cut_away", cut=least if least == most else say("up_to", least=least, most=most))


def _brief(value: float) -> str:
    """The same text as JavaScript's String(Number(value.toPrecision(3)))."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}")
    if 1e-6 <= abs(rounded) < 1e21:
        return f"{rounded:f}".rstrip("0").rstrip(".") if rounded < 1e15 else f"{rounded:.0f}"
    mantissa, exponent = f"{rounded:e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent):+d}"
