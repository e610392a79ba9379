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


class DrawOptions(NamedTuple):
    """How a picture is drawn.

    Attributes:
        scale: How numbers become colour, one of `SCALES`; see `rnnviz_widget.ExplorerWidget`.
        by: What shares are summed over, "character" or "word".
        sharpness: b of sparsemax(b |C| / max |C|).
        brush: The characters [start, end) whose share is written, or None.
    """

    scale: str = "share"
    by: str = "character"
    sharpness: float = 4.0
    brush: tuple[int, int] | None = None


class Scaling(NamedTuple):
    """A scale for the rows of one position.

    Attributes:
        part: Maps a share of the n-th row to a part of full colour, -1 to 1.
        low: What no colour stands for; `high` is what full colour stands for.
        clipped: Whether some character exceeds full colour.
        cut: What sparsemax cuts off, in words, or "".
    """

    part: Callable[[int, float], float]
    low: str = "0"
    high: str = WORDING["row_largest"]
    clipped: bool = False
    cut: str = ""


def make_scaling(
    rows: Sequence[RowShares | None], options: DrawOptions, *, squared: bool
) -> Scaling:
    """The scale for these rows; None where there is no row.

    Args:
        rows: One for each model.
        options: Which scale.
        squared: Whether the measure is a square already; then `published` does not square again.
    """
    drawn = [row for row in rows if row is not None]
    cap = nice_cap([row.largest for row in drawn])
    clipped = any(row.largest > cap * (1 + 1e-5) for row in drawn)

    def of_row(n: int, share: float) -> float:
        row = rows[n]
        return share / row.largest if row is not None and row.largest > 0 else 0.0

    if options.scale == "share":
        return Scaling(lambda _, share: share / cap, high=round_percent(cap), clipped=clipped)
    if options.scale == "row":
        return Scaling(of_row)
    if options.scale == "published":
        power = 1 if squared else 2
        return Scaling(lambda n, share: _powered(of_row(n, share), power))
    if options.scale == "one":
        most = max((row.largest * row.total for row in drawn), default=0.0)

        def absolute(n: int, share: float) -> float:
            row = rows[n]
            return share * row.total / most if row is not None and most > 0 else 0.0

        return Scaling(absolute, high=_brief(most))
    if options.scale == "log":
        low = say("at_most", value=round_percent(cap / 10**_DECADES))
        return Scaling(lambda _, share: _log(share, cap), low, round_percent(cap), clipped)
    if options.scale == "sparsemax":
        cuts = [0.0 if row is None else threshold(row, options.sharpness) for row in rows]

        def sparse(n: int, share: float) -> float:
            ratio, cut = of_row(n, share), cuts[n]
            return math.copysign(max(0.0, abs(ratio) - cut) / ((1 - cut) or 1), ratio)

        known = [cut for cut, row in zip(cuts, rows, strict=True) if row is not None]
        return Scaling(sparse, cut=_cut_away(known))
    raise ValueError(f"scale must be one of {', '.join(SCALES)}; got {options.scale!r}")


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


def _powered(ratio: float, power: int) -> float:
    return math.copysign(abs(ratio) ** power, ratio)


def _log(share: float, cap: float) -> float:
    if share == 0:
        return 0.0
    part = 1 + math.log10(abs(share) / cap) / _DECADES
    return math.copysign(min(1.0, max(0.0, part)), share)


def _brief(value: float) -> str:
    """The same text as JavaScript's String(Number(value.toPrecision(3)))."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}")
    if 1e-6 <= abs(rounded) < 1e21:
        return f"{rounded:f}".rstrip("0").rstrip(".") if rounded < 1e15 else f"{rounded:.0f}"
    mantissa, exponent = f"{rounded:e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent):+d}"
