"""One output of the models at each of their checkpoints: its row, and what is predicted there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt

from .arrays import Floats, Ints, Names
from .packing import Wire
from .rows import Failure


@dataclass(frozen=True)
class AskLinkCurve:
    """Send one output of the models at each of their checkpoints, or stop.

    Attributes:
        serial: Returned with each reply.
        position: The character whose output it is; null: none any more.
    """

    serial: int
    position: int | None


@dataclass(frozen=True, eq=False)
class FacetLinkCurves:
    """One model's output at each of K checkpoints; what is not read is not known.

    Attributes:
        output: The output, s.
        probability: The probability of the class that is explained, or the model's one number,
            (K,); NaN: not known.
        rank: The rank of that class among all, (K,); 1 is the best, 0: not known.
        target: That class; "": not known.
        scores: C[s, t], (K, T), for each input t that the output may read; NaN: not known.
    """

    output: int
    probability: Annotated[
        npt.NDArray[np.floating], Wire(Floats(("checkpoints",), sizes="checkpoints"))
    ]
    rank: Annotated[npt.NDArray[np.integer], Wire(Ints(("checkpoints",)))]
    target: Annotated[Sequence[str], Wire(Names("checkpoints"))]
    scores: Annotated[npt.NDArray[np.floating], Wire(Floats(("checkpoints", "inputs"), "inputs"))]


@dataclass(frozen=True, eq=False)
class LinkCurves:
    """One output of the models at each of their checkpoints. Sent again when there is more of it.

    Attributes:
        epoch: The epoch of the scene.
        serial: The serial of the ask.
        position: The character whose output it is.
        done: How many checkpoints are read, or could not be.
        total: How many there are.
        trouble: Which could not be read, and why, in words; "" if all could.
        facets: The curves of each model, or why it has none.
    """

    epoch: int
    serial: int
    position: int
    done: int
    total: int
    trouble: str
    facets: Sequence[FacetLinkCurves | Failure]
