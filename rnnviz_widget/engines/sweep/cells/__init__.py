"""The equations of recurrent layers, backwards through time, for one row or many."""

from .cell import (
    Carry,
    CellBatch,
    RecurrentCell,
    States,
    Visit,
    as_computed,
    transposed,
    values_of,
)
from .diagonal import DiagonalCell
from .kinds import (
    CellKind,
    LevelWeights,
    cells_of,
    is_bidirectional,
    is_served,
    kind_of,
    parameter_names,
    register,
    weights_of,
)
from .lstm import LSTM
from .torch_kinds import TORCH_KINDS

__all__ = [
    "LSTM",
    "TORCH_KINDS",
    "Carry",
    "CellBatch",
    "CellKind",
    "DiagonalCell",
    "LevelWeights",
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
    "transposed",
    "values_of",
    "weights_of",
]
