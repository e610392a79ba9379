"""The equations of recurrent layers, backwards through time: one row, or many with one Jacobian."""

from .cell import Batch, Carry, Cell, transposed
from .gru import GRU
from .layers import Builder, States, cells_of, is_served, serve, zeros
from .lstm import LSTM, Weights
from .rnn import RNN

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Batch",
    "Builder",
    "Carry",
    "Cell",
    "States",
    "Weights",
    "cells_of",
    "is_served",
    "serve",
    "transposed",
    "zeros",
]
