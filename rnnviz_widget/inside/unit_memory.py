"""How long units remember by their gates, beside how far connectivity reaches.

A gate that keeps the share f of a unit's state at each step leaves after n steps the product of n
such shares, exp(n * mean ln f), half of it after ln 0.5 / mean ln f steps. That is the direct path
through one unit. It is not what the model makes of it: nothing may read what a unit keeps, and
units carry things on through each other. So it stands beside the reach, which
`rnnviz_widget.memory` takes of gradients of the whole model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .text_states import Numbers, States, Table, checked_states

GatedCell = Literal["lstm", "nested_lstm", "gru", "min_gru"]

# What the state is multiplied by, of the gate that each kind of layer has.
_KEPT: dict[str, Literal["gate", "rest"]] = {
    "lstm": "gate",  # c = f c' + i g
    "nested_lstm": "gate",  # of the innermost level, whose memory is a sum: c = f c' + i g
    "gru": "gate",  # torch: h = (1 - z) n + z h'
    "min_gru": "rest",  # h = (1 - z) h' + z c
}
# Karpathy, Johnson and Li, 2015: a gate is saturated where it is above or below these.
_OPEN, _CLOSED = 0.9, 0.1


def kept_share(gate: npt.NDArray[Any], cell: GatedCell) -> States:
    """What share of its state each unit keeps at each step, by the gate of its layer.

    Args:
        gate: (T, H): the forget gate of an LSTM, or of the innermost level of a Nested LSTM; the
            update gate z of a GRU, which keeps z in torch's convention, h_t = (1 - z) n + z h_(t-1)
            (1 - z in that of its paper); the gate z of a minimal GRU, which keeps 1 - z.
        cell: The kind of the layer.

    Raises:
        ValueError: If the kind is not one of these, or the gate is no array of finite numbers.
    """
    if cell not in _KEPT:
        raise ValueError(f"cell must be one of {', '.join(_KEPT)}; got {cell!r}")
    checked = checked_states(gate, "gates")
    return checked if _KEPT[cell] == "gate" else 1 - checked


def half_lives(kept: npt.NDArray[Any]) -> Numbers:
    """After how many steps half of a unit's state is left, ln 0.5 / mean over t of ln kept[t].

    Args:
        kept: What share of its state each unit keeps at each step, (T, H).

    Returns:
        Shape (H,), in steps. 0 for a unit that keeps nothing at some step, since nothing of what
        was before is left after it; infinity for one that never loses any, or whose state grows
        (shares above 1 outweigh those below).

    Raises:
        ValueError: If a share is below 0, or they are no array of finite numbers.
    """
    shares = checked_states(kept, "kept shares").astype(np.float64)
    if (shares < 0).any():
        step, unit = np.argwhere(shares < 0)[0]
        raise ValueError(
            f"kept shares must not be below 0; got {shares[step, unit]:.4g} at step {step:,}, unit "
            f"{unit:,}. Pass gates, after their sigmoid"
        )
    with np.errstate(divide="ignore"):
        rates = np.log(shares).mean(axis=0)
        found: Numbers = np.where(rates < 0, np.log(0.5) / rates, np.inf)
    return found


@dataclass(frozen=True, eq=False)
class UnitMemory:
    """How long the units of a layer remember.

    Attributes:
        half_lives: By their gates, in steps, (H,).
        mean_kept: What share of its state each keeps on average, (H,).
        open: At which share of the steps it keeps more than 0.9, (H,).
        closed: At which share of the steps it keeps less than 0.1, (H,).
        reach: The mean distance of the inputs that connectivity measures, in characters: of the
            whole model, or of each unit, (H,). NaN: not measured.
    """

    half_lives: Numbers
    mean_kept: Numbers
    open: Numbers
    closed: Numbers
    reach: Numbers

    def __repr__(self) -> str:
        low, middle, high = np.quantile(self.half_lives, [0.1, 0.5, 0.9], method="nearest")
        return (
            f"UnitMemory({len(self.half_lives):,} units, half-lives {low:.3g}, {middle:.3g}, "
            f"{high:.3g} steps at the 0.1, 0.5 and 0.9 quantiles; reach "
            f"{np.mean(self.reach):.3g} characters)"
        )

    def table(self) -> Table:
        """A row for each unit, the longest half-life first."""
        order = np.argsort(-self.half_lives, kind="stable")
        return [
            {
                "unit": int(unit),
                "half_life": float(self.half_lives[unit]),
                "mean_kept": float(self.mean_kept[unit]),
                "open": float(self.open[unit]),
                "closed": float(self.closed[unit]),
                "reach": float(self.reach[unit]),
            }
            for unit in order
        ]


def memory_by_gates(kept: npt.NDArray[Any], reach: float | Numbers = np.nan) -> UnitMemory:
    """Measure how long units remember.

    Args:
        kept: What share of its state each unit keeps at each step, (T, H); see `kept_share`. Texts
            may follow one another: no step is related to another.
        reach: What stands beside it: the mean of `rnnviz_widget.memory.reach` of the whole model,
            or one number for each unit.

    Raises:
        ValueError: As `half_lives`, or if there is not one reach for each unit.
    """
    found = half_lives(kept)
    shares = np.asarray(kept)
    beside = np.asarray(reach, np.float64)
    if beside.shape not in {(), found.shape}:
        raise ValueError(
            f"reach must be one number, or one for each of {len(found):,} units; got the shape "
            f"{beside.shape}"
        )
    return UnitMemory(
        half_lives=found,
        mean_kept=shares.mean(axis=0, dtype=np.float64),
        open=(shares > _OPEN).mean(axis=0),
        closed=(shares < _CLOSED).mean(axis=0),
        reach=np.broadcast_to(beside, found.shape),
    )
