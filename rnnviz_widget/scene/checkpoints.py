"""Which checkpoint of the models is shown, and which others there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from .packing import PlainText, Wire


@dataclass(frozen=True)
class ListedCheckpoint:
    """One checkpoint of the models.

    Attributes:
        label: What it is called.
        epoch: Its epoch on the text that is shown, 0: it was not read, or not kept. A page that has
            the scene and the rows of that epoch shows them at once.
    """

    label: Annotated[str, Wire(PlainText(shown="longest_name"))]
    epoch: int


@dataclass(frozen=True)
class ShownCheckpoint:
    """The checkpoint that is shown, of all that can be.

    Attributes:
        epoch: The epoch of the scene.
        shown: Which checkpoint it shows.
        checkpoints: All of them, in order.
    """

    epoch: int
    shown: int
    checkpoints: Sequence[ListedCheckpoint]
