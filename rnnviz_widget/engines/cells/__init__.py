from .cell import Cell
from .gru import GRU
from .lstm import LSTM, Weights
from .rnn import RNN
__all__ = ["GRU", "LSTM", "RNN", "Cell", "Weights"]
