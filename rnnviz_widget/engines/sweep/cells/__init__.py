"""The equations of recurrent layers, backwards through time, for one row or many."""

from .cell import Carry, CellBatch, RecurrentCell, States, transposed
from .gru import GRU
from .layers import Builder, cells_of, is_served, serve, zeros
from .lstm import LSTM, LevelWeights
from .rnn import RNN

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Builder",
    "Carry",
    "CellBatch",
    "LevelWeights",
    "RecurrentCell",
    "States",
    "cells_of",
    "is_served",
    "serve",
    "transposed",
    "zeros",
]
