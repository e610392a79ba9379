"""A model as it is sent along with a saved page, which runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from .arrays import Bytes, Names
from .facet import MeasureInfo
from .packing import Wire

LIVE_VERSION = 1


@dataclass(frozen=True)
class LiveLayer:
    """A recurrent layer of a model in the page.

    Attributes:
        cell: The name of its kind: one of `models.CELLS`, and of those of js/src/live/cells.ts.
        units: The size of its state.
        depth: Levels of nesting; 1 but for a nested LSTM.
    """

    cell: str
    units: int
    depth: int


@dataclass(frozen=True, kw_only=True)
class LiveModel:
    """A model in the page: an embedding, recurrent layers and a linear layer.

    `weights` holds the embedding, each layer's matrices from the lowest on (W_ih and W_hh of each
    level) and the head, all in half precision, but for an 8-bit head. `numbers` is in single
    precision: each layer's biases (level by level) and starting states, the head's bias, and of an
    8-bit head a scale for each row: weight = scale * integer.

    Attributes:
        version: Of these messages.
        name: What the page calls it.
        precision: Of the head's matrix; all others are in half precision.
        inputs: The input symbols, in the order of their ids.
        outputs: The classes, in order; left out where they are the input symbols.
        unknown: The symbol that is fed for unknown ones; None: there is none.
        truth: What the right answer is, as far as a page can tell.
        no_truth: Why there is no truth where `truth` is "none".
        target: What is explained: "truth", "top" or the number of a class.
        measure: What its scores are.
        size: Components of the embedding.
        layers: The recurrent layers, lowest first.
        weights: Its matrices.
        numbers: Biases, starting states and scales.
        check: The CRC-32 of weights and numbers.
    """

    version: int = LIVE_VERSION
    name: str
    precision: Literal["int8", "half"]
    inputs: Annotated[Sequence[str], Wire(Names())]
    outputs: Annotated[Sequence[str], Wire(Names(), omit=True)] = ()
    unknown: str | None
    truth: Literal["word", "next", "none"]
    no_truth: str
    target: object
    measure: MeasureInfo
    size: int
    layers: Sequence[LiveLayer]
    weights: Annotated[bytes, Wire(Bytes())]
    numbers: Annotated[bytes, Wire(Bytes())]
    check: int
