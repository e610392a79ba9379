"""Models of Hugging Face transformers: what `SequenceModel` needs of them and their tokenizers."""

from .build import ModelParts, parts_of
from .pieces import PairReader
from .writing import text_of

__all__ = ["ModelParts", "PairReader", "parts_of", "text_of"]
