"""The equations of recurrent layers, backwards through time, for one row or many."""

from .cell import (
    Carry,
    CellBatch,
    RecurrentCell,
    States,
    Visit,
    as_computed,
    values_of,
)
from .diagonal import DiagonalCell
from .kinds import (
    CellKind,
    LayerSteps,
    LevelWeights,
    RecordedRun,
    cells_of,
    is_bidirectional,
    is_served,
    kind_of,
    parameter_names,
    register,
    weights_of,
)
from .lstm import LSTM
from .torch_kinds import TORCH_KINDS, LayerByLayer

__all__ = [
    "LSTM",
    "TORCH_KINDS",
    "Carry",
    "CellBatch",
    "CellKind",
    "DiagonalCell",
    "LayerByLayer",
    "LayerSteps",
    "LevelWeights",
    "RecordedRun",
    "RecurrentCell",
    "States",
    "Visit",
    "as_computed",
    "cells_of",
    "is_bidirectional",
    "is_served",
    "kind_of",
    "parameter_names",
    "register",
    "values_of",
    "weights_of",
]
